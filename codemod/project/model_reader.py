"""Read a model off its class: whether it is one, its label, its fields and managers."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

from codemod.project.apps import Apps
from codemod.project.classes import Classes, ClassInfo
from codemod.project.external_classes import EXTERNAL_ABSTRACT, EXTERNAL_BASES, MANAGER, MODEL
from codemod.project.external_models import inherited_fields, inherited_manager
from codemod.project.field_classes import UNTOLD
from codemod.project.model_fields import Declared, declared_fields, declared_managers
from codemod.project.model_names import ModelNames
from codemod.project.model_tables import FOREIGN, Field, Manager, Model
from codemod.project.modules import Modules
from codemod.project.symbols import Symbols

_ABSTRACT = re.compile(
    r"\.abstract_models\.\w+$|\.abstract\.Abstract\w+$|\.models\.(\w+\.)?(Abstract|Base)\w+$"
)
_NO_MODEL = ("builtins.", "typing.", "abc.", "enum.", "django.", "rest_framework.", "factory.")


class ModelReader:
    """Reads models one class at a time."""

    def __init__(
        self, symbols: Symbols, classes: Classes, modules: Modules, apps: Apps, names: ModelNames
    ) -> None:
        self._symbols, self._classes, self._modules = symbols, classes, modules
        self._apps, self._names = apps, names
        self.user_label = "auth.User"

    def is_model(self, info: ClassInfo) -> bool:
        """Whether a class is a Django model."""
        mro = self._classes.mro(info.name)
        if len(mro) == 1:
            return False
        if "<locals>" not in info.name:
            meant = self._symbols.canonical(info.name)
            if meant is not None and meant != info.name:
                return False  # a stand-in under `if TYPE_CHECKING`
        if MODEL in mro:
            return True
        unknown = [
            name
            for name in mro[1:]
            if self._classes.get(name) is None
            and name not in EXTERNAL_BASES
            and not name.startswith(_NO_MODEL)
        ]
        # A package's base that the tables don't know: told by its name or by the fields.
        if any(_ABSTRACT.search(name) for name in unknown):
            return True
        return bool(unknown) and any(
            (declared.cls or "").startswith("django.db.models.")
            for cls in map(self._classes.get, mro)
            if cls is not None
            for declared in declared_fields(cls, self._symbols, self._classes)
        )

    def _swappable(self, info: ClassInfo) -> str | None:
        """What `Meta.swappable` says: a setting, or the code that makes its name (swapper)."""
        option = self._option(info, "swappable")
        return _text(option) or (ast.unparse(option) if option is not None else None)

    def bare(self, info: ClassInfo) -> Model:
        """The model without what it contains: enough to be pointed to."""
        module = self._modules.by_path[info.file].name
        app = _text(self._option(info, "app_label")) or self._apps.label_of(module, info.file)
        return Model(
            name=info.name,
            label=f"{app}.{info.definition.node.name}",
            app=app,
            file=info.file,
            line=info.definition.node.lineno,
            abstract=self._flag(info, "abstract"),
            proxy=self._flag(info, "proxy"),
            swappable=self._swappable(info),
        )

    def filled(self, info: ClassInfo, models: Mapping[str, Model]) -> Model:
        """The whole model; its concrete parents in `models` are whole already."""
        model = models[info.name]
        fields: dict[str, Field] = {}
        managers: dict[str, Manager] = {}
        parents: list[Model] = []
        covered: set[str] = set()  # what a concrete parent already has
        hidden: set[str] = set()  # names that a nearer class binds
        for ancestor in self._classes.mro(info.name):
            if ancestor in covered:
                continue
            parent, owner = models.get(ancestor), self._classes.get(ancestor)
            if parent is not None and parent is not model and not parent.abstract:
                parents.append(parent)
                covered.update(self._classes.mro(ancestor))
                new_fields, new_managers = parent.fields, parent.managers
            elif owner is not None:
                new_fields, new_managers = {}, {}
                if parent is not None:  # a plain mixin's fields are no fields for Django
                    new_fields, new_managers = self._declared(owner, model)
            elif ancestor in EXTERNAL_ABSTRACT:
                new_fields = inherited_fields(ancestor, model.label, self.user_label)
                manager = inherited_manager(ancestor)
                new_managers = {manager.name: manager} if manager is not None else {}
            else:
                continue
            for name, field in new_fields.items():
                if name not in hidden:
                    fields.setdefault(name, field)
            for name, made in new_managers.items():
                if name not in hidden:
                    managers.setdefault(name, made)
            if owner is not None:
                hidden.update(owner.scope.bindings)
        labels = tuple(dict.fromkeys(p.label for p in parents if p.label != model.label))
        if model.abstract:
            return replace(model, fields=fields, managers=managers)
        if not managers:
            managers["objects"] = Manager("objects", MANAGER, model=model.label)
        if model.proxy:
            proxied = labels[0] if labels else None
            return replace(model, fields=fields, managers=managers, proxy_for=proxied)
        # The parent of a child of a proxy is the model behind the proxy.
        real = {parent.label: parent.proxy_for or parent.label for parent in parents}
        labels = tuple(dict.fromkeys(real[label] for label in labels))
        fields |= _links(model, labels, fields)
        if not any(f.primary_key for f in fields.values()):
            fields["id"] = Field("id", "AutoField", model.label, primary_key=True)
        return replace(model, fields=fields, managers=managers, parents=labels)

    def _declared(
        self, owner: ClassInfo, model: Model
    ) -> tuple[dict[str, Field], dict[str, Manager]]:
        """What one class body declares, as the model's own."""
        default_name = _text(self._option(owner, "default_related_name"))
        fields = {
            declared.name: self._field(declared, model, default_name)
            for declared in declared_fields(owner, self._symbols, self._classes)
        }
        managers = declared_managers(owner, self._symbols, self._classes)
        return fields, {manager.name: manager for manager in managers}

    def _field(self, declared: Declared, model: Model, default_name: str | None) -> Field:
        """A declared field as a field of a model."""
        kind = declared.kind
        related = FOREIGN | {"ManyToManyField", "GenericRelation"}
        target = None
        if kind in related:
            target = self._target(declared.argument("to", 0), declared, model)
            if any(self._target(to, declared, model) != target for to in declared.other_targets()):
                target = None  # a condition decides
        elif kind == "TaggableManager":
            target = "taggit.Tag"
        through = None
        auto = False
        if kind == "ManyToManyField":
            through = self._target(declared.argument("through"), declared, model)
            auto = declared.argument("through") is None
            if auto:
                through = f"{model.label}_{declared.name}"
        related_name = _text(declared.argument("related_name"))
        if related_name is None and kind in related:
            related_name = default_name
        symmetrical = declared.constant("symmetrical")
        return Field(
            name=declared.name,
            kind=kind,
            model=model.label,
            line=declared.call.lineno,
            file=declared.owner.file,
            cls=declared.cls,
            target=target,
            on_delete=self._on_delete(declared) if kind in FOREIGN else None,
            related_name=_filled(related_name, model),
            related_query_name=_filled(_text(declared.argument("related_query_name")), model),
            through=through,
            auto_through=auto,
            primary_key=declared.constant("primary_key") is True,
            default=declared.argument("default") is not None
            or declared.argument("db_default") is not None,
            editable=declared.constant("editable") is not False,
            null=declared.constant("null") is True,
            parent_link=declared.constant("parent_link") is True,
            conditional=declared.name in declared.owner.definition.perhaps,
            parts=_parts(declared) if kind == "GenericForeignKey" else (),
            symmetrical=kind == "ManyToManyField"
            and symmetrical is not False
            and target == model.label,
        )

    def _target(self, expr: ast.expr | None, declared: Declared, model: Model) -> str | None:
        """The label of a related model, as a field of `model` sees it."""
        if expr is None:
            return None
        text = _text(expr)
        if text == "self":
            return model.label
        if text is not None:
            return self._names.label(text if "." in text else f"{model.app}.{text}")
        where = declared.where(expr)
        return self._names.label_of(expr, where.scope, where.facts)

    def _on_delete(self, declared: Declared) -> str | None:
        """The name of the on_delete rule; "?" where what is unpacked may tell it."""
        expr = declared.argument("on_delete", 1)
        if expr is None and declared.is_open:
            expr = UNTOLD
        if isinstance(expr, ast.Call):  # models.SET(value)
            expr = expr.func
        if isinstance(expr, ast.Attribute):
            return expr.attr
        return expr.id if isinstance(expr, ast.Name) else None

    def _flag(self, info: ClassInfo, option: str) -> bool:
        """A Meta option that a class states itself: `abstract` and `proxy` aren't inherited."""
        meta = self._classes.get(f"{info.name}.Meta")
        value = meta.definition.attributes.get(option) if meta is not None else None
        return isinstance(value, ast.Constant) and value.value is True

    def _option(self, info: ClassInfo, option: str) -> ast.expr | None:
        """A Meta option, the class's own or of the nearest abstract parent with a Meta."""
        for ancestor in self._classes.mro(info.name):
            parent = self._classes.get(ancestor)
            meta = f"{ancestor}.Meta"
            if parent is None or self._classes.get(meta) is None:
                continue
            if parent is info or self._flag(parent, "abstract"):
                found = self._classes.attribute(meta, option)
                return found[1] if found is not None else None
        return None


