"""What keeps a receiver before any call site is looked at."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemod.facts.nodes import is_type_checking
from codemod.facts.tables import Scope
from codemod.plan.case import Case
from codemod.plan.deletes import refusals
from codemod.plan.deletes.cascades import concrete, foreign_parents, hindrances
from codemod.plan.deletes.commits import puts_off_pk
from codemod.plan.reading import decorators, features
from codemod.plan.reading.blind import changes_ids
from codemod.plan.reading.conditions import shared
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.trackers import forgotten
from codemod.plan.reasons.optional_apps import optional_app
from codemod.plan.reasons.replaced import from_outside
from codemod.plan.silences.finder import silences
from codemod.plan.third_party.package_admins import closing
from codemod.plan.work import stored_in
from codemod.project import other_signals
from codemod.project.classes import ClassInfo
from codemod.project.comments import told
from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS, M2M, SAVE_SIGNALS, Connection
from codemod.values.span import Span

# The method of a model in which a signal is sent.
_FIRING = {
    **dict.fromkeys(SAVE_SIGNALS, "save"),
    **dict.fromkeys(DELETE_SIGNALS, "delete"),
}
HANDLED = ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")


def screen(
    project: Project,
    case: Case,
    sites: tuple[Site, ...],
    only: tuple[str, ...],
    apps: tuple[str, ...],
    accepted: frozenset[str],
) -> None:
    """Block a case by what its receiver is, whom it listens to and who mentions it."""
    receiver = case.receiver
    if only and not any(receiver.name == o or receiver.name.endswith(f".{o}") for o in only):
        case.leave("not-selected")
    if apps and not any((c.sender or "").partition(".")[0] in apps for c in receiver.connections):
        case.leave("not-selected")
    if _kept_by_comment(case):
        case.leave("kept-by-comment")
    asked = _Screen(project, case, accepted)
    asked.check_loading()
    asked.check_connections()
    asked.check_other_signals()
    asked.check_methods()
    asked.check_silences()
    asked.check_decorators()
    if case.service is not None:
        asked.check_work(case.service.handler)
        asked.check_moments(case.service.handler, sites)
        asked.check_fixtures()


@dataclass(frozen=True)
class _Screen:
    """The questions to one receiver."""

    project: Project
    case: Case
    accepted: frozenset[str]

    def block(self, code: str, text: str = "", file: str = "", line: int = 0) -> None:
        self.case.hold(code, text, file, line, accepted=self.accepted)

    def block_here(self, code: str, text: str = "") -> None:
        """The same for what stands in the handler."""
        self.block(code, text, self.case.receiver.file, self.case.receiver.line)

    def check_loading(self) -> None:
        """A receiver runs where the file that connects it is loaded."""
        places = [made.facts.path for made in self.case.found.made]
        if places and not any(map(self.project.loaded.is_loaded, places)):
            if "never-loaded" not in self.accepted:
                self.case.untouchable = True
            self.block("never-loaded", places[0])
        conditions = [
            self.project.loaded.condition(made.facts.path) if not made.asks_to_load else None
            for made in self.case.found.made
        ]
        if conditions and conditions[0] is not None and None not in conditions:
            self.block("conditional-connection", conditions[0], places[0])

    def check_connections(self) -> None:
        """Signals and senders must be known, and connected once, in any case."""
        connections = self.case.receiver.connections
        alike = shared(self.project, self.case.found) is not None
        for made in connections:
            if made.condition is not None and not alike:
                self.block("conditional-connection", made.condition, made.file, made.line)
        for made in connections:
            code = sender_code(self.project, made)
            # Of a package's model that is accepted, the account tells who is left out.
            if code is not None and (code != "third-party-sender" or code not in self.accepted):
                self.block(code, made.sender or made.expression, made.file, made.line)
            if made.sender is None or made.sender == "?":
                self.case.untouchable = True
            package = optional_app(self.project, made)
            if package is not None:
                self.block("optional-app", package, made.file, made.line)
        slots = [(made.signal, made.sender) for made in connections]
        if len(set(slots)) < len(slots):
            self.block("connected-twice")

    def check_other_signals(self) -> None:
        """What listens to a signal that no model sends, too, has senders that nobody knows."""
        here = {(m.facts.path, m.call.node.lineno) for m in self.case.found.made if m.call}
        here.add((self.case.receiver.file, self.case.receiver.line))
        for other in self.project.once(other_signals.find):
            if (other.file, other.line) in here:
                self.case.untouchable = True
                self.block_here("unhandled-signal", other.signal)

    def check_methods(self) -> None:
        """Where a condition decides which `save()` a model has, or code gives it another one than
        its class has, several methods fire."""
        project = self.project
        for made in self.case.receiver.connections:
            other = from_outside(project, made.sender or "", made.signal)
            if other is not None:
                self.block("conditional-method", *other)
            model = project.models.by_label.get(made.sender or "")
            name = _FIRING.get(made.signal)
            for heir in project.classes.heirs(model.name) if model is not None and name else ():
                for info in filter(None, map(project.classes.get, project.classes.mro(heir))):
                    if _has_undecided_base(project, info):
                        line = info.definition.node.lineno
                        self.block("conditional-method", info.name, info.facts.path, line)
                    elif name in info.definition.conditional:
                        line = info.definition.methods[name].lineno
                        self.block("conditional-method", info.name, info.facts.path, line)

    def check_silences(self) -> None:
        """Whoever takes all receivers of a signal away mutes whatever is done meanwhile."""
        for signal in sorted({made.signal for made in self.case.receiver.connections}):
            for silence in silences(self.project):
                if signal in silence.signals and not silence.region:
                    self.case.silence(silence, signal, True, self.accepted)

    def check_decorators(self) -> None:
        """A decorator of which nothing is known keeps a receiver."""
        strange = decorators.read(self.project, self.case.found).others
        if strange:
            self.block_here("decorated", ", ".join(ast.unparse(d) for d in strange))

    def check_work(self, handler: Handler) -> None:
        """What the work does that only a receiver can do, or that a service does already."""
        project, receiver, facts = self.project, self.case.receiver, self.case.found.facts
        service, scope = self.case.service, self._scope
        callee = features.callee(handler, scope, facts, project) if scope else None
        named = receiver.name.rpartition(".")[2]
        names = (named, named.lstrip("_"))
        if service is not None and callee in {f"{service.module}.{name}" for name in names}:
            self.block_here("delegates-already", callee or "")
        if "m2m_changed" in {c.signal for c in receiver.connections}:
            if changes_ids(project, handler, facts):
                self.block_here("changes-ids")

    def check_moments(self, handler: Handler, sites: tuple[Site, ...]) -> None:
        """Work that can't be done beside the save, or around the delete, that fires it."""
        project, receiver, facts = self.project, self.case.receiver, self.case.found.facts
        deleted = frozenset(
            concrete(project, m) for s in sites if "post_delete" in s.signals for m in s.models
        )
        closed = frozenset[str]()
        if "cascade-from-package" in self.accepted:
            closed = closing(project)
        senders = len({c.sender for c in receiver.connections if c.signal in DELETE_SIGNALS})
        for made in receiver.connections:
            self._check_trackers(made, handler)
            if made.signal in DELETE_SIGNALS and made.sender in project.models.by_label:
                self._check_keys(made, handler)
                for code, text in hindrances(
                    project, made.sender, made.signal, handler, deleted, closed, senders
                ):
                    self.block(code, text)
                for text in foreign_parents(project, made.sender, closed):
                    self.case.note("parent-deleted-elsewhere", text)
            refusal = refusals.refusable(project, handler, made)
            effect = refusals.irreversible(project, handler, facts) if refusal else None
            if effect is not None:
                self.block_here("refused-delete", f"{effect}, {refusal}")

    def _check_trackers(self, made: Connection, handler: Handler) -> None:
        """Work that asks what a save changes, which is forgotten behind it."""
        if made.signal != "post_save" or not made.sender or self._scope is None:
            return
        facts = self.case.found.facts
        asked = forgotten(self.project, made.sender, handler, facts, self._scope)
        if asked is not None and asked.lasts:
            self.case.inside[made.sender] = asked.attribute
        elif asked is not None:
            self.block_here("forgets-changes", f"{made.sender}: {asked.attribute}")

    def _check_keys(self, made: Connection, handler: Handler) -> None:
        """Work that is put off until commit may need the key, which is gone then."""
        receiver, scope, sender = self.case.receiver, self._scope, made.sender or ""
        if scope is None or not puts_off_pk(
            self.project, sender, handler, self.case.found.facts, scope
        ):
            return
        if made.signal == "pre_delete":
            self.block_here("until-commit", sender)
        else:
            self.case.note("until-commit", sender, receiver.file, receiver.line)

    def check_fixtures(self) -> None:
        """Loading a fixture fires a receiver that has no guard against it."""
        for made in self.case.receiver.connections:
            if made.signal in DELETE_SIGNALS or not made.sender:
                continue
            fixture = self.project.fixtures.get(stored_in(self.project, made).lower())
            held = fixture is not None and not fixture.only_tests
            if fixture is not None and held and self.case.runs_on_load(made):
                self.block("raw-load", made.sender, fixture.file, 1)

    @property
    def _scope(self) -> Scope | None:
        function = self.case.found.function
        return self.case.found.facts.scopes[function.node] if function is not None else None


