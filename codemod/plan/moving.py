"""What has to come along when bodies move to another module: imports, helpers, constants."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codemod.facts.tables import Binding, FileFacts
from codemod.values.edits import AddImport


@dataclass(frozen=True)
class Luggage:
    """What moves from one module to another with some bodies."""

    imports: tuple[AddImport, ...]  # for the new module
    moved: tuple[ast.stmt, ...]  # top-level helpers that move with the bodies
    copied: tuple[ast.stmt, ...]  # top-level assignments that both modules need: loggers
    fetched: tuple[str, ...]  # names the new module imports from the old one
    returned: tuple[str, ...]  # names the old module imports back from the new one


def names_in(nodes: Iterable[ast.AST], without: Iterable[ast.AST] = ()) -> set[str]:
    """Names that code reads, save for some nodes in it."""
    skipped = {id(node) for node in without}
    names: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if id(node) not in skipped:
            if isinstance(node, ast.Name):
                names.add(node.id)
            pending += ast.iter_child_nodes(node)
    return names


def pack(
    facts: FileFacts,
    wanted: set[str],
    leaving: Sequence[ast.FunctionDef | ast.AsyncFunctionDef],
    imported_elsewhere: frozenset[str],
    delegates: bool,
    handlers: Iterable[str] = (),
) -> Luggage:
    """Work out what bodies that read the names `wanted` need in their new module.

    `leaving` are the top-level statements of the old module that go entirely;
    `imported_elsewhere` the names that other files import from it; `delegates` tells that the
    old module imports the new one, which therefore can't import the old one. `handlers` are the
    receivers of the old module, which are no helpers.
    """
    own = {function.name for function in leaving}
    staying = set(handlers)  # what can't move
    while True:
        moved = _closure(facts, wanted - own, staying)
        gone = [*leaving, *moved.values()]
        needed = {
            name for name in moved if name in imported_elsewhere or _used_by_rest(facts, name, gone)
        }
        # What others import stays where they look for it; what only the rest of the module uses
        # comes back to it by an import, where the old module imports the new one anyway.
        fixed = needed & imported_elsewhere if delegates else needed
        if not fixed:
            break
        staying |= fixed
    names = set(wanted)
    for statement in moved.values():
        names |= _read_by(statement)
    imports: list[AddImport] = []
    copied: list[ast.stmt] = []
    fetched: list[str] = []
    for name in sorted(names - set(moved)):
        bindings = facts.scope.bindings.get(name)
        if not bindings:
            continue  # a builtin, or an argument
        statement_of = _top_level(facts, bindings[0])
        if bindings[0].kind == "import":
            imports += _imported(bindings, name)
        elif statement_of is not None and _is_logger(statement_of):
            copied.append(statement_of)
            for inner in names_in([statement_of]):
                imports += _imported(facts.scope.bindings.get(inner, []), inner)
        else:
            fetched.append(name)
    return Luggage(
        tuple(imports),
        tuple(sorted(moved.values(), key=lambda s: s.lineno)),
        tuple(copied),
        tuple(fetched),
        tuple(sorted(needed)),
    )


def _closure(facts: FileFacts, wanted: set[str], staying: set[str]) -> dict[str, ast.stmt]:
    """The helpers and constants that can move, those that they use themselves included."""
    moved: dict[str, ast.stmt] = {}
    pending = set(wanted)
    while pending:
        name = pending.pop()
        bindings = facts.scope.bindings.get(name, [])
        if name in moved or name in staying or len(bindings) != 1:
            continue
        statement = _top_level(facts, bindings[0])
        if statement is None or bindings[0].kind not in ("function", "assign"):
            continue
        if not _is_logger(statement) and not _is_registered(facts, statement):
            moved[name] = statement
            pending |= _read_by(statement)
    return moved


# Decorators that leave no trace of the function elsewhere.
PLAIN = ("functools.", "contextlib.", "django.db.transaction.", "django.utils.", "typing.")


def _is_registered(facts: FileFacts, statement: ast.stmt) -> bool:
    """Whether a function may be known elsewhere by its module: a task, a signal's receiver.

    Celery names a task after its module; queued messages and schedules hold that name.
    """
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    for decorator in statement.decorator_list:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        rest: list[str] = []
        while isinstance(node, ast.Attribute):
            rest.insert(0, node.attr)
            node = node.value
        bindings = facts.scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
        target = bindings[0].target if bindings else None
        if not target or not ".".join([target, *rest]).startswith(PLAIN):
            return True
    return False


def _imported(bindings: list[Binding], name: str) -> list[AddImport]:
    """The import that binds a name, for another module."""
    found = []
    for binding in bindings[:1]:
        target = binding.target or name
        if binding.kind != "import":
            continue
        if isinstance(binding.node, ast.Import):
            alias = next(
                a for a in binding.node.names if (a.asname or a.name.split(".")[0]) == name
            )
            found.append(AddImport(alias.name, None, alias.asname))
        else:
            module, _, original = target.rpartition(".")
            found.append(AddImport(module, original, name if name != original else None))
    return found


def read_by(
    body: list[ast.stmt], arguments: Iterable[str] = (), without: Iterable[ast.expr] = ()
) -> set[str]:
    """Names that a function's body takes from its module, save for some expressions in it."""
    return names_in(body, without) - _bound_in(body) - set(arguments)


def _read_by(statement: ast.stmt) -> set[str]:
    """Names that a top-level statement takes from its module."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return names_in([statement])
    arguments = [a for a in ast.walk(statement.args) if isinstance(a, ast.arg)]
    inner = read_by(statement.body, (a.arg for a in arguments))
    around = [statement.args, *statement.decorator_list]
    return inner | names_in([*around, *([statement.returns] if statement.returns else [])])


def _bound_in(body: list[ast.stmt]) -> set[str]:
    """Names that the body itself binds in its own scope."""
    names: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {(a.asname or a.name.split(".")[0]) for a in node.names}
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return names


def _top_level(facts: FileFacts, binding: Binding) -> ast.stmt | None:
    return next((s for s in facts.tree.body if s is binding.node), None)


def _is_logger(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, (ast.Attribute, ast.Name))
        and (
            getattr(statement.value.func, "attr", None) or getattr(statement.value.func, "id", None)
        )
        in ("getLogger", "get_logger", "get_task_logger")
    )


def _used_by_rest(facts: FileFacts, name: str, gone: list[ast.stmt]) -> bool:
    rest = [s for s in facts.tree.body if not any(s is g for g in gone)]
    return name in names_in(rest)
