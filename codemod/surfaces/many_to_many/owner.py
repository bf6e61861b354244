"""Which objects have a relation: by its field, by its accessor, and not by a property.

order.tags.add(tag)     of the order
cart.tags.add(tag)      of another object, if `tags` is a property that gives `self.order.tags`
"""

from __future__ import annotations

import ast

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.many_to_many import Relation
from codemod.project.model_tables import Field
from codemod.project.project import Project
from codemod.surfaces.calls import found


def field_of(project: Project, label: str, relation: Relation) -> Field | None:
    """The field of a model that is a relation's, be it inherited."""
    model = project.models.by_label.get(label)
    field = model.fields.get(relation.field.name) if model is not None else None
    return field if field is not None and field.through == relation.through else None


def is_of_owner(
    project: Project,
    call: CallSite,
    facts: FileFacts,
    manager: ast.Attribute,
    relation: Relation,
    reverse: bool,
) -> bool:
    """Whether `x.players` is the relation of `x`, and no property that gives another object's."""
    if manager.attr != (relation.accessor if reverse else relation.field.name):
        return False
    answer = project.type_of(manager.value, call.scope, facts)
    owners = found.instances(project, answer)
    return not answer.types or (
        bool(owners)
        and all(
            manager.attr in project.models.relations(label)
            if reverse
            else field_of(project, label, relation) is not None
            for label in owners
        )
    )
