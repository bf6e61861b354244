"""Saving or deleting a file of an object, which saves the object.

    order.receipt.save("receipt.pdf", content)   ->   order.receipt.save("receipt.pdf", content)
                                                      log_order(order)

    order.receipt.delete()                       ->   if order.receipt:
                                                          order.receipt.delete()
                                                          log_order(order)

Recognised: `save()` and `delete()` of an attribute that is a FileField or ImageField of a model.
Both save the instance unless they are given `save=False`, or there is no file to delete
(django.db.models.fields.files).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Other, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Edit, Insert, Where, Wrap

name = "file-field"

FILES = ("FileField", "ImageField")
# Where `save=` stands among the positional arguments.
POSITION = {"save": 2, "delete": 0}


def find(project: Project) -> Iterator[Site]:
    """Every `x.file.save(...)` and `x.file.delete(...)` on an object of a known model."""
    for facts in project.read():
        for call in facts.named(*POSITION):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            file = function.value
            if not isinstance(file, ast.Attribute):
                yield from _under_a_name(project, facts, call, file)
                continue
            answer = project.type_of(file.value, call.scope, facts)
            models = tuple(
                label
                for label in found.instances(project, answer)
                if (field := project.models.by_label[label].fields.get(file.attr)) is not None
                and (field.kind in FILES or field.kind.endswith(FILES))
                and not found.overrides(project, label, "save")
            )
            if not models:
                continue
            saves = found.keyword(call.node, "save", POSITION[call.name])
            undecided = saves is not None and not isinstance(saves, ast.Constant)
            yield Site(
                name,
                facts.path,
                facts.lines.span(call.node),
                models,
                SAVE_SIGNALS,
                answer.tier,
                created_rules.at_save(project, facts, call, file.value, models, arguments=False),
                answer.reason,
                code="undecided-commit" if undecided else None,
                never=found.is_literal(saves, False),
                mixed=found.is_mixed(project, answer, models),
                call=call,
            )


def _under_a_name(
    project: Project, facts: FileFacts, call: CallSite, file: ast.expr
) -> Iterator[Site]:
    """`scan = order.scan` and `scan.save(...)`: of which object nothing tells."""
    answer = project.type_of(file, call.scope, facts)
    saves = found.keyword(call.node, "save", POSITION[call.name])
    if Other("FieldFile") not in answer.types or found.is_literal(saves, False):
        return
    models = tuple(
        model.label
        for model in project.models.all()
        if not (model.abstract or found.overrides(project, model.label, "save"))
        and any(field.kind.endswith(FILES) for field in model.fields.values())
    )
    if models:
        yield Site(
            name, facts.path, facts.lines.span(call.node), models, SAVE_SIGNALS, Tier.POSSIBLE,
            "dynamic", "a file of some object", call=call,
        )  # fmt: skip


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    assert isinstance(call.node.func.value, ast.Attribute)
    facts = desk.project.known(site.file)
    owner = call.node.func.value.value
    if not is_statement(call) or not is_stable(owner):
        return Blocked("expression")
    statement = facts.lines.span(call.statement)
    target = facts.lines.source(facts.lines.span(owner))
    lines = Lines(desk, site)
    edits: list[Edit] = []
    values = site.values
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if variable is None:
            return Blocked("name-taken")
        rule = created_rules.expression(desk.project, site.models, target)
        edits.append(Insert(statement, f"{variable} = {rule}", Where.BEFORE))
        values["created"] = variable
    if work.before:
        return Blocked("file-with-pre-save")  # the file's name is set on the object in between
    after = lines.calls(work.after, target, values)
    edits += inserted(statement, after)
    file = call.node.func.value
    if call.name == "delete" and after and not _is_asked(call, file):
        edits.append(Wrap(statement, statement, f"if {ast.unparse(file)}:"))
    return lines.placed(edits)


def _is_and(test: ast.expr) -> TypeGuard[ast.BoolOp]:
    return isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)


def _is_asked(call: CallSite, file: ast.expr) -> bool:
    """Whether an `if` around a call has asked whether there is a file."""
    branches = [c for c in call.compounds if isinstance(c, ast.If)]
    held = [
        part
        for branch in branches
        if not any(inner is call.node for arm in branch.orelse for inner in ast.walk(arm))
        for part in (branch.test.values if _is_and(branch.test) else [branch.test])
    ]
    return any(ast.unparse(part) == ast.unparse(file) for part in held)
