"""Which model an expression names, as a sender or a field's target does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

from codemod.facts.tables import FileFacts, Scope
from codemod.project.model_tables import Model, Reverse
from codemod.project.symbols import Symbols

_LABEL = re.compile(r"\w+\.\w+")
_GETTER = re.compile(r"get_(\w+)_model")
_SETTINGS = "django.conf.settings."
#: By package and name the functions that give a model of a package, or the one in its place: the
#: setting that says so, and the package's own.
SWAPPABLE = {
    ("wagtail", "get_image_model"): ("WAGTAILIMAGES_IMAGE_MODEL", "wagtailimages.Image"),
    ("wagtail", "get_document_model"): ("WAGTAILDOCS_DOCUMENT_MODEL", "wagtaildocs.Document"),
    ("knox", "get_token_model"): ("KNOX_TOKEN_MODEL", "knox.AuthToken"),
    ("invitations", "get_invitation_model"): (
        "INVITATIONS_INVITATION_MODEL",
        "invitations.Invitation",
    ),
    **{
        ("waffle", f"get_waffle_{name}_model"): (
            f"WAFFLE_{name.upper()}_MODEL",
            f"waffle.{name.title()}",
        )
        for name in ("flag", "switch", "sample")
    },
    **{
        ("oauth2_provider", f"get_{name}_model"): (
            f"OAUTH2_PROVIDER_{name.upper()}_MODEL",
            f"oauth2_provider.{cls}",
        )
        for name, cls in (
            ("application", "Application"),
            ("access_token", "AccessToken"),
            ("refresh_token", "RefreshToken"),
            ("id_token", "IDToken"),
            ("grant", "Grant"),
        )
    },
}


class ModelNames:
    """From an expression to the label of a model."""

    def __init__(
        self,
        symbols: Symbols,
        by_class: Mapping[str, Model],
        settings: Mapping[str, str],
        known: Callable[[str], Model | None],
    ) -> None:
        self._symbols = symbols
        self._by_class = by_class
        self._settings = settings
        self._known = known
        self._active: set[int] = set()
        self.unread: set[str] = set()  # labels that were named and that no class has
        self.relations: Callable[[str], dict[str, Reverse]] | None = None  # once models are read

    def label(self, text: str) -> str:
        """A label as its model spells it."""
        model = self._known(text)
        if model is None:
            self.unread.add(text)
        return model.label if model is not None else text

    def setting(self, name: str) -> str | None:
        """The label that a setting holds."""
        text = self._settings.get(name)
        if text is None and name == "AUTH_USER_MODEL":
            text = "auth.User"
        return self.label(text) if text else None

    def label_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
        """The label of the model that an expression is, None where it is none that can be told."""
        if id(expr) in self._active:
            return None
        self._active.add(id(expr))
        try:
            return self._label_of(expr, scope, facts)
        finally:
            self._active.discard(id(expr))

    def _label_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
        if isinstance(expr, ast.Constant):
            if isinstance(expr.value, str) and _LABEL.fullmatch(expr.value):
                return self.label(expr.value)
            return None
        if isinstance(expr, ast.Call):
            return self._called(expr, scope, facts)
        if not isinstance(expr, (ast.Name, ast.Attribute)):
            return None
        if isinstance(expr, ast.Attribute) and expr.attr == "through":
            return self._through(expr.value, scope, facts)
        dotted = self._symbols.resolve(expr, scope, facts)
        if dotted is not None:
            if dotted in self._by_class:
                return self._by_class[dotted].label
            if dotted.startswith(_SETTINGS):
                return self.setting(dotted.removeprefix(_SETTINGS))
            definition = self._symbols.definition(dotted)
            if definition is not None and len(definition.bindings) == 1:
                binding = definition.binding
                if binding.value is not None and binding.kind in ("assign", "annotation"):
                    return self._value(
                        binding.value, binding.path, definition.scope, definition.facts
                    )
            return None
        return self._local(expr, scope, facts) if isinstance(expr, ast.Name) else None

    def _local(self, expr: ast.Name, scope: Scope, facts: FileFacts) -> str | None:
        """A name bound by assignments that all give the same model."""
        found = self._symbols.bindings(expr.id, scope)
        if found is None:
            return None
        labels: set[str | None] = set()
        for binding in found[1]:
            if binding.kind == "import":
                dotted = self._symbols.canonical(binding.target or "", facts.path) or ""
                model = self._by_class.get(dotted)
                labels.add(model.label if model is not None else None)
            elif binding.kind in ("assign", "annotation", "walrus") and binding.value is not None:
                labels.add(self._value(binding.value, binding.path, found[0], facts))
            else:
                return None
        return labels.pop() if len(labels) == 1 else None

    def _value(
        self, value: ast.expr, path: tuple[int, ...], scope: Scope, facts: FileFacts
    ) -> str | None:
        for index in path:  # a, b = get_model("x", "A"), get_model("x", "B")
            if not isinstance(value, (ast.Tuple, ast.List)) or index >= len(value.elts):
                return None
            value = value.elts[index]
        # A text is a model only where a model is asked for, not behind a variable.
        return self.label_of(value, scope, facts)

    def _called(self, call: ast.Call, scope: Scope, facts: FileFacts) -> str | None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        dotted = self._symbols.resolve(function, scope, facts)
        if dotted is not None:
            name = dotted.rpartition(".")[2]
        if name == "get_user_model" and not call.args:
            return self.setting("AUTH_USER_MODEL")
        if name == "getattr" and len(call.args) >= 2:
            if self._symbols.resolve(call.args[0], scope, facts) != _SETTINGS.rstrip("."):
                return None
            key, default = call.args[1], call.args[2:]
            label = self.setting(str(key.value)) if isinstance(key, ast.Constant) else None
            if label is None and default:
                label = self.label_of(default[0], scope, facts)
            return label
        if name in ("get_model", "get_registered_model", "load_model"):
            return self._got(call, scope, facts)
        if call.args or call.keywords:
            return None
        return self._returned(dotted or "") or self._swappable(dotted or name)

    def _returned(self, function: str) -> str | None:
        """The label that a function of the project returns, if that is all that it does."""
        definition = self._symbols.definition(function)
        node = definition.binding.node if definition is not None else None
        if definition is None or not isinstance(node, ast.FunctionDef):
            return None
        *before, last = node.body
        plain = all(isinstance(s, (ast.Expr, ast.Import, ast.ImportFrom)) for s in before)
        value = last.value if plain and isinstance(last, ast.Return) else None
        scope = definition.facts.scopes.get(node)
        return self.label_of(value, scope, definition.facts) if value and scope else None

    def _swappable(self, getter: str) -> str | None:
        """The label of the model that a package's getter gives, the one that a setting puts in the
        place of its own."""
        package, _, name = getter.rpartition(".")
        top = package.partition(".")[0]
        setting, own = SWAPPABLE.get((top, name), ("", ""))
        if own and setting not in self._settings:
            return self.label(own)
        usual = _GETTER.fullmatch(name)
        if usual is not None and not setting:  # a package's whose settings are not known here
            thing, top = usual[1].upper(), top.upper()
            names = (f"{top}_{thing}_MODEL", f"{thing}_MODEL", f"{top}_MODEL")
            setting = next((name for name in names if name in self._settings), "")
        return self.setting(setting)

    def _got(self, call: ast.Call, scope: Scope, facts: FileFacts) -> str | None:
        """The label in `get_model("app", "Model")` and its other spellings."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        arguments = [*call.args]
        arguments += [keywords[key] for key in ("app_label", "model_name") if key in keywords]
        texts = [a.value for a in arguments if isinstance(a, ast.Constant)]
        if len(arguments) == 1 and not texts:  # get_model(settings.AUTH_USER_MODEL)
            return self.label_of(arguments[0], scope, facts)
        words = [text for text in texts if isinstance(text, str)]
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
            inner = call.func.value  # apps.get_app_config("shop").get_model("Order")
            if isinstance(inner.func, ast.Attribute) and inner.func.attr == "get_app_config":
                words = [
                    str(a.value) for a in inner.args[:1] if isinstance(a, ast.Constant)
                ] + words[:1]
        if len(words) == 2 and len(arguments) <= 3:
            return self.label(f"{words[0]}.{words[1]}")
        if len(words) == 1 and _LABEL.fullmatch(words[0]):
            return self.label(words[0])
        return None

    def _through(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
        """The label of the table behind `Order.tags.through`."""
        if not isinstance(expr, ast.Attribute):
            return None
        label = self.label_of(expr.value, scope, facts)
        model = self._known(label) if label is not None else None
        field = model.fields.get(expr.attr) if model is not None else None
        if field is None and model is not None and self.relations is not None:
            way = self.relations(model.label).get(expr.attr)
            field = way.field if way is not None else None
        return field.through if field is not None else None
