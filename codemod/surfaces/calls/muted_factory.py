"""Factories that are called while `mute_signals` is on.

    with mute_signals(post_save):       ->   member = MemberFactory(name="old", with_card=False)
        member = MemberFactory(name="old")

A muted signal runs no receiver, but `mute_signals` can't mute a plain call. So the factory's
`_create` gets a switch that is on by default, and the muted calls turn it off. The block goes
where nothing else is left to mute. Whatever else saves in such a block, or may, has no switch: it
blocks the receivers that were muted there, with the code `muted-factory`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import all_given
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import factories, found
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.edits import Edit, Replace, Unwrap

NOTE = "muted"
CODE = "muted-factory"

MAKES = ("create", "create_batch")
BUILDS = ("build", "build_batch", "stub", "stub_batch")
WRITES = (
    "save", "create", "get_or_create", "update_or_create", "delete", "asave", "acreate", "adelete",
)  # fmt: skip
HARMLESS = frozenset(
    """
    get filter exclude count exists first last all order_by values values_list none only defer
    refresh_from_db format append extend join strip lower upper items keys now today date time
    datetime timedelta Decimal uuid4 reverse Mock MagicMock encode decode replace split
    bulk_create bulk_update update select_related prefetch_related full_clean clean mute_signals
    """.split()
)


@dataclass(frozen=True)
class Muting:
    """A stretch of code in which signals are muted."""

    facts: FileFacts
    call: CallSite  # of mute_signals
    signals: tuple[str, ...]
    body: tuple[ast.stmt, ...]  # empty: it can't be told


def mutings(project: Project) -> tuple[Muting, ...]:
    """Every use of `mute_signals` but those on factory classes."""
    return project.once(_mutings)


def _mutings(project: Project) -> tuple[Muting, ...]:
    found: list[Muting] = []
    for facts in project.read():
        for call in facts.calls if "mute_signals" in facts.text else ():
            if project.symbols.resolve(call.node.func, call.scope, facts) == factories.MUTE:
                body = _muted(project, facts, call)
                if body is not None:
                    signals = factories.signals_of(project, call.node, call.scope, facts)
                    found.append(Muting(facts, call, signals, tuple(body)))
    return tuple(found)


def _muted(project: Project, facts: FileFacts, call: CallSite) -> list[ast.stmt] | None:
    """The statements that a use is around, none where it can't be told; None: it mutes a factory
    without methods of its own."""
    statement = call.statement
    if isinstance(statement, ast.With):
        used = any(item.context_expr is call.node for item in statement.items)
        return statement.body if used else []
    if isinstance(statement, ast.ClassDef) and _is_factory(project, facts, statement):
        return [s for s in statement.body if isinstance(s, ast.FunctionDef)] or None
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return statement.body if call.node in statement.decorator_list else []
    return []


def _is_factory(project: Project, facts: FileFacts, statement: ast.ClassDef) -> bool:
    every = factories.all_of(project)
    return any(c.facts is facts and c.definition.node is statement for c in every)


def find(project: Project, surface: str) -> Iterator[Site]:
    """The calls of factories that are muted, and all else that is and can't be silenced."""
    for muting in mutings(project):
        if not muting.body:
            yield _unknown(surface, muting, muting.call)
        for call in _calls(muting):
            yield from _call(project, surface, muting, call)
    for cls in factories.all_of(project):
        silent = factories.muted(project, cls.name)
        if silent:
            yield from _parts(project, surface, cls.name, silent, None)


def _calls(muting: Muting) -> Iterator[CallSite]:
    lines = muting.facts.lines
    spans = [lines.span(statement) for statement in muting.body]
    for call in muting.facts.calls:
        if any(span.contains(lines.span(call.node)) for span in spans):
            yield call


def made_by(project: Project, facts: FileFacts, call: CallSite) -> str | None:
    """The factory whose objects a call saves."""
    function = call.node.func
    made = function
    if isinstance(function, ast.Attribute) and call.name in MAKES:
        made = function.value
    name = project.symbols.resolve(made, call.scope, facts)
    if name is None or project.classes.get(name) is None:
        return None
    return name if project.classes.is_subclass(name, factories.FACTORY) else None


def _call(project: Project, surface: str, muting: Muting, call: CallSite) -> Iterator[Site]:
    facts = muting.facts
    factory = made_by(project, facts, call)
    label = project.model_of(factory) if factory is not None else None
    signals = tuple(s for s in SAVE_SIGNALS if s in muting.signals)
    if factory is not None and label in project.models.by_label:
        assert label is not None
        yield from _parts(project, surface, factory, frozenset(muting.signals), call)
        own = tuple(s for s in signals if s not in factories.muted(project, factory))
        if own and not found.overrides(project, label, "save"):
            yield _site(surface, facts, call, (label,), own, NOTE, None)
        elif own:
            yield _site(surface, facts, call, (label,), own, "", CODE)
    elif call.name in WRITES and isinstance(call.node.func, ast.Attribute):
        answer = project.type_of(call.node.func.value, call.scope, facts)
        models = found.instances(project, answer) or found.queried(answer)
        signals = DELETE_SIGNALS if "delete" in call.name else SAVE_SIGNALS
        signals = tuple(s for s in signals if s in muting.signals)
        if signals and (models or not answer.known):
            yield _site(surface, facts, call, models, signals, "", CODE)
    elif not _is_harmless(project, facts, call):
        yield _unknown(surface, muting, call)


