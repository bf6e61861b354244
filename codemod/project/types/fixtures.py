"""Test functions' parameters that pytest fills in by their name."""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, FunctionDef
from codemod.project import roles
from codemod.project.answers import Answer, ClassRef, Collection, Tier, Type
from codemod.project.types.arguments import decorators
from codemod.project.types.functions import called, results_of
from codemod.project.types.kinds import PENDING, one, other, union, weaker

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_Fixtures = dict[str, list[tuple[FileFacts, FunctionDef]]]
_KNOWN = frozenset(
    """
    client admin_client async_client rf db settings live_server mailoutbox monkeypatch mocker capsys
    caplog tmp_path tmpdir request transactional_db django_assert_num_queries
    django_assert_max_num_queries django_db_setup django_db_blocker
    """.split()
)


def parameter(engine: Engine, function: FunctionDef, name: str, facts: FileFacts) -> Answer | None:
    """The fixture that a test's or a fixture's parameter names."""
    is_fixture = any("fixture" in d for d in decorators(function))
    if not is_fixture and not function.node.name.startswith(("test", "setup", "_setup")):
        return None
    if not is_fixture and "test" not in facts.path:
        return None
    found = _visible(engine, name, facts, function if is_fixture else None)
    if found:
        return union(_given(engine, place, fixture) for place, fixture in found[:3])
    made = _registered(engine, name)
    if made is not None:
        return made
    if name in ("admin_user", "user_admin"):
        return engine.user("fixture admin_user")
    if name == "django_user_model":
        return one(engine.class_ref(engine.user_label), "fixture django_user_model")
    return other(f"fixture {name}") if name in _KNOWN else None


def _given(engine: Engine, facts: FileFacts, fixture: FunctionDef) -> Answer:
    answer = called(engine, facts, fixture, None)
    if answer is PENDING:
        return PENDING
    if results_of(engine, fixture)[1]:
        items = tuple(t for k in answer.types if isinstance(k, Collection) for t in k.of)
        answer = Answer(items, answer.tier, answer.reason)
    return weaker(answer, Tier.INFERRED, f"fixture {fixture.node.name}")


def _visible(
    engine: Engine, name: str, facts: FileFacts, asking: FunctionDef | None
) -> list[tuple[FileFacts, FunctionDef]]:
    """The fixtures of a name in the file, else the nearest conftest, else anywhere."""
    found = [(f, fn) for f, fn in _all(engine).get(name, ()) if fn is not asking]
    same = [item for item in found if item[0] is facts]
    if same:
        return same
    near = [
        item
        for item in found
        if posixpath.basename(item[0].path) == "conftest.py"
        and f"{facts.path}".startswith(posixpath.dirname(item[0].path))
    ]
    if near:
        return [max(near, key=lambda item: len(item[0].path))]
    return found


def _all(engine: Engine) -> _Fixtures:
    known = engine.tables.get("fixtures")
    if isinstance(known, dict):
        return known
    table: _Fixtures = {}
    for facts in engine.project.read():
        if "fixture" not in facts.text:
            continue
        for function in facts.functions:
            for decorator in function.node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                inner = call.func if call is not None else decorator
                if "fixture" not in getattr(inner, "attr", getattr(inner, "id", "")):
                    continue
                stated = [k.value for k in call.keywords if k.arg == "name"] if call else []
                name = getattr(stated[0], "value", None) if stated else function.node.name
                table.setdefault(str(name), []).append((facts, function))
    engine.tables["fixtures"] = table
    return table


def _registered(engine: Engine, name: str) -> Answer | None:
    """What `pytest_factoryboy.register(OrderFactory)` makes a fixture of."""
    kind = registered(engine).get(name)
    return one(kind, f"fixture {name}") if kind is not None else None


def registered(engine: Engine) -> dict[str, Type | None]:
    """The fixtures of factories and of their objects. Where `register()` is called for a class
    that can't be told, in a loop, it may be any factory of the project."""
    table: dict[str, Type | None] | None = engine.tables.get("factory fixtures")
    if table is None:
        table = engine.tables["factory fixtures"] = {}
        for facts in engine.project.read():
            if "pytest_factoryboy" in facts.text:
                for call in facts.named("register"):
                    table |= _made_by(engine, call, facts)
    return table


def _made_by(engine: Engine, call: CallSite, facts: FileFacts) -> dict[str, Type | None]:
    """The fixtures of one call of `register()`: the factory's own and that of its object."""
    if not call.node.args:
        return {}
    found: dict[str, Type | None] = {}
    told = engine.symbols.resolve(call.node.args[0], call.scope, facts)
    for factory in engine.classes.subclasses("factory.Factory") if told is None else (told,):
        label = roles.model_of(engine.project, factory)
        if label is not None:
            stated = call.node.args[1] if len(call.node.args) > 1 else None
            text = getattr(stated, "value", None) or _snake(label.rpartition(".")[2])
            found[str(text)] = engine.instance(label)
            found[_snake(factory.rpartition(".")[2])] = ClassRef(factory)
    return found


def _snake(text: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(text))
