"""Many-to-many relations by their table, the sender of m2m_changed (SEMANTICS section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from codemod.project.classes import Classes
from codemod.project.model_tables import Field
from codemod.project.models import Models


@dataclass(frozen=True)
class Relation:
    """A many-to-many relation, as its table knows it."""

    through: str  # label of the table: "league.Team_players", or of a model
    field: Field  # on the model that defines it
    accessor: str  # from the other side, "" if there is none
    clears: bool = False  # set() on the model that defines it empties the relation first

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


# Fields of packages that keep an order: their managers' `set()` is `set(..., clear=True)`.
_SORTED = ("sortedm2m.fields.SortedManyToManyField",)
# And one whose changes wait for the object's `save()`.
_LATER = ("modelcluster.fields.ParentalManyToManyField",)


def relations(models: Models, classes: Classes) -> dict[str, Relation]:
    """The relations by the label of their table; not those that share one with another field, and
    those that a package changes in its own way."""
    found: dict[str, Relation] = {}
    shared: set[str] = set()
    for model in models.by_label.values():
        for field in model.fields.values():
            if field.kind != "ManyToManyField" or not field.through or not field.target:
                continue
            kin = classes.mro(field.cls) if field.cls is not None else ()
            if field.model != model.label or any(cls in _LATER for cls in kin):
                continue
            if field.through in found:
                shared.add(field.through)
            lower = model.label.rpartition(".")[2].lower()
            name = field.related_name or f"{lower}_set"
            hidden = name.endswith("+") or field.symmetrical
            clears = any(cls in _SORTED for cls in kin)
            found[field.through] = Relation(field.through, field, "" if hidden else name, clears)
    return {through: relation for through, relation in found.items() if through not in shared}
