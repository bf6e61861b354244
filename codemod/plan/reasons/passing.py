"""Lines through which the project reaches a firing that has its call elsewhere.

    class FormMixin:
        def form_valid(self, form):
            return super().form_valid(form)    # a CreateView saves in there

    MemberFactory(name="a")                    # factory_boy saves in MemberFactory._create

The call stands in the view's own hook, in the factory's `_create`, and so on. These lines need
nothing, and are entries of the account with the outcome of what stands behind them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef
from codemod.project.project import Project
from codemod.surfaces import (
    admin_inline,
    factory,
    generic_view,
    model_admin,
    package_calls,
    rest_framework,
)
from codemod.surfaces.calls import factories, found
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.span import Span


@dataclass(frozen=True)
class Passage:
    """A line, and the sites that may run behind it."""

    file: str
    span: Span
    sites: tuple[Site, ...]
    through: str  # what it goes through: "MemberFactory"
    sure: bool = True  # False: they run under a condition (`Maybe`, `Trait`)


# The methods of the framework that lead to a hook, itself included.
_VIEW: dict[tuple[str, ...], tuple[str, ...]] = {
    SAVE_SIGNALS: ("dispatch", "post", "put", "form_valid"),
    DELETE_SIGNALS: ("dispatch", "post", "delete", "form_valid"),
}
_REST = {
    "perform_create": ("dispatch", "post", "create", "perform_create"),
    "perform_update": (
        "dispatch", "put", "patch", "update", "partial_update", "perform_update",
    ),
    "perform_destroy": ("dispatch", "delete", "destroy", "perform_destroy"),
}  # fmt: skip
_CHANGES = ("changeform_view", "add_view", "change_view")
_ADMIN = {
    "save_model": (*_CHANGES, "changelist_view", "save_model"),
    "save_related": (*_CHANGES, "save_related"),
    "delete_model": ("delete_view", "delete_model"),
    "delete_queryset": ("changelist_view", "response_action", "delete_queryset"),
    "save_formset": (*_CHANGES, "save_related", "save_formset"),
}


def passages(project: Project, sites: Iterable[Site]) -> tuple[Passage, ...]:
    """Every such line of the project."""
    sites = tuple(sites)
    return (*_methods(project, sites), *_factories(project, sites))


def _methods(project: Project, sites: Iterable[Site]) -> Iterator[Passage]:
    """`super().form_valid(form)`, `self.update(request)` in a class whose hook is a site."""
    places: dict[tuple[str, Span], list[Site]] = {}
    for site in sites:
        methods = _leading(site)
        if site.cls is None or not methods or not site.models:
            continue
        for name in project.classes.mro(site.cls.name):
            cls = project.classes.get(name)
            if cls is None or not any(m in cls.facts.text for m in methods):
                continue
            for call in cls.facts.named(*methods):
                if call.scope.class_() is cls.scope and isinstance(call.node.func, ast.Attribute):
                    if _goes_on(project, site.cls.name, call):
                        place = cls.file, cls.facts.lines.span(call.node)
                        if place != (site.file, site.span):
                            places.setdefault(place, []).append(site)
    for (file, span), behind in places.items():
        names = dict.fromkeys(s.cls.definition.node.name for s in behind if s.cls is not None)
        told = [*names] if len(names) < 4 else [*[*names][:2], f"{len(names) - 2} more"]
        yield Passage(file, span, tuple(behind), ", ".join(told))


def _leading(site: Site) -> tuple[str, ...]:
    """The methods that lead to a site's hook."""
    if site.surface == generic_view.name:
        return _VIEW.get(site.signals, ())
    if site.surface == rest_framework.name:
        return _REST.get(site.note, ())
    if site.surface == model_admin.name:
        return _ADMIN.get(site.note, ())
    if site.surface == package_calls.name:
        return package_calls.POSTED
    return _ADMIN["save_formset"] if site.surface == admin_inline.name else ()


def _goes_on(project: Project, cls: str, call: CallSite) -> bool:
    """Whether a call leaves the project: by `super()`, or by `self` where nothing overrides it."""
    assert isinstance(call.node.func, ast.Attribute)
    owner = call.node.func.value
    if found.is_super(owner):
        return True
    itself = isinstance(owner, ast.Name) and owner.id == "self"
    return itself and project.classes.method(cls, call.name) is None


def _factories(project: Project, sites: Iterable[Site]) -> Iterator[Passage]:
    """The calls that make objects with a factory, and with the factories of its parts."""
    behind = _by_factory(project, sites)
    if not behind:
        return
    names = {*factories.names_of(project, behind), *project.types.factory_fixtures}
    speaking = {facts for name in names for facts in project.naming(name)}
    for facts in project.read():
        if facts not in speaking:
            continue
        for call in facts.calls:
            cls = _made_by(project, facts, call)
            if cls is None:
                continue
            given = {keyword.arg for keyword in call.node.keywords}
            makers = {cls: True} | factories.all_parts(project, cls, given)
            for sure in (True, False):
                made = dict.fromkeys(
                    site for m in makers if makers[m] is sure for site in behind.get(m, ())
                )
                if made:
                    through, span = cls.rpartition(".")[2], facts.lines.span(call.node)
                    yield Passage(facts.path, span, tuple(made), through, sure)


def _by_factory(project: Project, sites: Iterable[Site]) -> Mapping[str, tuple[Site, ...]]:
    """The sites that run where a factory makes an object, by the factory."""
    own: dict[str, list[Site]] = {}
    for site in sites:
        if site.surface == factory.name and site.cls is not None and not site.never:
            own.setdefault(site.cls.name, []).append(site)
    return {
        cls.name: tuple(
            site
            for name in project.classes.mro(cls.name)
            for site in own.get(name, ())
            if site.models == (project.model_of(cls.name),)
        )
        for cls in factories.all_of(project)
    }


def _made_by(project: Project, facts: FileFacts, call: CallSite) -> str | None:
    """The factory of `MemberFactory()`, `MemberFactory.create()`, `.create_batch(3)`, and of
    `member_factory()`, where pytest-factoryboy hands it to the test."""
    function: ast.expr = call.node.func
    if isinstance(function, ast.Attribute) and function.attr in ("create", "create_batch"):
        function = function.value
    cls = project.symbols.resolve(function, call.scope, facts)
    handed = project.types.factory_fixtures.get(getattr(function, "id", "")) if not cls else None
    if handed and ClassRef(handed) in project.type_of(function, call.scope, facts).types:
        cls = handed
    known = cls is not None and project.classes.get(cls) is not None
    if cls is not None and known and project.classes.is_subclass(cls, factories.FACTORY):
        return cls
    return None
