"""A method that saves or deletes and is handed on: whoever gets it calls it.

    transaction.on_commit(order.save)      expression
    list(map(Order.delete, orders))        expression
    await sync_to_async(order.save)()      expression
    getattr(order, "save")()               expression
    map(methodcaller("save"), orders)      expression
    create = User.objects.create_user      expression

Recognised: `save`, `delete`, `create` and their like, taken off an object, a class, a manager, a
queryset or `super()`, and not called there. Where nothing is known of `x` in `x.save`, it may be
one if it is handed to a function that calls what it gets.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from codemod.facts.nodes import all_given
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Tier
from codemod.project.project import Project
from codemod.surfaces import found, get_or_create, manager_create, own_rows
from codemod.surfaces.arriving import is_last
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

name = "handed-on"

SAVING = ("save", "asave", "save_base")
DELETING = ("delete", "adelete")
CREATING = (*manager_create.METHODS, *get_or_create.METHODS)
METHODS = (*SAVING, *DELETING, *CREATING)
# Functions that call what they are given.
RUNNERS = frozenset(
    "apply async_to_sync map methodcaller on_commit partial run_in_executor starmap submit "
    "sync_to_async to_thread Thread".split()
)


def find(project: Project) -> Iterator[Site]:
    """Every such method that is not called where it is named."""
    for facts, scope, node, call in handed(project, METHODS):
        yield from _sites(project, facts, scope, node, call)


def handed(
    project: Project, methods: Collection[str]
) -> Iterator[tuple[FileFacts, Scope, ast.Attribute, CallSite | None]]:
    """The attributes with one of these names that are not called where they are, constant names
    of `getattr()` and `methodcaller()` included, with the calls that are given them."""
    named_only = re.compile(rf"\.\s*(?:{'|'.join(methods)})\b(?!\s*\()")
    for facts in project.read():
        for call in facts.named("getattr"):
            key = call.node.args[1] if len(call.node.args) > 1 else None
            if isinstance(key, ast.Constant) and key.value in methods:
                value = ast.Attribute(call.node.args[0], str(key.value), ast.Load())
                yield facts, call.scope, ast.copy_location(value, call.node), call
        for call in facts.named("methodcaller"):
            key = call.node.args[0] if call.node.args else None
            if isinstance(key, ast.Constant) and key.value in methods:
                value = ast.Attribute(_called_on(call), str(key.value), ast.Load())
                yield facts, call.scope, ast.copy_location(value, call.node), call
        if not named_only.search(facts.text):
            continue
        called = {id(call.node.func) for call in facts.named(*methods)}
        named = [
            (scope, attribute)
            for scope in facts.scopes.values()
            for attribute in scope.attributes
            if attribute.attr in methods
            and id(attribute) not in called
            and isinstance(attribute.ctx, ast.Load)
        ]
        if not named:
            continue
        # `order.save.assert_called()` asks the method something.
        asked = {id(a.value) for scope in facts.scopes.values() for a in scope.attributes}
        given = {id(value): call for call in facts.calls for value in all_given(call.node)}
        for scope, attribute in named:
            if id(attribute) not in asked:
                yield facts, scope, attribute, given.get(id(attribute))


def _called_on(call: CallSite) -> ast.expr:
    """The first of the objects that a `map(methodcaller("save"), orders)` goes through; the caller
    itself, of which nothing is known, elsewhere."""
    around = call.parents[-1]
    if isinstance(around, ast.Call) and len(around.args) == 2 and around.args[0] is call.node:
        first = ast.Subscript(around.args[1], ast.Constant(0), ast.Load())
        return ast.copy_location(first, around.args[1])
    return call.node


def _sites(
    project: Project, facts: FileFacts, scope: Scope, node: ast.Attribute, call: CallSite | None
) -> Iterator[Site]:
    deletes = node.attr in DELETING
    answer = project.type_of(node.value, scope, facts)
    models = tuple(m for m in _models(project, facts, scope, node, answer) if m is not None)
    tier = answer.tier
    known = answer.known or found.is_super(node.value)
    if not models:
        if known or call is None or call.name not in RUNNERS:
            return
        tier = Tier.POSSIBLE
        call = replace(call, node=ast.Call(node, [], []), name=node.attr)
    yield Site(
        name,
        facts.path,
        facts.lines.span(node),
        models,
        DELETE_SIGNALS if deletes else SAVE_SIGNALS,
        tier,
        None if deletes else "dynamic",
        answer.reason if not models else "handed on",
        code="expression" if models else None,
        bypass=node.attr == "save_base",
        call=call,
    )


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
    rows = found.queried(answer) if node.attr not in SAVING else ()
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


def _concrete(project: Project, cls: str) -> tuple[str, ...]:
    model = project.models.by_class.get(cls)
    return tuple(m.label for m in project.models.concrete(model)) if model is not None else ()


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: nothing can stand beside a call that is made elsewhere."""
    return Blocked("expression")
