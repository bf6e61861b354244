"""What a name means: from an expression in a scope to the dotted name of what it stands for."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from codemod.facts.tables import Binding, FileFacts, Scope
from codemod.project.django_names import OFFERED, public_name
from codemod.project.exports import at_runtime, comes_first
from codemod.project.modules import ModuleInfo, Modules

_BUILTINS = frozenset(dir(builtins))
_DEPTH = 60  # questions on the way to an answer, two for each re-export, before it is given up


@dataclass(frozen=True, eq=False)
class Definition:
    """Where a project name is bound."""

    facts: FileFacts
    scope: Scope
    bindings: tuple[Binding, ...]

    @property
    def binding(self) -> Binding:
        """The last binding, which is the one that counts when there is more than one."""
        return self.bindings[-1]


class Symbols:
    """Names through scopes, imports, re-exports, star imports and aliases."""

    def __init__(self, modules: Modules, facts_of: Callable[[str], FileFacts | None]) -> None:
        self._modules = modules
        self._facts_of = facts_of
        self._known: dict[tuple[str, str], str | None] = {}
        self._seen_from: dict[tuple[str, str], str | None] = {}  # the same, by file
        self._bound_names: dict[tuple[Scope, str], str | None] = {}
        self._by_star: dict[tuple[str, str], str | None] = {}
        self._active: set[tuple[object, ...]] = set()

    def resolve(self, expr: ast.expr | str, scope: Scope, facts: FileFacts) -> str | None:
        """The canonical dotted name of a name, attribute or dotted text seen from a scope.

        A thing of the project is named after the place that defines it (unique module name and
        qualified name), an external thing after its public import path, a builtin
        `builtins.<name>`. None: not a plain name, bound to a value, or bound to several things.
        """
        parts = expr.split(".") if isinstance(expr, str) else dotted_parts(expr)
        if not parts:
            return None
        line = getattr(expr, "lineno", None)  # none in nodes made up
        head = self._name(parts[0], scope, facts, line)
        if head is None:
            if isinstance(expr, str) and len(parts) > 1 and not self.bindings(parts[0], scope):
                return self.canonical(expr, facts.path)
            return None
        return self._below(head, parts[1:], facts.path)

    def bindings(self, name: str, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        """The scope in which a bare name seen from `scope` lives, and its bindings there."""
        for place in scope.chain():
            found = place.bindings.get(name)
            if found:
                return place, found
        return None

    def canonical(self, dotted: str, near: str = "") -> str | None:
        """The canonical name of an absolute dotted import name, seen from the file `near`."""
        place = dotted, near
        if place in self._seen_from:
            return self._seen_from[place]
        key = dotted, self._modules.root_of(near) if near else ""
        if key in self._known:
            return self._known[key]
        if not self._modules.knows(dotted, near):
            self._seen_from[place] = public_name(dotted)
            return self._seen_from[place]
        outermost = not self._active
        if len(self._active) > _DEPTH:
            return None
        with self._once("canonical", *key) as fresh:
            if not fresh:
                return None
            found = self._canonical(dotted.split("."), near)
        if found is not None or outermost:  # a None within a cycle may be found by another way
            self._known[key] = self._seen_from[place] = found
        return found

    def definition(self, dotted: str) -> Definition | None:
        """Where a canonical name of the project is bound (class bodies included)."""
        parts = dotted.split(".")
        for depth in range(len(parts) - 1, 0, -1):
            info = self._modules.find(".".join(parts[:depth]))
            facts = self._facts_of(info.path) if info is not None else None
            if facts is None:
                continue
            scope: Scope | None = facts.scope
            found: list[Binding] | None = None
            for part in parts[depth:]:
                if part == "<locals>":
                    continue
                found = scope.bindings.get(part) if scope is not None else None
                if not found or scope is None:
                    return None
                holder, scope = scope, facts.scopes.get(found[-1].node)
            return Definition(facts, holder, tuple(found)) if found else None
        return None

    # From a name in a scope

    def _name(
        self, name: str, scope: Scope, facts: FileFacts, line: int | None = None
    ) -> str | None:
        found = self.bindings(name, scope)
        if found is not None and line is not None and _comes_later(found, scope, line):
            around = (p for p in scope.chain() if p is not scope and p.bindings.get(name))
            found = next(((place, place.bindings[name]) for place in around), None)
        if found is not None:
            above = _above(found, scope, line) if line is not None else []
            if above:
                return self._agreed(name, above, found[0], facts)
            return self._bound(name, found[1], found[0], facts)
        starred = self.starred(name, facts)
        if starred is None and name in _BUILTINS:
            return f"builtins.{name}"
        return starred

    def _bound(
        self, name: str, bindings: Sequence[Binding], scope: Scope, facts: FileFacts
    ) -> str | None:
        """What the bindings of a name agree on."""
        key = scope, name
        if key in self._bound_names:
            return self._bound_names[key]
        outermost = not self._active
        if len(self._active) > _DEPTH:
            return None
        found = self._agreed(name, bindings, scope, facts)
        if found is not None or outermost:  # as with canonical names
            self._bound_names[key] = found
        return found

    def _agreed(
        self, name: str, bindings: Sequence[Binding], scope: Scope, facts: FileFacts
    ) -> str | None:
        useful = [b for b in bindings if b.kind not in ("delete", "augmented")]
        if len(useful) > 1:  # `x: T` alone binds nothing when there is an assignment too
            useful = [b for b in useful if b.kind != "annotation" or b.value is not None] or useful
        if len(useful) > 1:
            useful = at_runtime(useful, facts) or useful
        if not useful:
            return None
        with self._once("name", facts.path, scope, name) as fresh:
            if not fresh:
                return None
            results = [self._stands_for(binding, scope, facts) for binding in useful]
        if len(set(results)) == 1:
            return results[0]
        return results[0] if comes_first(useful, scope) else None

    def _stands_for(self, binding: Binding, scope: Scope, facts: FileFacts) -> str | None:
        """What one binding gives its name."""
        kind = binding.kind
        if kind == "import":
            return self.canonical(binding.target or "", facts.path)
        place = self._place(binding.name, scope, facts)
        if kind in ("class", "function"):
            return place
        if kind in ("assign", "annotation", "walrus"):
            if not binding.path and isinstance(binding.value, (ast.Name, ast.Attribute)):
                alias = self.resolve(binding.value, scope, facts)
                if alias is not None:
                    return alias
            return place if scope.kind in ("module", "class") else None
        return None

    def _place(self, name: str, scope: Scope, facts: FileFacts) -> str:
        """The canonical name of what `scope` itself defines."""
        inner = ".<locals>" if scope.kind in ("function", "lambda", "comprehension") else ""
        prefix = f"{scope.qualname}{inner}." if scope.qualname else ""
        return f"{self._modules.module_name(facts.path)}.{prefix}{name}"

    # From a dotted name

    def _canonical(self, parts: list[str], near: str) -> str | None:
        for depth in range(len(parts), 0, -1):
            info = self._modules.find(".".join(parts[:depth]), near)
            if info is not None:
                return self._member(info, parts[depth:]) if parts[depth:] else info.name
        return public_name(".".join(parts))

    def _member(self, info: ModuleInfo, rest: list[str]) -> str | None:
        """The canonical name of something in a module of the project."""
        facts = self._facts_of(info.path)
        if facts is None:
            return ".".join([info.name, *rest])
        name = rest[0]
        bindings = facts.scope.bindings.get(name)
        if bindings:
            found = self._bound(name, bindings, facts.scope, facts)
            if found is not None and found == self._place(name, facts.scope, facts):
                return self._in_class(found, bindings, rest[1:], facts)
        else:
            found = self.starred(name, facts)
            if found is None and "__getattr__" in facts.scope.bindings:
                found = f"{info.name}.{name}"
                return ".".join([found, *rest[1:]])
        return self._below(found, rest[1:], facts.path) if found is not None else None

    def _in_class(
        self, place: str, bindings: Sequence[Binding], rest: list[str], facts: FileFacts
    ) -> str | None:
        """Go on from a name defined here into the class body that it may be."""
        scope = facts.scopes.get(bindings[-1].node)
        if not rest or scope is None or scope.kind != "class":
            return ".".join([place, *rest])
        inner = scope.bindings.get(rest[0])
        found = self._bound(rest[0], inner, scope, facts) if inner else None
        if inner is None or found is None:
            return ".".join([place, *rest])  # inherited, or a value
        if found == self._place(rest[0], scope, facts):
            return self._in_class(found, inner, rest[1:], facts)
        return self._below(found, rest[1:], facts.path)

    def _below(self, base: str, rest: list[str], near: str) -> str | None:
        """An attribute of something whose canonical name is known."""
        if not rest:
            return base
        dotted = ".".join([base, *rest])
        return dotted if "<locals>" in base else self.canonical(dotted, near)

    def starred(self, name: str, facts: FileFacts) -> str | None:
        """What a name of a module stands for that only its star imports can bind."""
        if not facts.stars:
            return None
        key = facts.path, name
        if key in self._by_star:
            return self._by_star[key]
        outermost = not self._active
        with self._once("star", *key) as fresh:
            found = self._from_stars(name, facts) if fresh else None
        if found is not None or outermost:  # as with canonical names
            self._by_star[key] = found
        return found

    def _from_stars(self, name: str, facts: FileFacts) -> str | None:
        for star in reversed(facts.stars):
            info = self._modules.find(star, facts.path)
            if info is None:
                outside = public_name(f"{star}.{name}")
                if outside in OFFERED and not self._modules.knows(star):
                    return outside
                continue
            source = self._facts_of(info.path)
            if source is None or source is facts:
                continue
            exported = source.exported
            if name not in exported if exported is not None else name.startswith("_"):
                continue
            found = self._member(info, [name])
            if found is not None:
                return found
        return None

    @contextmanager
    def _once(self, *key: object) -> Iterator[bool]:
        """Whether a question is asked for the first time on the way down: cycles end here."""
        fresh = key not in self._active
        self._active.add(key)
        try:
            yield fresh
        finally:
            if fresh:
                self._active.discard(key)


def _above(found: tuple[Scope, list[Binding]], scope: Scope, line: int) -> list[Binding]:
    """What a module's own code knows a name as that a function or class below takes.

    @receiver(post_save, sender=Order)
    def post_save(sender, instance, **kwargs): ...
    """
    place, bindings = found
    if place is not scope or scope.kind != "module":
        return []
    below = [b for b in bindings if b.kind in ("function", "class") and _line_of(b) > line]
    return [b for b in bindings if b not in below] if below else []


def _line_of(binding: Binding) -> int:
    return getattr(binding.node, "lineno", 0)


def _comes_later(found: tuple[Scope, list[Binding]], scope: Scope, line: int) -> bool:
    """Whether a class body binds a name only below a line of its own, which sees what is around.

    settings = models.JSONField()   below   owner = models.ForeignKey(settings.AUTH_USER_MODEL)
    """
    place, bindings = found
    return (
        place is scope
        and scope.kind == "class"
        and all(
            b.kind in ("assign", "function", "class") and getattr(b.node, "end_lineno", 0) >= line
            for b in bindings
        )
    )


def dotted_parts(expr: ast.expr) -> list[str]:
    """`a.b.c` as its names; empty for anything that is not a chain of plain attributes."""
    parts: list[str] = []
    while isinstance(expr, ast.Attribute):
        parts.append(expr.attr)
        expr = expr.value
    if not isinstance(expr, ast.Name):
        return []
    parts.append(expr.id)
    return parts[::-1]
