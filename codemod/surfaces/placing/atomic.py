"""The transaction that Django opened itself, written out where the service needs it."""

from __future__ import annotations

import ast

from codemod.facts.nodes import descend, is_name, last_name, names_class
from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.project.roles import TASKS
from codemod.surfaces.calls.callers import DEEP, direct_callers
from codemod.values.edits import AddImport, Edit, Wrap
from codemod.values.inventory import is_test
from codemod.values.span import Span

MODULE = "django.db.transaction"
ATOMIC = f"{MODULE}.atomic"
CAUGHT = "caught-in-atomic"


def wrap(first: Span, last: Span | None = None) -> list[Edit]:
    """Edits that put statements under `with transaction.atomic():`."""
    return [
        Wrap(first, last or first, "with transaction.atomic():"),
        AddImport("django.db", "transaction"),
    ]


def in_transaction(call: CallSite, facts: FileFacts, project: Project) -> list[Edit]:
    """Edits that put a call's statement in a transaction of its database, if it is in none."""
    if inside_atomic(call, facts, project) and database(call, facts) is None:
        return []
    statement = facts.lines.span(call.statement)
    return [Wrap(statement, statement, header(call, facts)), *imports(call)]


def header(call: CallSite, facts: FileFacts) -> str:
    """The first line of a transaction of the database that a call writes to."""
    using = database(call, facts)
    name = "atomic" if _is_taken(call) else "transaction.atomic"
    return f"with {name}({f'using={using}' if using else ''}):"


def imports(call: CallSite) -> list[Edit]:
    """What `header` needs, unless the function imports it by itself."""
    if _is_taken(call):
        return [AddImport(MODULE, "atomic")]
    own = call.scope.kind == "function" and "transaction" in call.scope.bindings
    return [] if own else [AddImport("django.db", "transaction")]


def database(call: CallSite, facts: FileFacts) -> str | None:
    """The code of the database that a call names, the query that its object comes from, or the
    last save of that, which remembers where it went (Model.save_base() of django/db/models)."""
    given = [k.value for k in call.node.keywords if k.arg == "using"]
    if call.name in ("delete", "adelete"):
        first = names_class(call.node)
        given += call.node.args[first : first + 1]
    function = call.node.func
    pending: list[ast.expr] = [function.value] if isinstance(function, ast.Attribute) else []
    named: set[str] = set()
    while pending and not given:
        node = pending.pop()
        if isinstance(node, ast.Name) and node.id not in named:
            named.add(node.id)
            given += _saved_to(call, facts, node.id)
            bindings: list[Binding] = call.scope.bindings.get(node.id, [])
            pending += [b.value for b in bindings if b.value is not None and len(bindings) == 1]
        elif isinstance(node, ast.Call):
            method = getattr(node.func, "attr", "")
            given += node.args[:1] if method in ("using", "db_manager") else []
            pending.append(node.func)
        elif isinstance(node, (ast.Attribute, ast.Await, ast.Subscript)):
            pending.append(node.value)
    fixed = given and not any(isinstance(n, (ast.Call, ast.Starred)) for n in descend(given[0]))
    usual = fixed and isinstance(given[0], ast.Constant) and given[0].value in (None, "default")
    return facts.lines.source(facts.lines.span(given[0])) if fixed and not usual else None


def _saved_to(call: CallSite, facts: FileFacts, name: str) -> list[ast.expr]:
    """The database that a save of a name's object above a call names, at last."""
    bound = (getattr(b.node, "lineno", 0) for b in call.scope.bindings.get(name, ()))
    begins = max((line for line in bound if line < call.node.lineno), default=0)
    named = [
        keyword.value
        for save in facts.named("save", "asave")
        if save.scope is call.scope and begins < save.node.lineno < call.node.lineno
        if isinstance(save.node.func, ast.Attribute) and is_name(save.node.func.value, name)
        for keyword in save.node.keywords
        if keyword.arg == "using"
    ]
    return named[-1:]


def _is_taken(call: CallSite) -> bool:
    """Whether `transaction` is something else where a call stands: a row of a payment, say."""
    scopes = (s.bindings["transaction"] for s in call.scope.chain() if "transaction" in s.bindings)
    return any(binding.target != MODULE for binding in next(scopes, ()))


