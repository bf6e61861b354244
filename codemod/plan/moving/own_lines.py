"""Lines that each module has for itself: of its logger, of a model that it looks up.

log = getLogger(__name__)               both modules have the line, as far as both read it
User = get_user_model()
Order = get_model("shop", "Order")
"""

from __future__ import annotations

import ast
import re

from codemod.facts.nodes import last_name
from codemod.plan.reading.names import LOGGERS

_PLAIN = ("get_user_model", *LOGGERS)
# Django's registry, and swapper; a project may have a `safe_get_model()` of its own above that.
_OF_MODELS = re.compile(r"(?:\w*_)?(?:get|load)_model")


def own_call(statement: ast.stmt | None) -> ast.Call | None:
    """The call in such a line, if the statement is one."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.Call):
        return None
    assert isinstance(statement, ast.Assign)
    found = last_name(value.func) in _PLAIN or _is_named_after(statement.targets, value)
    return value if found else None


def looks_up_model(call: ast.Call) -> bool:
    """Whether a call asks for a model by its name."""
    return _OF_MODELS.fullmatch(last_name(call.func)) is not None


def is_lookup(value: ast.expr) -> bool:
    """Whether it does nothing but look something up: idle where nothing reads its name."""
    name = last_name(value.func if isinstance(value, ast.Call) else value)
    return name in (*_PLAIN, "AUTH_USER_MODEL") or _OF_MODELS.fullmatch(name) is not None


def is_inert(value: ast.expr) -> bool:
    """Whether a value at the top of a module does nothing where nobody reads its name."""
    return isinstance(value, ast.Constant) or is_lookup(value)


def own_names(module: ast.Module) -> list[str]:
    """The names that such values have at the top of a module."""
    lines = (s for s in module.body if isinstance(s, ast.Assign) and is_inert(s.value))
    return [t.id for line in lines for t in line.targets if isinstance(t, ast.Name)]


def finds_model(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but ask Django's registry for a model."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.Call):
        return False
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    names = [n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    if last_name(value.func) == "get_user_model":
        return not given
    whole = len(names) == 2 or (len(names) == 1 and "." in names[0])
    return last_name(value.func) == "get_model" and whole and len(names) == len(given)


def _is_named_after(targets: list[ast.expr], call: ast.Call) -> bool:
    """Whether a name is that of the model that a call looks up by it."""
    given = [a.value for a in call.args if isinstance(a, ast.Constant)]
    if not given or len(given) < len(call.args) or call.keywords:
        return False
    name = str(given[-1]).rpartition(".")[2]
    named = [target.id for target in targets if isinstance(target, ast.Name)]
    return looks_up_model(call) and named == [name]
