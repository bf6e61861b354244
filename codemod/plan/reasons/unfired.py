"""Receivers that no line of the project fires: their services would have no caller.

    @receiver(pre_delete, sender=Log)
    def refuse(sender, instance, **kwargs):
        raise TypeError("logs can't be deleted")     # no line deletes one; a shell may try

A test that deletes is no such line: it may be there to see that it can't.
Work of saves goes into the model's own `save()` instead (see `hubs`); the rest stays.
"""

from __future__ import annotations

from codemod.plan.case import Case
from codemod.plan.decide import Decider
from codemod.plan.excused import is_test
from codemod.values.account import DELETE_SIGNALS

CODE = "never-fired"


def hold(decider: Decider) -> bool:
    """Keep them, unless that is accepted. Returns whether there are any."""
    if CODE in decider.accepted:
        return False
    called: set[str] = set()
    outside_tests: set[str] = set()
    for site in decider.sites:
        if site.models and not site.never:
            for _, work in decider.roster.each(site):
                called |= work.services
                if not is_test(site.file):
                    outside_tests |= work.services
    held = [
        case
        for case in decider.cases.values()
        if not case.reasons
        and not decider.in_hub(case)
        and not _is_left_to_others(decider, case)
        and (outside_tests if _guards_rows(case) else called).isdisjoint(
            service.dotted for service in case.services
        )
    ]
    for case in held:
        case.block(CODE)
    return bool(held)


def _guards_rows(case: Case) -> bool:
    """Whether it is of the program, and about deletes alone: a test may try what nobody does."""
    signals = {c.signal for c in case.receiver.connections}
    return signals <= set(DELETE_SIGNALS) and not is_test(case.receiver.file)


def _is_left_to_others(decider: Decider, case: Case) -> bool:
    """Whether it is accepted that others save or delete such objects without the work."""
    models = [
        decider.project.models.by_label.get(c.sender or "") for c in case.receiver.connections
    ]
    external = all(model is not None and model.external for model in models)
    return external and "third-party-sender" in decider.accepted
