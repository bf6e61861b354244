"""What saves or deletes a model's objects and is replaced, as a rule by tests, so that no signal is
sent.

with patch.object(Order, "save"):       the receiver does not run in there; a call that stands
    close(order)                        beside `order.save()` in `close()` does

Order.save = Mock()                     patch("shop.models.Order.save")
setattr(order, "save", Mock())          patch("shop.work.Order")
patch.multiple(Order, save=Mock())      patch.object(Order.objects, "create")
close(order := Mock(spec=Order))        patch("django.db.models.Model.save")
order.save.assert_called_once()         patch("django.dispatch.Signal.send")
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Instance, Manager, QuerySet, Type
from codemod.project.project import Project
from codemod.surfaces import get_or_create, manager_create
from codemod.surfaces.calls.found import keyword
from codemod.surfaces.site import ANY_MODEL
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.inventory import is_test

SIGNALS = {
    **dict.fromkeys(("save", "asave", "save_base"), SAVE_SIGNALS),
    **dict.fromkeys((*manager_create.METHODS, *get_or_create.METHODS), SAVE_SIGNALS),
    **dict.fromkeys(("delete", "adelete"), DELETE_SIGNALS),
    **dict.fromkeys(("objects", "send", "the class"), (*SAVE_SIGNALS, *DELETE_SIGNALS)),
}
METHODS = ("save", "asave", "save_base", "delete", "adelete")
_NO_METHODS = ("objects", "the class")
_PATCHING = ("patch", "object", "multiple", "setattr")
_MOCKS = ("Mock", "MagicMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec")
_SETS = re.compile(rf"\.(?:{'|'.join(SIGNALS)}) = ")
# Where every model gets them from (django/db/models/base.py, query.py, django/dispatch).
_OF_ALL = (
    "django.db.models.Model", "django.db.models.QuerySet", "django.db.models.Manager",
    "django.dispatch.Signal",
)  # fmt: skip


class _Place(NamedTuple):
    model: str  # its label, or `ANY_MODEL`
    method: str
    file: str
    line: int


def replaced(project: Project, label: str, signal: str) -> tuple[str, str, int] | None:
    """(what, file, line) of the first place where what sends a model's signal is replaced."""
    for place in project.once(_replaced):
        if place.model in (label, ANY_MODEL) and signal in SIGNALS[place.method]:
            what = place.method if place.method in _NO_METHODS else f"{place.method}()"
            return what, place.file, place.line
    return None


def from_outside(project: Project, label: str, signal: str) -> tuple[str, str, int] | None:
    """(method, file, line) of the first place in an app that gives a model's class, or Django's for
    all models, another `save()` or `delete()` than it has: tests, and scripts beside the apps, do
    so for themselves."""
    for place in project.once(_given_to_classes):
        if place.model in (label, ANY_MODEL) and signal in SIGNALS[place.method]:
            return f"{place.method}()", place.file, place.line
    return None


def _given_to_classes(project: Project) -> list[_Place]:
    return [
        _Place(label, target.attr, facts.path, target.lineno)
        for facts in project.read()
        if _SETS.search(facts.text) and not is_test(facts.path) and project.app_of(facts.path)
        for target, kinds in _targets(project, facts)
        if target.attr in METHODS
        for label in _labels(project, tuple(k for k in kinds if isinstance(k, ClassRef)))
        if label != ANY_MODEL or not _for_a_while(facts, target)
    ]


def _for_a_while(facts: FileFacts, target: ast.Attribute) -> bool:
    """Whether a function sets it, and its file sets it again: see `surfaces.calls.in_place`."""
    if any(store.target is target for store in facts.scope.stores):
        return False
    stores = (store for scope in facts.scopes.values() for store in scope.stores)
    text = ast.unparse(target)
    return (
        sum(store.target is not None and ast.unparse(store.target) == text for store in stores) > 1
    )


def _replaced(project: Project) -> list[_Place]:
    return [
        _Place(label, method, facts.path, line)
        for facts in project.read()
        for label, method, line in (*_by_calls(project, facts), *_by_assignments(project, facts))
    ]


