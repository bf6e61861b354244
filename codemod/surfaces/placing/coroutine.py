"""In a coroutine: a write and its calls in one function, run in the thread that also saves.

    await order.adelete()   ->   def delete_order():
                                     with transaction.atomic():
                                         order.delete()
                                         release_stock(order)

                                 await sync_to_async(delete_order)()

Where a write and its calls share a transaction, one alone can't be awaited: a transaction is one
thread's. Django's own `adelete()` and its like run the method without the `a` the same way, in
the same thread (SEMANTICS 2.1).
"""

from __future__ import annotations

import ast

from codemod.facts.tables import CallSite, FileFacts
from codemod.surfaces.placing.statements import is_read, outermost
from codemod.surfaces.site import SYNC_TO_ASYNC, Blocked, Lines, Placed
from codemod.values.edits import Edit, Insert, Replace, Where, Wrap
from codemod.values.span import Span

ASYNC = {
    f"a{method}": method
    for method in (
        "delete", "get_or_create", "update_or_create", "add", "remove", "set", "clear", "create",
    )
}  # fmt: skip


def is_awaited(call: CallSite) -> bool:
    """Whether the call is an asynchronous method, awaited on the spot in a coroutine."""
    function = call.scope.function()
    return (
        call.name in ASYNC
        and isinstance(call.parents[-1], ast.Await)
        and function is not None
        and call.scope is function
        and isinstance(function.node, ast.AsyncFunctionDef)
    )


def is_stray(call: CallSite) -> bool:
    """Whether it is asynchronous, and not awaited on the spot: it runs elsewhere."""
    return (call.name in ASYNC or isinstance(call.parents[-1], ast.Await)) and not is_awaited(call)


def method(call: CallSite) -> str:
    """The method's name without its `a`."""
    return ASYNC.get(call.name, call.name)


def placed(
    lines: Lines,
    call: CallSite,
    facts: FileFacts,
    edits: list[Edit],
    what: str,
    notes: tuple[str, ...] = (),
) -> Placed | Blocked:
    """The result of a rewrite; what is awaited becomes a function, called after `what`."""
    if not is_awaited(call):
        return lines.placed(edits, notes)
    function = call.scope.function()
    assert function is not None and isinstance(call.node.func, ast.Attribute)
    name = lines.desk.free_name(lines.site, what, f"{what}_in_thread")
    result = _result(call)
    if name == getattr(function.node, "name", None) or name is None:
        name = lines.desk.free_name(lines.site, f"{what}_in_thread")
    if name is None or result is None:
        return Blocked("async-site")
    span, statement = facts.lines.span(outermost(call)), facts.lines.span(call.statement)
    inner = [e for e in edits if isinstance(e, Replace) and span.contains(e.first)]
    if _awaits_more(call, facts, [e.first for e in inner]):
        return Blocked("async-site")
    code = facts.lines.changed(facts.lines.span(call.node), _changes(call, facts, inner))
    edits = [Wrap(statement, statement, f"def {name}():"), *(e for e in edits if e not in inner)]
    edits.append(Replace(span, code))
    awaited = f"await {lines.name(SYNC_TO_ASYNC)}({name})()"
    if isinstance(call.statement, ast.Return):
        awaited = f"return {awaited}"
    elif result:
        edits.append(Insert(statement, f"return {result}"))
        awaited = f"{result} = {awaited}"
    edits.append(Insert(statement, awaited, Where.BELOW))
    return lines.placed(edits, notes)


def _changes(call: CallSite, facts: FileFacts, inner: list[Replace]) -> list[tuple[Span, str]]:
    """What changes in the text of a call: edits within it, and the method's name."""
    assert isinstance(call.node.func, ast.Attribute)
    function, owner = facts.lines.span(call.node.func), facts.lines.span(call.node.func.value)
    start = function.end_column - len(call.name)
    attribute = Span(function.end_line, start, function.end_line, function.end_column)
    changes = []
    for edit in inner:
        if edit.first == owner:  # with the parentheses that an `await` has around it
            span = Span(function.line, function.column, attribute.line, attribute.end_column)
            return [(span, f"{edit.code}.{method(call)}")]
        changes.append((edit.first, edit.code))
    return [*changes, (attribute, method(call))]


def _result(call: CallSite) -> str | None:
    """The names that a statement binds, as code; None if it can't do so in a function."""
    statement = call.statement
    if isinstance(statement, (ast.Expr, ast.Return)):
        return ""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    bound = {n.id for n in ast.walk(statement.targets[0]) if isinstance(n, ast.Name)}
    read = {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
    names = statement.targets[0]
    elements = names.elts if isinstance(names, ast.Tuple) else [names]
    if bound & read or not all(isinstance(element, ast.Name) for element in elements):
        return None
    used = [element.id for element in elements if isinstance(element, ast.Name)]
    wanted = [name for name in used if not name.startswith("_") or is_read(call, name)]
    return ", ".join(wanted or used)


def _awaits_more(call: CallSite, facts: FileFacts, replaced: list[Span]) -> bool:
    """Whether something else is awaited in the statement, in what stays of it."""
    waiting = [
        node
        for node in ast.walk(call.statement)
        if (isinstance(node, ast.Await) and node is not outermost(call))
        or any(part.is_async for part in getattr(node, "generators", ()))
    ]
    return any(
        not any(span.contains(facts.lines.span(node)) for span in replaced)
        for node in waiting
        if isinstance(node, ast.expr)
    )
