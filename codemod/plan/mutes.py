"""disconnect ... connect around a block: the block's sites get no call, and the pair goes.

post_save.disconnect(warn, sender=Item)      ->   for row in rows:
try:                                                  Item.objects.create(**row)
    for row in rows:
        Item.objects.create(**row)
finally:
    post_save.connect(warn, sender=Item)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.project.project import Project
from codemod.project.receivers import Mute
from codemod.surfaces.site import Site
from codemod.values.edits import Edit, Replace, Unwrap


def muted_sites(mute: Mute, sites: Iterable[Site]) -> list[Site]:
    """The sites that run between the two calls."""
    lines = mute.facts.lines
    spans = [lines.span(statement) for statement in mute.region]
    return [
        s for s in sites if s.file == mute.facts.path and any(x.contains(s.span) for x in spans)
    ]


def leaves_the_block(project: Project, mute: Mute, sites: Iterable[Site]) -> bool:
    """Whether the block calls project code with sites of its own: those were muted too."""
    busy = {
        (s.file, f.qualname)
        for s in sites
        if mute.signal in s.signals and (not s.models or mute.sender in s.models)
        for f in project.known(s.file).functions
        if project.known(s.file).lines.span(f.node).contains(s.span)
    }
    pending = [(mute.facts.path, node) for node in mute.region]
    seen: set[tuple[str, str]] = set()
    while pending:
        path, statement = pending.pop()
        facts = project.known(path)
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call):
                continue
            name = project.symbols.resolve(node.func, facts.scope, facts)
            target = project.function(name) if name else None
            if target is None:
                continue
            file, function = target
            key = (file, function.qualname)
            if key in busy:
                return True
            if key not in seen:
                seen.add(key)
                pending += [(file, s) for s in function.node.body]
    return False


def unmute(mute: Mute) -> list[tuple[str, Edit]]:
    """Edits that take the pair out."""
    lines = mute.facts.lines
    path = mute.facts.path
    edits: list[tuple[str, Edit]] = [(path, Replace(lines.span(mute.disconnect.statement), ""))]
    if mute.dissolves is not None:
        edits.append((path, Unwrap(lines.span(mute.dissolves))))
    elif mute.reconnect is not None:
        edits.append((path, Replace(lines.span(mute.reconnect.statement), "")))
    return edits
