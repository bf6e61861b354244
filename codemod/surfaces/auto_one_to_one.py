"""A one-to-one relation that makes its other side when it is read.

    class Preference(models.Model):
        user = AutoOneToOneField(User, on_delete=models.CASCADE)    # django-annoying

    user.preference      creates the row if there is none, and fires

Recognised: reading the reverse accessor on an object of the related model, or of unknown type.
Fires created=True, in `get_or_create()`; of the reads of one function the first one, as a rule. A
read is no place for a call: these sites block, and the model's own `save()` covers them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS

name = "auto-one-to-one"
CODE = "package-saves"
FIELD = "annoying.fields.AutoOneToOneField"


def find(project: Project) -> Iterator[Site]:
    """Every read of such an accessor."""
    for label, model in project.models.by_label.items():
        for field in model.fields.values():
            if field.cls == FIELD and field.target and not found.overrides(project, label, "save"):
                accessor = field.related_name or label.rpartition(".")[2].lower()
                yield from _reads(project, label, field.target, accessor)


def _reads(project: Project, label: str, target: str, accessor: str) -> Iterator[Site]:
    related = {target, *project.models.subclasses(target)}
    for facts in project.read():
        if f".{accessor}" not in facts.text:
            continue
        read: set[tuple[Scope, str]] = set()  # the row is there after the first time
        reads = sorted(_attributes(facts, accessor), key=lambda each: facts.lines.span(each[0]))
        for node, scope in reads:
            answer = project.type_of(node.value, scope, facts)
            if answer.known and not related.intersection(found.instances(project, answer)):
                continue
            place = scope.function() or scope, ast.unparse(node)
            tier = Tier.INFERRED if place in read and answer.tier is Tier.PROVED else answer.tier
            read.add(place)
            yield Site(
                name,
                facts.path,
                facts.lines.span(node),
                (label,),
                SAVE_SIGNALS,
                tier if answer.known else Tier.POSSIBLE,
                "true",
                "read through an AutoOneToOneField",
                code=CODE,
            )


def _attributes(facts: FileFacts, name: str) -> Iterator[tuple[ast.Attribute, Scope]]:
    """The places that read an attribute of this name, each with its scope."""
    for node, scope in facts.nodes():
        if isinstance(node, ast.Attribute) and node.attr == name:
            if isinstance(node.ctx, ast.Load):
                yield node, scope


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: reading an attribute is no place for a call."""
    return Blocked(CODE)
