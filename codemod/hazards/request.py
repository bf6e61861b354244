"""Receivers that want the request, which a signal does not have.

@receiver(pre_save, sender=Page)
def stamp(sender, instance, **kwargs):
    instance.editor = get_current_user()     needs-request: None in a shell, a command, a task
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.hazards.view import Reached, View
from codemod.values.account import Reason

_PACKAGES = (
    "crum.get_current_", "cuser.middleware.", "django_currentuser.middleware.get_",
    "threadlocals.threadlocals.get_", "global_request.get_", "django_userforeignkey.request.get_",
    "author.middlewares.", "easyaudit.middleware.", "request_provider.signals.",
    "currentuser.middleware.",
)  # fmt: skip
_LOCALS = (
    "threading.local", "contextvars.ContextVar", "asgiref.local.Local",
    "werkzeug.local.Local", "_threading_local.local",
)  # fmt: skip
_ABOUT = re.compile(r"(?:^|_)(?:request|user|actor|session)s?(?:_|$)", re.IGNORECASE)


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Reads of what a middleware keeps of the request."""
    for subject in view.subjects:
        for reached in view.reached(subject):
            if reached.depth > 1:
                break  # nearest first
            file = reached.facts.path
            for call in view.calls(reached.facts, reached.function):
                name = view.project.symbols.resolve(call.node.func, call.scope, reached.facts) or ""
                if f"{name}(".startswith(_PACKAGES):
                    text = f"{ast.unparse(call.node.func)}() takes it from the current request"
                    yield subject.name, reached.place(subject, "needs-request", call.node, text)
                    continue
                if reached.via:
                    continue  # its own calls are among the functions that are reached
                kept = _kept(view, call, reached)
                if kept:
                    text = f"{ast.unparse(call.node.func)}() reads {kept}, which a middleware sets"
                    yield subject.name, Reason("needs-request", text, file, call.node.lineno)
            if not reached.via:
                for text, line in _reads(view, reached.facts, reached.function.node):
                    text = f"reads {text}, which is set per request"
                    yield subject.name, Reason("needs-request", text, file, line)


def _kept(view: View, call: CallSite, reached: Reached) -> str:
    """What a called function of the project reads out of a thread-local, "" for nothing."""
    target = view.target(call, reached.facts)
    if target is not None and not target.is_override:
        for text, _ in _reads(view, target.facts, target.function.node):
            return text
    return ""


def _reads(view: View, facts: FileFacts, function: ast.AST) -> Iterator[tuple[str, int]]:
    """Reads of module-level thread-locals and context variables that are about a request."""
    scope = facts.scopes.get(function)
    if scope is None:
        return
    body: list[ast.stmt] = getattr(function, "body", [])
    for statement in body:
        for node in ast.walk(statement):
            holder, key = _taken(node)
            if holder is None or not (_ABOUT.search(key) or _ABOUT.search(holder.id)):
                continue
            if _is_local(view, holder, facts, function):
                yield f"{holder.id}.{key}" if key else holder.id, holder.lineno


def _taken(node: ast.AST) -> tuple[ast.Name | None, str]:
    """`_local.user`, `getattr(_local, "user", None)`, `_user.get()`: the holder and the key."""
    if isinstance(node, ast.Call):
        arguments = node.args
        if isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(arguments) > 1:
            key = arguments[1]
            if isinstance(arguments[0], ast.Name) and isinstance(key, ast.Constant):
                return arguments[0], str(key.value)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if isinstance(node.func.value, ast.Name):
                return node.func.value, ""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if isinstance(node.value, ast.Name) and node.attr != "get":
            return node.value, node.attr
    return None, ""


def _is_local(view: View, name: ast.Name, facts: FileFacts, function: ast.AST) -> bool:
    scope = facts.scopes[function]
    found = view.project.symbols.bindings(name.id, scope)
    if found is None or found[0].kind != "module":
        return False
    binding = found[1][-1]
    if binding.kind == "import" and binding.target:
        canonical = view.project.symbols.canonical(binding.target, facts.path)
        definition = view.project.symbols.definition(canonical) if canonical else None
        if definition is None:
            return False
        facts, binding = definition.facts, definition.binding
    value = binding.value
    if not isinstance(value, ast.Call):
        return False
    return view.project.symbols.resolve(value.func, facts.scope, facts) in _LOCALS
