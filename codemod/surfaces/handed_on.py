"""A method that saves or deletes and is handed on: whoever gets it calls it.

    transaction.on_commit(order.save)      expression
    list(map(Order.delete, orders))        expression
    await sync_to_async(order.save)()      expression
    getattr(order, "save")()               expression
    getattr(order, step)()                 the same, for each name that `step` may be
    map(methodcaller("save"), orders)      expression
    create = User.objects.create_user      expression

Recognised: `save`, `delete`, `create` and their like, taken off an object, a class, a manager, a
queryset, a form or `super()`, and not called there. Where nothing is known of `x` in `x.save`, it
may be one if something is seen to call it; so may any text be its name, if `x` is known or such a
name is a text of the code that gives it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, QuerySet, Tier
from codemod.project.project import Project
from codemod.surfaces import get_or_create, manager_create
from codemod.surfaces.calls import found, handed_holders
from codemod.surfaces.calls.arriving import is_last
from codemod.surfaces.calls.taken import Taken, handed, is_unused, worked_out
from codemod.surfaces.objects import own_rows
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

name = "handed-on"

SAVING = ("save", "asave", "save_base")
DELETING = ("delete", "adelete")
CREATING = (*manager_create.METHODS, *get_or_create.METHODS)
METHODS = (*SAVING, *DELETING, *CREATING, "update")  # a serializer's `update()`
NAMED = tuple(method for method in METHODS if method != "save_base")  # what any text may name
ROWS = "rows"  # note of a site that deletes rows, which asks no `delete()` of their model


def find(project: Project) -> Iterator[Site]:
    """Every such method that is not called where it is named."""
    for taken in (*handed(project, METHODS), *worked_out(project, NAMED)):
        yield from _sites(project, taken)


def _sites(project: Project, taken: Taken) -> Iterator[Site]:
    facts, node = taken.facts, taken.node
    answer = project.type_of(node.value, taken.scope, facts)
    yield from _of_holders(project, taken, answer)
    if node.attr == "update":
        return  # of rows, which fires nothing, or of a dictionary
    models, as_if = _models(project, facts, taken.scope, node, answer), taken.as_if
    if not taken.told and as_if is not None:
        models = tuple(m for m in models if project.could_be(as_if, facts, m))
    known = answer.known or found.is_super(node.value)
    if not models and (known or taken.run is None or not _may_be_named(taken)):
        return
    sure = taken.told and bool(models)
    yield Site(
        name,
        facts.path,
        facts.lines.span(node),
        models,
        DELETE_SIGNALS if node.attr in DELETING else SAVE_SIGNALS,
        answer.tier if sure else Tier.POSSIBLE,
        None if node.attr in DELETING else "dynamic",
        "handed on" if models else answer.reason,
        code="expression" if sure else None,
        bypass=node.attr == "save_base",
        note=ROWS if node.attr in DELETING and _rows(node, answer) else "",
        call=taken.call if models else as_if,
    )


def _may_be_named(taken: Taken) -> bool:
    """Whether the method of something unknown may be this one: it is told, or it may be named so
    and what it gives is used as that of `save()` is: not at all."""
    return taken.told or (taken.quoted and is_unused(taken))


def _of_holders(project: Project, taken: Taken, answer: Answer) -> Iterator[Site]:
    """A method of a form, a formset or a serializer."""
    for signals, label in handed_holders.fired(project, taken, answer):
        yield Site(
            name, taken.facts.path, taken.facts.lines.span(taken.node), (label,), signals,
            answer.tier if taken.told else Tier.POSSIBLE,
            None if signals is DELETE_SIGNALS else "dynamic", "handed on",
            code="expression" if taken.told else None, call=taken.call,
        )  # fmt: skip


def _models(
    project: Project, facts: FileFacts, scope: Scope, node: ast.Attribute, answer: Answer
) -> tuple[str, ...]:
    """The models whose objects the method saves or deletes, if no `save()` of theirs does."""
    method = "delete" if node.attr in DELETING else "save"
    if found.is_super(node.value):
        owner = scope.class_()
        cls = project.class_of(facts, owner) if owner is not None else None
        classes = project.classes.heirs(cls.name) if cls is not None else ()
        last = [c for c in classes if cls is not None and is_last(project, cls.name, c, method)]
        return tuple(dict.fromkeys(m for c in last for m in _concrete(project, c)))
    rows = _rows(node, answer)
    if rows and own_rows.names_own(project, node, answer):
        return ()  # the line within it fires
    if node.attr in CREATING:
        return tuple(m for m in rows if not found.overrides(project, m, "save"))
    labels = [*found.instances(project, answer)]
    labels += [
        m for k in answer.types if isinstance(k, ClassRef) for m in _concrete(project, k.cls)
    ]
    direct = [
        m
        for m in labels
        if not found.overrides(project, m, method)
        and node.attr not in project.models.by_label[m].fields
    ]
    return tuple(dict.fromkeys([*direct, *rows]))


def _rows(node: ast.Attribute, answer: Answer) -> tuple[str, ...]:
    """The models whose rows the method of a queryset or manager makes or deletes."""
    if node.attr in CREATING:
        return found.queried(answer)
    kinds = answer.types if node.attr in DELETING else ()  # a manager has no `delete()`
    return tuple(dict.fromkeys(kind.model for kind in kinds if isinstance(kind, QuerySet)))


def _concrete(project: Project, cls: str) -> tuple[str, ...]:
    model = project.models.by_class.get(cls)
    return tuple(m.label for m in project.models.concrete(model)) if model is not None else ()


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: nothing can stand beside a call that is made elsewhere."""
    return Blocked("expression")
