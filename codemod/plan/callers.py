"""Direct calls of a handler: they call the service instead.

create_invoice(sender=Order, instance=order, created=True)   ->   create_invoice(order)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FunctionDef
from codemod.plan.desk import PlanDesk
from codemod.plan.excused import is_test
from codemod.plan.reading.actions import ALL
from codemod.plan.services.service import Service
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.references import Reference
from codemod.project.senders import is_narrowed
from codemod.surfaces.calls import found
from codemod.surfaces.placing.statements import is_stable, is_statement
from codemod.surfaces.site import Blocked, Placed
from codemod.values.edits import Edit, Replace


def rewrite_call(reference: Reference, service: Service, desk: PlanDesk) -> Placed | Blocked:
    """Make a direct call of a handler call its service."""
    call = reference.call
    function = service.source.function
    if call is None or function is None:
        return Blocked("handler-referenced")
    given = _arguments(call, function)
    if given is None or "instance" not in given:
        return Blocked("direct-call")
    if service.handler.untold.intersection(given):
        return Blocked("direct-call", "it tells a helper more than the signal does")
    facts = reference.facts
    span = facts.lines.span(call.node)
    acts = _acts(given, reference, service, desk.project)
    if isinstance(acts, Blocked):
        return acts
    if not acts:
        if not is_statement(call):
            return Blocked("direct-call")
        gone = Replace(facts.lines.span(call.statement), "")
        return Placed(((facts.path, gone),), ("tests-the-guard",) if is_test(facts.path) else ())
    instance = given["instance"]
    if service.bare and not (is_stable(instance) or isinstance(instance, ast.Constant)):
        return Blocked("direct-call", "its argument may have an effect")
    arguments = [] if service.bare else [facts.lines.source(facts.lines.span(instance))]
    if service.ids is not None:
        if "pk_set" not in given:
            return Blocked("direct-call", "pk_set is not given")
        arguments.append(facts.lines.source(facts.lines.span(given["pk_set"])))
    for flag in service.flags:
        value = given.get(flag, _default(function, flag))
        if value is None:
            return Blocked("direct-call", f"{flag} is not given")
        text = ast.unparse(value)
        if flag in given:
            text = facts.lines.source(facts.lines.span(given[flag]))
        arguments.append(f"{flag}={text}")
    for name, _ in service.handler.extras:
        if name in given:
            arguments.append(f"{name}={facts.lines.source(facts.lines.span(given[name]))}")
    named = desk.reference(facts.path, service.dotted, span)
    if named is None:
        return Blocked("name-taken")
    name, imports = named
    edit: Edit = Replace(span, f"{name}({', '.join(arguments)})")
    return Placed(tuple((facts.path, e) for e in (edit, *imports)))


def is_idle_call(reference: Reference, service: Service, project: Project) -> bool:
    """Whether a direct call of a handler does nothing, by the guards that the service lost."""
    function, call = service.source.function, reference.call
    given = _arguments(call, function) if call is not None and function is not None else None
    return given is not None and not _acts(given, reference, service, project)


def _acts(
    given: dict[str, ast.expr], reference: Reference, service: Service, project: Project
) -> bool | Blocked:
    """Whether a call with these arguments passes the guards that the service no longer has."""
    function, call = service.source.function, reference.call
    assert function is not None and call is not None
    if is_narrowed(service.source):
        sender = given.get("sender", ast.Constant(None))
        label = project.models.label_of(sender, call.scope, reference.facts)
        if label not in project.models.by_label:
            return Blocked("direct-call", "its sender is not told")
        if label not in {c.sender for c in service.source.receiver.connections}:
            return False
    if service.handler.reads("sender") and not _tells_sender(given, reference, service, project):
        return Blocked("direct-call", "its sender is not told")
    only = service.handler.only_created
    if only is not None:
        created = given.get("created", _default(function, "created"))
        if not isinstance(created, ast.Constant) or not isinstance(created.value, bool):
            return Blocked("direct-call", "created is not a literal")
        if created.value is not only:
            return False
    action = given.get("action")
    if service.handler.actions != ALL:
        if not isinstance(action, ast.Constant):
            return Blocked("direct-call", "action is not a literal")
        if action.value not in service.handler.actions:
            return False
    if service.handler.only_reverse is not None:
        reverse = given.get("reverse", _default(function, "reverse"))
        if not isinstance(reverse, ast.Constant) or not isinstance(reverse.value, bool):
            return Blocked("direct-call", "reverse is not a literal")
        if reverse.value is not service.handler.only_reverse:
            return False
    raw = given.get("raw", _default(function, "raw"))
    if service.handler.ignores_raw and raw is not None and not found.is_literal(raw, False):
        if found.is_literal(raw, True) and not service.handler.acts_on_raw:
            return False
        return Blocked("direct-call", "it asks for the guard against raw saves")
    if _names_database(given, service):
        return Blocked("direct-call", "it names a database")
    return True


def _tells_sender(
    given: dict[str, ast.expr], reference: Reference, service: Service, project: Project
) -> bool:
    """Whether a direct call gives the sender that the service says by itself."""
    sender, call = given.get("sender"), reference.call
    if sender is None or call is None:
        return False
    instance = ast.unparse(given["instance"])
    if ast.unparse(sender) in (f"type({instance})", f"{instance}.__class__"):
        return True
    senders = {c.sender for c in service.source.receiver.connections}
    function = call.scope.function()
    if is_name(sender, "sender") and function is not None:
        around = next((r for r in project.receivers if r.is_at(function)), None)
        return around is not None and senders >= {c.sender for c in around.receiver.connections}
    return project.models.label_of(sender, call.scope, reference.facts) in senders


def is_told_more(reference: Reference, service: Service, project: Project) -> bool:
    """Whether a direct call tells the handler what the service takes to know by itself, another
    database, another sender, or what it doesn't ask."""
    function, call = service.source.function, reference.call
    given = _arguments(call, function) if call is not None and function is not None else None
    if given is None or "instance" not in given:
        return False
    another = service.handler.reads("sender") and not _tells_sender(
        given, reference, service, project
    )
    untold = not service.handler.untold.isdisjoint(given)
    return another or untold or _names_database(given, service)


