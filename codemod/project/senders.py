"""What a test of `sender` comes to, and the models that a handler of any sender is for.

    @receiver(post_save)                                    Status, Comment, Review:
    def add_status(sender, instance, **kwargs):             the classes of the project that are one
        if not issubclass(sender, Status):
            return

The guards have to stand first: what is above them runs for every model.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_none, is_text
from codemod.facts.tables import FileFacts, Scope
from codemod.project.model_tables import Model
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Connection

if TYPE_CHECKING:
    from codemod.project.project import Project
    from codemod.project.receivers import FoundReceiver

MOST = 12  # models that get calls of their own; for more, a signal is the right tool
_MOMENTS = (*SAVE_SIGNALS, *DELETE_SIGNALS)
_CLASS = ("sender", "type(instance)", "instance.__class__")
_QUIET = (
    ast.Name, ast.Attribute, ast.Constant, ast.expr_context, ast.Call, ast.UnaryOp, ast.unaryop,
    ast.BoolOp, ast.boolop, ast.Compare, ast.cmpop, ast.Tuple, ast.List, ast.Set, ast.keyword,
)  # fmt: skip


def connections(project: Project, found: FoundReceiver) -> tuple[Connection, ...]:
    """A receiver's connections, those of any sender as those of the models that pass its guards."""
    known = found.receiver.connections
    open_ones = [c for c in known if c.sender is None]
    if not open_ones or any(c.signal not in _MOMENTS for c in open_ones):
        return known
    labels = _let_through(project, found)
    if not labels or len(labels) > MOST:
        return known
    return tuple(
        replace(connection, sender=label)
        for connection in known
        for label in (labels if connection.sender is None else [connection.sender])
    )


def is_narrowed(found: FoundReceiver) -> bool:
    """Whether a receiver is connected to any sender, and its connections name some of them."""
    told = all(connection.sender is not None for connection in found.receiver.connections)
    return told and any(one.connection.sender is None for one in found.made)


def holds(
    project: Project, test: ast.expr, scope: Scope, facts: FileFacts, model: Model
) -> bool | None:
    """The value of a test where the sender is exactly this model; None if it isn't told."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = holds(project, test.operand, scope, facts, model)
        return None if value is None else not value
    if isinstance(test, ast.Call):
        classes = _classes(project, test, scope, facts)
        return project.classes.is_subclass(model.name, *classes) if classes else None
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    operator, right = test.ops[0], test.comparators[0]
    negative = isinstance(operator, (ast.IsNot, ast.NotEq, ast.NotIn))
    if ast.unparse(test.left) == "sender.__name__":
        named = isinstance(operator, (ast.Eq, ast.NotEq)) and isinstance(right, ast.Constant)
        if not named or not isinstance(right, ast.Constant):
            return None
        return (right.value == model.name.rpartition(".")[2]) is not negative
    if ast.unparse(test.left) not in _CLASS:
        return None
    compared = [right]
    if isinstance(operator, (ast.In, ast.NotIn)):
        if not isinstance(right, (ast.Tuple, ast.List, ast.Set)):
            return None
        compared = right.elts
    elif not isinstance(operator, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        return None
    labels = [project.models.label_of(e, scope, facts) for e in compared]
    if any(other not in project.models.by_label for other in labels):
        return None
    return (model.label in labels) is not negative


def _classes(project: Project, test: ast.Call, scope: Scope, facts: FileFacts) -> list[str]:
    """The classes in `issubclass(sender, ...)`, if all are of the project: no model of a package
    comes from one."""
    asked = {"issubclass": _CLASS, "isinstance": ("instance",)}.get(ast.unparse(test.func), ())
    if len(test.args) != 2 or ast.unparse(test.args[0]) not in asked:
        return []
    given = test.args[1]
    listed = given.elts if isinstance(given, ast.Tuple) else [given]
    names = [project.symbols.resolve(item, scope, facts) for item in listed]
    known = [name for name in names if name is not None and project.classes.get(name) is not None]
    return known if len(known) == len(names) else []


def _let_through(project: Project, found: FoundReceiver) -> list[str]:
    """The models for which a handler does anything; none if others may pass."""
    if found.function is None:
        return []
    scope = found.facts.scopes[found.function.node]
    everything = [*project.models.by_label.values()]
    left = everything
    for test, passes in _guards(found.function.node.body):
        if "__name__" in ast.unparse(test):
            continue  # a package may have a model of the name
        told = {m.label: holds(project, test, scope, found.facts, m) for m in left}
        if None not in told.values():
            left = [model for model in left if told[model.label] is passes]
    return [model.label for model in left] if left is not everything else []


def _guards(body: list[ast.stmt]) -> list[tuple[ast.expr, bool]]:
    """The tests in front of all that a handler does, and the value with which it is done."""
    guards: list[tuple[ast.expr, bool]] = []
    for index, statement in enumerate(body):
        if isinstance(statement, (ast.Import, ast.ImportFrom)) or is_text(statement):
            continue
        if not isinstance(statement, ast.If) or statement.orelse:
            break
        leaving = len(statement.body) == 1 and _returns(statement.body[0])
        rest = body[index + 1 :]
        if not leaving and rest and not (len(rest) == 1 and _returns(rest[0])):
            break
        test, joint = statement.test, ast.Or if leaving else ast.And
        terms = (
            test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, joint) else [test]
        )
        for term in terms:
            if not all(isinstance(node, _QUIET) for node in ast.walk(term)):
                return guards
            guards.append((term, not leaving))
        if not leaving:
            break
    return guards


def _returns(statement: ast.stmt) -> bool:
    """Whether it is `return`, or `return None`."""
    return isinstance(statement, ast.Return) and (
        statement.value is None or is_none(statement.value)
    )
