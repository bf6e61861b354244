"""Objects that have a row, and get another key on the way to their save.

    def clean(self):                            run by `page.full_clean()`, and by every form
        self.slug = slugify(self.title)

    def rename(page, slug):                     rename(page, "new"); page.save()
        page.slug = slug

    @receiver(pre_save, sender=Page)            run within every save: nothing asks in between
    def set_slug(sender, instance, **kwargs):
        instance.slug = slugify(instance.title)

Their save makes a row (SEMANTICS 1.34). What only fills an empty key, `if not self.slug`, gives
none to an object that has a row.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass

from codemod.facts.nodes import is_name, is_none, parents
from codemod.facts.tables import FileFacts, FunctionDef, Scope, Store
from codemod.project.project import Project
from codemod.project.types.resets import keyings, rekeyed
from codemod.surfaces.objects.flow import AUTO, key_names

# Model.full_clean() calls the rest (django/db/models/base.py), and a form calls that
# (BaseModelForm._post_clean() of django/forms/models.py).
CHECKS = ("clean", "clean_fields", "full_clean")


def renaming(project: Project, models: tuple[str, ...]) -> frozenset[str]:
    """The names of the functions, methods and properties that may give an object of some models
    another key."""
    keys, known = key_names(project, models), project.once(_renaming)
    named = {name for name, given in known.items() if not keys.isdisjoint(given)}
    return frozenset((*named, *(CHECKS if cleans(project, models) else ())))


def cleans(project: Project, models: tuple[str, ...]) -> bool:
    """Whether a model gives its object another key where that is checked, as forms do."""
    return any(
        found is not None and any(_renames(found[1], "self", natural_keys(project, label)))
        for label in models
        for name in CHECKS
        for found in [project.classes.method(project.models.by_label[label].name, name)]
    )


@dataclass(frozen=True)
class Renaming:
    """A line of a receiver that gives its instance another key."""

    receiver: str
    file: str
    line: int


def renamed_in_save(project: Project, label: str) -> Iterator[Renaming]:
    """What gives an object of a model another key within its save: receivers for `pre_save`."""
    keys = natural_keys(project, label)
    for found in project.receivers if keys else ():
        sent = any(c.signal == "pre_save" and c.sender == label for c in found.receiver.connections)
        if sent and found.function is not None:
            for store in _renames(found.function, "instance", keys):
                yield Renaming(found.receiver.name, found.facts.path, store.target.lineno)


def natural_keys(project: Project, label: str) -> frozenset[str]:
    """The attributes of a model's key, if that is one of the project's own values."""
    key = project.models.by_label[label].pk
    if key is None or key.default or key.kind in AUTO:
        return frozenset()
    return frozenset(("pk", key.name, f"{key.name}_id"))


def _renaming(project: Project) -> dict[str, set[str]]:
    """The functions that may give a parameter another key, by their names, with those keys. What a
    class that is no model's gives its own objects is none."""
    found: dict[str, set[str]] = {}
    for facts, function, store in project.once(keyings):
        name = function.node.name
        own = is_name(_owner(store), "self") and not _is_of_model(project, facts, function.outer)
        if name not in ("__init__", "save", "asave", *CHECKS) and not own:
            if not _only_fills(function, store):
                found.setdefault(name, set()).add(_key(store))
    return found


def _is_of_model(project: Project, facts: FileFacts, scope: Scope) -> bool:
    """Whether a class is a model, or what one comes from."""
    info = project.class_of(facts, scope) if scope.kind == "class" else None
    return info is not None and any(
        heir in project.models.by_class for heir in project.classes.heirs(info.name)
    )


def _renames(function: FunctionDef, name: str, keys: Set[str]) -> Iterator[Store]:
    """Where a function gives an object one of some keys, whatever key that has."""
    for store in function.scope.stores:
        if is_name(rekeyed(store.target, keys), name) and not _only_fills(function, store):
            yield store


def _owner(store: Store) -> ast.expr | None:
    """The object whose key an assignment changes."""
    return rekeyed(store.target, {_key(store)})


def _key(store: Store) -> str:
    """The key that an assignment changes, itself or in the object's `__dict__`."""
    target = store.target
    return target.attr if isinstance(target, ast.Attribute) else getattr(target.slice, "value", "")


def _only_fills(function: FunctionDef, store: Store) -> bool:
    """Whether an assignment only gives a key to an object that has none."""
    key, value = ast.unparse(store.target), store.value
    if isinstance(value, ast.BoolOp) and ast.unparse(value.values[0]) == key:
        return isinstance(value.op, ast.Or)
    above = parents(function.node)
    node: ast.AST = store.target
    while node in above:
        node = above[node]
        if isinstance(node, ast.If) and _is_missing(node.test, key):
            return store.target.lineno >= node.body[0].lineno
    return False


def _is_missing(test: ast.expr, key: str) -> bool:
    """Whether a test holds only where there is no key: `not self.slug`, `self.slug is None`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_is_missing(value, key) for value in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ast.unparse(test.operand) == key
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], (ast.Is, ast.Eq)):
        return False
    empty = is_none(test.comparators[0]) or getattr(test.comparators[0], "value", None) == ""
    return empty and ast.unparse(test.left) == key
