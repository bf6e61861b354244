"""A run goes on from its own result until another one would have nothing to do.

What stands in the way of a receiver may go with another one. A second run on the result would then
go on from there: it is made at once, as another round of the same run, and all rounds together are
one migration of the files as they were read. What a round would change without getting any further
is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from codemod.pipeline import Run, read_project, settle
from codemod.plan.plan import Options
from codemod.source.files import decode
from codemod.values.account import Connection, Decision, Fate, Firing, Reason
from codemod.values.files import Change
from codemod.values.span import Span

_FATES = (Fate.KEEP, Fate.DELEGATE, Fate.RETIRE)  # the further the better

Line = Callable[[str, int], int]
"""The line of a file, as it was read, that stands where a line of its new text does."""


def complete(run: Run, options: Options) -> Run:
    """The run with all that comes after it, as one. `options`: what the user asked for."""
    rounds = [run]
    while (further := follow(rounds[-1], options)) is not None:
        stuck = _stuck(rounds, further)
        if stuck:
            message = "another run would change it again"
            options = options.withholding(dict.fromkeys(stuck, message))
            return complete(settle(run.repository, run.project, options), options)
        rounds.append(further)
    return joined(rounds)


def follow(run: Run, options: Options) -> Run | None:
    """The next round, on the files as a run leaves them; None if it has nothing to do."""
    if not run.changes:
        return None
    repository = run.repository.changed(run.changes)
    project = read_project(repository, earlier=run.project)
    if run.project.stated is not None:
        project.stated = run.project.stated.without({change.path for change in run.changes})
    further = settle(repository, project, options)
    goes_on = any(decision.fate is not Fate.KEEP for decision in further.plan.decisions)
    return further if further.changes and goes_on else None


def joined(rounds: Sequence[Run]) -> Run:
    """Rounds as one run, whose places are those of the files as they were read."""
    first, *later = rounds
    if not later:
        return first
    decisions = {decision.receiver.name: decision for decision in first.plan.decisions}
    changes: dict[str, Change] = {change.path: change for change in first.changes}
    for run in later:
        line = _lines_before(changes.values())
        for decision in run.plan.decisions:
            if decision.fate is not Fate.KEEP:
                decisions[decision.receiver.name] = _Back(line).decision(decision)
        for change in run.changes:
            before = changes.get(change.path, change).before
            changes[change.path] = replace(change, before=before)
    kept = sorted((c for c in changes.values() if c.before != c.after), key=lambda c: c.path)
    plan = replace(first.plan, decisions=tuple(decisions.values()))
    return replace(first, plan=plan, changes=tuple(kept), failures=later[-1].failures)


def _stuck(rounds: Iterable[Run], further: Run) -> list[str]:
    """The receivers that a round would change without getting any further with them."""
    reached: dict[str, int] = {}
    for decision in (decision for run in rounds for decision in run.plan.decisions):
        name, fate = decision.receiver.name, _FATES.index(decision.fate)
        reached[name] = max(fate, reached.get(name, fate))
    return [
        decision.receiver.name
        for decision in further.plan.decisions
        if decision.fate is not Fate.KEEP
        and _FATES.index(decision.fate) <= reached.get(decision.receiver.name, len(_FATES))
    ]


def _lines_before(changes: Iterable[Change]) -> Line:
    """Where the lines of the changed files stood before."""
    changed = {change.path: change for change in changes}

    @cache
    def blocks(path: str) -> Sequence[tuple[str, int, int, int, int]]:
        change = changed[path]
        old, new = (
            decode(path, data or b"").text.splitlines() for data in (change.before, change.after)
        )
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()

    def line(path: str, number: int) -> int:
        if path not in changed or changed[path].before is None:
            return number
        for kind, old, _, new, end in blocks(path):
            if new < number <= end:
                return old + number - new if kind == "equal" else max(old, 1)
        return number

    return line


@dataclass(frozen=True)
class _Back:
    """Values with the lines of the files as they were read; words that tell a line are left."""

    line: Line

    def decision(self, decision: Decision) -> Decision:
        """Of a receiver and all that fires it."""
        receiver = decision.receiver
        moved = replace(
            receiver,
            line=self.line(receiver.file, receiver.line),
            span=self.span(receiver.file, receiver.span),
            connections=tuple(map(self.connection, receiver.connections)),
        )
        return replace(
            decision,
            receiver=moved,
            reasons=tuple(map(self.reason, decision.reasons)),
            notes=tuple(map(self.reason, decision.notes)),
            firings=tuple(map(self.firing, decision.firings)),
        )

    def connection(self, connection: Connection) -> Connection:
        return replace(connection, line=self.line(connection.file, connection.line))

    def reason(self, reason: Reason) -> Reason:
        return replace(reason, line=self.line(reason.file, reason.line))

    def firing(self, firing: Firing) -> Firing:
        span = firing.span
        return firing if span is None else replace(firing, span=self.span(firing.file, span))

    def span(self, file: str, span: Span) -> Span:
        first, last = self.line(file, span.line), self.line(file, span.end_line)
        return replace(span, line=first, end_line=max(first, last))
