"""Work that goes into a model's own `save()`, the one place that every caller passes.

    class Article(models.Model):          class Article(models.Model):
        title = ...                  ->       title = ...

                                              def save(self, *args, **kwargs):
                                                  set_slug(self)
                                                  created = self._state.adding
                                                  super().save(*args, **kwargs)
                                                  if created:
                                                      announce(self)

Two kinds of receivers go there: pre_save work that only touches its own instance, because it is
an invariant of the model; and work that some site of the project keeps from being called where
the data is written (an object of unknown type, a formset, a lambda), because the alternative is
to keep the receiver. All save receivers of such a model go together, so that their order stays.
"""

from __future__ import annotations

import ast
import re

from codemod.plan import features
from codemod.plan.decide import Case, Decider
from codemod.project.project import Project
from codemod.surfaces import muted_factory
from codemod.surfaces.created import expression
from codemod.values.account import SAVE_SIGNALS, Reason
from codemod.values.edits import AddMethod, Edit

# What a site may say against a call beside it, and nothing against one in the model.
SITE_CODES = frozenset(
    "possible-site expression async-site name-taken several-models create-with-pre-save "
    "get-or-create-with-pre-save serializer-with-pre-save update-fields undecided-commit "
    "view-without-model several-super-calls serializer-overrides-half package-admin "
    "custom-admin-site admin-inline formset-save related-manager factory "
    "formset-with-pre-save formset-overrides-save factory-get-or-create "
    "factory-overrides-create shared-factory file-with-pre-save package-saves "
    "serializer-of-many unbound-call unread-file shared-view update-without-defaults".split()
)
_CREATED = re.compile(r"\bcreated\b")
# What follows from others that stay.
CONSEQUENCES = frozenset(("receiver-order", "shared-state"))


def is_open(project: Project, label: str | None) -> bool:
    """Whether a model can be given a `save()` of its own."""
    model = project.models.by_label.get(label or "")
    return (
        model is not None
        and not (model.external or model.proxy or model.abstract)
        and not project.models.subclasses(model.label)
        and project.classes.get(model.name) is not None
        and project.classes.method(model.name, "save") is None
    )


def is_invariant(project: Project, case: Case) -> bool:
    """Whether a receiver is pre_save work that only touches its own instance."""
    service = case.service
    assert service is not None
    return not (service.flags or service.decorators) and all(
        connection.signal == "pre_save"
        and connection.sender is not None
        and is_open(project, connection.sender)
        and features.only_touches_itself(
            service.handler, case.found.facts, project, connection.sender
        )
        for connection in case.receiver.connections
    )


def fall_back(decider: Decider) -> bool:
    """Turn to the models' own `save()` for what sites keep back. Returns whether it may help."""
    blocked = [
        case
        for case in decider.cases.values()
        if case.service is not None
        and case.reasons
        and not case.hub
        and all(reason.code in SITE_CODES | CONSEQUENCES for reason in case.reasons)
    ]
    turned = False
    for case in blocked:
        together = _together(decider, case)
        if together is None:
            continue
        for member in together:
            first = next((r for r in member.reasons if r.code in SITE_CODES), None)
            if first is not None:
                text = f"because of {first.code}"
                member.notes.append(Reason("in-model-save", text, first.file, first.line))
            member.reasons.clear()
            member.hub = True
            turned = True
    if turned:
        for case in blocked:
            if not case.hub and all(reason.code in CONSEQUENCES for reason in case.reasons):
                case.reasons.clear()
    return turned


def _together(decider: Decider, case: Case) -> list[Case] | None:
    """All receivers that share a model's saves with this one; None if they can't go there."""
    together: list[Case] = []
    pending = [case]
    allowed = SITE_CODES | CONSEQUENCES
    while pending:
        member = pending.pop()
        if member in together:
            continue
        saves = [c for c in member.receiver.connections if c.signal in SAVE_SIGNALS]
        if member.service is None or not saves or set(member.service.flags) - {"created"}:
            return None
        if any(reason.code not in allowed for reason in member.reasons):
            return None
        together.append(member)
        for connection in saves:
            if not is_open(decider.project, connection.sender):
                return None
            if any(
                connection.sender in site.models
                and (site.note == muted_factory.NOTE or site.code == muted_factory.CODE)
                for site in decider.sites
            ):
                return None  # a save() can't be muted
            cls = decider.project.models.by_label[connection.sender or ""]
            if decider.desk.reference_in_new(cls.file, member.service.dotted) is None:
                return None
            pending += [
                other
                for other in decider.cases.values()
                if any(
                    c.sender == connection.sender and c.signal in SAVE_SIGNALS
                    for c in other.receiver.connections
                )
            ]
    return together


def hub_edits(decider: Decider) -> list[tuple[str, Edit]]:
    """The `save()` methods of all models whose receivers go there."""
    edits: list[tuple[str, Edit]] = []
    labels = {
        connection.sender
        for case in decider.cases.values()
        if case.hub and not case.reasons
        for connection in case.receiver.connections
        if connection.signal in SAVE_SIGNALS
    }
    for label in sorted(label for label in labels if label):
        edits += _method(decider, label)
    return edits


def _method(decider: Decider, label: str) -> list[tuple[str, Edit]]:
    """The edits that give a model its `save()`."""
    project, desk = decider.project, decider.desk
    cls = project.classes.get(project.models.by_label[label].name)
    assert cls is not None
    found = sorted(
        (connection.order, connection.signal, case.receiver.name)
        for case in decider.cases.values()
        if case.hub and not case.reasons
        for connection in case.receiver.connections
        if connection.sender == label and connection.signal in SAVE_SIGNALS
    )
    imports: list[Edit] = []
    inside: dict[str, set[str]] = {}
    before: list[str] = []
    after: list[str] = []
    guard = ""
    for _, signal, name in found:
        service = decider.cases[name].service
        assert service is not None
        named = desk.reference_in_new(cls.file, service.dotted)
        assert named is not None
        text, needed, edits = named
        if needed:
            inside.setdefault(needed, set()).add(text)
        imports += edits
        flag = ", created=created" if "created" in service.flags else ""
        wanted = ""
        if service.handler.only_created is not None:
            wanted = "if created:" if service.handler.only_created else "if not created:"
        lines = before if signal == "pre_save" else after
        if wanted and (wanted != guard or not lines):
            lines.append(wanted)
        guard = wanted
        lines.append(f"{'    ' if wanted else ''}{text}(self{flag})")
    local = [desk.local_import(cls.file, module, inside[module]) for module in sorted(inside)]
    body = [*local, *([""] if local else []), *before]
    if any(_CREATED.search(line) for line in [*before, *after]):
        read = f"created = {expression(project, (label,), 'self')}"
        early = any(_CREATED.search(line) for line in before)
        body.insert(len(body) - len(before) if early else len(body), read)
    body += ["super().save(*args, **kwargs)", *after]
    code = "\n".join(
        ["def save(self, *args, **kwargs):", *(f"    {line}" if line else "" for line in body)]
    )
    statements = cls.definition.node.body
    methods = [s for s in statements if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    last = max((s.lineno for s in statements if s not in methods), default=0)  # field, Meta
    later = tuple(m.name for m in methods if m.lineno > last and not m.name.startswith("__"))
    anchor = cls.facts.lines.span(cls.definition.node)
    return [(cls.file, AddMethod(anchor, code, later)), *((cls.file, edit) for edit in imports)]
