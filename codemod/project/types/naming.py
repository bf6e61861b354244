"""The last resort: an object named after a model, and used as one.

def take(item, amount):        `item` is an Item: the file knows the class, `amount` is a
    item.amount -= amount      field of it, and nothing speaks against it.
    item.save()
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Tier
from codemod.project.model_tables import Model
from codemod.project.types.uses import attributes_used, text_of
from codemod.project.types.veto import could_be

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_SAYS_NOTHING = frozenset(("pk", "id", "save", "delete", "asave", "adelete", "objects"))


def by_name(engine: Engine, call: CallSite, facts: FileFacts) -> Answer | None:
    """The model that the object of `x.save()` is named after, if its use bears that out."""
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return None
    expr = function.value
    if isinstance(expr, ast.Name):
        name = expr.id
    elif isinstance(expr, ast.Attribute):
        name = expr.attr
    else:
        return None
    owner = call.scope.function() or call.scope
    uses = attributes_used(engine, owner).get(text_of(expr), set())
    used = {attr for attr, _ in uses} - _SAYS_NOTHING
    known = by_snake(engine)
    exact = known.get(name)
    for models in [exact] if exact else [_by_ending(known, name)]:
        fitting = [
            model
            for model in models
            if any(attr in model.fields for attr in used)
            and _is_known_here(engine, model, facts)
            and could_be(engine, call, facts, model.label)
        ]
        if len(fitting) == 1:
            return _named_after(engine, fitting[0], used)
        if fitting:
            return None
    return None


def _named_after(engine: Engine, model: Model, used: set[str]) -> Answer:
    """A model's objects; those of its parent, where only fields of the parent's table are used."""
    fields = sorted(used & set(model.fields))
    own = [attr for attr in fields if model.fields[attr].model == model.label]
    attr = (own or fields)[0]
    owner = engine.models.get(model.fields[attr].model) or model
    kinds = dict.fromkeys((*engine.declared(model.name), *engine.declared(owner.name)))
    reason = f"named after {model.label}, whose field {attr} is used"
    return Answer(tuple(kinds), Tier.INFERRED, reason)


def by_snake(engine: Engine) -> dict[str, list[Model]]:
    """The concrete models by the names that objects of theirs are given."""
    table = engine.tables.get("models by name")
    if isinstance(table, dict):
        return table
    found: dict[str, list[Model]] = {}
    for model in engine.models.by_label.values():
        cls = model.label.rpartition(".")[2]
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls).lower()
        for name in {snake, cls.lower()}:
            found.setdefault(name, []).append(model)
    engine.tables["models by name"] = found
    return found


def _by_ending(known: dict[str, list[Model]], name: str) -> list[Model]:
    """The models of `stable_version`, `new_order`: the longest name at its end."""
    parts = name.split("_")
    for start in range(1, len(parts)):
        models = known.get("_".join(parts[start:]))
        if models:
            return models
    return []


def _is_known_here(engine: Engine, model: Model, facts: FileFacts) -> bool:
    """Whether the file imports the model's class, or is of its app."""
    app = engine.project.app_of(facts.path)
    if app is not None and model.file and engine.project.app_of(model.file) == app:
        return True
    cls = model.name.rpartition(".")[2]
    return any(
        binding.target is not None and engine.symbols.canonical(binding.target) == model.name
        for binding in facts.imports
        if binding.name == cls or (binding.target or "").endswith(f".{cls}")
    )
