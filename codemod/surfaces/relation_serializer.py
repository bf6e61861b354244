"""Setting a many-to-many relation with a serializer of Django REST framework.

    class TeamSerializer(ModelSerializer):  ->  def update(self, instance, validated_data):
        class Meta:                                 with transaction.atomic():
            model = Team                                old_players = set(...)
            fields = ["name", "players"]                instance = super().update(...)
                                                        new_players = set(...)
                                                        ...
                                                    return instance

Recognised: every model serializer of the project with a field for either side of the relation
that can be written, under its own name or by `source=`. `create()` and `update()` save, then set
the relation (SEMANTICS 8.1, 8.2), for every view and caller; where the serializer has them, their
`super()` call gets the lines around it. The one transaction holds the save too, which is named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product

from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.project.views import serializers_of
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.owner import field_of
from codemod.surfaces.many_to_many.relations import M2M, REVERSE, Change, heard
from codemod.surfaces.objects.shown_fields import is_read_only, shows
from codemod.surfaces.placing.atomic import wrap
from codemod.surfaces.placing.overrides import Hook, added, body_of, kinship, place_of
from codemod.surfaces.placing.statements import Kept, is_stable, keep
from codemod.surfaces.relation_form import ATOMIC, names_of
from codemod.surfaces.relation_set import ADDED, CLEARED, REMOVED, compare
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.edits import AddImport, Insert, Where

name = "relation-serializer"

SERIALIZER = "rest_framework.serializers.ModelSerializer"
CREATE = Hook("create", "validated_data", "instance", ("update",))
UPDATE = Hook("update", "instance, validated_data", "instance")
HOOKS = (CREATE, UPDATE)
SAVING = ("rest_framework.mixins.CreateModelMixin", "rest_framework.mixins.UpdateModelMixin")
FRAMEWORK = ("rest_framework.", "drf_writable_nested.")
MAKING = ("build_", "get_extra_kwargs", "get_fields", "include_extra_kwargs")  # of fields
OTHERS = ("build_property_field", "build_standard_field", "build_url_field")  # for no relation


def find(project: Project) -> Iterator[Site]:
    """Two sites for each serializer that sets a relation which a receiver listens to."""
    relations = heard(project).values()
    serializers = _serializers(project) if relations else []
    for relation, reverse in product(relations, (False, True)):

        def acts(other: str, relation: Relation = relation, reverse: bool = reverse) -> str | None:
            label = project.model_of(other)
            return label if label and _writes(project, other, label, relation, reverse) else None

        for cls in serializers:
            label = acts(cls.name)
            if label is None or kinship(project, cls, label, acts) == "covered":
                continue
            for hook in HOOKS:
                yield from _sites(project, cls, hook, relation, reverse=reverse)


def _serializers(project: Project) -> list[ClassInfo]:
    return [c for c in project.classes if project.classes.is_subclass(c.name, SERIALIZER)]


def _sites(
    project: Project, cls: ClassInfo, hook: Hook, relation: Relation, *, reverse: bool
) -> Iterator[Site]:
    place = place_of(project, cls, hook)
    if place is None:
        return
    saved = not project.once(saved_by_views).isdisjoint(project.classes.heirs(cls.name))
    yield Site(
        name, cls.file, place.span, (relation.through,), M2M,
        Tier.PROVED if saved else Tier.INFERRED, None,
        f"{cls.definition.node.name} is a serializer of the model",
        code=place.code, cls=cls, call=place.call,
        note=f"{REVERSE} {hook.method}" if reverse else hook.method,
    )  # fmt: skip


def saved_by_views(project: Project) -> frozenset[str]:
    """The serializers by which some view of the project saves; others may only show."""
    views = [c.name for c in project.classes if project.classes.is_subclass(c.name, *SAVING)]
    return frozenset(each for view in views for each in serializers_of(project, view))


def _writes(project: Project, cls: str, label: str, relation: Relation, reverse: bool) -> bool:
    """Whether the serializer has a field for the relation, seen from one side, that can be
    written."""
    if reverse:
        related = relation.target in (label, *project.models.parents(label))
        attribute = relation.accessor if related else ""
    else:
        field = field_of(project, label, relation)
        attribute = field.name if field is not None else ""
    if not attribute:
        return False
    names = [attribute, *_sourced(project, cls, attribute)]
    return attribute in project.once(_given) or any(
        _is_written(project, cls, name, relation, attribute) for name in names
    )


def _sourced(project: Project, serializer: str, attribute: str) -> Iterator[str]:
    """The fields of a serializer that are declared with `source="players"`."""
    for ancestor in project.classes.mro(serializer):
        info = project.classes.get(ancestor)
        for field, value in info.definition.attributes.items() if info is not None else ():
            source = found.keyword(value, "source") if isinstance(value, ast.Call) else None
            if isinstance(source, ast.Constant) and source.value == attribute:
                yield field


def _is_written(project: Project, cls: str, field: str, relation: Relation, attribute: str) -> bool:
    """Whether a serializer has a field, and writes what it is given to an attribute, by which
    objects reach a relation."""
    declared = project.classes.attribute(cls, field)
    own = attribute == relation.field.name
    if declared is None and not own and not _is_named(project, cls, field):
        return False  # `"__all__"` has no accessors
    if not shows(project, cls, field):
        return False
    if declared is not None:
        call = declared[1]
        if not isinstance(call, ast.Call):
            return True
        if found.is_literal(found.keyword(call, "read_only"), True):
            return False
        source = found.keyword(call, "source")
        if source is not None and found_text(source) not in (None, attribute):
            return False
        dotted = project.symbols.resolve(call.func, declared[0].scope, declared[0].facts) or ""
        return not dotted.endswith(("MethodField", "StringRelatedField", ".ReadOnlyField"))
    if not relation.field.auto_through and _is_left_to_framework(project, cls, field):
        return False
    return not is_read_only(project, cls, field)


def _is_named(project: Project, cls: str, field: str) -> bool:
    """Whether `Meta.fields` of a serializer, or of one that it builds on, may name a field."""
    included = project.classes.meta(cls, "fields")
    if included is None or isinstance(included[1], ast.Constant):
        return False
    classes = (project.classes.get(ancestor) for ancestor in project.classes.mro(cls))
    texts = [info.facts.text for info in classes if info is not None]
    return any(quoted in text for text in texts for quoted in (f'"{field}"', f"'{field}'"))


def _given(project: Project) -> frozenset[str]:
    """What some `serializer.save(name=...)` sets, be it in a field or not."""
    return frozenset(
        argument.arg
        for facts in project.read()
        for call in facts.named("save")
        for argument in call.node.keywords
        if argument.arg is not None
    )


def _is_left_to_framework(project: Project, cls: str, name: str) -> bool:
    """Whether the framework makes the field of a relation by itself. Where a model stands between,
    that is a read-only one (rest_framework/utils/field_mapping.py, `get_relation_kwargs()`)."""
    extra = project.classes.meta(cls, "extra_kwargs")
    if extra is not None and name in ast.unparse(extra[1]):
        return False
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        if info is None and not ancestor.startswith(FRAMEWORK):
            return False
        for method in info.definition.methods.values() if info is not None else ():
            source = ast.unparse(method)
            makes = method.name.startswith(MAKING) and method.name not in OTHERS
            if name in source or (makes and ("read_only" in source or "queryset" in source)):
                return False
    return True


def found_text(node: ast.expr) -> str | None:
    """The text of a constant."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add `create` or `update`, or extend it."""
    cls = site.cls
    assert cls is not None
    side, _, method = site.note.rpartition(" ")
    hook = next(h for h in HOOKS if h.method == method)
    relation = desk.project.relations[site.models[0]]
    change = Change(Lines(desk, site), work, relation, side == REVERSE, "instance")
    if change.reverse and change.is_one_sided(*REMOVED, *CLEARED, *ADDED):
        return Blocked("reverse-side")
    kept: Kept | None = None
    if site.call is not None:
        updated = site.call.node.args[0] if hook is UPDATE and site.call.node.args else None
        wanted = desk.free_name(
            site, found.variable((relation.subject(change.reverse),)), "instance"
        )
        kept = keep(site.call, cls.facts, wanted)
        if kept is None or (hook is UPDATE and (updated is None or not is_stable(updated))):
            return Blocked("expression")
        change.target = ast.unparse(updated) if updated is not None else kept.target
    field = relation.accessor if change.reverse else relation.field.name
    compared = compare(
        desk.project,
        change,
        f"{change.target}.{field}",
        names_of(found.plural(found.variable((relation.owner,))) if change.reverse else field),
        fresh=hook is CREATE,
        shared=True,
    )
    if isinstance(compared, Blocked):
        return compared
    if not compared.before and not compared.after:
        return Placed()
    before, after = [*compared.before], [*compared.after]
    notes = (*compared.notes, ATOMIC)
    if kept is None or site.call is None:
        lines = body_of(hook, before, after, atomic=True)
        edits = [added(cls, hook, lines), AddImport("django.db", "transaction")]
        return change.lines.placed(edits, notes)
    statement = cls.facts.lines.span(site.call.statement)
    inserted = [Insert(statement, "\n".join(before), Where.BEFORE)] if before else []
    around = [*wrap(statement), *inserted, *kept.edits]
    if after:
        around.append(Insert(kept.anchor, "\n".join(after), kept.where))
    return change.lines.placed(around, notes)