def _links(model: Model, labels: tuple[str, ...], fields: Mapping[str, Field]) -> dict[str, Field]:
    """The links of a multi-table child to its parents, where it doesn't declare them."""
    own = [f for f in fields.values() if f.model == model.label and f.parent_link]
    found: dict[str, Field] = {}
    for label in labels:
        if not any(f.target == label for f in own):
            name = f"{label.rpartition('.')[2].lower()}_ptr"
            found[name] = Field(
                name=name,
                kind="OneToOneField",
                model=model.label,
                line=model.line,
                file=model.file,
                cls="django.db.models.OneToOneField",
                target=label,
                on_delete="CASCADE",
                primary_key=True,
                parent_link=True,
            )
    return found


def _parts(declared: Declared) -> tuple[str, ...]:
    """The fields that a GenericForeignKey is made of (django/contrib/contenttypes/fields.py)."""
    content_type = _text(declared.argument("ct_field", 0)) or "content_type"
    return content_type, _text(declared.argument("fk_field", 1)) or "object_id"


def _filled(name: str | None, model: Model) -> str | None:
    """A related name with the model's names filled in."""
    if name is None:
        return None
    lower = model.label.rpartition(".")[2].lower()
    for key, value in (("class", lower), ("model_name", lower), ("app_label", model.app.lower())):
        name = name.replace(f"%({key})s", value)
    return name


def _text(value: ast.expr | None) -> str | None:
    """A literal text."""
    found = value.value if isinstance(value, ast.Constant) else None
    return found if isinstance(found, str) else None
