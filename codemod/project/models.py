"""Every Django model of the project, and the relations between them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Literal

from codemod.facts.tables import FileFacts, Scope
from codemod.project.apps import Apps
from codemod.project.classes import Classes, ClassInfo
from codemod.project.external_models import external_models, user_of_a_package
from codemod.project.model_names import ModelNames
from codemod.project.model_reader import ModelReader
from codemod.project.model_tables import Field, Manager, Model, Reverse
from codemod.project.modules import Modules
from codemod.project.symbols import Symbols

__all__ = ["Field", "Manager", "Model", "Models", "Reverse"]


class _Labels(dict[str, Model]):
    """Models by label. One that only a label tells of (`get_model("wiki.Article")`) is a package's
    of which nothing is known."""

    def __missing__(self, label: str) -> Model:
        app, _, name = label.partition(".")
        return Model(f"{app}.models.{name}", label, app)


class Models:
    """The models by label and by class.

    `by_label` holds concrete models and proxies; where two classes of a repository have one label
    (an example project's, say), the one nearest to the top. `by_class` holds these, the others
    and the abstract ones, by canonical class name. `shared` are the labels of two apps' models.
    """

    def __init__(
        self,
        symbols: Symbols,
        classes: Classes,
        modules: Modules,
        apps: Apps,
        settings: Mapping[str, str],
    ) -> None:
        self._classes = classes
        self.by_label: dict[str, Model] = _Labels()
        self.by_class: dict[str, Model] = {}
        self.shared: set[str] = set()
        self._apps = apps
        self._lower: dict[str, str] = {}
        self._children: dict[str, list[str]] = {}
        self._reverse: dict[str, dict[str, Reverse]] | None = None
        self._relations: dict[str, dict[str, Reverse]] = {}  # as far as asked
        self._names = ModelNames(symbols, self.by_class, settings, self.get)
        self._reader = ModelReader(symbols, classes, modules, apps, self._names)
        found = [info for info in classes if self._reader.is_model(info)]
        found.sort(key=lambda info: (info.file.count("/"), info.file, info.definition.node.lineno))
        for info in found:
            self._enter(self._reader.bare(info))
        self.user_label = self._names.label(settings.get("AUTH_USER_MODEL", "auth.User"))
        self._reader.user_label = self.user_label
        named = {self.user_label, *map(self._names.label, settings.values())}
        self.named_by_settings = frozenset(named)  # what packages can have relations to
        for model in external_models(self.user_label):
            if model.name not in self.by_class:
                self._enter(model)
        if self.user_label not in self.by_label:
            self._enter(user_of_a_package(self.user_label))
        filled: set[str] = set()
        for info in found:
            self._fill(info, filled)
        self._names.relations = self.relations

    def get(self, label: str) -> Model | None:
        """The model of a label, whatever its case."""
        return self.by_label.get(label) or self.by_label.get(self._lower.get(label.lower(), ""))

    def all(self) -> tuple[Model, ...]:
        """Every model of the project, abstract ones and those of a shared label included."""
        return tuple(model for model in self.by_class.values() if not model.external)

    def is_unread(self, name: str) -> bool:
        """Whether a name is the label of a package's model that nothing is known of: what stands
        for its class."""
        return name in self._names.unread and name not in self.by_label

    def concrete(self, model: Model) -> tuple[Model, ...]:
        """The model itself, or the models with rows that inherit an abstract one."""
        if not model.abstract:
            return (model,)
        names = self._classes.subclasses(model.name)
        found = [self.by_class[name] for name in names if name in self.by_class]
        return tuple(m for m in found if not m.abstract)

    def parents(self, label: str) -> tuple[str, ...]:
        """The multi-table parents of a model, or of the model behind a proxy, nearest first."""
        found: list[str] = []
        pending = [label]
        while pending:
            model = self.by_label.get(pending.pop(0))
            if model is None:
                continue
            if model.proxy_for is not None:
                pending.append(model.proxy_for)
                continue
            for parent in model.parents:
                if parent not in found:
                    found.append(parent)
                    pending.append(parent)
        return tuple(found)

    def with_parents(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Models, each with its multi-table parents: those whose delete signals a delete fires
        (SEMANTICS 3.11)."""
        return tuple(dict.fromkeys(a for label in labels for a in (label, *self.parents(label))))

    def without_parents(self, labels: Iterable[str]) -> tuple[str, ...]:
        """The models among these that are not there as the parent of another."""
        known = tuple(labels)
        parents = {parent for label in known for parent in self.parents(label)}
        return tuple(label for label in known if label not in parents)

    def children(self, label: str) -> tuple[tuple[str, str], ...]:
        """(label, name in lookups) of the multi-table children made from a model itself."""
        found = []
        for child in self._children.get(label, ()):
            model = self.by_label.get(child)
            if model is not None and not model.proxy:
                link = model.fields.get(self.link(child, label))
                name = child.rpartition(".")[2].lower()
                if link is not None:
                    name = link.related_query_name or link.related_name or name
                found.append((child, name))
        return tuple(found)

    def link(self, label: str, parent: str) -> str:
        """The field by which an object of a multi-table child reaches its parent's object."""
        links = (f.name for f in self.by_label[label].fields.values() if f.target == parent
                 and f.parent_link)  # fmt: skip
        return next(links, f"{parent.rpartition('.')[2].lower()}_ptr")

    def subclasses(self, label: str) -> tuple[str, ...]:
        """The labels of proxies and multi-table children, however far."""
        found: dict[str, None] = {}
        pending = [*self._children.get(label, ())]
        while pending:
            child = pending.pop(0)
            if child not in found and child != label:
                found[child] = None
                pending += self._children.get(child, ())
        return tuple(found)

    def behind_with_children(self, labels: Iterable[str]) -> tuple[str, ...]:
        """The models behind proxies that have multi-table children."""
        models = (self.by_label.get(label) for label in labels)
        behind = dict.fromkeys(m.proxy_for for m in models if m is not None and m.proxy_for)
        return tuple(
            label for label in behind
            if any(self.by_label[child].proxy_for is None for child in self.subclasses(label))
        )  # fmt: skip

    def relations(self, label: str) -> dict[str, Reverse]:
        """The accessors by which an object of a model reaches the models that point to it.

        Those of its multi-table parents, and of the model behind a proxy, are included; hidden
        ones (`related_name="+"`) have no accessor: see `pointing_to`.
        """
        known = self._relations.get(label)
        if known is not None:
            return known
        model = self.get(label)
        found: dict[str, Reverse] = {}
        own = label
        if model is not None:
            for parent in (model.proxy_for, *model.parents):
                if parent is not None and parent != model.label:
                    found |= self.relations(parent)
            own = model.label
        reverses = self._reverses(own).items()
        known = found | {name: reverse for name, reverse in reverses if reverse.accessor}
        self._relations[label] = known
        return known

    def pointing_to(self, label: str) -> tuple[Field, ...]:
        """The relation fields whose target is a model, hidden ones included."""
        model = self.get(label)
        reverses = self._reverses(model.label if model is not None else label)
        return tuple(reverse.field for reverse in reverses.values())

    def label_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
        """The label of the model that an expression names, None where that can't be told.

        Understands names, aliases, attributes, "app.Model", `settings.AUTH_USER_MODEL`,
        `get_user_model()`, `get_model(...)`, and `Model.field.through`.
        """
        return self._names.label_of(expr, scope, facts)

    def _enter(self, model: Model) -> None:
        before = self.by_class.get(model.name)
        self.by_class[model.name] = model
        if not model.abstract:
            known = self.by_label.get(model.label)
            if known is None or known is before:
                self.by_label[model.label] = model
            elif not model.external and self._apps.app_of(known.file) != self._apps.app_of(
                model.file
            ):
                self.shared.add(model.label)
            self._lower.setdefault(model.label.lower(), model.label)

    def _fill(self, info: ClassInfo, filled: set[str]) -> None:
        """Make a bare model whole, after those it comes from."""
        if info.name in filled:
            return
        filled.add(info.name)
        for ancestor in self._classes.mro(info.name)[1:]:
            parent = self._classes.get(ancestor)
            if parent is not None and ancestor in self.by_class:
                self._fill(parent, filled)
        model = self._reader.filled(info, self.by_class)
        self._enter(model)
        for label in (model.proxy_for, *model.parents):
            if label is not None:
                self._children.setdefault(label, []).append(model.label)

    def _reverses(self, label: str) -> dict[str, Reverse]:
        """What points to a model, by accessor, or by a made-up name where it has none."""
        if self._reverse is None:
            self._reverse = {}
            for model in self.by_label.values():
                for field in model.fields.values():
                    if field.model == model.label and field.is_relation and field.target:
                        self._enter_reverse(field, model)
        return self._reverse.get(label, {})

    def _enter_reverse(self, field: Field, model: Model) -> None:
        assert self._reverse is not None and field.target is not None
        kind: Literal["fk", "o2o", "m2m"] = "fk"
        lower = model.label.rpartition(".")[2].lower()
        name = field.related_name or f"{lower}_set"
        if field.kind == "OneToOneField":
            kind, name = "o2o", field.related_name or lower
        elif field.kind == "ManyToManyField":
            kind = "m2m"
        hidden = name.endswith("+") or field.symmetrical
        # Django puts the accessor of a relation to a proxy on the model behind it.
        target = self.get(field.target)
        label = (target.proxy_for or target.label) if target is not None else field.target
        key = f"{model.label}.{field.name}+" if hidden else name
        entry = Reverse("" if hidden else name, field, model.label, kind)
        self._reverse.setdefault(label, {}).setdefault(key, entry)
