"""Saving a model form.

    form.save()          ->   order = form.save()
                              create_invoice(order)

    form.save()          ->   set_slug(form.instance)
    (work before)             form.save()

Recognised: `x.save()` where `x` is a form of a model; `commit=False` saves nothing. In a form
class that overrides `save()`, the line that fires is its `super().save()` (or the `save()` of the
instance, which is `model_save`'s), and the form's callers need nothing.
Fires pre_save and post_save, then sets many-to-many data (SEMANTICS 5.1); a call after
`form.save()` sees that data, which is named where the service reads it.
`created` is True if the form got no `instance=`, False if it got one fetched here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Instance, Tier
from codemod.project.held import held_at, held_by
from codemod.project.project import Project
from codemod.project.types.kinds import FormOf
from codemod.surfaces.calls import found
from codemod.surfaces.calls.arriving import is_last
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.held_keys import given
from codemod.surfaces.objects.keys import asks_rows, changes_key
from codemod.surfaces.placing.statements import (
    evaluated_first,
    inserted,
    is_kept,
    is_stable,
    is_statement,
    keep,
)
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Edit, Insert, Where

name = "model-form"

FACTORIES = ("modelformset_factory", "inlineformset_factory", "generic_inlineformset_factory")


def find(project: Project) -> Iterator[Site]:
    """Every `form.save()`, and every `super().save()` in a model form's own `save()`."""
    for facts in project.read():
        for call in facts.named("save"):
            if not isinstance(call.node.func, ast.Attribute):
                continue
            saved = call.node.func.value
            if found.goes_up(call):
                commit = found.keyword(call.node, "commit", 0 if found.is_super(saved) else 1)
                yield from _in_override(project, facts, call, commit)
                continue
            if project.is_told(call, facts):
                continue
            commit = found.keyword(call.node, "commit", 0)
            answer = project.type_of(saved, call.scope, facts)
            forms = [
                t
                for t in answer.types
                if isinstance(t, Instance)
                and project.classes.is_subclass(t.cls, created_rules.MODEL_FORM)
            ]
            undecided = [f for f in forms if project.classes.is_undecided(f.cls, "save")]
            # In a save() of the form's own, the line within it fires.
            own = [f for f in forms if project.classes.method(f.cls, "save") is not None]
            plain = [f for f in forms if f not in own or f in undecided]
            held = partial(held_at, project, form=saved, scope=call.scope, facts=facts)
            models, unsaid, mixed = found.models_of(project, plain, held)
            if not models and not unsaid:
                continue
            untold = any(isinstance(f, FormOf) and f.untold for f in plain)
            half = "serializer-overrides-half" if untold or len(plain) < len(forms) else None
            yield Site(
                name,
                facts.path,
                facts.lines.span(call.node),
                models,
                SAVE_SIGNALS,
                found.tier_among(answer, forms),
                "dynamic"
                if _asks_rows(project, facts, call, saved, models)
                else created_rules.of_form(project, facts, call.scope, saved, models),
                answer.reason,
                never=found.is_literal(commit, False),
                code="conditional-method" if undecided else _commit_code(commit) or half,
                mixed=mixed,
                call=call,
            )


