"""What the project's factories say of themselves: options, hooks, parts, and who mutes them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.values.account import SIGNALS

FACTORY = "factory.django.DjangoModelFactory"
MUTE = "factory.django.mute_signals"
POST_DECLARATIONS = (
    "PostGeneration", "PostGenerationMethodCall", "RelatedFactory", "RelatedFactoryList",
)  # fmt: skip
PARTS = ("SubFactory", "RelatedFactory", "RelatedFactoryList")


def all_of(project: Project) -> Iterator[ClassInfo]:
    """Every factory class."""
    for cls in project.classes:
        if project.classes.is_subclass(cls.name, FACTORY):
            yield cls


def names_of(project: Project, factories: Iterable[str]) -> set[str]:
    """The words with which a file must speak of one of these factories, imports' `as` included."""
    names = {cls.rpartition(".")[2] for cls in factories}
    imports = [binding for facts in project.read() for binding in facts.imports]
    while True:
        found = {b.name for b in imports if (b.target or "").rpartition(".")[2] in names}
        if found <= names:
            return names
        names |= found


def base_of(project: Project, cls: str) -> str | None:
    """The farthest ancestor that makes objects of the same model."""
    label = project.model_of(cls)
    bases = [
        name
        for name in project.classes.mro(cls)[1:]
        if project.classes.get(name) is not None
        and project.classes.is_subclass(name, FACTORY)
        and project.model_of(name) == label
    ]
    return bases[-1] if bases else None


def family(project: Project, cls: str) -> list[ClassInfo]:
    """The class and those that come from it."""
    names = project.classes.heirs(cls)
    return [info for name in names if (info := project.classes.get(name)) is not None]


def option(project: Project, cls: str, name: str) -> ast.expr | None:
    """An option of `Meta`, which factories inherit from each parent's, written or not."""
    for ancestor in project.classes.mro(cls):
        meta = project.classes.get(f"{ancestor}.Meta")
        value = meta.definition.attributes.get(name) if meta is not None else None
        if value is not None:
            return value
    return None


def keys(project: Project, cls: str) -> tuple[str, ...] | None:
    """The one field of `django_get_or_create`, none without it; None if it is more than that.

    With several fields factory_boy may find an object by only some of them.
    """
    found: set[tuple[str, ...] | None] = set()
    for info in family(project, cls):
        value = option(project, info.name, "django_get_or_create")
        fields: tuple[str, ...] | None = () if value is None else None
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) < 2:
            texts = [e.value for e in value.elts if isinstance(e, ast.Constant)]
            fields = tuple(str(t) for t in texts) if len(texts) == len(value.elts) else None
        if project.classes.method(info.name, "_get_or_create") is not None:
            fields = None
        found.add(fields)
    return found.pop() if len(found) == 1 else None


def saves_again(project: Project, cls: str) -> bool:
    """Whether objects of a factory, or of one that comes from it, are saved after hooks."""
    return any(_has_hooks(project, i) and not _skips(project, i) for i in family(project, cls))


def skips(project: Project, cls: str) -> bool:
    """Whether any of them does without that save."""
    return any(_skips(project, info) for info in family(project, cls))


def _skips(project: Project, info: ClassInfo) -> bool:
    value = option(project, info.name, "skip_postgeneration_save")
    return isinstance(value, ast.Constant) and value.value is True


def _has_hooks(project: Project, info: ClassInfo) -> bool:
    """Whether objects have post-generation hooks, be it on some terms: results of theirs lead to
    the save even where a trait is off, or `Maybe` decides against one."""
    if not project.once(_hooked_at_calls).isdisjoint(project.classes.mro(info.name)):
        return True
    if any(_makes_hooks(value) for _, value, _ in _declarations(project, info.name)):
        return True
    return any(
        _last(decorator) == "post_generation"
        for ancestor in project.classes.mro(info.name)
        if (cls := project.classes.get(ancestor)) is not None
        for method in cls.definition.methods.values()
        for decorator in method.decorator_list
    )


def _makes_hooks(value: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Call) and _last(node.func) in POST_DECLARATIONS
        for node in ast.walk(value)  # inside Maybe and Trait too
    )


