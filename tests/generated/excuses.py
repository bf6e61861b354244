"""What a named difference excuses: exactly what it names, of the receivers that have it.

Each excuse takes the part that may differ out of both sides, where the step is one that the code
is about; everything else is still compared.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from codemod.pipeline import Run
from codemod.values.account import Fate
from tests.generated.spec import Site

Notes = dict[str, Any]
Note = dict[str, Any]
FORMS = ("form", "form-own-save", "create-view", "update-view", "form-view", "view-post", "admin")


def excused(
    before: Notes, after: Notes, found: Run, steps: Mapping[str, tuple[Site, str]]
) -> tuple[Notes, Notes]:
    """Both sides without what the codes of the run's receivers name.

    `steps`: the call site and its surface, by step.
    """
    before, after = copy.deepcopy(before), copy.deepcopy(after)
    for one, other in ((before, after), (after, before)):
        for run in one.keys() - other.keys():  # what never ran there can't have failed
            other[run] = copy.deepcopy(other["as it is"])
    for decision in found.plan.decisions:
        work = decision.receiver.name.rpartition(".")[2]
        codes = {note.code for note in decision.notes if decision.fate is Fate.RETIRE}
        for code in sorted(codes & EXCUSES.keys()):
            for step, (site, surface) in steps.items():
                for run in before.keys() & after.keys():
                    notes = before[run][step], after[run][step]
                    EXCUSES[code](work, site, surface, run == f"{work} fails", step, *notes)
    return before, after


def _formset_timing(
    work: str, site: Site, surface: str, fails: bool, step: str, old: Note, new: Note
) -> None:
    """It runs after the whole formset: the same calls, in another order, outside a delete's block.

    If it fails, the rest of the formset is saved already.
    """
    if surface not in ("formset", "admin-inline"):
        return
    for note in (old, new):
        if fails:
            note["events"], note["rows"] = [], {}
        for event in note["events"]:
            event["rows"] = {}
            if event["work"] == work:
                event["atomic"] = True
        note["events"].sort(key=str)


def _delete_order(
    work: str, site: Site, surface: str, fails: bool, step: str, old: Note, new: Note
) -> None:
    """The same calls in another order; the one that fails first may be another.

    Children that go first are not in the count that a parent's delete() returns.
    """
    for note in (old, new):
        if "delete" in site.operation and not fails:
            note["result"] = None
        if fails:
            note["events"] = []
        for event in note["events"]:
            if event["work"] == work:
                event["rows"] = {}
        note["events"].sort(key=str)


def _in_model_save(
    work: str, site: Site, surface: str, fails: bool, step: str, old: Note, new: Note
) -> None:
    """An empty `update_fields` runs it too."""
    if site.operation not in ("save_fields_perhaps", "save_fields_empty", "update_or_create_bare"):
        return
    if fails:
        _empty(old, new)
        return
    for note in (old, new):
        note["events"] = [event for event in note["events"] if event["work"] != work]


def _delete_verb(
    work: str, site: Site, surface: str, fails: bool, step: str, old: Note, new: Note
) -> None:
    """The second step of a delete view sends the verb DELETE, which runs nothing."""
    if surface == "delete-view" and step.endswith("_1"):
        _empty(old, new)


def _empty(*notes: Note) -> None:
    for note in notes:
        note.update(result=None, events=[], rows={})


def _reads_m2m(
    work: str, site: Site, surface: str, fails: bool, step: str, old: Note, new: Note
) -> None:
    """It sees the many-to-many data that a form sets."""
    if surface not in FORMS:
        return
    for note in (old, new):
        if fails:
            note["rows"].pop("shop_order_tags", None)
        for event in note["events"]:
            if event["work"] == work:
                event["flags"].pop("tags", None)
                event["rows"].pop("shop_order_tags", None)


EXCUSES: dict[str, Callable[[str, Site, str, bool, str, Note, Note], None]] = {
    "delete-order": _delete_order,
    "formset-timing": _formset_timing,
    "in-model-save": _in_model_save,
    "delete-verb": _delete_verb,
    "reads-m2m": _reads_m2m,
}
