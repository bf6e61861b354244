"""Deletes that Django may refuse, and work that then has run already.

    share = ForeignKey(Folder, PROTECT)         with transaction.atomic():
                                                    send_mail(...)           <- can't be taken back
                                                    folder.delete()          <- ProtectedError

Django looks for PROTECT and RESTRICT before it fires pre_delete (SEMANTICS 3.16); a call stands in
front of the delete. What it wrote is undone by the transaction; a mail is not, and an exception of
its own comes before Django's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.plan.cascades import looks_at_parent, ways
from codemod.plan.handler import Handler
from codemod.project.answers import Instance
from codemod.project.model_tables import Field
from codemod.project.project import Project
from codemod.values.account import Connection

REFUSING = ("PROTECT", "RESTRICT")
# What no transaction takes back: mail, requests, other programs, files, tasks.
OUTSIDE = (
    "django.core.mail.", "requests.", "httpx.", "urllib.request.", "subprocess.", "os.", "shutil.",
    "smtplib.", "socket.", "boto3.", "stripe.",
)  # fmt: skip
HARMLESS = ("os.path.", "os.environ", "os.getenv", "os.fspath")
SENDING = frozenset(("delay", "apply_async", "send_task", "unlink", "rmdir", "email_user"))


def refusable(project: Project, handler: Handler, connection: Connection) -> str | None:
    """The relation by which Django may refuse a delete that the work would run before, as text."""
    if connection.sender is None or connection.signal not in ("pre_delete", "post_delete"):
        return None
    deleted = [connection.sender] if connection.signal == "pre_delete" else []
    for way in ways(project, connection.sender):
        if connection.signal == "pre_delete" or looks_at_parent(handler, way):
            deleted.append(way.ancestor)
    for label in deleted:
        for field in _taken(project, label):
            if field.on_delete in REFUSING:
                return f"{field.model.rpartition('.')[2]}.{field.name} ({field.on_delete})"
    return None


def irreversible(project: Project, handler: Handler, facts: FileFacts) -> str | None:
    """What the work does at once that no transaction takes back, as source."""
    for node, file in _reached(project, handler, facts):
        if not isinstance(node, ast.Call):
            continue
        dotted = project.symbols.resolve(node.func, _scope(node, file), file) or ""
        outside = dotted.startswith(OUTSIDE) and not dotted.startswith(HARMLESS)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if outside or method in SENDING or _deletes_a_file(project, node, file):
            return f"{ast.unparse(node.func)}()"
    return None


def raises(project: Project, handler: Handler, facts: FileFacts) -> bool:
    """Whether the work raises something itself, or a function of the project that it calls."""
    return any(isinstance(node, ast.Raise) for node, _ in _reached(project, handler, facts))


def _reached(
    project: Project, handler: Handler, facts: FileFacts
) -> Iterator[tuple[ast.AST, FileFacts]]:
    """All nodes of the work, and of the project's functions and methods that it calls."""
    pending: list[tuple[Sequence[ast.stmt], FileFacts]] = [(handler.body, facts)]
    seen: set[ast.AST] = set()
    while pending:
        body, file = pending.pop()
        for node in _now(body):
            yield node, file
            for path, function in _called(project, node, file):
                if function not in seen:
                    seen.add(function)
                    pending.append((function.body, project.known(path)))


def _called(
    project: Project, node: ast.AST, facts: FileFacts
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The functions of the project, with their files, that a call may run."""
    if not isinstance(node, ast.Call):
        return
    name = project.symbols.resolve(node.func, _scope(node, facts), facts)
    target = project.function(name) if name is not None else None
    if target is not None:
        yield target[0], target[1].node
    elif isinstance(node.func, ast.Attribute):
        for cls in _classes(project, node.func.value, node, facts):
            method = project.classes.method(cls, node.func.attr)
            if method is not None:
                yield method[0].file, method[1].node


def _classes(
    project: Project, value: ast.expr, call: ast.Call, facts: FileFacts
) -> tuple[str, ...]:
    """The classes that a value in a call may be an instance of."""
    kinds = project.type_of(value, _scope(call, facts), facts).types
    return tuple(kind.cls for kind in kinds if isinstance(kind, Instance))


def _scope(call: ast.Call, facts: FileFacts) -> Scope:
    """The scope that a call is in."""
    sites = facts.named(last_name(call.func))
    return next((site.scope for site in sites if site.node is call), facts.scope)


def _taken(project: Project, label: str, seen: frozenset[str] = frozenset()) -> Iterator[Field]:
    """The fields that point to a row, or to rows that its delete takes along."""
    for field in project.models.pointing_to(label):
        yield field
        if field.on_delete == "CASCADE" and field.model not in seen:
            yield from _taken(project, field.model, seen | {label, field.model})


def _deletes_a_file(project: Project, node: ast.Call, facts: FileFacts) -> bool:
    """`instance.image.delete()`, `default_storage.delete(name)`."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr != "delete":
        return False
    if any(k.arg == "save" for k in node.keywords) or "storage" in ast.unparse(function.value):
        return True
    if not isinstance(function.value, ast.Attribute):
        return False
    models = map(project.models.by_class.get, _classes(project, function.value.value, node, facts))
    fields = [m.fields.get(function.value.attr) for m in models if m is not None]
    return any(f is not None and f.kind.endswith(("FileField", "ImageField")) for f in fields)


def _now(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes but those of functions and lambdas, which run later if at all."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        yield node
        pending += ast.iter_child_nodes(node)