def _asks_rows(
    project: Project, facts: FileFacts, call: CallSite, form: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether nothing but the database tells if what a form saves has a row: see `keys`."""
    if given(project, models, *_classes(project, facts, call, form)):
        return True
    if not isinstance(form, ast.Name):
        return False
    held: list[ast.expr] = [ast.Attribute(form, "instance", ast.Load())]
    for binding in call.scope.bindings.get(form.id, ()):
        made = binding.value
        instance = found.keyword(made, "instance") if isinstance(made, ast.Call) else None
        held += [instance] if instance is not None else []
    return any(
        asks_rows(project, facts, call, each, models) or changes_key(project, call, each, models)
        for each in held
    )


def _classes(project: Project, facts: FileFacts, call: CallSite, form: ast.expr) -> tuple[str, ...]:
    """The form classes that what is saved may be of."""
    scope = call.scope.class_() if found.goes_up(call) else None
    owner = project.class_of(facts, scope) if scope is not None else None
    if owner is not None:
        return project.classes.heirs(owner.name)
    kinds = project.type_of(form, call.scope, facts).types
    return tuple(kind.cls for kind in kinds if isinstance(kind, Instance))


def _in_override(
    project: Project, facts: FileFacts, call: CallSite, commit: ast.expr | None
) -> Iterator[Site]:
    scope = call.scope.class_()
    if scope is None or call.scope.kind != "function" or found.is_literal(commit, False):
        return
    owner = project.class_of(facts, scope)
    if owner is None:
        return
    heirs = project.classes.heirs(owner.name)
    every = [c for c in heirs if project.classes.is_subclass(c, created_rules.MODEL_FORM)]
    users = [c for c in every if is_last(project, owner.name, c, "save")]
    models, unsaid, mixed = found.models_of(
        project, map(Instance, users), partial(held_by, project)
    )
    if not models and not unsaid:
        return
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        models,
        SAVE_SIGNALS,
        Tier.PROVED if len(models) == 1 else Tier.POSSIBLE,
        "dynamic",
        f"{owner.name.rpartition('.')[2]} is a form of the model",
        code=(
            _commit_code(commit)
            or (None if _commits(project, call, users) else "undecided-commit")
            or ("shared-view" if len(users) < len(every) else None)
        ),
        mixed=mixed,
        call=call,
    )


def _commit_code(commit: ast.expr | None) -> str | None:
    """Only a save that surely happens, or surely does not, is rewritten."""
    if commit is None or isinstance(commit, ast.Constant):
        return None
    return "undecided-commit"


def _commits(project: Project, call: CallSite, forms: list[str]) -> bool:
    """Whether `super().save(*args, **kwargs)` of some forms surely writes: nobody passes
    `commit=False`, as the admin and formsets do with the forms that they are given."""
    if not found.has_unpacking(call.node):
        return True
    texts = (n.value for n in descend(call.scope.node) if isinstance(n, ast.Constant))
    return (
        "commit" not in texts
        and project.once(_given_away).isdisjoint(forms)
        and not any(
            _passes_commit(project, other_facts, other, forms)
            for other_facts in project.read()
            for other in other_facts.named("save")
            if other is not call
        )
    )


def _given_away(project: Project) -> frozenset[str]:
    """The form classes that admin classes and factories of formsets are given."""
    given = [
        (info.scope, info.facts, info.definition.attributes[option])
        for info in project.classes
        for option in ("form", "add_form")
        if option in info.definition.attributes
    ]
    given += [
        (call.scope, facts, value)
        for facts in project.read()
        for call in facts.named(*FACTORIES)
        for value in [found.keyword(call.node, "form", 1)]
        if value is not None
    ]
    kinds = (
        kind for scope, facts, value in given for kind in project.type_of(value, scope, facts).types
    )
    return frozenset(kind.cls for kind in kinds if isinstance(kind, ClassRef))


def _passes_commit(project: Project, facts: FileFacts, call: CallSite, forms: list[str]) -> bool:
    """Whether a call of `save()` passes an argument to one of some forms, or may do so."""
    if found.goes_up(call) or not isinstance(call.node.func, ast.Attribute):
        return False
    commit = found.keyword(call.node, "commit", 0)
    if commit is None and not found.has_unpacking(call.node):
        return False
    answer = project.type_of(call.node.func.value, call.scope, facts)
    classes = {kind.cls for kind in answer.types if isinstance(kind, Instance)}
    return not answer.known or not classes.isdisjoint(forms)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Call before with the form's instance, after with what `save()` returned."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    form = call.node.func.value
    statement = facts.lines.span(call.statement)
    source = facts.lines.source(facts.lines.span(form))
    stable = is_stable(form)
    if found.goes_up(call):
        source, stable = "self", True
    dynamic = site.reads_created(work)
    if (work.before or dynamic) and not (stable and evaluated_first(call)):
        return Blocked("expression")
    lines = Lines(desk, site)
    edits: list[Edit] = []
    values = site.values
    # What a statement goes on with is made outside the transaction that the rest may ask for.
    first = Where.BEFORE if is_statement(call) or is_kept(call) else Where.ABOVE
    if dynamic:
        variable = desk.free_name(site, "created")
        if variable is None:
            return Blocked("name-taken")
        key = _asks_rows(desk.project, facts, call, form, site.models)
        rule = created_rules.expression(desk.project, site.models, f"{source}.instance", key)
        edits.append(Insert(statement, f"{variable} = {rule}", first))
        values["created"] = variable
    before = lines.calls(work.before, f"{source}.instance", values)
    edits += inserted(statement, before, first)
    if not lines.calls(work.after, "_", values):
        return lines.placed(edits)
    own = created_rules.given_to(call.scope, form) if site.created == "false" else None
    if (
        own is not None
        and isinstance(call.statement, ast.Expr)
        and call.statement.value is call.node
    ):
        # What the form saves has a name already.
        after = lines.calls(work.after, own, values)
        edits += inserted(statement, after)
        return lines.placed(edits)
    kept = keep(call, facts, desk.free_name(site, found.variable(site.models)), first)
    if kept is None:
        return Blocked("expression")
    edits += kept.edits
    after = lines.calls(work.after, kept.target, values)
    edits += inserted(kept.anchor, after, kept.where)
    return lines.placed(edits)