def _is_harmless(project: Project, facts: FileFacts, call: CallSite) -> bool:
    """Whether a call surely saves and deletes nothing."""
    if call.name in HARMLESS or call.name in BUILDS or call.name.startswith("assert"):
        return True
    if call.name == "add" and _only_relates(project, call):
        return True
    name = project.symbols.resolve(call.node.func, call.scope, facts) or ""
    if name.startswith(("builtins.", "factory.", "datetime.", "django.utils.")):
        return True
    answer = project.type_of(call.node.func, call.scope, facts)
    return any(isinstance(t, ClassRef) and t.cls in project.models.by_class for t in answer.types)


def _only_relates(project: Project, call: CallSite) -> bool:
    """Whether an `add()` can't be more than a set's or a related manager's, which saves none of
    the project's objects unless `bulk` says so (SEMANTICS 2.10, 4.1); django-taggit's saves its own
    models, which the project may have extended."""
    if any(keyword.arg in (None, "bulk") for keyword in call.node.keywords):
        return False
    return not any(
        call.name in cls.definition.methods
        or any(base.startswith("taggit.models.") for base in project.classes.mro(cls.name)[1:])
        for cls in project.classes
    )


def _parts(
    project: Project, surface: str, factory: str, silent: frozenset[str], call: CallSite | None
) -> Iterator[Site]:
    """Further objects that a muted factory makes with factories that aren't muted themselves."""
    info = project.classes.get(factory)
    assert info is not None
    for part in sorted(factories.parts(project, factory)):
        label = project.model_of(part) if part != "?" else None
        heard = silent - (factories.muted(project, part) if part != "?" else frozenset())
        signals = tuple(s for s in SAVE_SIGNALS if s in heard)
        if signals and (label is None or label in project.models.by_label):
            span = info.facts.lines.span(info.definition.node)
            yield Site(
                surface, info.file, span, (label,) if label else (), signals,
                Tier.PROVED if label else Tier.POSSIBLE, "true",
                "made by a part of a factory that is muted", code=CODE,
            )  # fmt: skip


def _unknown(surface: str, muting: Muting, call: CallSite) -> Site:
    """A place that may save anything."""
    facts = muting.facts
    signals = tuple(s for s in muting.signals if s in (*SAVE_SIGNALS, *DELETE_SIGNALS))
    return Site(
        surface, facts.path, facts.lines.span(call.node), (), signals, Tier.POSSIBLE, "dynamic",
        "may save something while signals are muted", code=CODE,
    )  # fmt: skip


def _site(
    surface: str,
    facts: FileFacts,
    call: CallSite,
    models: tuple[str, ...],
    signals: tuple[str, ...],
    note: str,
    code: str | None,
) -> Site:
    return Site(
        surface, facts.path, facts.lines.span(call.node), models, signals,
        Tier.PROVED if models else Tier.POSSIBLE, "true" if note else "dynamic",
        "saved while signals are muted", code=code, call=call, note=note,
    )  # fmt: skip


def silenced(project: Project, factory: str) -> bool:
    """Whether a factory, or one that comes from it, is called while signals are muted."""
    family = {info.name for info in factories.family(project, factory)}
    for muting in mutings(project):
        if "post_save" in muting.signals:
            if any(made_by(project, muting.facts, call) in family for call in _calls(muting)):
                return True
    return False


def switch(work: Work) -> str:
    """The switch for a factory's calls: `with_card` for `issue_card`."""
    if len(work.after) != 1:
        return "with_services"
    service = work.after[0].service.rpartition(".")[2]
    return f"with_{service.partition('_')[2] or service}"


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Turn the switch off, and take `mute_signals` out if it has nothing left to do."""
    call = site.call
    assert call is not None
    if work.before or any(c.only_created is not True for c in work.after):
        factory = made_by(desk.project, desk.project.known(site.file), call)
        if work.before or factory is None or factories.saves_again(desk.project, factory):
            return Blocked(CODE)
    facts = desk.project.known(site.file)
    if found.has_unpacking(call.node):
        return Blocked(CODE)
    span = facts.lines.span(call.node)
    text = _with_argument(facts, call.node, f"{switch(work)}=False")
    edits: list[Edit] = [Replace(span, text)]
    for muting in mutings(desk.project):
        if muting.facts is facts and call in list(_calls(muting)):
            if _is_done(desk.project, muting, site.models[0], len(work.after)):
                edits.append(_removal(muting))
    return Placed(tuple((site.file, edit) for edit in edits))


def _with_argument(facts: FileFacts, node: ast.Call, argument: str) -> str:
    """The source of a call with one argument more."""
    source = facts.lines.source(facts.lines.span(node))
    inner = source[:-1].rstrip()
    rest = source[len(inner) : -1]
    given = all_given(node)
    if not given:
        return f"{inner}{argument})"
    if "\n" not in rest:
        return f"{inner.removesuffix(',')}, {argument})"
    before = source.removesuffix(")").rstrip().rpartition("\n")[2]
    indent = before[: len(before) - len(before.lstrip())]
    return f"{inner.removesuffix(',')},\n{indent}{argument},{rest})"


def _is_done(project: Project, muting: Muting, label: str, calls: int) -> bool:
    """Whether every receiver that a stretch mutes goes with this site's calls."""
    mine = [
        r.receiver.name
        for r in project.receivers
        if any(c.signal in muting.signals for c in r.receiver.connections)
    ]
    senders = {
        c.sender
        for r in project.receivers
        for c in r.receiver.connections
        if c.signal in muting.signals
    }
    return senders == {label} and len(mine) == calls


def _removal(muting: Muting) -> Edit:
    statement, lines = muting.call.statement, muting.facts.lines
    if isinstance(statement, ast.With) and len(statement.items) == 1:
        return Unwrap(lines.span(statement))
    return Replace(lines.span(muting.call.node), "")