def caught(call: CallSite, facts: FileFacts, project: Project) -> tuple[str, ...]:
    """The code for a call whose error is caught in an atomic block around it, or on the way to one
    around the calls of its function.

    The signal ran in an atomic block without a savepoint (django/db/models/deletion.py), so that
    an error in a handler undid all of the block around; the call is in one with a savepoint.
    """
    return (CAUGHT,) if _is_caught(project, facts, call, False, 0) else ()


def _is_caught(
    project: Project, facts: FileFacts, call: CallSite, passed: bool, depth: int
) -> bool:
    """Whether an error of a call is caught within the next transaction around it, as that of each
    request may be. `passed`: something below has caught it."""
    function = call.scope.node
    for compound in reversed(call.compounds):
        if isinstance(compound, (ast.With, ast.AsyncWith)):
            for item in reversed(compound.items):
                if is_atomic(item.context_expr, call.scope, facts, project):
                    return passed
                passed = passed or catches(item.context_expr)
        else:
            passed = passed or (goes_on(compound, call) and not _raises_again(compound))
    if is_decorated(function, facts, project):
        return passed
    if passed and project.has("ATOMIC_REQUESTS") and _answers(function, facts):
        return True
    known, key = project.once(_ways), (function, passed, depth)
    if key not in known:
        known[key] = depth < DEEP and any(
            _is_caught(project, above.facts, above.call, passed, depth + 1)
            for above in direct_callers(project, facts, call)
        )
    return known[key]


def _ways(project: Project) -> dict[tuple[ast.AST, bool, int], bool]:
    """What `_is_caught` has found of the calls of functions."""
    return {}


def _raises_again(compound: ast.stmt) -> bool:
    """Whether all that a `try` catches leaves it as an error again."""
    handlers = compound.handlers if isinstance(compound, ast.Try) else []
    return all(isinstance(handler.body[-1], ast.Raise) for handler in handlers)


def _answers(function: ast.AST, facts: FileFacts) -> bool:
    """Whether a function may run in a request: no test, command or task does by itself."""
    decorators = getattr(function, "decorator_list", ())
    named = (last_name(d.func if isinstance(d, ast.Call) else d) for d in decorators)
    outside = is_test(facts.path) or "/management/commands/" in facts.path
    return not outside and TASKS.isdisjoint(named)


def goes_on(compound: ast.stmt, call: CallSite) -> bool:
    """Whether a statement around a call goes on after an error in it: `try`, `with suppress()`."""
    if isinstance(compound, (ast.With, ast.AsyncWith)):
        return any(catches(item.context_expr) for item in compound.items)
    if not isinstance(compound, ast.Try) or not compound.handlers:
        return False
    return call.node.lineno in range(compound.lineno, compound.handlers[0].lineno)


def inside_atomic(call: CallSite, facts: FileFacts, project: Project) -> bool:
    """Whether the call's own function already runs it in an atomic block."""
    inside = is_decorated(call.scope.node, facts, project)
    for compound in call.compounds:
        if isinstance(compound, ast.With):
            for item in compound.items:
                # An error that is caught within the block would not undo the operation.
                inside = not catches(item.context_expr) and (
                    inside or is_atomic(item.context_expr, call.scope, facts, project)
                )
        elif isinstance(compound, ast.Try):
            inside = False
    return inside


def is_decorated(function: ast.AST, facts: FileFacts, project: Project) -> bool:
    """Whether a function is run in a transaction by its decorator."""
    return isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
        is_atomic(decorator, facts.scope, facts, project) for decorator in function.decorator_list
    )


def opens(
    block: ast.With | ast.AsyncWith, scope: Scope, facts: FileFacts, project: Project
) -> bool:
    """Whether a `with` opens a transaction."""
    return any(is_atomic(item.context_expr, scope, facts, project) for item in block.items)


def is_atomic(node: ast.expr, scope: Scope, facts: FileFacts, project: Project) -> bool:
    """Whether an expression is `transaction.atomic`, or a call of it."""
    node = node.func if isinstance(node, ast.Call) else node
    return project.symbols.resolve(node, scope, facts) == ATOMIC


def catches(manager: ast.expr) -> bool:
    """Whether a context manager lets errors pass: `suppress()`, `assertRaises()`."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in ("suppress", "raises") or name.startswith("assertRaises")
