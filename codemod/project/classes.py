"""The project's classes: their bases by canonical name, method resolution order, members."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codemod.facts.nodes import last_name
from codemod.facts.tables import ClassDef, FileFacts, FunctionDef, Scope
from codemod.project.external_classes import EXTERNAL_BASES
from codemod.project.external_methods import ENDING
from codemod.project.symbols import Symbols, dotted_parts

MODEL_FORM = "django.forms.ModelForm"
#: What gives a class that others are derived from.
_MAKING_BASES = ("from_queryset", "with_metaclass", "get_user_model", "modelform_factory")


@dataclass(frozen=True, eq=False)
class ClassInfo:
    """A class of the project. A base that can't be resolved is `?.` and its text."""

    name: str  # canonical: unique module name and qualified name
    file: str
    definition: ClassDef
    bases: tuple[str, ...]
    facts: FileFacts

    @property
    def scope(self) -> Scope:
        """The scope of the class body."""
        return self.definition.scope


class Classes:
    """All classes of the files whose facts were read, and what is known of external ones."""

    def __init__(
        self,
        files: Iterable[tuple[str, FileFacts]],
        symbols: Symbols,
        user_model: str = "auth.User",
    ) -> None:
        """`files`: the unique module name and the facts of each file."""
        self._symbols = symbols
        self._classes: dict[str, ClassInfo] = {}
        self._mros: dict[str, tuple[str, ...]] = {}
        self._ancestors: dict[str, frozenset[str]] = {}  # the same without the order
        self._children: dict[str, list[str]] | None = None
        self._functions: dict[str, dict[ast.AST, FunctionDef]] = {}
        self._methods: dict[tuple[str, str], tuple[ClassInfo, FunctionDef] | None] = {}
        self._assigning: set[str] = set()  # variables whose bases are being found
        found = [
            (f"{module}.{definition.qualname}", definition, facts)
            for module, facts in files
            for definition in facts.classes
        ]
        self._user = _user_class(user_model, [name for name, _, _ in found])
        for name, definition, facts in found:
            bases = tuple(self._bases(definition, facts))
            self._classes[name] = ClassInfo(name, facts.path, definition, bases, facts)

    def __iter__(self) -> Iterator[ClassInfo]:
        return iter(self._classes.values())

    def get(self, dotted: str) -> ClassInfo | None:
        """The project's class of a canonical name."""
        return self._classes.get(dotted)

    def bases(self, dotted: str) -> tuple[str, ...]:
        """The direct bases of a project class or of a known external one."""
        info = self._classes.get(dotted)
        return info.bases if info is not None else EXTERNAL_BASES.get(dotted, ())

    def mro(self, dotted: str) -> tuple[str, ...]:
        """The class, then its ancestors in method resolution order (external ones included)."""
        known = self._mros.get(dotted)
        if known is None:
            self._mros[dotted] = (dotted,)  # ends a cycle of bases
            known = self._mros[dotted] = self._linear(dotted)
        return known

    def is_subclass(self, dotted: str, *ancestors: str) -> bool:
        """Whether a class is, or comes from, one of the ancestors."""
        known = self._ancestors.get(dotted)
        if known is None:
            known = self._ancestors[dotted] = frozenset(self.mro(dotted))
        return not known.isdisjoint(ancestors)

    def subclasses(self, dotted: str) -> tuple[str, ...]:
        """The project's classes that come from a class, however far (itself not included)."""
        if self._children is None:
            self._children = {}
            for info in self._classes.values():
                for ancestor in self.mro(info.name)[1:]:
                    self._children.setdefault(ancestor, []).append(info.name)
        return tuple(self._children.get(dotted, ()))

    def heirs(self, dotted: str) -> tuple[str, ...]:
        """A class and the project's classes that come from it."""
        return (dotted, *self.subclasses(dotted))

    def method(self, dotted: str, name: str) -> tuple[ClassInfo, FunctionDef] | None:
        """The method that an instance has under a name, where the project defines it."""
        asked = dotted, name
        if asked not in self._methods:
            self._methods[asked] = self._method(dotted, name)
        return self._methods[asked]

    def _method(self, dotted: str, name: str) -> tuple[ClassInfo, FunctionDef] | None:
        for info in self.before_framework(dotted, name):
            node = info.definition.methods.get(name)
            if node is not None:
                return info, self._function(node, info.facts)
            if name in info.definition.given:
                return None  # something else hides it
        return None

    def is_undecided(self, dotted: str, name: str) -> bool:
        """Whether the class that has a method, in the project, has it under a condition only."""
        own = self.method(dotted, name)
        return own is not None and name in own[0].definition.conditional

    def before_framework(self, dotted: str, method: str) -> Iterator[ClassInfo]:
        """The project's classes in a resolution order, up to where the framework's own method
        ends the chain."""
        for ancestor in self.mro(dotted):
            info = self._classes.get(ancestor)
            if info is not None:
                yield info
            elif method in ENDING.get(ancestor, ()):
                return

    def attribute(self, dotted: str, name: str) -> tuple[ClassInfo, ast.expr] | None:
        """The value that a class body gives an attribute, where the project defines it."""
        for ancestor in self.mro(dotted):
            info = self._classes.get(ancestor)
            if info is None:
                continue
            value = info.definition.attributes.get(name)
            if value is not None:
                return info, value
            if name in info.scope.bindings:
                return None
        return None

    def meta(self, dotted: str, name: str) -> tuple[ClassInfo, ast.expr] | None:
        """An option of the class's `Meta`: its own, or one it gets through inheritance.

        The nearest `Meta` counts, with its bases (`class Meta(Parent.Meta)`); the returned class
        is the `Meta` that holds the value.
        """
        meta = self.meta_class(dotted)
        return self.attribute(meta.name, name) if meta is not None else None

    def meta_class(self, dotted: str) -> ClassInfo | None:
        """The nearest nested class `Meta`."""
        for ancestor in self.mro(dotted):
            meta = self._classes.get(f"{ancestor}.Meta")
            if meta is not None:
                return meta
        return None

    def _function(self, node: ast.AST, facts: FileFacts) -> FunctionDef:
        table = self._functions.get(facts.path)
        if table is None:
            table = {function.node: function for function in facts.functions}
            self._functions[facts.path] = table
        return table[node]

    def _bases(self, definition: ClassDef, facts: FileFacts) -> Iterator[str]:
        for expr in definition.node.bases:
            yield from self._base(expr, definition.outer, facts)

    def _base(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> Iterator[str]:
        """The canonical names that one base expression stands for."""
        if isinstance(expr, ast.Subscript):  # Manager["Order"], Generic[T]
            expr = expr.value
        if isinstance(expr, ast.Call):
            function = expr.func
            if isinstance(function, ast.Attribute) and function.attr == "from_queryset":
                for part in (function.value, *expr.args[:1]):
                    yield from self._base(part, scope, facts)
                return
            called = dotted_parts(function)[-1:]
            if called == ["get_user_model"]:
                yield self._user
                return
            if called == ["with_metaclass"]:
                for part in expr.args[1:]:
                    yield from self._base(part, scope, facts)
                return
            if called == ["modelform_factory"]:
                form = [k.value for k in expr.keywords if k.arg == "form"] or expr.args[1:2]
                for part in form:
                    yield from self._base(part, scope, facts)
                if not form:
                    yield MODEL_FORM
                return
        found = self._symbols.resolve(expr, scope, facts)
        if found is None and isinstance(expr, (ast.Name, ast.Attribute)):
            found = self._inherited(expr, scope, facts)
        if found is not None and not isinstance(expr, ast.Call):
            yield from self._assigned(found)
        else:
            yield f"?.{ast.unparse(expr)}"

    def _assigned(self, dotted: str) -> Iterator[str]:
        """A base that is a variable: `Base = get_base()`, `M = Manager.from_queryset(Q)`."""
        known = dotted in self._assigning or dotted.startswith("django.")
        definition = None if known else self._symbols.definition(dotted)
        value = definition.binding.value if definition is not None else None
        if definition is not None and isinstance(value, ast.Call):
            called = last_name(value.func)
            if called in _MAKING_BASES or called.endswith("formset_factory"):
                if called != "get_user_model":
                    yield dotted
                self._assigning.add(dotted)
                bases = tuple(self._base(value, definition.scope, definition.facts))
                self._assigning.discard(dotted)
                yield from bases
                return
        yield dotted

    def _inherited(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
        """A name that only a conditional definition binds: any of its classes will do."""
        found = self._symbols.bindings(expr.id, scope) if isinstance(expr, ast.Name) else None
        if found is None:
            return None
        for binding in found[1]:
            if binding.kind == "import" and binding.target:
                return self._symbols.canonical(binding.target, facts.path)
        return None

    def _inner(self, dotted: str) -> str:
        """`Child.Meta` as `Parent.Meta` where the child has none of its own."""
        outer, _, name = dotted.rpartition(".")
        if dotted in self._classes or outer not in self._classes:
            return dotted
        for ancestor in self.mro(outer)[1:]:
            if f"{ancestor}.{name}" in self._classes:
                return f"{ancestor}.{name}"
        return dotted

    def _linear(self, dotted: str) -> tuple[str, ...]:
        """C3, or depth first where that finds no order."""
        bases = [self._inner(base) for base in self.bases(dotted) if base != dotted]
        if len(bases) == 1:
            return tuple(dict.fromkeys((dotted, *self.mro(bases[0]))))
        pending = [list(self.mro(base)) for base in bases] + [bases]
        order = [dotted]
        while pending := [rest for rest in pending if rest]:
            for candidate in (rest[0] for rest in pending):
                if not any(candidate in rest[1:] for rest in pending):
                    break
            else:
                flat = [dotted, *(name for base in bases for name in self.mro(base))]
                return tuple(dict.fromkeys(flat))
            order.append(candidate)
            for rest in pending:
                if rest[0] == candidate:
                    del rest[0]
        return tuple(order)


def _user_class(label: str, names: list[str]) -> str:
    """The class that `get_user_model()` returns, told by its name and its app's folder."""
    app, _, name = label.rpartition(".")
    for dotted in names:
        module, _, last = dotted.rpartition(".")
        if last == name and app in module.split("."):
            return dotted
    return "django.contrib.auth.models.User"
