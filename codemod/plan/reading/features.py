"""What a handler's work does to its instance, as far as it decides where calls may go."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import combinations

from codemod.facts.nodes import children
from codemod.facts.tables import FileFacts, Scope
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.names import is_argument, leaves, truth
from codemod.project.project import Project

GENERIC = ("GenericRelation", "GenericForeignKey")


def reads_pk(handler: Handler, project: Project, model: str) -> bool:
    """Whether the work may need the pk, which `delete()` clears (SEMANTICS 3.1).

    Only values of plain fields, and what foreign keys point to, are there without it.
    """
    if handler.hides_instance or model not in project.models.by_label or handler.reads("origin"):
        return True
    return need_pk(uses(handler), project, model)


def need_pk(found: Iterable[tuple[ast.AST, ast.AST]], project: Project, model: str) -> bool:
    """Whether one of these mentions of an object, each with its parent, may need its pk."""
    safe = {
        name
        for name, field in project.models.by_label[model].fields.items()
        if not field.primary_key and field.kind not in ("ManyToManyField", *GENERIC)
    }
    safe |= {f"{name}_id" for name in safe}
    safe.discard("id")
    return any(
        not isinstance(parent, ast.Attribute) or parent.attr not in safe for _, parent in found
    )


def reads_many_to_many(handler: Handler, project: Project, model: str) -> tuple[str, ...]:
    """The many-to-many fields of the instance that the work looks at."""
    fields = project.models.by_label[model].fields
    names = {name for name, field in fields.items() if field.kind == "ManyToManyField"}
    handed_on = handler.hides_instance or any(
        not isinstance(parent, (ast.Attribute, ast.Call)) for _, parent in uses(handler)
    )
    read = [
        node.attr
        for node in walk(handler)
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and (handed_on or is_instance(node.value, handler))
    ]
    return tuple(dict.fromkeys(read))


def needs_frozenset(handler: Handler) -> bool:
    """Whether the work does more with `update_fields` than look names up in it or copy it."""
    handed = "update_fields" in handler.handed
    return handed or any(not _asks(node, above) for node, above in _fields(handler))


def is_idle_without_fields(handler: Handler) -> bool:
    """Whether the work does nothing where `update_fields` is empty."""
    return _does_nothing(handler, frozenset())


def asked_fields(handler: Handler) -> frozenset[str]:
    """The names that the guards of the work look up in `update_fields`."""
    return frozenset(
        node.left.value
        for statement in handler.body
        if isinstance(statement, ast.If)
        for node in ast.walk(statement.test)
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
        and _is_fields(node.comparators[0])
    )


def ignored_fields(handler: Handler) -> frozenset[frozenset[str]]:
    """The sets of those names with which, and with whatever others, the work does nothing."""
    asked = sorted(asked_fields(handler))
    if len(asked) > MOST_FIELDS:
        return frozenset()
    sets = (frozenset(some) for n in range(len(asked) + 1) for some in combinations(asked, n))
    return frozenset(some for some in sets if _does_nothing(handler, some | {OTHER}))


# Guards with more names are not taken apart: the sets of them double with each.
MOST_FIELDS = 6
OTHER = "*"  # a field that no guard asks for


def _does_nothing(handler: Handler, fields: frozenset[str]) -> bool:
    """Whether guards in front of all else return, or skip it, for these `update_fields`."""
    for index, statement in enumerate(handler.body):
        if not isinstance(statement, ast.If) or statement.orelse:
            return False
        leaving = leaves(statement.body)
        holds = truth(statement.test, lambda term: _holds_alone(term, fields), handler.quiet)
        if leaving and holds is False:
            continue
        last = index == len(handler.body) - 1
        return holds is True if leaving else holds is False and last
    return False


def _holds_alone(test: ast.expr, fields: frozenset[str]) -> bool | None:
    """The value of a term for these `update_fields`; None if it can't be told."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        negative = isinstance(test.ops[0], (ast.NotIn, ast.IsNot))
        if isinstance(test.ops[0], (ast.In, ast.NotIn)) and _is_fields(test.comparators[0]):
            if not fields:
                return negative
            if isinstance(test.left, ast.Constant):
                return (test.left.value in fields) is not negative
            return None
        if isinstance(test.ops[0], (ast.Is, ast.IsNot)) and _is_fields(test.left):
            return negative
    return bool(fields) if _is_fields(test) else None


