"""Saving a model formset or an inline formset.

    formset.save()        ->   lines = formset.save()
                               for line in lines + formset.deleted_objects:
                                   update_total(line)

    (only for new lines)  ->   formset.save()
                               for line in formset.new_objects:
                                   welcome(line)

    (by `created`)        ->   formset.save()
                               for line, _ in formset.changed_objects:
                                   log_line(line, created=False)
                               for line in formset.new_objects:
                                   log_line(line, created=True)

Recognised: `x.save()` where `x` is a formset that one of Django's factory functions made, or the
formset that the admin passes to `save_formset()`. `commit=False` saves nothing: the `save()` and
`delete()` of the objects that follow are `model_save`'s and `model_delete`'s.
Fires pre_save and post_save for each changed object (created=False) and each new one
(created=True), pre_delete and post_delete for each deleted one, in no transaction of its own
(SEMANTICS 5.5 to 5.8). The calls follow the whole save, so a handler no longer sees the formset
half saved: that is named. A model, or a class of the forms, that overrides `save()` fires there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Instance, Tier
from codemod.project.project import Project
from codemod.project.roles import labels_of
from codemod.project.types.formsets import UNTOLD, FormSetOf
from codemod.surfaces.calls import found
from codemod.surfaces.placing.formset_loops import (
    Deletions,
    changed_and_new,
    deletions,
    guarded,
    model_name,
)
from codemod.surfaces.placing.statements import (
    assigned,
    inserted,
    is_stable,
    is_statement,
    keep,
    over,
)
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.edits import Insert, Where

name = "formset"

FORMSETS = ("django.forms.BaseModelFormSet", "django.forms.BaseInlineFormSet")
PARTS = (
    "save_new", "save_existing", "delete_existing", "save_new_objects", "save_existing_objects",
)  # fmt: skip
METHODS = ("save", *PARTS)
GUARDED = "guarded"
TIMING = "formset-timing"


def find(project: Project) -> Iterator[Site]:
    """Two sites for each `formset.save()`: what it saves, and what it deletes."""
    for facts in project.read():
        for call in facts.named(*METHODS):
            if isinstance(call.node.func, ast.Attribute):
                saved = call.node.func.value
                if not found.goes_up(call) and not project.is_told(call, facts):
                    answer = project.type_of(saved, call.scope, facts)
                    yield from _sites(project, facts, call, answer)


def _sites(project: Project, facts: FileFacts, call: CallSite, answer: Answer) -> Iterator[Site]:
    formsets = [t for t in answer.types if isinstance(t, FormSetOf)]
    if any(_is_own(project, t) for t in answer.types):
        for each in (SAVE_SIGNALS, DELETE_SIGNALS):
            yield Site(
                name, facts.path, facts.lines.span(call.node), (), each, Tier.POSSIBLE,
                "dynamic", "a formset class of the project", code="formset-save", call=call,
            )  # fmt: skip
    commit = found.keyword(call.node, "commit", 0)
    never = call.name == "save" and found.is_literal(commit, False)
    undecided = commit is not None and not isinstance(commit, ast.Constant)
    several = len({t.model for t in formsets}) > 1 or call.scope.name == "save_formset"
    for label in dict.fromkeys(t.model for t in formsets):
        kinds = [t for t in formsets if t.model == label]
        code = "undecided-commit" if undecided else code_of(project, label, kinds)
        if call.name in PARTS or _holds_others(project, facts, call, label):
            code = "formset-save"
        for signals in signals_of(project, label, kinds):
            deletes = signals is DELETE_SIGNALS
            yield Site(
                name,
                facts.path,
                facts.lines.span(call.node),
                (label,),
                signals,
                found.tier_among(answer, formsets),
                None if deletes else "dynamic",
                answer.reason,
                code=code,
                never=never,
                note=GUARDED if several else "",
                call=call,
            )


def _holds_others(project: Project, facts: FileFacts, call: CallSite, label: str) -> bool:
    """Whether a formset is made with a query for objects of another model, which it saves: a proxy
    of its own, `OrderFormSet(data, queryset=RushOrder.objects.all())`."""
    assert isinstance(call.node.func, ast.Attribute)
    saved = call.node.func.value
    bindings = call.scope.bindings.get(getattr(saved, "id", ""), ())
    for made in (saved, *(b.value for b in bindings)):
        rows = found.keyword(made, "queryset") if isinstance(made, ast.Call) else None
        if rows is not None:
            shown = labels_of(project, project.type_of(rows, call.scope, facts).types)
            if shown - {label}:
                return True
    return False


def _is_own(project: Project, kind: object) -> bool:
    """Whether it is of a formset class that the project wrote or derived from a made one."""
    return (
        isinstance(kind, Instance)
        and not isinstance(kind, FormSetOf)
        and (
            project.classes.is_subclass(kind.cls, *FORMSETS)
            or any("formset_factory(" in base for base in project.classes.mro(kind.cls))
        )
    )


def code_of(project: Project, label: str, kinds: list[FormSetOf]) -> str | None:
    """Why a formset of these kinds can't be rewritten."""
    if len({_saves_itself(project, kind) for kind in kinds}) > 1:
        return "formset-save"
    for kind in kinds:
        if kind.edits_only or UNTOLD in (kind.base, kind.form):
            return "formset-save"
        if _saves_itself(project, kind) and project.model_of(kind.form or "") != label:
            return "formset-save"  # nobody looks for this model in that class
        if kind.base is not None:
            if any(project.classes.method(kind.base, m) for m in METHODS):
                return "formset-overrides-save"
            if any(base.startswith("?") for base in project.classes.mro(kind.base)):
                return "formset-save"
    return None


