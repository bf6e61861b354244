"""What a named difference excuses: exactly what it names, of the receivers that have it.

Each excuse takes the part that may differ out of both sides, at the steps that the code is about:
those whose call site the report names, or those that pass the code it names. Everything else is
still compared.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from codemod.pipeline import Run
from codemod.values.account import SAVE_SIGNALS, Decision, Fate, Reason
from tests.generated import hooks
from tests.generated.spec import Site

Notes = dict[str, Any]
Note = dict[str, Any]
FORMS = (
    "form", "form-own-save", "create-view", "update-view", "form-view", "view-post",
    "function-view", "admin",
)  # fmt: skip
SERIALIZERS = ("serializer", "viewset", "generic-api-view")
TAGS = "shop_order_tags"
ANYWHERE = ("in-model-save", "reads-m2m", "until-commit")  # about a model, not a call site
# What the text of a call site has that may delete.
DELETING = ("delete", "destroy", "drop_", "notes_", "ormset", "Inline", "forget")
SITES = ("work.py", "views.py", "admin.py", "api.py")  # files of call sites


@dataclass(frozen=True)
class Step:
    """A step of a scenario, with the call site that it drives."""

    name: str
    site: Site
    surface: str
    file: str
    lines: range

    @property
    def deletes(self) -> bool:
        """Whether the site may delete."""
        text = f"{self.site.operation} {self.site.context}"
        if hooks.is_class(self.site):
            known = hooks.of(self.site)
            text = f"{known.text} {known.steps}"
        return any(word in text for word in DELETING)

    def passes(self, note: Reason) -> bool:
        """Whether a note is about this site, or about code that is shared: a model, a form."""
        own = note.file == self.file and note.line in self.lines
        shared = not note.file.endswith(SITES) and "/management/" not in note.file
        return own or shared


@dataclass(frozen=True)
class Case:
    """What an excuse is asked about."""

    work: str
    step: Step
    run: str  # "as it is", or which work is made to fail
    stirred: frozenset[str] = frozenset()  # the works that run since this one saves a parent
    looks: bool = False  # whether the work asks for a row before it does anything

    @property
    def fails(self) -> bool:
        """Whether the work itself is made to fail."""
        return self.run == f"{self.work} fails"

    def kept(self, events: list[Note]) -> list[Note]:
        """The events of a step whose works run in another order, so that whether this one ran
        before another failed says nothing."""
        if self.fails or self.run in {f"{work} fails" for work in self.stirred}:
            return []
        broken = self.run != "as it is"
        return [e for e in events if not (broken and e["work"] in {self.work, *self.stirred})]


def excused(before: Notes, after: Notes, found: Run, steps: Sequence[Step]) -> tuple[Notes, Notes]:
    """Both sides without what the codes of the run's receivers name."""
    before, after = copy.deepcopy(before), copy.deepcopy(after)
    for one, other in ((before, after), (after, before)):
        for run in one.keys() - other.keys():  # what never ran there can't have failed
            other[run] = copy.deepcopy(other["as it is"])
    for notes in (before, after):
        for steps_of_run in notes.values():
            for note in steps_of_run.values():
                _without_keys_between(note)
    for run in before.keys() & after.keys():
        for step in steps:
            _impossible(before[run][step.name], after[run][step.name])
    for decision in found.plan.decisions:
        if decision.fate is not Fate.RETIRE:
            continue
        work = decision.receiver.name.rpartition(".")[2]
        stirred = _stirred(decision, found.plan.decisions)
        span = decision.receiver.span
        lines = found.project.text(decision.receiver.file).splitlines()
        looks = any("DoesNotExist" in line for line in lines[span.line - 1 : span.end_line])
        for code in sorted({note.code for note in decision.notes} & EXCUSES.keys()):
            notes = [note for note in decision.notes if note.code == code]
            works = {work, *(note.text.rpartition(".")[2] for note in notes)}
            for step in steps:
                if code not in ANYWHERE and not any(step.passes(note) for note in notes):
                    continue
                for run in before.keys() & after.keys():
                    sides = before[run][step.name], after[run][step.name]
                    for name in works if code == "until-commit" else (work,):
                        EXCUSES[code](Case(name, step, run, stirred, looks), *sides)
    return before, after


ABOVE = {"shop.Line": {"shop.Order", "shop.Owner"}, "shop.Order": {"shop.Owner"}}


def _stirred(decision: Decision, decisions: Iterable[Decision]) -> frozenset[str]:
    """The works of the saves of a parent, which a work of a child may save."""
    own = decision.receiver.connections
    parents = {parent for c in own for parent in ABOVE.get(c.sender or "", ())}
    return frozenset(
        other.receiver.name.rpartition(".")[2]
        for other in decisions
        for c in other.receiver.connections
        if c.signal in SAVE_SIGNALS and c.sender in parents
    )


