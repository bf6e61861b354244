"""Whether importing a module does something, besides giving names to what is in it.

@receiver(post_save)                 @checks.register                registry.append(Plugin)
def log(sender, ...): ...            def check(configs): ...         settings.MODE = "on"
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Collection

from codemod.facts.nodes import is_type_checking, last_name, nested
from codemod.facts.tables import FileFacts
from codemod.project.project import Project
from codemod.project.roles import TASKS

# Decorators that leave no trace but on what they decorate.
_QUIET = frozenset(
    "abstractmethod asynccontextmanager async_to_sync atomic cache cached_property classmethod "
    "contextmanager csrf_exempt dataclass deconstructible lru_cache override overload property "
    "python_2_unicode_compatible singledispatch staticmethod sync_to_async total_ordering "
    "unique wraps".split()
)
_CONNECTING = ("connect", "register", "subscribe")


def acts(project: Project, path: str, without: Collection[ast.stmt] = ()) -> bool:
    """Whether importing a module does something, but for statements that go; a module that is not
    read may."""
    facts = project.facts(path)
    if facts is None or project.module_of(path) in project.startup.models:
        return True
    tasks = posixpath.basename(path) == "tasks.py" or "/tasks/" in path
    quiet = _QUIET.union(TASKS) if tasks else _QUIET
    body = [s for s in facts.tree.body if not any(s is gone for gone in without)]
    return any(_acts(project, facts, statement, quiet) for statement in body)


def _acts(project: Project, facts: FileFacts, statement: ast.AST, quiet: frozenset[str]) -> bool:
    """Whether a statement of a module does something."""
    match statement:
        case ast.Expr(value=value):
            return isinstance(value, (ast.Call, ast.Await))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _is_marked(statement, quiet)
        case ast.ClassDef():
            return _is_marked(statement, quiet) or _registers(project, facts.path, statement)
        case ast.Assign(targets=targets):
            stored = any(not isinstance(t, (ast.Name, ast.Tuple)) for t in targets)
            return stored or _connects(statement.value)
        case ast.AnnAssign(target=target, value=value):
            return not isinstance(target, ast.Name) or _connects(value)
        case ast.AugAssign(target=target):
            return not _is_own(facts, target)
        case ast.Delete() | ast.For() | ast.While() | ast.With():
            return True
        case ast.If(test=test) if is_type_checking(test):
            return False
    return any(_acts(project, facts, inner, quiet) for inner in nested(statement))


def _is_own(facts: FileFacts, target: ast.expr) -> bool:
    """Whether a name is one that the module gives something of its own: `__all__ += [...]`."""
    bindings = facts.scope.bindings.get(getattr(target, "id", ""), ())
    return any(binding.value is not None for binding in bindings)


def _is_marked(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, quiet: frozenset[str]
) -> bool:
    """Whether a decorator may note somewhere what it decorates."""
    called = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    return any(last_name(decorator) not in quiet for decorator in called)


def _connects(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in _CONNECTING


def _registers(project: Project, path: str, node: ast.ClassDef) -> bool:
    """Whether a class of the project among its bases keeps a list of its subclasses."""
    name = f"{project.module_of(path)}.{node.name}"
    for ancestor in project.classes.mro(name)[1:]:
        info = project.classes.get(ancestor)
        if info is not None:
            given = any(keyword.arg == "metaclass" for keyword in info.definition.node.keywords)
            if given or "__init_subclass__" in info.definition.methods:
                return True
    return False
