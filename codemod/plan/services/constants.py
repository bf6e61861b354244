"""Arguments that every call of a service gives the same value: the service says it for itself.

seat(team, reverse=False)      ->      seat(team)
seat(club, reverse=False)              seat(club)
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace

from codemod.plan.case import Case
from codemod.plan.decide import Decider
from codemod.plan.services.aggregate import Aggregator
from codemod.plan.services.folded import SAID, Value
from codemod.plan.services.relation_services import design_all
from codemod.plan.services.service import Service, Undesignable
from codemod.syntax.older import tree_of
from codemod.values.edits import AddImport, FileEdits, Move
from codemod.values.span import Span

FOLDED = {"created", "update_fields", *SAID}
Told = dict[str, Value]


def say_constants(
    decider: Decider,
    files: Iterable[FileEdits],
    aggregators: Iterable[Aggregator],
    changed: set[tuple[str, Span]],
) -> bool:
    """Design the services of receivers that go without the arguments that are the same in all their
    calls, which `files` hold; whether there are any.

    `changed`: the places of sites and direct calls. What has one inside is left as it is.
    """
    through: dict[str, list[str]] = defaultdict(list)
    for each in aggregators:
        for member in each.members:
            through[member.dotted].append(each.name)
    # Such a function hands on what it is told.
    handing = tuple(f"def {each.name}(" for each in aggregators)
    codes = [code for file in files for edit in file.edits for code in _codes(edit)]
    codes = [code for code in codes if not code.startswith(handing)]
    aliased = {
        edit.name
        for file in files
        for edit in file.edits
        if isinstance(edit, AddImport) and edit.alias is not None
    }
    found = False
    for case in decider.cases.values():
        service = case.service
        if not case.goes or service is None or len(case.services) > 1:
            continue
        if not FOLDED & {*service.flags} or service.name in {*aliased, *decider.desk.shared_names}:
            continue
        span = case.receiver.span
        if any(file == case.receiver.file and span.contains(place) for file, place in changed):
            continue
        told = _told(codes, service, through[service.dotted])
        said = _without(decider, case, service, told)
        if said is not None:
            case.services = (said,)
            decider.roster.services = {**decider.roster.services, case.receiver.name: (said,)}
            found = True
    return found


def _without(decider: Decider, case: Case, service: Service, told: Told) -> Service | None:
    """The service without arguments that are told, if it can do without any."""
    if not told:
        return None
    designed = design_all(decider.project, case.found, {}, told)
    if isinstance(designed, Undesignable) or len(designed) > 1:
        return None
    [said] = designed
    fewer = len(said.flags) < len(service.flags)
    return replace(said, name=service.name) if fewer else None


def _told(codes: Iterable[str], service: Service, through: Iterable[str]) -> Told:
    """The arguments that have one value in all calls of a service, if all can be seen. `through`:
    the functions that call it, and others, and hand on what they are told."""
    flags = [flag for flag in service.flags if flag in FOLDED]
    given = [_given(codes, name, flags) for name in (service.name, *through)]
    told: Told = {}
    for flag in flags:
        seen = {value for values in given for value in values[flag]}
        try:
            [value] = (ast.literal_eval(text) for text in seen)
        except (ValueError, SyntaxError):
            continue
        if value is None or isinstance(value, (bool, str)):
            told[flag] = value
    return told


def _given(codes: Iterable[str], name: str, flags: list[str]) -> dict[str, set[str]]:
    """What the calls of a function give for arguments, as code: "" where that can't be told, as
    where it is mentioned otherwise."""
    named = re.compile(rf"(?<!def )\b{re.escape(name)}\b")
    values: dict[str, set[str]] = {flag: set() for flag in flags}
    for code in codes:
        mentions = len(named.findall(code))
        calls = [*_calls(code, name)] if mentions else []
        if len(calls) != mentions:
            return {flag: {""} for flag in flags}
        for call in calls:
            given = {k.arg: ast.unparse(k.value) for k in call.keywords}
            for flag, seen in values.items():
                seen.add(given.get(flag, ""))
    return values


def _calls(code: str, name: str) -> Iterator[ast.Call]:
    """The calls of a function in a piece of code, if that parses on its own."""
    try:
        tree = tree_of(textwrap.dedent(code))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called == name:
                yield node


def _codes(edit: object) -> Iterator[str]:
    """The code that an edit writes, but for imports and for what it only moves."""
    if isinstance(edit, str):
        yield edit
    elif isinstance(edit, Move):
        for inner in edit.edits:
            yield from _codes(inner)
    elif isinstance(edit, tuple):
        for inner in edit:
            yield from _codes(inner)
    elif is_dataclass(edit) and not isinstance(edit, (AddImport, Span, type)):
        for each in fields(edit):
            yield from _codes(getattr(edit, each.name))
