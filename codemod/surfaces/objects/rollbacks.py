"""Rows that an object has got, and lost again with the transaction in which it was saved.

order = Order()
try:
    with transaction.atomic():
        order.save()
        charge(order)             raises: the row is gone, `order.pk` and `_state` stay
except CardError:
    order.status = "failed"
    order.save()                  makes a row, with `_state.adding` False

A loop that tries again does so in its next round; so does one that calls, again and again, the
function in which that stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.facts.nodes import LOOPS, all_given, descend, is_name
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.callees import callees
from codemod.project.project import Project
from codemod.project.types.flow import leaves
from codemod.surfaces.calls import found
from codemod.surfaces.calls.callers import direct_callers
from codemod.surfaces.objects.life import Life
from codemod.surfaces.placing.atomic import catches, is_decorated, opens

Attempt = ast.Try | ast.With | ast.AsyncWith  # with handlers, or with a `suppress()`
_DEEP = 2  # what a function calls is followed this far
UNDOING = ("savepoint_rollback", "rollback")
_WORDS = ("try:", "rollback", "suppress(", "aises")


def undone(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr
) -> Sequence[ast.AST]:
    """What has been undone, perhaps, when an object is saved: the `try` statements, and blocks that
    let errors pass, with a transaction that may have saved it before, and calls of `rollback()`."""
    if not isinstance(saved, ast.Name):
        return ()
    life = Life(call, saved)
    again = _called_again(project, facts, call, saved)
    if not any(word in facts.text for word in _WORDS):
        return [*again]
    return [
        *again,
        *(t for t in _failed(project, life.scope, call) if _writes(project, facts, t, saved.id)),
        *(t for t in _tried_again(life) if _is_undone(project, facts, t.lineno, call)),
        *(c.node for c in facts.named(*UNDOING) if c.scope is life.scope and life.has(c.node)),
    ]


def _failed(project: Project, function: Scope, call: CallSite) -> Iterator[Attempt]:
    """The statements of which something has failed, perhaps, when a call is made."""
    known = project.once(_attempts)
    if function not in known:
        nodes = descend(function.node)
        known[function] = [node for node in nodes if isinstance(node, Attempt) and _passes(node)]
    for node in known[function]:
        if node.lineno > call.node.lineno:
            continue
        if call.node.lineno > (node.end_lineno or 0):
            handlers = node.handlers if isinstance(node, ast.Try) else []
            if not handlers or not all(leaves(handler.body) for handler in handlers):
                yield node
        elif not isinstance(node, ast.Try):
            continue
        elif node.handlers[0].lineno <= call.node.lineno and not _is_in(node.orelse, call):
            yield node


def _passes(node: Attempt) -> bool:
    """Whether the function goes on after an error in a statement."""
    if isinstance(node, ast.Try):
        return bool(node.handlers)
    return any(catches(item.context_expr) for item in node.items)


def _tried_again(life: Life) -> Iterator[ast.Try]:
    """The `try` statements around a call that a loop may run again for the same object."""
    rounds = False
    for compound in life.call.compounds:
        if isinstance(compound, LOOPS):
            rounds = rounds or life.begins < compound.lineno
        elif rounds and isinstance(compound, ast.Try) and not _is_in(compound.orelse, life.call):
            ends = (ast.Return, ast.Raise, ast.Break)
            if not all(isinstance(handler.body[-1], ends) for handler in compound.handlers):
                yield compound


def _called_again(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.Name
) -> Iterator[ast.Try]:
    """The `try` statements around calls of a call's function that a loop may run again with the
    object that is saved in a transaction of the function."""
    last = getattr(call.scope.node, "body", [None])[-1]
    atomic = is_decorated(call.scope.node, facts, project) and call.statement is not last
    if atomic or _is_undone(project, facts, 0, call):
        for caller in direct_callers(project, facts, call, saved):
            if isinstance(caller.subject, ast.Name):
                yield from _tried_again(Life(caller.call, caller.subject))


def _is_undone(project: Project, facts: FileFacts, begins: int, call: CallSite) -> bool:
    """Whether something behind a call may raise in a transaction that is opened below a line."""
    return any(
        isinstance(compound, (ast.With, ast.AsyncWith))
        and compound.lineno > begins
        and opens(compound, call.scope, facts, project)
        and compound.body[-1] is not call.statement
        for compound in call.compounds
    )


def _attempts(project: Project) -> dict[Scope, list[Attempt]]:
    """The statements that `_failed` has found in functions."""
    return {}


def _is_in(block: list[ast.stmt], call: CallSite) -> bool:
    return bool(block) and block[0].lineno <= call.node.lineno <= (block[-1].end_lineno or 0)


def _writes(project: Project, facts: FileFacts, attempt: Attempt, name: str) -> bool:
    """Whether a transaction in such a statement may save what a name stands for."""
    inside = {id(node) for statement in attempt.body for node in descend(statement)}
    for call in facts.calls:
        if id(call.node) not in inside or not _gets(call, name):
            continue
        if any(
            isinstance(compound, (ast.With, ast.AsyncWith))
            and (id(compound) in inside or compound is attempt)
            and opens(compound, call.scope, facts, project)
            for compound in call.compounds
        ):
            return True
        if _runs_atomic(project, facts, call):
            return True
    return False


def _gets(call: CallSite, name: str) -> bool:
    """Whether a call saves an object, gets it, or makes it."""
    function = call.node.func
    if isinstance(function, ast.Attribute):
        of_base = name == "self" and found.is_super(function.value)
        if of_base or is_name(function.value, name):
            return True
    given = all_given(call.node)
    if any(is_name(value, name) for value in given):
        return True
    made = call.statement
    targets = made.targets if isinstance(made, ast.Assign) else []
    return any(is_name(node, name) for target in targets for node in descend(target))


def _runs_atomic(project: Project, facts: FileFacts, call: CallSite, depth: int = 0) -> bool:
    """Whether a call runs a function in a transaction of its own, or one that opens one, itself or
    in what it calls."""
    return any(
        _is_atomic(project, project.known(path), function, depth)
        for path, function in callees(project, facts, call)
    )


def _is_atomic(project: Project, facts: FileFacts, function: FunctionDef, depth: int) -> bool:
    """The same of the function: each is looked at once for each step that it is away."""
    known, key = project.once(_functions), (function.node, depth)
    if key not in known:
        own = "atomic" in facts.text and (
            is_decorated(function.node, facts, project)
            or any(
                isinstance(node, (ast.With, ast.AsyncWith))
                and opens(node, function.scope, facts, project)
                for node in descend(function.node)
            )
        )
        calls = (c for c in facts.calls if c.scope is function.scope)
        known[key] = own or (
            depth < _DEEP and any(_runs_atomic(project, facts, each, depth + 1) for each in calls)
        )
    return known[key]


def _functions(project: Project) -> dict[tuple[ast.AST, int], bool]:
    """What `_is_atomic` has found."""
    return {}