def _by_calls(project: Project, facts: FileFacts) -> Iterator[tuple[str, str, int]]:
    """(model, method, line) of what `patch()` and its like replace, and of mocks of models."""
    if "patch" in facts.text or "setattr(" in facts.text:
        for call in facts.named(*_PATCHING):
            for model, method in _meant(project, facts, call):
                yield model, method, call.node.lineno
    if "spec" in facts.text:
        for call in facts.named(*_MOCKS):
            for model, method in _mocked(project, facts, call):
                yield model, method, call.node.lineno


def _by_assignments(project: Project, facts: FileFacts) -> Iterator[tuple[str, str, int]]:
    """The same for `Order.save = Mock()`."""
    if not _SETS.search(facts.text):
        return
    for target, kinds in _targets(project, facts):
        for label in _labels(project, kinds):
            # See `surfaces.calls.in_place`.
            if label != ANY_MODEL:
                yield label, target.attr, target.lineno


def _targets(
    project: Project, facts: FileFacts
) -> Iterator[tuple[ast.Attribute, tuple[Type, ...]]]:
    """What is assigned in a file, of those attributes, with what it is an attribute of."""
    for scope in facts.scopes.values():
        for store in scope.stores:
            target = store.target
            if isinstance(target, ast.Attribute) and target.attr in SIGNALS:
                yield target, project.type_of(target.value, scope, facts).types


def _meant(project: Project, facts: FileFacts, call: CallSite) -> Iterator[tuple[str, str]]:
    """The label of each model, and its method, that `patch()` or its like is given."""
    arguments, by_patch = call.node.args, "patch" in ast.unparse(call.node.func)
    if not arguments or (call.name in ("object", "multiple") and not by_patch):
        return
    first, named = arguments[0], arguments[1] if len(arguments) > 1 else None
    methods = [str(named.value)] if isinstance(named, ast.Constant) else []
    if call.name == "multiple":
        methods = [given.arg for given in call.node.keywords if given.arg is not None]
    if isinstance(first, ast.Constant):
        path = str(first.value)
        for method in methods if call.name == "multiple" else [""]:
            yield from _by_path(project, f"{path}.{method}" if method else path)
    elif methods:
        kinds = project.type_of(first, call.scope, facts).types
        for label in _labels(project, kinds):
            # See `surfaces.calls.in_place`.
            if label != ANY_MODEL or call.name != "setattr" or by_patch:
                yield from ((label, method) for method in methods if method in SIGNALS)


def _by_path(project: Project, path: str) -> Iterator[tuple[str, str]]:
    """The model and the method of `"shop.models.Order.save"`; of a class, `"shop.work.Order"`."""
    parts = path.split(".")
    place = next((n for n, part in enumerate(parts) if part in SIGNALS), None)
    owner = ".".join(parts[:place])
    if place is None and not parts[-1][:1].isupper():
        return
    for label in _labels(project, (ClassRef(project.symbols.canonical(owner) or owner),)):
        if place is not None or label != ANY_MODEL:
            yield label, parts[place] if place is not None else "the class"


def _mocked(project: Project, facts: FileFacts, call: CallSite) -> Iterator[tuple[str, str]]:
    """The model of a mock, `Mock(spec=Order)`, and what is asked of the mock below."""
    place = 0 if call.name == "create_autospec" else None
    spec = keyword(call.node, "spec", place) or keyword(call.node, "spec_set")
    around = call.parents[-1]
    targets = getattr(around, "targets", [getattr(around, "target", None)])
    names = {last_name(target) for target in targets} - {""}
    if spec is None or not names:
        return
    kinds = project.type_of(spec, call.scope, facts).types
    for scope in call.scope.inside():
        for attribute in scope.attributes:
            if attribute.attr in SIGNALS and last_name(attribute.value) in names:
                yield from ((label, attribute.attr) for label in _labels(project, kinds))


def _labels(project: Project, kinds: tuple[object, ...]) -> Iterator[str]:
    """Labels of the models whose class, object, manager or rows something is."""
    for kind in kinds:
        if isinstance(kind, (Manager, QuerySet)):
            yield kind.model
        elif isinstance(kind, (ClassRef, Instance)):
            model = project.models.by_class.get(kind.cls)
            if model is not None:
                yield from (each.label for each in project.models.concrete(model))
            elif kind.cls in _OF_ALL:
                yield ANY_MODEL
