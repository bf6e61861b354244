"""Where in a statement a call stands, and how its value can be kept.

Order.objects.create()            ->  order = Order.objects.create()
return Order.objects.create()     ->  order = Order.objects.create()
                                      return order
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent

from codemod.facts.tables import CallSite, FileFacts
from codemod.surfaces.site import Lines
from codemod.syntax.older import tree_of
from codemod.values.edits import Bind, Edit, Insert, Replace, Where
from codemod.values.span import Span


@dataclass(frozen=True)
class Kept:
    """The value of a call under a name."""

    target: str  # the expression that now holds the value
    edits: tuple[Edit, ...]
    anchor: Span  # the statement beside which calls go
    where: Where  # the side of it on which "after the call" is


def outermost(call: CallSite) -> ast.expr:
    """The call with the `await` around it, if there is one."""
    parent = call.parents[-1]
    return parent if isinstance(parent, ast.Await) else call.node


def is_statement(call: CallSite) -> bool:
    """Whether the call is a statement of its own."""
    return isinstance(call.statement, ast.Expr) and call.statement.value is outermost(call)


def is_kept(call: CallSite) -> bool:
    """Whether a statement does nothing but assign, or return, the call's value."""
    statement = call.statement
    return isinstance(statement, (ast.Assign, ast.Return)) and statement.value is outermost(call)


def headers(call: CallSite, facts: FileFacts) -> list[str] | None:
    """The first lines of the blocks that say the same as `[order.delete() for order in orders]`,
    where that is a statement and its names mean nothing else there. None: it is no such."""
    statement = call.statement
    made = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(made, (ast.ListComp, ast.SetComp)) or made.elt is not call.node:
        return None
    lines: list[str] = []
    for each in made.generators:
        if each.is_async or not isinstance(each.target, ast.Name):
            return None
        source = facts.lines.source(facts.lines.span(each.iter))
        lines.append(f"for {each.target.id} in {source}:")
        lines += [f"if {facts.lines.source(facts.lines.span(test))}:" for test in each.ifs]
    names = {each.target.id for each in made.generators if isinstance(each.target, ast.Name)}
    inside = set(ast.walk(made))
    around = call.scope.function() or facts.scope
    taken = any(
        (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.arg) and node.arg in names)
        for node in ast.walk(around.node)
        if node not in inside
    )
    broken = any("\n" in line for line in lines) or "#" in facts.lines.source(
        facts.lines.span(made)
    )
    return None if taken or broken else lines


def nested(headers: list[str], body: list[str]) -> list[str]:
    """Lines under headers, each under the one before it."""
    lines = body
    for header in reversed(headers):
        lines = [header, *(f"    {line}" for line in lines)]
    return lines


def over(lines: Lines, item: str, objects: str, body: Sequence[str]) -> list[str]:
    """A loop; nothing if it would do nothing. An item that nothing reads is called `_`, where
    that means nothing else."""
    named = rf"\b{item.partition(',')[0]}\b"
    if not any(re.search(named, line) for line in body) and _is_spare(lines):
        item = "_"
    return nested([f"for {item} in {objects}:"], [*body]) if body else []


def _is_spare(lines: Lines) -> bool:
    """Whether `_` means nothing else, such as `gettext`."""
    desk, site = lines.desk, lines.site
    facts = desk.project.facts(site.file) if site.file in desk.project.paths else None
    known = facts.scope.bindings if facts is not None else ()
    return "_" not in known and desk.free_name(site, "_", "_") is not None


def inserted(anchor: Span, lines: Sequence[str], where: Where = Where.AFTER) -> list[Edit]:
    """The lines beside a statement, as one snippet: an `if` stays with what it guards."""
    return [Insert(anchor, "\n".join(lines), where)] if lines else []


def kept_return(
    call: CallSite, facts: FileFacts, edits: Sequence[Edit], name: str
) -> Iterator[Edit]:
    """Edits of a statement `return f()` with `name = f()` above it; they come before all others
    that go above. What is replaced within the call is replaced there."""
    span = facts.lines.span(call.node)
    inner = [e for e in edits if isinstance(e, Replace) and span.contains(e.first)]
    code = facts.lines.changed(span, [(edit.first, edit.code) for edit in inner])
    yield from (edit for edit in edits if edit not in inner)
    yield Insert(facts.lines.span(call.statement), f"{name} = {enclosed(code)}", Where.BEFORE)
    yield Replace(span, name)


def assigned(call: CallSite) -> str | None:
    """The source of the single plain target that the call's value is assigned to."""
    statement = call.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None
    if value is not outermost(call) or not is_stable(target):
        return None
    return ast.unparse(target)


