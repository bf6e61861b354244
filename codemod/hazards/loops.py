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


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Receivers that write what they listen to, and those in a cycle."""
    edges = _edges(view)
    for subject in view.subjects:
        own = [write for one, write, other in edges if one is subject and other is subject]
        for write in own[:_PLACES]:
            through = f" through {write.via}()" if write.via else ""
            ends = "" if write.via or _is_conditional(subject, write) else ": nothing here ends that"
            text = f"its own {_verb(write)} of {write.model}{through} runs it again{ends}"
            yield subject.name, Reason("recursion", text, write.file, write.line)
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
            text = f"{path} -> {_short(name)}"
            yield name, Reason("cycle", text, write.file, write.line)


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
            (Step(start, model), Step(other, "")) for model, other in following[start]
        ]
        seen = {start}
        while pending:
            path = pending.pop(0)
            here = path[-1].receiver
            if here == start:
                found.setdefault(frozenset(s.receiver for s in path), path[:-1])
                break
            if here in seen:
                continue
            seen.add(here)
            for model, other in following.get(here, ()):
                pending.append((*path[:-1], Step(here, model), Step(other, "")))
    return tuple(found.values())


def _edges(view: View) -> list[Edge]:
    """Which write of which receiver fires which receiver."""
    return [
        (one, write, other)
        for one in view.subjects
        for write in all_writes(view, one)
        if write.signals
        for other in view.subjects
        if any(fires(view, write, other, c) for c in other.connections)
        and not _is_muted(view, write, other)
    ]


def _is_muted(view: View, write: Write, other: Subject) -> bool:
    """Whether the receiver is disconnected while the write runs."""
    for mute in view.project.mutes:
        if mute.receiver == other.name and mute.facts.path == write.file:
            lines = [mute.facts.lines.span(s) for s in mute.region]
            if any(s.line <= write.line <= s.end_line for s in lines):
                return True
    return False


def _is_conditional(subject: Subject, write: Write) -> bool:
    """Whether some condition of the body stands before the write."""
    for node in subject.walk():
        if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.Match)):
            if node.lineno <= write.line:
                return True
    return False


def _verb(write: Write) -> str:
    return "save" if "post_save" in write.signals else "delete"


def _short(name: str) -> str:
    return name.rpartition(".")[2]
