"""A model that overrides `save()` or `delete()`.

    def save(self, *args, **kwargs):   ->   def save(self, *args, **kwargs):
        self.clean_iban()                       self.clean_iban()
        super().save(*args, **kwargs)           created = self._state.adding
        self.check()                            super().save(*args, **kwargs)
                                                if created:
                                                    open_ledger(self)
                                                self.check()

The line that fires is the override's `super().save(...)` (SEMANTICS 1.15), so one edit there
covers forms, views, the admin and `create()`; the model's callers need nothing. For `delete()`
it covers `obj.delete()` alone: querysets never call it (3.4).
An override in an abstract base or a mixin fires for each model that inherits it. A `super().save()`
outside of `save()` passes that by, and gets calls of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.arriving import arrives
from codemod.surfaces.calls.upward import Upward, upward
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.flow import follows_super, pk_is_set, repeats
from codemod.surfaces.objects.lost_rows import loses_row
from codemod.surfaces.objects.rollbacks import undone
from codemod.surfaces.objects.update_fields import (
    Fields,
    fields_of,
    fields_of_override,
    perhaps_empty,
    unknown,
)
from codemod.surfaces.placing.atomic import caught, in_transaction
from codemod.surfaces.placing.statements import inserted, is_statement, outermost, unreturned
from codemod.surfaces.placing.statements import keep as keep_value
from codemod.surfaces.removing.cascade import collect
from codemod.surfaces.removing.failing import key_cleared
from codemod.surfaces.removing.kept import keep
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Insert, Replace, Where

name = "model-override"

SELF = ast.Name("self", ast.Load())  # what `super().save()` saves
METHODS = {"save": SAVE_SIGNALS, "delete": DELETE_SIGNALS}


def find(project: Project) -> Iterator[Site]:
    """Every `super().save()` and `super().delete()` that reaches Django's own method."""
    for facts in project.read():
        for call in facts.named(*METHODS):
            up = upward(project, facts, call, call.name)
            if up is not None:
                yield from _sites(project, facts, call, up)


def _sites(project: Project, facts: FileFacts, call: CallSite, up: Upward) -> Iterator[Site]:
    models, mixed = [], False
    in_method = call.scope.name == call.name and call.scope.kind == "function"
    for model in project.models.all():
        chain = project.classes.mro(model.name)
        if model.abstract or up.owner.name not in chain:
            continue
        if in_method and not arrives(project, up.owner.name, model.name, call.name):
            continue
        # A further override in the project hides this call's own firing: that one fires.
        if any(
            (c := project.classes.get(n)) is not None and call.name in c.definition.methods
            for n in up.rest(chain)
        ):
            mixed = True
        else:
            models.append(model.label)
    if not models:
        return
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        tuple(models),
        METHODS[call.name],
        Tier.PROVED,
        created_at(project, facts, call, tuple(models)),
        f"{up.owner.definition.node.name} overrides {call.name}()",
        bypass=not in_method,
        mixed=mixed,
        call=call,
    )


def created_at(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    models: tuple[str, ...],
    *,
    arguments: bool = True,
) -> Created | None:
    """The arguments of the line may tell: `save(update_fields=[...])`.

    `arguments`: Django gets them as they stand.
    """
    if call.name != "save":
        return None
    if call.scope.name == call.name and call.scope.kind == "function":
        told = created_rules.by_arguments(project, call, models) if arguments else None
        again = _saves_again(project, facts, call, models)
        return "false" if again or told == "false" else "dynamic"
    return created_rules.at_save(project, facts, call, SELF, models, arguments=arguments)


def _saves_again(
    project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]
) -> bool:
    """Whether the method has saved the object already, so that the row is there."""
    method = call.scope.node
    return (
        (repeats(call) or (follows_super(call) and not perhaps_empty(project, models)))
        and not pk_is_set(project, call.scope, "self", models)
        and not any(isinstance(n, ast.Attribute) and n.attr == "_state" for n in ast.walk(method))
        and not loses_row(project, facts, call, SELF, models)
        and not undone(project, facts, call, SELF)
    )


def _fields(desk: Desk, site: Site, call: CallSite) -> Fields:
    """The `update_fields` of a line: what it spells out; in a `save()`, what that got."""
    given = found.save_argument(call.node, "update_fields", 3)
    said = fields_of(desk.project, desk.project.known(site.file), call)
    whole = _hands_on_all(call)
    if call.scope.name != "save" and not whole:
        return said
    got = fields_of_override(desk.project, call, site.models)
    if given is not None:
        return got if ast.unparse(given) == got.source else said
    # What it got in `**kwargs` may be left out, or handed on in a copy with more.
    return got if whole or not got.source else replace(said, made_up=got.made_up)


