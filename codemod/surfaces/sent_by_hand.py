"""A signal that the project sends itself, as a rule after a bulk operation.

    Order.objects.bulk_create(orders)                      Order.objects.bulk_create(orders)
    for order in orders:                             ->    for order in orders:
        post_save.send(Order, instance=order,                  post_save.send(Order, instance=order,
                       created=True)                                          created=True)
                                                               create_invoice(order)

Recognised: `send()` of a save or delete signal; its sender tells the model, or its instance does.
The call stands beside it, with the arguments that are sent; the signal is still sent, since a
package's receivers may listen too. `send_robust()` keeps the errors of receivers to itself, which
a call would not. If the instance may be of several models of which each has
work of its own, it is asked: `if isinstance(row, Order): create_invoice(row)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found, in_place
from codemod.surfaces.calls.taken import Taken, handed
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Where

name = "sent-by-hand"

CODE = "sent-by-hand"
SENT = (*SAVE_SIGNALS, *DELETE_SIGNALS)
# What keeps the errors of receivers to itself, or is awaited (Signal of django/dispatch).
UNLIKE = ("send_robust", "asend", "asend_robust")


def find(project: Project) -> Iterator[Site]:
    """Every `post_save.send(...)` and its like, and where such a method is handed on."""
    for facts in project.read():
        for call in facts.named("send", *UNLIKE):
            signal = _signal(project, facts, call.scope, call.node.func)
            if signal is not None:
                yield _site(project, facts, call, signal)
    for taken in handed(project, ("send", *UNLIKE)):
        signal = _signal(project, taken.facts, taken.scope, taken.node)
        if signal is not None and _may_be_run(taken):
            yield _handed_on(project, taken, signal)


def _signal(project: Project, facts: FileFacts, scope: Scope, method: ast.expr) -> str | None:
    """The signal that a method sends."""
    if not isinstance(method, ast.Attribute):
        return None
    signal = project.symbols.resolve(method.value, scope, facts) or ""
    last = signal.rpartition(".")[2]
    return last if last in SENT and signal.startswith("django.db.models") else None


def _may_be_run(taken: Taken) -> bool:
    """Whether a method is given to something, or called by the name that it gets: one that is kept
    to be put back is neither, and a mock that wraps it stands in its place."""
    names = [
        name
        for name, bindings in taken.scope.bindings.items()
        if any(binding.value is taken.node for binding in bindings)
    ]
    if taken.call is None:
        return any(True for _ in taken.facts.named(*names))
    mocked = (k for k in taken.call.node.keywords if k.arg in ("wraps", "side_effect"))
    return all(keyword.value is not taken.node for keyword in mocked)


def _handed_on(project: Project, taken: Taken, signal: str) -> Site:
    """Where a signal's `send` is handed on: whoever gets it may send it, for any model but where a
    sender is given with it."""
    facts, given = taken.facts, taken.call.node if taken.call is not None else None
    sender = found.keyword(given, "sender") if given is not None else None
    label = project.models.label_of(sender, taken.scope, facts) if sender is not None else None
    models = (label,) if label in project.models.by_label and label else ()
    return Site(
        name, facts.path, facts.lines.span(taken.node), models, (signal,),
        Tier.PROVED if models else Tier.POSSIBLE, "dynamic", "handed on",
        code=CODE, bypass=True, call=taken.call,
    )  # fmt: skip


def _site(project: Project, facts: FileFacts, call: CallSite, signal: str) -> Site:
    sender = found.keyword(call.node, "sender", 0)
    label = project.models.label_of(sender, call.scope, facts) if sender is not None else None
    instance = found.keyword(call.node, "instance")
    models: tuple[str, ...] = (label,) if label in project.models.by_label and label else ()
    reason, tier = "sent by hand", Tier.PROVED
    if not models and sender is not None:
        answer = project.type_of(sender, call.scope, facts)
        models, tier = _classes(project, answer), answer.tier
    if not models and instance is not None and names_its_class(call):
        answer = project.type_of(instance, call.scope, facts)
        models, tier = found.instances(project, answer), answer.tier
    instead = signal in SAVE_SIGNALS and in_place.is_in_place(project, facts, call)
    return Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        models,
        (signal,),
        tier if models else Tier.POSSIBLE,
        _created(call),
        in_place.REASON if instead else reason,
        never=instead,
        code=None if models and call.name not in UNLIKE else CODE,
        bypass=True,
        call=call,
    )


def _classes(project: Project, answer: Answer) -> tuple[str, ...]:
    """The models that a sender may be, of an abstract one those that inherit it; none if it may
    be anything else."""
    known, labels = project.models.by_class, []
    for kind in answer.types:
        if not isinstance(kind, ClassRef) or kind.cls not in known:
            return ()
        labels += [model.label for model in project.models.concrete(known[kind.cls])]
    return tuple(dict.fromkeys(labels))


def names_its_class(call: CallSite) -> bool:
    """Whether the sender is `type(x)` or `x.__class__` of the instance."""
    sender = found.keyword(call.node, "sender", 0)
    instance = found.keyword(call.node, "instance")
    inner = None
    if isinstance(sender, ast.Attribute) and sender.attr == "__class__":
        inner = sender.value
    elif isinstance(sender, ast.Call) and isinstance(sender.func, ast.Name):
        inner = sender.args[0] if sender.func.id == "type" and len(sender.args) == 1 else None
    return (
        inner is not None and instance is not None and ast.unparse(inner) == ast.unparse(instance)
    )


def _created(call: CallSite) -> Created:
    given = found.keyword(call.node, "created")
    if isinstance(given, ast.Constant) and isinstance(given.value, bool):
        return "true" if given.value else "false"
    return "dynamic"


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Call the services beside the `send()`, with what it sends."""
    assert site.call is not None
    lines = Lines(desk, site)
    written = _written(site, work, desk, lines)
    if isinstance(written, Blocked):
        return written
    statement = desk.project.known(site.file).lines.span(site.call.statement)
    before, after = written
    edits: list[Edit] = inserted(statement, before, Where.BEFORE)
    edits += inserted(statement, after)
    return lines.placed(edits)


