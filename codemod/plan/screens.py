"""What keeps a receiver before any call site is looked at."""

from __future__ import annotations

import ast

from codemod.plan import decorators, features, refusals
from codemod.plan.blind import changes_ids
from codemod.plan.cascades import concrete, foreign_parents, hindrances
from codemod.plan.case import Case
from codemod.plan.commits import puts_off_pk
from codemod.plan.conditions import shared
from codemod.plan.optional_apps import optional_app
from codemod.plan.package_admins import closing
from codemod.plan.trackers import forgotten
from codemod.plan.work import stored_in
from codemod.project.comments import told
from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS, Connection, Reason
from codemod.values.span import Span

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

    def block(code: str, text: str = "", file: str = "", line: int = 0) -> None:
        if code in accepted:
            case.notes.append(Reason(code, text, file, line))
        else:
            case.block(code, text, file, line)

    if only and not any(receiver.name == o or receiver.name.endswith(f".{o}") for o in only):
        case.untouchable = True
        case.block("not-selected")
    if apps and not any((c.sender or "").partition(".")[0] in apps for c in receiver.connections):
        case.untouchable = True
        case.block("not-selected")
    if _kept_by_comment(case):
        case.untouchable = True
        case.block("kept-by-comment")
    places = [made.facts.path for made in case.found.made]
    if places and not any(project.is_loaded(path) for path in places):
        if "never-loaded" not in accepted:
            case.untouchable = True
        block("never-loaded", places[0])
    conditions = [project.loading_condition(path) for path in places]
    if conditions and conditions[0] is not None and None not in conditions:
        block("conditional-connection", conditions[0], places[0])
    if shared(case.found) is None:
        for connection in receiver.connections:
            if connection.condition is not None:
                block(
                    "conditional-connection",
                    connection.condition,
                    connection.file,
                    connection.line,
                )
    for connection in receiver.connections:
        code = sender_code(project, connection)
        if code == "third-party-sender" and code in accepted:
            pass  # the account tells who is left out
        elif code is not None:
            block(
                code, connection.sender or connection.expression, connection.file, connection.line
            )
        if connection.sender is None or connection.sender == "?":
            case.untouchable = True
        package = optional_app(project, connection)
        if package is not None:
            block("optional-app", package, connection.file, connection.line)
    slots = [(c.signal, c.sender) for c in receiver.connections]
    if len(set(slots)) < len(slots):
        block("connected-twice")
    strange = decorators.read(project, case.found).others
    if strange:
        names = ", ".join(ast.unparse(d) for d in strange)
        block("decorated", names, receiver.file, receiver.line)
    if case.service is None:
        return
    handler = case.service.handler
    scope = case.found.facts.scopes[case.found.function.node] if case.found.function else None
    callee = features.callee(handler, scope, case.found.facts, project) if scope else None
    named = receiver.name.rpartition(".")[2]
    if callee in {f"{case.service.module}.{name}" for name in (named, named.lstrip("_"))}:
        block("delegates-already", callee, receiver.file, receiver.line)
    if "m2m_changed" in {c.signal for c in receiver.connections}:
        if changes_ids(project, handler, case.found.facts):
            block("changes-ids", "", receiver.file, receiver.line)
    deleted = frozenset(
        concrete(project, m) for s in sites if "post_delete" in s.signals for m in s.models
    )
    closed = closing(project) if "cascade-from-package" in accepted else frozenset()
    senders = len({c.sender for c in receiver.connections if c.signal in DELETE_SIGNALS})
    for connection in receiver.connections:
        if connection.signal == "post_save" and connection.sender and scope is not None:
            told = forgotten(project, connection.sender, handler, case.found.facts, scope)
            if told is not None and told.lasts:
                case.inside[connection.sender] = told.attribute
            elif told is not None:
                text = f"{connection.sender}: {told.attribute}"
                block("forgets-changes", text, receiver.file, receiver.line)
        if connection.signal in DELETE_SIGNALS and connection.sender in project.models.by_label:
            if scope is not None and puts_off_pk(
                project, connection.sender, handler, case.found.facts, scope
            ):
                reason = Reason("until-commit", connection.sender, receiver.file, receiver.line)
                if connection.signal == "pre_delete":
                    block(reason.code, reason.text, reason.file, reason.line)
                elif reason not in case.notes:
                    case.notes.append(reason)
            for code, text in hindrances(
                project, connection.sender, connection.signal, handler, deleted, closed, senders
            ):
                block(code, text)
            for text in foreign_parents(project, connection.sender, closed):
                reason = Reason("parent-deleted-elsewhere", text)
                if reason not in case.notes:
                    case.notes.append(reason)
        refusal = refusals.refusable(project, handler, connection)
        effect = refusals.irreversible(project, handler, case.found.facts) if refusal else None
        if effect is not None:
            block("refused-delete", f"{effect}, {refusal}", receiver.file, receiver.line)
    for connection in receiver.connections:
        if connection.signal in DELETE_SIGNALS or not connection.sender:
            continue
        fixture = project.fixtures.get(stored_in(project, connection).lower())
        held = fixture is not None and not fixture.only_tests
        if fixture is not None and held and case.runs_on_load(connection):
            block("raw-load", connection.sender, fixture.file, 1)


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
    if connection.signal == "m2m_changed":
        relation = project.relations.get(sender)
        if relation is None:
            return "no-relation"
        sender = relation.owner
    model = project.models.by_label.get(sender)
    if model is None or model.external:
        return "third-party-sender"
    if model.abstract:
        return "abstract-sender"
    if model.swappable is not None and model.label != project.models.user_label:
        return "swappable-sender"
    return None


def _kept_by_comment(case: Case) -> bool:
    """Whether a comment beside or above the receiver's head says so."""
    span = case.receiver.span
    head = Span(span.line, 0, case.receiver.line, 0)
    return told(case.found.facts, head) in ("keep", "skip")