def _hands_on_all(call: CallSite) -> bool:
    """Whether the only `update_fields` of a line are those in the `**kwargs` of its function."""
    function = call.scope.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    arguments = function.args
    named = [a.arg for a in (*arguments.args, *arguments.kwonlyargs)]
    unpacked = [ast.unparse(k.value) for k in call.node.keywords if k.arg is None]
    return (
        arguments.kwarg is not None
        and unpacked == [arguments.kwarg.arg]
        and "update_fields" not in named
        and found.keyword(call.node, "update_fields") is None
    )


def _returns_nothing(project: Project, facts: FileFacts, site: Site) -> bool:
    """Whether what runs returns nothing: Django's `save()`, and the project's on the way to it."""
    assert site.call is not None
    up = upward(project, facts, site.call, site.call.name)
    if up is None:
        return False
    chains = (project.classes.mro(project.models.by_label[m].name) for m in site.models)
    return all(
        _is_silent(info.definition.methods.get("save"))
        if (info := project.classes.get(name)) is not None
        else name.startswith("django.")
        for chain in chains
        for name in up.rest(chain)
    )


def _is_silent(method: ast.FunctionDef | ast.AsyncFunctionDef | None) -> bool:
    """Whether a `save()` returns nothing but what the next one does."""
    nodes = ast.walk(method) if method is not None else ()
    values = [node.value for node in nodes if isinstance(node, ast.Return) and node.value]
    return all(
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "save"
        and found.is_super(value.func.value)
        for value in values
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Hug the `super()` call."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    statement = facts.lines.span(call.statement)
    returned = isinstance(call.statement, ast.Return) and call.statement.value is outermost(call)
    assigned = isinstance(call.statement, ast.Assign) and call.statement.value is outermost(call)
    if not (is_statement(call) or returned or assigned):
        return Blocked("expression")
    lines = Lines(desk, site)
    edits: list[Edit] = []
    saves = site.signals is SAVE_SIGNALS
    fields = _fields(desk, site, call) if saves else Fields()
    if unknown(work, fields):
        return Blocked("update-fields")
    given = found.save_argument(call.node, "update_fields", 3) if saves else None
    again = 1 if given is None else 0  # an argument of the line must not be asked again
    if not fields.plain and fields.mentions(work) > again:
        free = desk.free_name(site, "update_fields", "fields")
        if free is None:
            return Blocked("name-taken")
        edits.append(Insert(statement, f"{free} = {fields.source}", Where.BEFORE))
        if given is not None:
            edits.append(Replace(facts.lines.span(given), free))
        fields = replace(fields, source=free, plain=True)
    values = {**site.values, **fields.values}
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if variable is None:
            return Blocked("name-taken")
        other = found.other_database(call)
        gone = loses_row(desk.project, facts, call, SELF, site.models)
        gone = gone or bool(undone(desk.project, facts, call, SELF))
        rule = created_rules.expression(desk.project, site.models, "self", gone, other)
        edits.append(Insert(statement, f"{variable} = {rule}", Where.BEFORE))
        values["created"] = variable
    kept = keep(work, lines, "self")
    children = collect(work, lines, "self", origin=kept.subject if kept else None)
    if kept is None or children is None:
        return Blocked("name-taken")
    late = kept.copies if work.before else ()
    if not work.before:
        edits += [Insert(statement, text, Where.ABOVE) for text in kept.copies]
    own = fields.guarded(lines.calls(work.before, "self", values, kept.before), work.before)
    before = [*children.collect, *children.before, *kept.parents, *own, *late, *children.first]
    edits += inserted(statement, before, Where.BEFORE)
    calls = fields.guarded(lines.calls(work.after, kept.subject, values, kept.after), work.after)
    after = [*children.after, *calls]
    bare = None
    as_read = not any(isinstance(edit, Replace) for edit in edits)
    if after and returned and saves and as_read and _returns_nothing(desk.project, facts, site):
        bare = unreturned(call, facts, after)
    if bare is not None:
        edits.append(bare)
    elif after and returned:
        result = keep_value(call, facts, desk.free_name(site, "result"))
        if result is None:
            return Blocked("expression")
        edits += result.edits
        edits.append(Insert(result.anchor, "\n".join(after), result.where))
    else:
        edits += inserted(statement, after)
    if site.signals is not DELETE_SIGNALS:
        return lines.placed(edits)
    edits += in_transaction(call, facts, desk.project)
    notes = caught(call, facts, desk.project)
    if after:
        notes += key_cleared(desk.project, facts, call, SELF)
    return lines.placed(edits, notes)
