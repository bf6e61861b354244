"""Many-to-many relations by their table, the sender of m2m_changed (SEMANTICS section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from codemod.project.model_tables import Field
from codemod.project.models import Models


@dataclass(frozen=True)
class Relation:
    """A many-to-many relation, as its table knows it."""

    through: str  # label of the table: "league.Team_players", or of a model
    field: Field  # on the model that defines it
    accessor: str  # from the other side, "" if there is none

    @property
    def owner(self) -> str:
        """Label of the model that defines the field."""
        return self.field.model

    @property
    def target(self) -> str:
        """Label of the model that the field points to."""
        assert self.field.target is not None
        return self.field.target

    def subject(self, reverse: bool) -> str:
        """Label of the model on which a change is made."""
        return self.target if reverse else self.owner

    def other(self, reverse: bool) -> str:
        """Label of the model of the objects that are added or removed."""
        return self.owner if reverse else self.target


def relations(models: Models) -> dict[str, Relation]:
    """The relations by the label of their table; not those that share one with another field."""
    found: dict[str, Relation] = {}
    shared: set[str] = set()
    for model in models.by_label.values():
        for field in model.fields.values():
            if field.kind != "ManyToManyField" or not field.through or not field.target:
                continue
            if field.model != model.label:
                continue
            if field.through in found:
                shared.add(field.through)
            lower = model.label.rpartition(".")[2].lower()
            name = field.related_name or f"{lower}_set"
            hidden = name.endswith("+") or field.symmetrical
            found[field.through] = Relation(field.through, field, "" if hidden else name)
    return {through: relation for through, relation in found.items() if through not in shared}
