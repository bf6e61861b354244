"""What the arguments of a registration name: signals, and the label of the sender."""

from __future__ import annotations

import ast
import re

from codemod.facts.nodes import is_none, last_name
from codemod.project.registrations.terms import Reader, Term
from codemod.values.account import SIGNALS

PREFIX = "django.db.models.signals."
_MODELS_MODULE = re.compile(r"(?:^|\.)(\w+)\.(?:models|abstract_models)\.(?:\w+\.)*([A-Z]\w*)$")
_DEPTH = 12


def signal_of(reader: Reader, term: Term) -> str | None:
    """The ORM signal a term names; "" for another thing, None where that can't be decided."""
    for _ in range(_DEPTH):
        dotted = reader.dotted(term)
        if dotted is not None and dotted.startswith(PREFIX):
            name = dotted.removeprefix(PREFIX)
            return name if name in SIGNALS else ""
        after = reader.step(term)
        if after is None:
            break
        term = after
    expr = term.expr
    if dotted is not None or isinstance(expr, (ast.Attribute, ast.Constant)):
        return ""
    if isinstance(expr, ast.Name) and not reader.project.symbols.bindings(expr.id, term.scope):
        return ""
    if isinstance(expr, ast.Call):  # `Signal()`, or something that hands one out
        return None if isinstance(expr.func, ast.Name) and expr.func.id == "getattr" else ""
    return None


def signals_of(reader: Reader, term: Term) -> list[str | None]:
    """The ORM signals that the first argument of `receiver` names, in order."""
    found = signal_of(reader, term)
    if found:
        return [found]
    items = reader.elements(term)
    if items is None:
        return [] if found == "" else [None]
    signals = [signal_of(reader, item) for item in items]
    return [signal for signal in signals if signal != ""]


def sender_of(reader: Reader, term: Term | None) -> str | None:
    """The label of a sender, None for every sender, "?" where it can't be decided."""
    if term is None:
        return None
    settled = reader.settled(term)
    if is_none(settled.expr):
        return None
    return label_of(reader, term) or "?"


def label_of(reader: Reader, term: Term, depth: int = 0) -> str | None:
    """The label of the model that a term is."""
    if depth > _DEPTH:
        return None
    value = reader.given(term)
    if value is not None:
        return label_of(reader, value, depth + 1)
    expr = term.expr
    if isinstance(expr, ast.Attribute) and expr.attr == "through":
        found = _through(reader, term.at(expr.value), depth)
        if found is not None:
            return found
    if isinstance(expr, ast.Call):
        found = _got(reader, term, expr)
        if found is not None:
            return found
    found = reader.project.models.label_of(expr, term.scope, term.facts)
    if found is not None:
        return found
    after = reader.step(term)
    if after is not None:
        found = label_of(reader, after, depth + 1)
    return found or _external(reader, term)


def _through(reader: Reader, term: Term, depth: int) -> str | None:
    """The table behind `Order.tags`, from either side of the relation."""
    field = term.expr
    if not isinstance(field, ast.Attribute):
        after = reader.step(term)
        return _through(reader, after, depth + 1) if after and depth <= _DEPTH else None
    models = reader.project.models
    label = label_of(reader, term.at(field.value), depth + 1)
    model = models.get(label) if label is not None else None
    if label is None:
        return None
    if model is not None:
        found = model.fields.get(field.attr)
        if found is not None and found.through is not None:
            return found.through
        reverse = models.relations(label).get(field.attr)
        if reverse is not None and reverse.field.through is not None:
            return reverse.field.through
        if found is not None and not found.is_relation and found.cls is not None:
            if not reader.project.modules.knows(found.cls):  # a package's with a table
                return f"{found.model}_{found.name}"
    if model is None or model.external:  # Django names an automatic table after its field
        return f"{label}_{field.attr}"
    return None


def _got(reader: Reader, term: Term, call: ast.Call) -> str | None:
    """`get_model(...)` whose arguments are given by a loop, or asked of the app's own config."""
    function = call.func
    if last_name(function) not in ("get_model", "load_model"):
        return None
    arguments = [*call.args, *(k.value for k in call.keywords if k.arg != "require_ready")]
    words = [reader.constant(term.at(argument)) for argument in arguments]
    texts = [word for word in words if isinstance(word, str)]
    if len(texts) != len(words):
        return None
    models = reader.project.models
    if len(texts) == 1 and "." not in texts[0]:  # self.get_model("Order")
        owner = reader.class_of(term)
        if owner is None or not isinstance(function, ast.Attribute):
            return None
        if not isinstance(function.value, ast.Name) or function.value.id != "self":
            return None
        app = reader.project.app_of(term.facts.path)
        texts = [app.label, *texts] if app is not None else []
    text = ".".join(texts)
    if text.count(".") != 1:
        return None
    known = models.get(text)
    return known.label if known is not None else text


def _external(reader: Reader, term: Term) -> str | None:
    """The label of a package's model, by its usual layout: `package.models.Model`."""
    dotted = reader.dotted(term)
    if dotted is None or reader.project.modules.knows(dotted):
        return None
    match = _MODELS_MODULE.search(dotted)
    return f"{match[1]}.{match[2]}" if match is not None else None
