"""Names that tests replace by a string: they are looked up where the bodies are now.

patch("shop.signals.send_mail")       ->   patch("shop.services.send_mail")
patch.object(signals, "send_mail")    ->   patch("shop.services.send_mail")

A body that moves takes the names that it reads along (`Luggage`); where the rest of its old
module reads none of them, replacing them there would have no effect, or fail.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence

from codemod.facts.tables import CallSite, FileFacts
from codemod.plan.moving.along import Luggage, bound_by, names_in
from codemod.project.project import Project
from codemod.project.references import module_names
from codemod.values.edits import Edit, Replace

REPLACING = ("patch", "setattr")


def taken(
    facts: FileFacts,
    luggage: Luggage,
    gone: Sequence[ast.stmt],
    thinned: Iterable[ast.FunctionDef | ast.AsyncFunctionDef],
) -> frozenset[str]:
    """The names that a module has no use for when bodies have left it with their luggage.

    `gone`: its statements that go; `thinned`: the functions of which only the head stays.
    """
    names = {edit.alias or edit.name or edit.module.partition(".")[0] for edit in luggage.imports}
    own = [*luggage.moved, *(copied.statement for copied in luggage.copied)]
    for statement in own:
        names |= _bound(statement)
    heads = list(thinned)
    rest = [
        statement
        for statement in facts.tree.body
        if not isinstance(statement, (ast.Import, ast.ImportFrom))
        and not any(statement is s for s in (*gone, *heads, *own))
    ]
    kept = [node for head in heads for node in (head.args, *head.decorator_list)]
    return frozenset(names - names_in([*rest, *kept]))


def repatched(
    project: Project, source: str, target: str, names: frozenset[str], shown: Container[str] = ()
) -> list[tuple[str, Edit]]:
    """The edits, with their paths, that patch in module `target` what `source` no longer reads.

    `shown`: the names that stay in `source`, for others import them. A patch of something within
    one, `Order.objects.get`, is found by either module.
    """
    found: list[tuple[str, Edit]] = []
    if not names:
        return found
    for facts in project.read():
        for call in facts.named("object") if "patch.object" in facts.text else ():
            if (code := _as_patch(project, facts, call, source, target, names)) is not None:
                found.append((facts.path, Replace(facts.lines.span(call.node), code)))
    for facts, constant, rest in _patched(project, source):
        name, _, within = rest.partition(".")
        if name not in names or (within and name in shown):
            continue
        span = facts.lines.span(constant)
        text = facts.lines.source(span)
        if text[:1] not in "\"'" or text[1:-1] != constant.value:
            continue
        code = f"{text[0]}{target}.{rest}{text[0]}"
        found.append((facts.path, Replace(span, code)))
    return found


def patches(project: Project, module: str) -> Iterator[tuple[str, str, int]]:
    """The names of a module that a test replaces by a string, each with its place."""
    for facts, constant, rest in _patched(project, module):
        yield rest.partition(".")[0], facts.path, constant.lineno


def _patched(project: Project, module: str) -> Iterator[tuple[FileFacts, ast.Constant, str]]:
    """The strings that `patch()`, or pytest's `monkeypatch.setattr()`, replaces something of a
    module by, with what they name in it."""
    names = module_names(project, module)
    given = project.once(_replaced)
    for last in {name.rpartition(".")[2] for name in names}:
        for facts, constant in given.get(last, ()):
            for name in names:
                if str(constant.value).startswith(f"{name}."):
                    yield facts, constant, str(constant.value).removeprefix(f"{name}.")


def _replaced(project: Project) -> dict[str, list[tuple[FileFacts, ast.Constant]]]:
    """The strings that tests replace something by, under each word of theirs."""
    for path in [*project.not_read()]:
        if any(f"{name}(" in project.text(path) for name in REPLACING):
            project.facts(path)
    found: dict[str, list[tuple[FileFacts, ast.Constant]]] = {}
    for facts in project.read():
        for call in facts.named(*REPLACING):
            for given in call.node.args[:1]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    for word in {*given.value.split(".")}:
                        found.setdefault(word, []).append((facts, given))
    return found


def _as_patch(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    source: str,
    target: str,
    names: frozenset[str],
) -> str | None:
    """`patch.object(module, "name", ...)` as a `patch()` by name, if it is about the module."""
    function, arguments = call.node.func, call.node.args
    if not isinstance(function, ast.Attribute) or len(arguments) < 2:
        return None
    named = arguments[1]
    if not isinstance(named, ast.Constant) or named.value not in names:
        return None
    if project.symbols.resolve(arguments[0], call.scope, facts) != source:
        return None
    text = facts.lines.source(facts.lines.span(named))
    others = [facts.lines.source(facts.lines.span(a)) for a in arguments[2:]]
    others += [facts.lines.source(facts.lines.span(k)) for k in call.node.keywords]
    given = ", ".join([f"{text[0]}{target}.{named.value}{text[0]}", *others])
    return f"{ast.unparse(function.value)}({given})"


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    return bound_by(statement)
