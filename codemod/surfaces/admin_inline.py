"""Inlines: children saved and deleted on their parent's page in the admin.

    class LineInline(admin.TabularInline):
        model = Line

    class BillAdmin(ModelAdmin):   ->   class BillAdmin(ModelAdmin):
        inlines = [LineInline]              inlines = [LineInline]

                                            def save_formset(self, request, form, formset, change):
                                                super().save_formset(request, form, formset, change)
                                                if formset.model is Line:
                                                    for line in formset.new_objects:
                                                        welcome(line)

Recognised: subclasses of the admin's inlines, and every admin class that mentions one, be it in
`inlines` or in `get_inlines()`; an inline that is mentioned anywhere else blocks. A class that
inherits its inlines from an admin of the project gets nothing: the base has the call.
Fires as `formset.save()` does (SEMANTICS 5.7, 7.1), inside the transaction of the page. An
existing `save_formset()` is extended at its `super()` call; one that saves the formset itself is
`formset`'s or `model_save`'s.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import is_name, last_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.types.formsets import FormSetOf, of_inline
from codemod.surfaces.calls import found
from codemod.surfaces.formset import TIMING, code_of, signals_of
from codemod.surfaces.placing.formset_loops import changed_and_new, deletions, guarded, model_name
from codemod.surfaces.placing.overrides import Hook, added, body_of, extended, place_of
from codemod.surfaces.placing.statements import over
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.edits import Edit

name = "admin-inline"

ADMIN = "django.contrib.admin.ModelAdmin"
HOOK = Hook("save_formset", "request, form, formset, change", None, ("save_related",))


@dataclass(frozen=True)
class Mention:
    """A place that names an inline class, and the class body that it stands in."""

    facts: FileFacts
    node: ast.expr
    owner: ClassInfo | None  # None: it is no admin's


def find(project: Project) -> Iterator[Site]:
    """Two sites for each admin class and model edited inline in it: saves and deletes."""
    kinds: dict[tuple[str, str], list[FormSetOf]] = {}
    owners: dict[str, ClassInfo] = {}
    for inline in project.inline_entries():
        kind = of_inline(project.types.engine, inline.model, inline.cls)
        for mention in mentions(project, inline.cls):
            if mention.owner is None:
                yield from _elsewhere(project, inline.model, kind, mention)
            else:
                owners[mention.owner.name] = mention.owner
                kinds.setdefault((mention.owner.name, inline.model), []).append(kind)
    for (owner, label), listed in kinds.items():
        above = project.classes.mro(owner)[1:]
        if not any((base, label) in kinds for base in above):
            children = project.classes.subclasses(owner)
            below = [k for c in children for k in kinds.get((c, label), ())]
            yield from _sites(project, owners[owner], label, [*listed, *below])


def _elsewhere(project: Project, label: str, kind: FormSetOf, mention: Mention) -> Iterator[Site]:
    for signals in signals_of(project, label, [kind]):
        yield Site(
            name,
            mention.facts.path,
            mention.facts.lines.span(mention.node),
            (label,),
            signals,
            Tier.PROVED,
            "dynamic" if signals is SAVE_SIGNALS else None,
            "an inline of the model, used where no admin class is known",
            code="admin-inline",
        )


def _sites(project: Project, cls: ClassInfo, label: str, kinds: list[FormSetOf]) -> Iterator[Site]:
    place = place_of(project, cls, HOOK)
    if place is None:
        return
    code = code_of(project, label, kinds) or place.code
    for signals in signals_of(project, label, kinds):
        deletes = signals is DELETE_SIGNALS
        yield Site(
            name,
            cls.file,
            place.span,
            (label,),
            signals,
            Tier.PROVED,
            None if deletes else "dynamic",
            f"edited inline in {cls.definition.node.name}",
            code=code,
            call=place.call,
            cls=cls,
        )


def mentions(project: Project, inline: str) -> Iterator[Mention]:
    """Where an inline class is named, imports and bases left out, and objects of it that make no
    formset: `LineInline(Bill, site).has_add_permission(request)`."""
    last = inline.rpartition(".")[2]
    for facts in project.read():
        if last not in facts.text:
            continue
        names = {last}
        names |= {b.name for b in facts.imports if (b.target or "").endswith(f".{last}")}
        for node, scope in _expressions(facts):
            called = node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)
            if called in names and project.symbols.resolve(node, scope, facts) == inline:
                if _is_asked(facts, node, scope):
                    continue
                around = _class_around(project, facts, scope)
                if around is None or not project.classes.is_subclass(around.name, inline):
                    yield Mention(facts, node, _owner(project, around))


def _is_asked(facts: FileFacts, node: ast.expr, scope: Scope) -> bool:
    """Whether a function makes an object of a class, does nothing but call methods of it, and has
    nothing to do with formsets."""
    function = scope.function()
    made = next((c for c in facts.named(last_name(node)) if c.node.func is node), None)
    if function is None or made is None or "formset" in ast.unparse(function.node):
        return False
    inside = [*ast.walk(function.node)]
    uses: list[ast.expr] = [made.node]
    match made.parents[-1]:
        case ast.Assign(targets=[ast.Name(id=name)]):
            uses = [n for n in inside if is_name(n, name) and isinstance(n.ctx, ast.Load)]
    asked = {each.value for each in inside if isinstance(each, ast.Attribute)}
    return asked.issuperset(uses)


def _expressions(facts: FileFacts) -> Iterator[tuple[ast.expr, Scope]]:
    """All names and attributes with their scopes, those in the head of a class left out, and those
    of a class that is compared and not used: `isinstance(inline, LineInline)`."""
    pending: list[tuple[ast.AST, Scope]] = [(facts.tree, facts.scope)]
    while pending:
        node, scope = pending.pop()
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield node, scope
        inner = facts.scopes.get(node, scope)
        children = node.body if isinstance(node, ast.ClassDef) else ast.iter_child_nodes(node)
        compared = _compared(node)
        pending += [(child, inner) for child in children if child not in compared]


def _compared(node: ast.AST) -> list[ast.expr]:
    """The names, and literals of them, of which an expression asks whether something is them."""
    operands: list[ast.expr] = []
    match node:
        case ast.Compare():
            operands = [node.left, *node.comparators]
        case ast.Call(ast.Name("isinstance" | "issubclass")):
            operands = node.args[1:]
        case ast.Call(ast.Attribute(attr=name)) if name.startswith("assert"):
            operands = node.args
    return [
        operand
        for operand in operands
        if all(
            isinstance(item, (ast.Name, ast.Attribute))
            for item in getattr(operand, "elts", (operand,))
        )
    ]


def _class_around(project: Project, facts: FileFacts, scope: Scope) -> ClassInfo | None:
    """The class in whose body or method a scope is."""
    place: Scope | None = scope
    while place is not None and place.kind != "class":
        place = place.parent
    return project.class_of(facts, place) if place is not None else None


def _owner(project: Project, cls: ClassInfo | None) -> ClassInfo | None:
    """The class, if it is an admin's or a mixin of one."""
    if cls is None:
        return None
    users = project.classes.heirs(cls.name)
    return cls if any(project.classes.is_subclass(u, ADMIN) for u in users) else None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add `save_formset()`, or extend it. Several such methods of a class become one."""
    cls = site.cls
    assert cls is not None
    if work.before:
        return Blocked("formset-with-pre-save")
    named = model_name(desk, site, site.models[0])
    if named is None:
        return Blocked("name-taken")
    model, imports = named
    lines = Lines(desk, site)
    formset = _formset_parameter(site.call)
    item: str | None = found.variable(site.models[:1])
    if site.call is not None:
        item = desk.free_name(site, found.variable(site.models[:1]))
    if item is None:
        return Blocked("name-taken")
    before: list[str] = []
    edits: list[Edit] = [*imports]
    if site.signals is DELETE_SIGNALS:
        gone = deletions(work, lines, formset, item)
        if isinstance(gone, Blocked):
            return gone
        before, text = guarded(formset, model, [*gone.before]), [*gone.after]
        edits += gone.imports
    else:
        text = _saved(lines, work, item, formset)
    after = guarded(formset, model, text)
    if not after:
        return Placed()
    if site.call is None:
        edits.append(added(cls, HOOK, body_of(HOOK, before, after)))
        return lines.placed(edits, (TIMING,))
    extension = extended(site.call, cls.facts, HOOK, before, after)
    if extension is None:
        return Blocked("expression")
    return lines.placed([*edits, *extension], (TIMING,))


def _saved(lines: Lines, work: Work, item: str, formset: str) -> list[str]:
    """The loops over what was saved: `super()` gives nothing back, but the formset knows."""
    changed, new = changed_and_new(lines, work.after, item)
    if changed != new or not new:
        return [
            *over(lines, f"{item}, _", f"{formset}.changed_objects", changed),
            *over(lines, item, f"{formset}.new_objects", new),
        ]
    return [
        f"changed = [{item} for {item}, _ in {formset}.changed_objects]",
        *over(lines, item, f"changed + {formset}.new_objects", new),
    ]


def _formset_parameter(call: CallSite | None) -> str:
    """The name of the formset in an existing `save_formset()`."""
    function = call.scope.node if call is not None else None
    if not isinstance(function, ast.FunctionDef) or len(function.args.args) < 4:
        return "formset"
    return function.args.args[3].arg