def _without_keys_between(note: Note) -> None:
    """Which keys rows between two models get: Django inserts in another way if nobody listens
    (`_get_add_plan` in fields/related_descriptors.py), and that may use up one."""
    if TAGS in note["rows"]:
        note["rows"][TAGS] = sorted(row[1:] for row in note["rows"][TAGS])


# What Django says before it sends a signal (SEMANTICS 1.28, 3.17), and Python of no object at all,
# or of a name that an assignment which failed has left without one.
IMPOSSIBLE = (
    "can't be deleted because its", "save() prohibited", "'NoneType'", "UnboundLocalError",
)  # fmt: skip


def _impossible(old: Note, new: Note) -> None:
    """What can't be saved or deleted at all: the work before it can't know that."""
    if any(text in str(old["result"]) for text in IMPOSSIBLE):
        _empty(old, new)


def _without_logs(event: Note) -> None:
    event["rows"].pop("shop_log", None)
    event["rows"].get("saved", {}).pop("shop_log", None)


def _formset_timing(case: Case, old: Note, new: Note) -> None:
    """It runs after the whole formset: the same calls, in another order, outside a delete's block.

    If it fails, the rest of the formset is saved already.
    """
    if case.step.surface not in ("formset", "admin-inline"):
        return
    for note in (old, new):
        if case.fails:
            note["rows"] = {}
        note["events"] = case.kept(note["events"])
        for event in note["events"]:
            event["rows"] = {}
            if event["work"] == case.work:
                event["atomic"] = True
        note["events"].sort(key=str)


def _delete_order(case: Case, old: Note, new: Note) -> None:
    """The same calls in another order; the one that fails first may be another, by itself too.

    What they log stands in that order. Children that go first are gone for what runs later, and
    not in the count that a parent's delete() returns.
    """
    if not case.step.deletes:
        return
    if all(_FAILED.match(str(note["result"])) for note in (old, new)):
        _empty(old, new)
    for note in (old, new):
        if "delete" in case.step.site.operation and not case.fails:
            note["result"] = None
        note["events"] = case.kept(note["events"])
        for event in note["events"]:
            other = event["work"] != case.work
            event["rows"] = {k: v for k, v in event["rows"].items() if other and k == "stored"}
        note["events"].sort(key=str)
        if "shop_log" in note["rows"]:
            note["rows"]["shop_log"] = sorted(row[-1:] for row in note["rows"]["shop_log"])


def _in_model_save(case: Case, old: Note, new: Note) -> None:
    """An empty `update_fields` runs it too."""
    empty = ("save_fields_perhaps", "save_fields_empty", "update_or_create_bare")
    if case.step.site.operation not in empty:
        return
    if case.fails:
        _empty(old, new)
        return
    for note in (old, new):
        note["events"] = [event for event in note["events"] if event["work"] != case.work]
        for event in note["events"]:
            event["rows"].pop("saved", None)


def _after_shared_save(case: Case, old: Note, new: Note) -> None:
    """It sees what the rest of a base's save() did and wrote, as do the works that run because of
    it; if it fails, that is done already."""
    if case.looks:
        _empty(old, new)
        return
    failed = case.fails or case.run in {f"{work} fails" for work in case.stirred}
    for note in (old, new):
        if "shop_log" in note["rows"]:
            note["rows"]["shop_log"] = sorted(row[-1:] for row in note["rows"]["shop_log"])
        for event in note["events"]:
            _without_logs(event)
        if failed:
            note["rows"] = {}
        note["events"] = case.kept(note["events"])
        for event in note["events"]:
            if event["work"] == case.work:
                event["rows"] = {}
                event["flags"].pop("changed", None)
                if isinstance(event["subject"], dict):
                    event["subject"].pop("count", None)


def _around_override(case: Case, old: Note, new: Note) -> None:
    """It sees the object as it was before a base's delete(), which sets the count."""
    if not case.step.deletes:
        return
    for note in (old, new):
        for event in note["events"]:
            if event["work"] == case.work and isinstance(event["subject"], dict):
                event["subject"].pop("count", None)


def _until_commit(case: Case, old: Note, new: Note) -> None:
    """It sees the key of what is gone, where the caller's transaction had it run later; one that
    stays doesn't, where the delete has a transaction for another's work now."""
    if not case.step.deletes:
        return
    for note in (old, new):
        for event in note["events"]:
            if event["work"] == case.work and isinstance(event["subject"], dict):
                event["subject"] = event["subject"].get("name")
                event["flags"].pop("key", None)
                event["rows"].pop("stored", None)
        note["events"].sort(key=str)


