"""Receivers that no line of the project fires: their services would have no caller.

    @receiver(pre_delete, sender=Log)
    def refuse(sender, instance, **kwargs):
        raise TypeError("logs can't be deleted")     # no line deletes one; a shell may try

Work of saves goes into the model's own `save()` instead (see `hubs`); the rest stays.
"""

from __future__ import annotations

from codemod.plan.case import Case
from codemod.plan.decide import Decider

CODE = "never-fired"


def hold(decider: Decider) -> bool:
    """Keep them, unless that is accepted. Returns whether there are any."""
    if CODE in decider.accepted:
        return False
    called: set[str] = set()
    for site in decider.sites:
        if site.models and not site.never:
            for _, work in decider.roster.each(site):
                called |= work.services
    held = [
        case
        for case in decider.cases.values()
        if not case.reasons
        and not decider.in_hub(case)
        and not _is_left_to_others(decider, case)
        and called.isdisjoint(service.dotted for service in case.services)
    ]
    for case in held:
        case.block(CODE)
    return bool(held)


def _is_left_to_others(decider: Decider, case: Case) -> bool:
    """Whether it is accepted that others save or delete such objects without the work."""
    models = [
        decider.project.models.by_label.get(c.sender or "") for c in case.receiver.connections
    ]
    external = all(model is not None and model.external for model in models)
    return external and "third-party-sender" in decider.accepted
