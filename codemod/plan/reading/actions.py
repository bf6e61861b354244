"""The actions of m2m_changed that a handler acts on.

if action not in ("post_add", "post_remove"):    actions: post_add, post_remove
    return
if action == "post_add":                         two branches, one for each
    ...
else:
    ...
if action == "pre_add" and team.is_full:         a branch that begins with `if team.is_full:`
    ...
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemod.plan.reading.names import IsQuiet

# In the order in which `set()` sends them (SEMANTICS section 4).
ACTIONS = ("pre_remove", "post_remove", "pre_clear", "post_clear", "pre_add", "post_add")
ALL = frozenset(ACTIONS)

IsAction = Callable[[ast.expr], bool]


@dataclass(frozen=True)
class Arm:
    """One body of an `if` chain that branches on the action."""

    node: ast.If  # the whole chain
    branch: int  # which of its bodies
    actions: frozenset[str]
    body: tuple[ast.stmt, ...]
    asks: bool = False  # for more than the action: the body is the `if`, with what else it asks


def actions_where(test: ast.expr, is_action: IsAction) -> frozenset[str] | None:
    """The actions for which a test holds; None if it depends on anything else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = actions_where(test.operand, is_action)
        return None if inner is None else ALL - inner
    if isinstance(test, ast.BoolOp):
        parts = [actions_where(value, is_action) for value in test.values]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if isinstance(test.op, ast.Or):
            return frozenset().union(*known)
        return ALL.intersection(*known)
    if isinstance(test, ast.Call):
        return _affix(test, is_action)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(operator, (ast.In, ast.NotIn)):
        named = _constants(right) if is_action(left) else None
        negative = isinstance(operator, ast.NotIn)
    elif isinstance(operator, (ast.Eq, ast.NotEq)):
        if is_action(right):
            left, right = right, left
        named = _constants(ast.Tuple([right], ast.Load())) if is_action(left) else None
        negative = isinstance(operator, ast.NotEq)
    else:
        return None
    if named is None:
        return None
    return ALL - named if negative else ALL & named


def holds_without(test: ast.expr) -> bool:
    """Whether a test of the action holds for a signal that has none, as `kwargs.get("action")`."""
    if isinstance(test, ast.UnaryOp):
        return not holds_without(test.operand)
    if isinstance(test, ast.BoolOp):
        joint = any if isinstance(test.op, ast.Or) else all
        return joint(holds_without(value) for value in test.values)
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.NotEq, ast.NotIn))


def arms(body: Sequence[ast.stmt], is_action: IsAction, quiet: IsQuiet) -> list[Arm] | None:
    """The branches of a body that is nothing but a choice by the action. None: it is more.

    That is one `if` chain, or several without `else` of which at most one is taken. A value that
    only another branch reads would be left over in a branch of its own.
    """
    found: list[Arm] = []
    taken: frozenset[str] = frozenset()
    for statement in body:
        if not isinstance(statement, ast.If):
            return None
        chain = _chain(statement, is_action, quiet)
        if chain is None:
            return None
        if len(body) > 1 and (_has_else(statement) or any(arm.actions & taken for arm in chain)):
            return None
        found += chain
        taken = taken.union(*(arm.actions for arm in chain))
    read = _names(body, ast.Load)
    for arm in found:
        if (_names(arm.body, ast.Store) - _names(arm.body, ast.Load)) & read:
            return None
    return [arm for arm in found if arm.actions]


def _names(body: Sequence[ast.stmt], context: type[ast.expr_context]) -> set[str]:
    nodes = (node for statement in body for node in ast.walk(statement))
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _chain(statement: ast.If, is_action: IsAction, quiet: IsQuiet) -> list[Arm] | None:
    held = _asked_too(statement, is_action, quiet)
    if held is not None:
        return [Arm(statement, 0, held, (statement,), asks=True)]
    found: list[Arm] = []
    left = ALL
    part: ast.If = statement
    while True:
        held = actions_where(part.test, is_action)
        if held is None:
            return None
        found.append(Arm(statement, len(found), held & left, tuple(part.body)))
        left -= held
        if len(part.orelse) == 1 and isinstance(part.orelse[0], ast.If) and _is_elif(part):
            part = part.orelse[0]
            continue
        if part.orelse:
            found.append(Arm(statement, len(found), left, tuple(part.orelse)))
        return found


def _asked_too(statement: ast.If, is_action: IsAction, quiet: IsQuiet) -> frozenset[str] | None:
    """The actions of `if action == "pre_add" and team.is_full:` without an `else`, where nothing
    is done before the action is asked for."""
    test = statement.test
    if statement.orelse or not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And):
        return None
    known: list[frozenset[str]] = []
    for term in test.values:
        held = actions_where(term, is_action)
        if held is not None:
            known.append(held)
        elif not quiet(term):
            break
    return ALL.intersection(*known) if 0 < len(known) < len(test.values) else None


def _is_elif(part: ast.If) -> bool:
    """Whether the `if` in the `else` is written as `elif`: then it is not indented deeper."""
    return part.orelse[0].col_offset == part.col_offset


def _has_else(statement: ast.If) -> bool:
    part = statement
    while len(part.orelse) == 1 and isinstance(part.orelse[0], ast.If):
        part = part.orelse[0]
    return bool(part.orelse)


def _affix(test: ast.Call, is_action: IsAction) -> frozenset[str] | None:
    """`action.startswith("post_")`, `action.endswith("add")`."""
    function = test.func
    if not isinstance(function, ast.Attribute) or len(test.args) != 1 or test.keywords:
        return None
    value = test.args[0]
    if not is_action(function.value) or not isinstance(value, ast.Constant):
        return None
    affix = value.value
    if not isinstance(affix, str):
        return None
    if function.attr == "startswith":
        return frozenset(action for action in ACTIONS if action.startswith(affix))
    if function.attr == "endswith":
        return frozenset(action for action in ACTIONS if action.endswith(affix))
    return None


def _constants(node: ast.expr) -> frozenset[str] | None:
    if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return None
    values = [e.value for e in node.elts if isinstance(e, ast.Constant)]
    texts = frozenset(value for value in values if isinstance(value, str))
    return texts if len(values) == len(node.elts) == len(texts) else None
