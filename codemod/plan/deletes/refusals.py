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
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.plan.deletes.cascades import looks_at_parent, ways
from codemod.plan.reading.handler import Handler
from codemod.project.answers import Instance
from codemod.project.callees import callees
from codemod.project.model_tables import Field
from codemod.project.project import Project
from codemod.values.account import Connection

REFUSING = ("PROTECT", "RESTRICT")
# What no transaction takes back: mail, requests, other programs, files, tasks.
_OUTSIDE = (
    "django.core.mail.", "requests.", "httpx.", "urllib.request.", "subprocess.", "os.", "shutil.",
    "smtplib.", "socket.", "boto3.", "stripe.",
)  # fmt: skip
_HARMLESS = ("os.path.", "os.environ", "os.getenv", "os.fspath")
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
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if is_outside(dotted) or method in SENDING or _deletes_a_file(project, node, file):
            return f"{ast.unparse(node.func)}()"
    return None


def is_outside(dotted: str) -> bool:
    """Whether a function does what no transaction takes back, by its name."""
    return dotted.startswith(_OUTSIDE) and not dotted.startswith(_HARMLESS)


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
            call = _site(node, file) if isinstance(node, ast.Call) else None
            for path, function in callees(project, file, call) if call is not None else ():
                if function.node not in seen:
                    seen.add(function.node)
                    pending.append((function.node.body, project.known(path)))


def _classes(
    project: Project, value: ast.expr, call: ast.Call, facts: FileFacts
) -> tuple[str, ...]:
    """The classes that a value in a call may be an instance of."""
    kinds = project.type_of(value, _scope(call, facts), facts).types
    return tuple(kind.cls for kind in kinds if isinstance(kind, Instance))


def _scope(call: ast.Call, facts: FileFacts) -> Scope:
    """The scope that a call is in."""
    site = _site(call, facts)
    return site.scope if site is not None else facts.scope


def _site(call: ast.Call, facts: FileFacts) -> CallSite | None:
    sites = facts.named(last_name(call.func))
    return next((site for site in sites if site.node is call), None)


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