def _written(
    site: Site, work: Work, desk: Desk, lines: Lines
) -> tuple[list[str], list[str]] | Blocked:
    """The calls before and after the `send()`."""
    call = site.call
    assert call is not None
    instance = found.keyword(call.node, "instance")
    if instance is None or not is_stable(instance) or not is_statement(call):
        return Blocked(CODE)
    raw = found.keyword(call.node, "raw")
    if found.has_unpacking(call.node) or not (raw is None or found.is_literal(raw, False)):
        return Blocked(CODE)
    facts = desk.project.known(site.file)
    values = {"update_fields": "None", "created": ""}
    for argument in values:
        given = found.keyword(call.node, argument)
        if given is not None and (is_stable(given) or isinstance(given, ast.Constant)):
            values[argument] = facts.lines.source(facts.lines.span(given))
        elif given is not None:
            return Blocked(CODE)
    origin = found.keyword(call.node, "origin")
    if origin is not None:
        values["origin"] = facts.lines.source(facts.lines.span(origin))
    if any(found.keyword(call.node, extra) for c in work.calls for extra in c.extras):
        return Blocked(CODE)
    wanted = {flag for c in (*work.before, *work.after) for flag in c.flags}
    guarded = any(c.only_created is not None for c in (*work.before, *work.after))
    if "origin" in wanted and (origin is None or not is_stable(origin)):
        return Blocked(CODE)
    if not values["created"] and ("created" in wanted or guarded):
        return Blocked(CODE)
    target = facts.lines.source(facts.lines.span(instance))
    return lines.calls(work.before, target, values), lines.calls(work.after, target, values)