def _hooked_at_calls(project: Project) -> frozenset[str]:
    """The factories that some call gives a hook: `TeamFactory(coach=RelatedFactory(...))`."""
    names: set[str] = set()
    for facts in project.read():
        if not any(word in facts.text for word in POST_DECLARATIONS):
            continue
        for call in facts.calls:
            if any(_makes_hooks(k.value) for k in call.node.keywords):
                function = call.node.func
                owner = function.value if isinstance(function, ast.Attribute) else function
                for named in (function, owner):
                    names.add(project.symbols.resolve(named, call.scope, facts) or "")
    return frozenset(names)


def _declarations(project: Project, cls: str) -> Iterator[tuple[str, ast.expr, ClassInfo]]:
    """(attribute, value, where) for what a factory declares, inherited ones and traits too."""
    for ancestor in project.classes.mro(cls):
        for name in (ancestor, f"{ancestor}.Params"):
            info = project.classes.get(name)
            for attribute, value in info.definition.attributes.items() if info is not None else ():
                assert info is not None
                if isinstance(value, ast.Call) and _last(value.func) == "Trait":
                    for keyword in value.keywords:
                        yield keyword.arg or attribute, ast.Tuple([keyword.value]), info
                else:
                    yield attribute, value, info


def parts(project: Project, cls: str) -> set[str]:
    """The factories that a factory makes further objects with, however far; "?" for unknown."""
    return set(all_parts(project, cls, frozenset()))


def all_parts(project: Project, cls: str, given: Collection[str | None]) -> dict[str, bool]:
    """The same, and whether each is sure to be used; attributes that are `given` need none."""
    found: dict[str, bool] = {}
    pending = [part for part in _declared(project, cls) if part[0] not in given]
    while pending:
        _, name, sure = pending.pop()
        if name in found and (found[name] or not sure):
            continue
        found[name] = sure
        if name != "?":
            pending += [(a, part, sure and own) for a, part, own in _declared(project, name)]
    return found


def _declared(project: Project, cls: str) -> Iterator[tuple[str, str, bool]]:
    """(attribute, factory, whether it is used in any case) for parts, inherited ones too."""
    for attribute, value, info in _declarations(project, cls):
        sure = isinstance(value, ast.Call) and _last(value.func) in PARTS
        for name in _parts_in(project, value, info.scope, info.facts):
            yield attribute, name, sure


def _parts_in(project: Project, value: ast.expr, scope: Scope, facts: FileFacts) -> Iterator[str]:
    for node in ast.walk(value):  # inside Maybe and Trait too
        if isinstance(node, ast.Call) and _last(node.func) in PARTS and node.args:
            target = node.args[0]
            dotted = target.value if isinstance(target, ast.Constant) else None
            if isinstance(dotted, str):
                name = project.canonical(dotted)
            else:
                name = project.symbols.resolve(target, scope, facts)
            yield name if name is not None and project.classes.get(name) is not None else "?"


def muted(project: Project, cls: str) -> frozenset[str]:
    """The signals that do not reach anybody while the factory works."""
    silent: set[str] = set()
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        if info is not None:
            silent |= muted_itself(project, info)
    return frozenset(silent)


def muted_itself(project: Project, info: ClassInfo) -> frozenset[str]:
    """The signals that the class's own decorator mutes."""
    silent: set[str] = set()
    for decorator in info.definition.node.decorator_list:
        if isinstance(decorator, ast.Call):
            outer = info.definition.outer
            if project.symbols.resolve(decorator.func, outer, info.facts) == MUTE:
                silent |= set(signals_of(project, decorator, outer, info.facts))
    return frozenset(silent)


def signals_of(project: Project, call: ast.Call, scope: Scope, facts: FileFacts) -> tuple[str, ...]:
    """The signals that a call of `mute_signals` names; all of them if one can't be told."""
    names = [project.symbols.resolve(a, scope, facts) or "?" for a in call.args]
    last = [name.rpartition(".")[2] for name in names]
    return SIGNALS if "?" in names else tuple(s for s in SIGNALS if s in last)


def _last(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return last_name(node)
