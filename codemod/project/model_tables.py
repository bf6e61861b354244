"""What is known of a model: the values that `project.models` hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FOREIGN = frozenset({"ForeignKey", "OneToOneField"})
RELATIONS = FOREIGN | {"ManyToManyField"}
# What Django does with a row whose target goes, other than CASCADE (django/db/models/deletion.py).
STAYING = frozenset({"SET_NULL", "SET_DEFAULT", "SET", "DO_NOTHING", "PROTECT", "RESTRICT"})


@dataclass(frozen=True)
class Field:
    """A field of a model."""

    name: str
    kind: str  # Django's class: "ForeignKey", "CharField", ...; a package's own for others
    model: str  # label of the model whose table has it (a multi-table parent's for its fields)
    line: int = 0
    file: str = ""
    cls: str | None = None  # canonical name of the field class
    target: str | None = None  # label of the related model
    on_delete: str | None = None  # "CASCADE", "SET_NULL", ..., "SET", or a function's name
    related_name: str | None = None  # with %(class)s and %(app_label)s filled in
    related_query_name: str | None = None
    through: str | None = None  # label, also of an automatic table ("shop.Order_tags")
    auto_through: bool = False
    primary_key: bool = False
    default: bool = False
    editable: bool = True  # forms may have a field for it
    null: bool = False
    parent_link: bool = False
    parts: tuple[str, ...] = ()  # the fields that a GenericForeignKey is made of
    conditional: bool = False  # its class has it under a condition only
    symmetrical: bool = False  # a many-to-many to its own model, the same from both sides

    @property
    def is_relation(self) -> bool:
        """Whether it points to a model and can have a reverse accessor."""
        return self.kind in RELATIONS


@dataclass(frozen=True)
class Manager:
    """A manager of a model."""

    name: str
    cls: str | None = None  # canonical name of its class
    queryset: str | None = None  # of as_manager() and from_queryset()
    line: int = 0
    model: str = ""  # label of the model (or name of the abstract class) that declares it


@dataclass(frozen=True)
class Reverse:
    """The way back over a relation."""

    accessor: str
    field: Field
    model: str  # label of the model that the accessor leads to
    kind: Literal["fk", "o2o", "m2m"]


@dataclass(frozen=True, eq=False)
class Model:
    """A Django model of the project, or a known one of a package (`file` is "" then)."""

    name: str  # canonical dotted class
    label: str  # "app.Model"
    app: str
    file: str = ""
    line: int = 0
    abstract: bool = False
    proxy: bool = False
    proxy_for: str | None = None  # label of the model that a proxy stands for
    parents: tuple[str, ...] = ()  # labels of concrete multi-table parents
    fields: dict[str, Field] = field(default_factory=dict)
    managers: dict[str, Manager] = field(default_factory=dict)
    swappable: str | None = None  # the setting's name

    @property
    def pk(self) -> Field | None:
        """The field declared as primary key; None where Django adds `id`."""
        return next((f for f in self.fields.values() if f.primary_key), None)

    @property
    def external(self) -> bool:
        """Whether the project doesn't define it."""
        return not self.file
