"""A migration in steps, one for each receiver or for those that must go together.

Every state is planned from the files as they were read, for the receivers so far, and checked as
a whole. The last one is what `migrate --write` makes at one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from codemod.pipeline import Run, carry_out
from codemod.plan.plan import Options, Plan, make_plan
from codemod.values.account import Decision, Fate
from codemod.values.files import Change
from codemod.values.latest import Latest

# What keeps a receiver only until another has gone; the reason's text is the other's name.
_FOR_NOW = ("receiver-order", "shared-state", "until-commit")


@dataclass(frozen=True)
class Step:
    """What becomes of some receivers, and the changes since the step before."""

    decisions: tuple[Decision, ...]
    changes: tuple[Change, ...]
    run: Run  # all steps up to this one

    @property
    def names(self) -> tuple[str, ...]:
        """The receivers' names."""
        return tuple(decision.receiver.name for decision in self.decisions)


@dataclass
class Staircase:
    """The steps of a run that are taken, and those that are left."""

    whole: Run
    taken: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    fates: Mapping[str, Fate] = field(default_factory=dict)
    reached: Run | None = None
    latest: Latest = field(default_factory=Latest)
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._look_ahead(self.whole.plan)

    def next(self) -> Step | None:
        """The next step, or None at the top."""
        if not self.left:
            return None
        group, plan = self._group(self.left[0])
        run = self._carry_out([*self.taken, *group], plan)
        while run.failures and len(group) < len(self.left):
            group.append(next(name for name in self.left if name not in group))
            names = [*self.taken, *group]
            run = self._carry_out(names, self._plan(names, told=group))
        decisions = tuple(d for d in run.plan.decisions if d.receiver.name in group)
        return Step(decisions, _between(self.reached, run), run)

    def outcome(self) -> Run:
        """The run with the steps that were taken, and nothing else."""
        plan = self._plan(self.taken)
        return self._carry_out(self.taken, plan)

    def without_refused(self, options: Options) -> Options:
        """The options for what comes after these steps."""
        if not self.refused:
            return options
        names = {decision.receiver.name for decision in self.whole.plan.decisions}
        chosen = names if options.chosen is None else options.chosen
        return replace(options, chosen=frozenset(chosen - self.refused))

    def take(self, step: Step) -> None:
        """Go up."""
        self.taken += step.names
        self.left = [name for name in self.left if name not in step.names]
        self.reached = step.run

    def refuse(self, names: Iterable[str]) -> None:
        """Leave receivers as they are; others may have to stay with them."""
        self.refused |= set(names)
        self.left = [name for name in self.left if name not in self.refused]
        self._look_ahead(self._plan([*self.taken, *self.left], told=()))

    def _look_ahead(self, plan: Plan) -> None:
        self.fates = {d.receiver.name: d.fate for d in plan.decisions}
        ordered = sorted(plan.decisions, key=lambda d: (d.receiver.file, d.receiver.line))
        self.left = [
            d.receiver.name
            for d in ordered
            if d.fate is not Fate.KEEP and d.receiver.name not in self.taken
        ]

    def _group(self, name: str) -> tuple[list[str], Plan]:
        """The receivers that go next so that `name` can go: before it, or together with it.

        With the plan in which they do.
        """
        group = [name]
        while True:
            names = [*self.taken, *group]
            plan = self._plan(names, told=group)
            missing = self._missing(names, plan)
            if not missing:
                return group, plan
            first = missing[:1]
            names = [*self.taken, *first]
            plan = self._plan(names, told=first)
            if not self._missing(names, plan):
                return first, plan
            group.append(missing[0])

    def _missing(self, names: list[str], plan: Plan) -> list[str]:
        """Receivers without which those of a plan would not end as they do in the whole."""
        wrong = [
            d
            for d in plan.decisions
            if d.receiver.name in names and d.fate is not self.fates[d.receiver.name]
        ]
        if not wrong:
            return []
        told = [r.text for d in wrong for r in d.reasons if r.code in _FOR_NOW]
        senders = {c.sender for d in wrong for c in d.receiver.connections}
        near = [
            d.receiver.name
            for d in plan.decisions
            if not senders.isdisjoint(c.sender for c in d.receiver.connections)
        ]
        return [
            n
            for n in dict.fromkeys((*told, *near, *self.left))
            if n in self.left and n not in names
        ]

    def _plan(self, names: Iterable[str], told: Iterable[str] | None = None) -> Plan:
        """The plan for some receivers, with an account of those of `told`, of all if None."""
        return make_plan(
            self.whole.project,
            self._options(names),
            self.whole.plan.ground,
            None if told is None else frozenset(told),
        )

    def _carry_out(self, names: Iterable[str], plan: Plan) -> Run:
        whole = self.whole
        options = self._options(names)
        return carry_out(whole.repository, whole.project, options, plan, self.latest)

    def _options(self, names: Iterable[str]) -> Options:
        return replace(self.whole.options, chosen=frozenset(names))


def _between(before: Run | None, after: Run) -> tuple[Change, ...]:
    """The changes from one state to the next."""
    old = {} if before is None else {c.path: c for c in before.changes}
    new = {c.path: c for c in after.changes}
    changes = []
    for path in sorted({*old, *new}):
        original = (old.get(path) or new[path]).before
        first = old[path].after if path in old else original
        last = new[path].after if path in new else original
        if first != last:
            changes.append(Change(path, first, last))
    return tuple(changes)
