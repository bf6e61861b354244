"""Imports that only work in one order."""

from __future__ import annotations

from codemod.checks.cycles import check_cycles

MODELS, SERVICES, VIEWS = "shop.models", "shop.services", "shop.views"


def cycles(before: dict[str, set[str]], after: dict[str, set[str]]) -> list[tuple[str, str]]:
    failures = check_cycles(before, after)
    assert all((failure.check, failure.line) == ("cycles", 0) for failure in failures)
    return [(failure.file, failure.message) for failure in failures]


def test_new_imports_in_one_direction_pass() -> None:
    assert cycles({VIEWS: {MODELS}}, {VIEWS: {MODELS, SERVICES}, SERVICES: {MODELS}}) == []


def test_a_new_cycle_is_named_once_where_its_import_is() -> None:
    before = {SERVICES: {MODELS}, MODELS: set[str]()}
    assert cycles(before, {SERVICES: {MODELS}, MODELS: {SERVICES}}) == [
        (MODELS, "import cycle: shop.models -> shop.services -> shop.models")
    ]
    assert cycles({}, {SERVICES: {MODELS}, MODELS: {SERVICES}}) == [
        (MODELS, "import cycle: shop.models -> shop.services -> shop.models")
    ]


def test_a_long_way_round() -> None:
    before = {"a": {"b"}, "b": {"c"}}
    after = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set[str]()}
    assert cycles(before, after) == [("c", "import cycle: c -> a -> b -> c")]


def test_a_cycle_that_was_there_passes() -> None:
    graph = {"a": {"b"}, "b": {"a"}}
    assert cycles(graph, graph) == []
    assert cycles(graph, {**graph, "c": {"a"}}) == []


def test_a_new_import_within_an_old_cycle() -> None:
    before = {"a": {"b"}, "b": {"c"}, "c": {"a"}}
    after = {"a": {"b"}, "b": {"c", "a"}, "c": {"a"}}
    assert cycles(before, after) == [("b", "import cycle: b -> a -> b")]


def test_a_module_that_imports_itself() -> None:
    assert cycles({}, {SERVICES: {SERVICES}}) == [
        (SERVICES, "import cycle: shop.services -> shop.services")
    ]


def test_modules_are_shown_by_their_files() -> None:
    (failure,) = check_cycles({}, {"a": {"b"}, "b": {"a"}}, {"a": "src/a.py"})
    assert (failure.file, failure.message) == ("src/a.py", "import cycle: a -> b -> a")