def _given_key(case: Case, old: Note, new: Note) -> None:
    """Whether the row was there, the model's `save()` can't tell, so the work may run, or not."""
    _empty(old, new)


def _after_a_failure(case: Case, old: Note, new: Note) -> None:
    """What the code around sees and does when some work has failed."""
    if case.run != "as it is":
        _empty(old, new)


def _delete_verb(case: Case, old: Note, new: Note) -> None:
    """The second step of a delete view sends the verb DELETE, which runs nothing."""
    if case.step.surface == "delete-view" and case.step.name.endswith("_1"):
        _empty(old, new)


_FAILED = re.compile(r"[A-Z]\w+: ")


def _empty(*notes: Note) -> None:
    for note in notes:
        note.update(result=None, events=[], rows={})


def _reads_m2m(case: Case, old: Note, new: Note) -> None:
    """It sees the many-to-many data that a form sets, and the inlines of the page."""
    inline = case.step.surface == "admin-inline"
    if case.step.surface not in (*FORMS, *SERIALIZERS) and not inline:
        return
    for note in (old, new):
        if case.fails:
            note["rows"].pop(TAGS, None)
            if inline:
                note["rows"].pop("shop_line", None)
        if inline:
            note["events"] = case.kept(note["events"])
            note["events"].sort(key=lambda event: event["work"] == case.work)
        for event in note["events"]:
            if event["work"] == case.work:
                event["flags"].pop("tags", None)
                event["rows"].pop(TAGS, None)
                if inline:
                    event["rows"] = {}


def _after_m2m(case: Case, old: Note, new: Note) -> None:
    """The form has set the tags by then, with the work for them, and they stay if it fails.

    The work for the tags does not see what this work writes, which does not run if that one fails.
    What runs because of this work sees the tags as well.
    """
    if case.step.surface not in (*FORMS, *SERIALIZERS):
        return
    for note in (old, new):
        if case.run != "as it is":  # it fails, or what runs because of it
            note["rows"].pop("shop_log", None)
            note["rows"].pop(TAGS, None)
        for event in note["events"]:
            _without_logs(event)
            event["rows"].pop(TAGS, None)
        note["events"] = case.kept(note["events"])
        note["events"].sort(key=lambda event: event["work"] == case.work)
        for event in note["events"]:
            if event["work"] == case.work:  # it sees what the work for the tags wrote
                event["rows"] = {k: v for k, v in event["rows"].items() if k == "stored"}


def _set_timing(case: Case, old: Note, new: Note) -> None:
    """What set() removes is gone, and what it adds is there, when the work for either runs."""
    for note in (old, new):
        for event in note["events"]:
            if event["work"] == case.work:
                event["rows"].pop(TAGS, None)


def _set_once(case: Case, old: Note, new: Note) -> None:
    """Work that ran after the removal and again after the addition runs once, and logs once."""
    for note in (old, new):
        note["rows"].pop("shop_log", None)
        kept: list[Note] = []
        for event in note["events"]:
            _without_logs(event)
            if event["work"] == case.work:
                event["rows"].pop(TAGS, None)  # the two differ in the tags that are there
            if event["work"] != case.work or not kept or event != kept[-1]:
                kept.append(event)
        note["events"] = kept


def _relation_atomic(case: Case, old: Note, new: Note) -> None:
    """An error in the work for a relation undoes the object that was made for it, too; in a form or
    serializer any error does, with all that it has saved."""
    whole = case.step.surface in (*FORMS, *SERIALIZERS)
    for note in (old, new):
        if case.fails or (whole and case.run != "as it is"):
            note["rows"] = (
                {} if whole else {k: v for k, v in note["rows"].items() if k != "shop_tag"}
            )
        for event in note["events"]:
            event["atomic"] = True


EXCUSES: dict[str, Callable[[Case, Note, Note], None]] = {
    "delete-order": _delete_order,
    "formset-timing": _formset_timing,
    "in-model-save": _in_model_save,
    "after-m2m": _after_m2m,
    "after-shared-save": _after_shared_save,
    "around-override": _around_override,
    "delete-verb": _delete_verb,
    "given-key": _given_key,
    "result-kept": _after_a_failure,
    "key-cleared": _after_a_failure,
    "caught-in-atomic": _after_a_failure,
    "reads-m2m": _reads_m2m,
    "set-timing": _set_timing,
    "set-once": _set_once,
    "relation-atomic": _relation_atomic,
    "until-commit": _until_commit,
}