def _names_database(given: dict[str, ast.expr], service: Service) -> bool:
    return service.handler.reads("using") and "using" in given


def is_unheard(project: Project, receiver: str) -> bool:
    """Whether nobody but the signal, which ignores it, gets what a handler returns."""
    return all(
        isinstance(reference.call.statement, ast.Expr)
        and reference.call.statement.value is reference.call.node
        if reference.call is not None
        else reference.kind in ("import", "connect", "disconnect")
        for reference in project.references
        if reference.receiver == receiver
    )


def calls_within(project: Project, receiver: FoundReceiver) -> list[Reference]:
    """Where a handler calls another one, or itself, by a plain name."""
    span, path = receiver.receiver.span, receiver.facts.path
    return [
        reference
        for reference in project.references
        if reference.facts.path == path
        and isinstance(reference.node, ast.Call)
        and isinstance(reference.node.func, ast.Name)
        and span.contains(reference.facts.lines.span(reference.node))
    ]


def replaced_calls(
    project: Project, receivers: Iterable[FoundReceiver], written: Mapping[str, Service]
) -> tuple[set[str], list[ast.expr]]:
    """The names by which bodies call handlers whose services they will call instead, and the
    arguments that those calls go without."""
    names: set[str] = set()
    without: list[ast.expr] = []
    for receiver in receivers:
        for reference in calls_within(project, receiver):
            service = written.get(reference.receiver)
            if service is None or reference.call is None or service.source.function is None:
                continue
            assert isinstance(reference.call.node.func, ast.Name)
            names.add(reference.call.node.func.id)
            without += dropped(reference, service)
    return names, without


def dropped(reference: Reference, service: Service) -> list[ast.expr]:
    """The arguments of a direct call that the call of the service goes without."""
    if reference.call is None or service.source.function is None:
        return []
    given = _arguments(reference.call, service.source.function) or {}
    extras = (name for name, _ in service.handler.extras)
    kept = ("instance", *service.flags, *extras, *(("pk_set",) if service.ids else ()))
    return [value for name, value in given.items() if name not in kept]


def _arguments(call: CallSite, function: FunctionDef) -> dict[str, ast.expr] | None:
    """The call's arguments by the handler's parameter names; None if some are unpacked."""
    if found.has_unpacking(call.node):
        return None
    names = [a.arg for a in function.node.args.args]
    given = dict(zip(names, call.node.args, strict=False))
    if len(call.node.args) > len(names):
        return None
    given |= {k.arg: k.value for k in call.node.keywords if k.arg is not None}
    return given


def _default(function: FunctionDef, name: str) -> ast.expr | None:
    arguments = function.node.args
    plain = dict(
        zip(
            [a.arg for a in arguments.args][len(arguments.args) - len(arguments.defaults) :],
            arguments.defaults,
            strict=True,
        )
    )
    keyword_only = {
        a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d
    }
    return {**plain, **keyword_only}.get(name)