def is_stable(node: ast.expr) -> bool:
    """Whether an expression may be written twice: a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def enclosed(code: str) -> str:
    """An expression as it can stand behind `rows =`: in parentheses, if some held its lines."""
    try:
        tree_of(code)
    except SyntaxError:
        return f"(\n{indent(code, '    ')}\n)" if "\n" in code else code
    return code


def is_read(call: CallSite, name: str) -> bool:
    """Whether the scope that a call stands in reads a name anywhere."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in ast.walk(call.scope.node)
    )


def evaluated_first(call: CallSite) -> bool:
    """Whether the call may run ahead of the rest of its statement with the same effect.

    Only names, constants and attributes of `self` may be evaluated before it, and it must be
    evaluated exactly once: no branch, loop, lambda or comprehension in between.
    """
    statement = call.statement
    if isinstance(statement, (ast.If, ast.Match)):
        header = statement.test if isinstance(statement, ast.If) else statement.subject
        if not any(node is outermost(call) for node in ast.walk(header)) or _is_elif(call):
            return False
    elif not isinstance(statement, (ast.Return, ast.Expr, ast.Assign, ast.AnnAssign, ast.Raise)):
        return False
    child: ast.AST = call.node
    for parent in reversed(call.parents[1:]):
        if not _first_in(parent, child):
            return False
        child = parent
    return True


def keep(
    call: CallSite, facts: FileFacts, name: str | None, before: Where = Where.BEFORE
) -> Kept | None:
    """Keep the call's value; `name` is what to call it if it has none. None: it can't be kept.

    `before`: where it is made if its statement goes on with it: `ABOVE`, outside a transaction that
    the rest of the statement asks for.
    """
    statement = facts.lines.span(call.statement)
    target = assigned(call)
    if target is not None:
        return Kept(target, (), statement, Where.AFTER)
    if name is None:
        return None
    returned = isinstance(call.statement, ast.Return) and is_kept(call)
    if is_statement(call) or returned:
        return Kept(name, (Bind(statement, name, returned),), statement, Where.AFTER)
    if not evaluated_first(call):
        return None
    node = outermost(call)
    span = facts.lines.span(node)
    edits = (
        Insert(statement, f"{name} = {enclosed(facts.lines.source(span))}", before),
        Replace(span, name),
    )
    return Kept(name, edits, statement, before)


def unreturned(call: CallSite, facts: FileFacts, after: Sequence[str]) -> Edit | None:
    """`return f()` as `f()` with lines below it, where `f()` returns nothing. None: it can't be."""
    statement, function = call.statement, call.scope.node
    if not isinstance(statement, ast.Return) or statement.value is not outermost(call):
        return None
    span = facts.lines.span(statement)
    if "#" in facts.lines.line(span.end_line):
        return None
    code = facts.lines.source(facts.lines.span(outermost(call)))
    last = isinstance(function, ast.FunctionDef) and _ends(function.body, statement)
    return Replace(span, "\n".join([code, *after, *([] if last else ["return"])]))


def _ends(block: Sequence[ast.stmt], statement: ast.stmt) -> bool:
    """Whether nothing of a function's block runs after a statement in it."""
    last = block[-1]
    if isinstance(last, ast.If):
        return any(_ends(inner, statement) for inner in (last.body, last.orelse) if inner)
    if isinstance(last, ast.With):
        return _ends(last.body, statement)
    return last is statement


def _first_in(parent: ast.AST, child: ast.AST) -> bool:
    """Whether nothing with an effect is evaluated before `child` within `parent`."""
    if isinstance(parent, ast.BoolOp):
        return parent.values[0] is child
    if isinstance(parent, ast.IfExp):
        return parent.test is child
    if isinstance(parent, ast.Compare) and child in parent.comparators[1:]:
        return False  # not asked unless what is before holds
    if isinstance(
        parent,
        (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    ):
        return False
    for node in ast.iter_child_nodes(parent):
        if node is child:
            return True
        if not _is_harmless(node):
            return False
    return True


def _is_harmless(node: ast.AST) -> bool:
    kinds = (
        ast.Name, ast.Constant, ast.Attribute, ast.expr_context, ast.operator, ast.unaryop,
        ast.cmpop, ast.boolop, ast.Tuple, ast.List, ast.Dict, ast.keyword, ast.JoinedStr,
        ast.FormattedValue, ast.Lambda, ast.arguments, ast.arg,
    )  # fmt: skip
    return all(isinstance(n, kinds) for n in ast.walk(node))


def _is_elif(call: CallSite) -> bool:
    """Whether the statement is the `elif` of an outer `if`: nothing can go before it."""
    if not call.compounds or not isinstance(call.statement, ast.If):
        return False
    outer = [c for c in call.compounds if c is not call.statement]
    if not outer or not isinstance(outer[-1], ast.If):
        return False
    parent = outer[-1]
    # `else:` + `if` on the next line has the same tree; its `if` is indented deeper.
    return parent.orelse == [call.statement] and (call.statement.col_offset == parent.col_offset)