def _fields(handler: Handler) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """Each mention of `update_fields`, with all that is around it, the nearest last."""
    pending: list[tuple[ast.AST, list[ast.AST]]] = [(s, []) for s in handler.body]
    while pending:
        node, above = pending.pop()
        if isinstance(node, ast.expr) and _is_fields(node):
            yield node, above
        else:
            pending += [(child, [*above, node]) for child in ast.iter_child_nodes(node)]


def _is_fields(node: ast.expr) -> bool:
    return is_argument(node, "update_fields")


def _asks(node: ast.AST, above: list[ast.AST]) -> bool:
    parent, rest = above[-1] if above else None, above[:-1]
    if isinstance(parent, ast.BoolOp):
        return _asks(parent, rest)
    if isinstance(parent, ast.Compare):
        if isinstance(parent.ops[0], (ast.Is, ast.IsNot)):
            return True
        return node is not parent.left and all(
            isinstance(op, (ast.In, ast.NotIn)) for op in parent.ops
        )
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        copies = ("any", "all", "bool", "frozenset", "len", "list", "set", "sorted", "tuple")
        return node is not parent.func and parent.func.id in copies
    if isinstance(parent, (ast.If, ast.IfExp)):
        return node is parent.test
    if isinstance(parent, (ast.For, ast.comprehension)):
        return node is parent.iter
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def touched(handler: Handler) -> frozenset[str] | None:
    """The attributes of the instance that the work reads; None if it hands it on whole."""
    around = [parent for _, parent in uses(handler)]
    read = frozenset(node.attr for node in around if isinstance(node, ast.Attribute))
    plain = all(isinstance(node, ast.Attribute) for node in around) and "__dict__" not in read
    return read if plain and not handler.hides_instance else None


def touches(handler: Handler, attribute: str) -> bool:
    """Whether the work reads an attribute of the instance, or hands the instance on whole."""
    read = touched(handler)
    return read is None or attribute in read


def state(handler: Handler, known: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    """(written, read) attributes of the instance that are no fields of its model."""
    written: set[str] = set()
    read: set[str] = set()
    for node in walk(handler):
        attribute, store = None, False
        if isinstance(node, ast.Attribute) and is_instance(node.value, handler):
            attribute, store = node.attr, isinstance(node.ctx, ast.Store)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            if node.func.id in ("getattr", "hasattr", "setattr") and is_instance(
                node.args[0], handler
            ):
                key = node.args[1]
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    attribute, store = key.value, node.func.id == "setattr"
        if attribute is not None and attribute not in known:
            (written if store else read).add(attribute)
    return frozenset(written), frozenset(read)


def is_thin(handler: Handler, scope: Scope, facts: FileFacts, project: Project) -> bool:
    """Whether the work is a single call of another function of the project: a delegate already."""
    return callee(handler, scope, facts, project) is not None


def callee(handler: Handler, scope: Scope, facts: FileFacts, project: Project) -> str | None:
    """The function of the project, if the work is a single call of one.

    `scope` is the handler's; an import of what it calls may stand in the handler itself.
    """
    work = [s for s in handler.body if not isinstance(s, (ast.Import, ast.ImportFrom))]
    if len(work) != 1:
        return None
    value = getattr(work[0], "value", None)
    if not isinstance(work[0], (ast.Expr, ast.Return)) or not isinstance(value, ast.Call):
        return None
    name = project.symbols.resolve(value.func, scope, facts)
    return name if name is not None and project.function(name) is not None else None


def _work(handler: Handler) -> list[ast.stmt]:
    """What a service does: the guards of the decorators, and the body."""
    return [*(guard.node for guard in handler.guards), *handler.body]


def walk(handler: Handler) -> Iterator[ast.AST]:
    """The nodes that remain of the work."""
    gone = {id(node) for node in handler.gone}
    pending: list[ast.AST] = [*_work(handler)]
    while pending:
        node = pending.pop()
        if id(node) not in gone:
            yield node
            pending += children(node)


def uses(handler: Handler) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each mention of the instance, with its parent."""
    gone = {id(node) for node in handler.gone}
    for parent in walk(handler):
        for child in children(parent):
            if is_instance(child, handler) and id(child) not in gone:
                yield child, parent


def is_instance(node: ast.AST, handler: Handler) -> bool:
    return isinstance(node, ast.Name) and node.id in handler.instances