def sender_code(project: Project, connection: Connection) -> str | None:
    """Why a connection can't go, judged by its signal and sender alone."""
    if connection.code is not None:
        return connection.code
    if connection.signal not in HANDLED:
        return "unhandled-signal"
    if connection.sender is None:
        return "any-sender"
    if connection.sender == "?":
        return "undecided-sender"
    sender = connection.sender
    if connection.signal == M2M:
        relation = project.relations.get(sender)
        if relation is None:
            return "no-relation"
        sender = relation.owner
    elif is_silent(project, connection):
        return "never-fired"
    model = project.models.by_label.get(sender)
    if model is None or model.external:
        return "third-party-sender"
    if model.abstract:
        return "abstract-sender"
    if model.label in project.models.shared:
        return "shared-label"
    if model.swappable is not None and model.label != project.models.user_label:
        return "swappable-sender"
    return None


def is_silent(project: Project, connection: Connection) -> bool:
    """Whether Django never sends a signal: for the rows of an automatic table of a many-to-many
    field, `Page.tags.through`, it sends none of saves and deletes (`meta.auto_created` in
    django/db/models/base.py and deletion.py)."""
    relation = project.relations.get(connection.sender or "")
    return relation is not None and relation.field.auto_through and connection.signal != M2M


def _has_undecided_base(project: Project, info: ClassInfo) -> bool:
    """Whether a condition decides what a class comes from: `Base = Audited if X else Model`."""
    defined = filter(None, map(project.symbols.definition, info.bases))
    values = (each.binding.value for each in defined)
    bases = (base.id for base in info.definition.node.bases if isinstance(base, ast.Name))
    bound = (project.symbols.bindings(name, info.definition.outer) for name in bases)
    return any(isinstance(v, ast.IfExp) and not is_type_checking(v.test) for v in values) or any(
        len(each[1]) > 1 and all(b.kind == "assign" for b in each[1]) for each in bound if each
    )


def _kept_by_comment(case: Case) -> bool:
    """Whether a comment beside or above the receiver's head says so."""
    span = case.receiver.span
    head = Span(span.line, 0, case.receiver.line, 0)
    return told(case.found.facts, head) in ("keep", "skip")