def signals_of(project: Project, label: str, kinds: list[FormSetOf]) -> Iterator[tuple[str, ...]]:
    """The signals that a formset itself fires: not those of overrides."""
    if label not in project.models.by_label:
        return
    saving = [k for k in kinds if k.saves]
    own = any(k.form is None or project.model_of(k.form) != label for k in saving)
    own = own or not all(_saves_itself(project, k) for k in saving)
    if own and not found.overrides(project, label, "save"):
        yield SAVE_SIGNALS
    if any(k.deletes for k in kinds) and not found.overrides(project, label, "delete"):
        yield DELETE_SIGNALS


def _saves_itself(project: Project, kind: FormSetOf) -> bool:
    """Whether the class of the forms overrides `save()`: then the line inside it fires."""
    return kind.form is not None and project.classes.method(kind.form, "save") is not None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Save first, then loop over what the formset says it saved or deleted."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    if work.before:
        return Blocked("formset-with-pre-save")
    formset = call.node.func.value
    source = facts.lines.source(facts.lines.span(formset))
    item = desk.free_name(site, found.variable(site.models[:1]))
    if item is None:
        return Blocked("name-taken")
    lines = Lines(desk, site)
    plain = is_statement(call) or assigned(call) is not None
    if site.signals is DELETE_SIGNALS:
        if not plain or not is_stable(formset):
            return Blocked("expression")
        gone = deletions(work, lines, source, item)
        if isinstance(gone, Blocked):
            return gone
        return _placed(lines, gone)
    changed, new = changed_and_new(lines, work.after, item)
    if changed == new and site.note != GUARDED:
        kept = keep(call, facts, desk.free_name(site, found.plural(item)))
        if kept is None:
            return Blocked("expression")
        text = over(lines, item, kept.target, new)
        if not text:
            return Placed()
        edits = [*kept.edits, Insert(kept.anchor, "\n".join(text), kept.where)]
        return lines.placed(edits, (TIMING,))
    if not plain or not is_stable(formset):
        return Blocked("expression")
    if changed == new:
        free = desk.free_name(site, "changed")
        if free is None:
            return Blocked("name-taken")
        text = [
            f"{free} = [{item} for {item}, _ in {source}.changed_objects]",
            *over(lines, item, f"{free} + {source}.new_objects", new),
        ]
    else:
        other = "_" if "_" not in _names(call.scope.node) else "fields"
        text = [
            *over(lines, f"{item}, {other}", f"{source}.changed_objects", changed),
            *over(lines, item, f"{source}.new_objects", new),
        ]
    return _placed(lines, Deletions((), tuple(text)))


def _placed(lines: Lines, text: Deletions) -> Placed | Blocked:
    """The lines around the statement, for formsets of the one model where there are several."""
    site, desk, call = lines.site, lines.desk, lines.site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    before, after, edits = [*text.before], [*text.after], [*text.imports]
    if site.note == GUARDED:
        named = model_name(desk, site, site.models[0])
        if named is None:
            return Blocked("name-taken")
        source = facts.lines.source(facts.lines.span(call.node.func.value))
        before, after = (guarded(source, named[0], part) for part in (before, after))
        edits += named[1]
    if not after:
        return Placed()
    statement = facts.lines.span(call.statement)
    edits += inserted(statement, before, Where.BEFORE)
    edits += inserted(statement, after)
    return lines.placed(edits, (TIMING,))


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
