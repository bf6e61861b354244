"""Receivers that run themselves again, alone or through others.

@receiver(post_save, sender=Order)
def total(sender, instance, **kwargs):
    instance.total = instance.items.count()
    instance.save()                                recursion

Order -> total -> Customer -> rank -> Order        cycle
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.hazards.view import Subject, View
from codemod.hazards.writes import fires
from codemod.hazards.writes import writes as all_writes
from codemod.values.account import Reason
from codemod.values.inventory import Step, Write

Edge = tuple[Subject, Write, Subject]
_PLACES = 3  # of one receiver that are named
_WRITING = ("save", "delete", "create", "get_or_create", "update_or_create", "asave", "adelete")


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Receivers that write what they listen to, and those in a cycle."""
    edges = _edges(view)
    for subject in view.subjects:
        own: dict[int, list[Write]] = {}
        for one, write, other in edges:
            if one is subject and other is subject and not _is_gone(write, subject):
                own.setdefault(write.at, []).append(write)
        for line, again in [*own.items()][:_PLACES]:
            yield subject.name, subject.reason("recursion", line, _again(view, subject, again))
    for cycle in cycles(view):
        names = [step.receiver for step in cycle]
        for index, name in enumerate(names):
            turned = cycle[index:] + cycle[:index]
            subject, write, _ = next(
                e for e in edges
                if e[0].name == name
                and e[1].model == turned[0].model
                and e[2].name == turned[1 % len(turned)].receiver
            )  # fmt: skip
            path = " -> ".join(f"{_short(s.receiver)} -> {s.model}" for s in turned)
            text = f"{path} -> {_short(name)}{_through(write)}"
            yield name, subject.reason("cycle", write.at, text)


def cycles(view: View) -> tuple[tuple[Step, ...], ...]:
    """The shortest cycle through each receiver, each cycle once."""
    following: dict[str, list[tuple[str, str]]] = {}
    for one, write, other in _edges(view):
        if one is not other:
            step = (write.model, other.name)
            steps = following.setdefault(one.name, [])
            if step not in steps:
                steps.append(step)
    found: dict[frozenset[str], tuple[Step, ...]] = {}
    for start in following:
        pending: list[tuple[Step, ...]] = [
            (Step(start, model), Step(name, "")) for model, name in following[start]
        ]
        seen = {start}
        while pending:
            path = pending.pop(0)
            here = path[-1].receiver
            if here == start:
                if len({step.model for step in path[:-1]}) > 1:  # else each is a recursion
                    found.setdefault(frozenset(s.receiver for s in path), path[:-1])
                    break
                continue
            if here in seen:
                continue
            seen.add(here)
            for model, name in following.get(here, ()):
                pending.append((*path[:-1], Step(here, model), Step(name, "")))
    return tuple(found.values())


def _edges(view: View) -> list[Edge]:
    """Which write of which receiver fires which receiver."""
    if view.edges is None:
        view.edges = [
            (one, write, other)
            for one in view.subjects
            for write in all_writes(view, one)
            if write.signals
            for other in view.subjects
            if any(fires(view, write, other, c) for c in other.connections)
            and not _is_muted(view, one, write, other)
        ]
    return view.edges


def _is_muted(view: View, one: Subject, write: Write, other: Subject) -> bool:
    """Whether the receiver is disconnected while the write runs."""
    for mute in view.project.mutes:
        if mute.receiver == other.name and mute.facts is one.facts:
            lines = [mute.facts.lines.span(s) for s in mute.region]
            if any(s.line <= write.at <= s.end_line for s in lines):
                return True
    return False


def _is_gone(write: Write, subject: Subject) -> bool:
    """Whether the deleted parent can't take the row along, which went before."""
    return (
        "post_delete" in write.signals
        and write.model not in subject.senders("post_delete", "pre_delete")
        and not subject.senders("pre_delete")
    )


def _again(view: View, subject: Subject, writes: list[Write]) -> str:
    """What runs the receiver again, and what ends that as far as it can be seen."""
    write = writes[0]
    models = ", ".join(dict.fromkeys(w.model for w in writes))
    if write.model not in subject.senders():
        taken = ", ".join(subject.senders("pre_delete", "post_delete"))
        models += f", which takes {taken} along,"
    text = f"its {_verb(write)} of {models} fires it again"
    call = _call_at(subject, write)
    if write.via or call is None:
        return text + _through(write)
    value = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    if not isinstance(value, (ast.Name, ast.Attribute)) or _is_looped(subject, value):
        return f"{text}, for other objects"
    flag = _flag(subject)
    if subject.is_instance(value) and flag:
        return f"{text}; the flag instance.{flag} is what ends it"
    conditions = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.Match)
    guarded = any(isinstance(n, conditions) and n.lineno <= write.line for n in subject.walk())
    return text if guarded or subject.found.decorators else f"{text}: nothing here ends that"


def _call_at(subject: Subject, write: Write) -> ast.Call | None:
    """The call of a receiver's body that writes."""
    for node in subject.walk():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.lineno == write.line and node.func.attr in _WRITING:
                return node
    return None


def _is_looped(subject: Subject, value: ast.expr) -> bool:
    """Whether it is a loop's variable."""
    names = {
        node.target.id
        for node in subject.walk()
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name)
    }
    return isinstance(value, ast.Name) and value.id in names


def _flag(subject: Subject) -> str:
    """The attribute beside the fields that is set to True on the instance."""
    for node in subject.walk():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            target = node.targets[0]
            if node.value.value is True and isinstance(target, ast.Attribute):
                if subject.is_instance(target.value):
                    return target.attr
    return ""


def _through(write: Write) -> str:
    return f", through {write.via}() at {write.file}:{write.line}" if write.via else ""


def _verb(write: Write) -> str:
    return "save" if "post_save" in write.signals else "delete"


def _short(name: str) -> str:
    return name.rpartition(".")[2]
