"""Receivers of signals that no model sends: requests, migrations, logins, a project's own.

    @receiver(user_logged_in)
    def remember(sender, user, **kwargs): ...

No save or delete fires them, so that nothing here is about them; the inventory names them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project
from codemod.values.account import SIGNALS
from codemod.values.inventory import OtherReceiver

RECEIVER = "django.dispatch.receiver"
SIGNAL = "django.dispatch.Signal"
_WORDS = ("receiver(", ".connect(")
_OF_MODELS = frozenset(f"django.db.models.signals.{name}" for name in SIGNALS)


def find(project: Project) -> tuple[OtherReceiver, ...]:
    """All of them, in the order of the files."""
    found: list[OtherReceiver] = []
    for path in project.paths:  # migrations too, which wait for post_migrate
        text = project.text(path)
        facts = project.facts(path) if any(word in text for word in _WORDS) else None
        if facts is not None:
            found += _decorated(project, facts)
            found += _connected(project, facts)
    return tuple(sorted(dict.fromkeys(found), key=lambda o: (o.file, o.line, o.signal)))


def _decorated(project: Project, facts: FileFacts) -> Iterator[OtherReceiver]:
    """`@receiver(signal)`, `@receiver([signal, other])`, `@receiver(SIGNALS)`."""
    for function in facts.functions:
        for decorator in function.node.decorator_list:
            if not isinstance(decorator, ast.Call) or not decorator.args:
                continue
            called = project.symbols.resolve(decorator.func, function.outer, facts) or ""
            if called != RECEIVER and not called.endswith(".receiver"):
                continue
            for signal in _spelled(decorator.args[0], function.outer):
                name = _other(project, signal, function.outer, facts)
                if name is not None:
                    line = function.node.lineno
                    yield OtherReceiver(function.node.name, name, facts.path, line)


def _connected(project: Project, facts: FileFacts) -> Iterator[OtherReceiver]:
    """`signal.connect(handler)`, also in `for signal in (signal, other):`."""
    for call in facts.named("connect"):
        function = call.node.func
        if not isinstance(function, ast.Attribute) or not call.node.args:
            continue
        for signal in _spelled(function.value, call.scope):
            name = _other(project, signal, call.scope, facts)
            if name is not None:
                handler = ast.unparse(call.node.args[0])
                yield OtherReceiver(handler, name, facts.path, call.node.lineno)


def _spelled(signals: ast.expr, scope: Scope) -> list[ast.expr]:
    """The signals of a list, or of a name that has one or that loops over one; else the signal."""
    if isinstance(signals, ast.Name):
        bound = next(filter(None, (s.bindings.get(signals.id) for s in scope.chain())), [])
        lists = [b.value for b in bound if b.kind in ("assign", "loop") and not b.path]
        signals = next((v for v in lists if isinstance(v, (ast.List, ast.Tuple))), signals)
    return signals.elts if isinstance(signals, (ast.List, ast.Tuple)) else [signals]


def _other(project: Project, signal: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
    """The signal's name, if an expression is one that no model sends."""
    dotted = project.symbols.resolve(signal, scope, facts)
    if dotted is None or dotted in _OF_MODELS:
        return None
    module, _, name = dotted.rpartition(".")
    if not project.modules.knows(dotted):
        return name if "signals" in module.split(".") else None
    home = project.modules.find(module, facts.path)
    known = project.facts(home.path) if home is not None else None
    for binding in known.scope.bindings.get(name, ()) if known is not None else ():
        if isinstance(binding.value, ast.Call) and known is not None:
            if project.symbols.resolve(binding.value.func, known.scope, known) == SIGNAL:
                return name
    return None
