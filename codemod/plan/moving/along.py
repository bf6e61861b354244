"""What has to come along when bodies move to another module: imports, helpers, constants."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from codemod.facts.nodes import children, last_name
from codemod.facts.tables import Binding, FileFacts
from codemod.plan.moving.own_lines import looks_up_model, own_call
from codemod.plan.reading.names import LOGGERS, quoted_types
from codemod.project.exports import at_runtime
from codemod.values.edits import AddImport


@dataclass(frozen=True)
class Copied:
    """A top-level assignment that both modules need, and the imports that it needs."""

    statement: ast.stmt
    imports: tuple[AddImport, ...]


@dataclass(frozen=True)
class Luggage:
    """What moves from one module to another with some bodies."""

    imports: tuple[AddImport, ...]  # for the new module
    moved: tuple[ast.stmt, ...]  # top-level helpers that move with the bodies
    copied: tuple[Copied, ...]  # loggers, `User`
    fetched: tuple[str, ...]  # names the new module imports from the old one
    # Of those, and of the names in `imports`: they mean something else in the new module.
    clashing: frozenset[str]
    returned: tuple[str, ...]  # names the old module imports back from the new one


@dataclass(frozen=True)
class Calls:
    """Direct calls of handlers that become calls of services."""

    handlers: frozenset[str] = frozenset()
    without: tuple[ast.expr, ...] = ()  # the arguments that the services don't get


NO_CALLS = Calls()


def names_in(nodes: Iterable[ast.AST], without: Iterable[ast.AST] = ()) -> set[str]:
    """Names that code reads, save for some nodes in it."""
    skipped = {id(node) for node in without}
    names: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if id(node) not in skipped:
            if isinstance(node, ast.Name):
                names.add(node.id)
            pending += [*children(node), *_quoted(node)]
    return names


def _quoted(node: ast.AST) -> Iterator[ast.expr]:
    """The types in quotes of a statement or parameter, which type checkers read."""
    if isinstance(node, (ast.AnnAssign, ast.arg)):
        stated = node.annotation
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        stated = node.returns
    else:
        return
    if stated is not None:
        yield from quoted_types(stated)


def pack(
    facts: FileFacts,
    wanted: set[str],
    leaving: Sequence[ast.FunctionDef | ast.AsyncFunctionDef],
    imported_elsewhere: frozenset[str],
    delegates: bool,
    handlers: Iterable[str] = (),
    kept: frozenset[str] = frozenset(),
    calls: Calls = NO_CALLS,
    starred: Callable[[str], str | None] = lambda name: None,
    clashing: frozenset[str] = frozenset(),
) -> Luggage:
    """Work out what bodies that read the names `wanted` need in their new module.

    `leaving` are the top-level statements of the old module that go entirely;
    `imported_elsewhere` the names that other files import from it; `delegates` tells that the
    old module imports the new one, which therefore can't import the old one. `handlers` are the
    receivers of the old module, which are no helpers; `kept` is read by what is left of those;
    `calls` are those of receivers whose services are called instead; `starred` tells what a name
    stands for that a star import brings; `clashing` are names that mean something else there.
    """
    own = {function.name for function in leaving}
    called = set(handlers) - calls.handlers
    staying = {*handlers, *clashing}  # what can't move
    while True:
        moved = _closure(facts, wanted - own, staying, called, clashing, calls.without)
        gone = [*leaving, *_all(moved)]
        used = imported_elsewhere | kept | (_used_by_rest(facts, gone) if moved else set())
        needed = used.intersection(moved)
        # What others import stays where they look for it; what only the rest of the module uses
        # comes back to it by an import, where the old module imports the new one anyway.
        fixed = needed & imported_elsewhere if delegates else needed
        if not fixed:
            break
        staying |= fixed
    names = set(wanted)
    for statement in _all(moved):
        names |= _read_by(statement, calls.without)
    imports: list[AddImport] = []
    copied: list[Copied] = []
    fetched: list[str] = []
    for name in sorted(names - set(moved) - calls.handlers):
        bindings = facts.scope.bindings.get(name)
        if not bindings:
            dotted = starred(name)  # else it is a builtin, or an argument
            imports += [_import_of(dotted, name)] if dotted is not None else []
            continue
        statement_of = top_level(facts, bindings[0]) or _alternatives_of(facts, bindings)
        plain = bindings[0].kind == "import" and len({b.target for b in bindings}) == 1
        if plain and not is_alternatives(statement_of):
            imports += _imported(facts, bindings, name)
        elif statement_of is not None and _can_copy(facts, statement_of, clashing):
            bound = facts.scope.bindings
            read = sorted(names_in([statement_of]) - _bound_in([statement_of]))
            inner = [_imported(facts, bound.get(n, []), n) for n in read]
            copied.append(Copied(statement_of, tuple(i for found in inner for i in found)))
        else:
            fetched.append(name)
    return Luggage(
        tuple(imports),
        tuple(sorted(_all(moved), key=lambda s: s.lineno)),
        tuple(copied),
        tuple(fetched),
        clashing,
        tuple(sorted(needed)),
    )


def _all(moved: Mapping[str, tuple[ast.stmt, ...]]) -> list[ast.stmt]:
    return [statement for statements in moved.values() for statement in statements]


def _closure(
    facts: FileFacts,
    wanted: set[str],
    staying: set[str],
    called: set[str],
    clashing: frozenset[str],
    without: Sequence[ast.expr],
) -> dict[str, tuple[ast.stmt, ...]]:
    """The helpers and constants that can move, those that they use themselves included.

    What mentions one of `called`, handlers that stay where they are, stays with them. What needs
    one of `clashing` when it is made stays too: within a function each can be imported.
    """
    moved: dict[str, tuple[ast.stmt, ...]] = {}
    pending = set(wanted)
    while pending:
        name = pending.pop()
        bindings = facts.scope.bindings.get(name, [])
        if name in moved or name in staying:
            continue
        statements = _binding(facts, bindings)
        if not any(_stays(facts, s) for s in statements):
            read = {each for s in statements for each in _read_by(s, without)}
            at_once = {each for s in statements for each in _read_at_once(s, without)}
            if not (called.isdisjoint(read) and clashing.isdisjoint(at_once)):
                continue
            moved[name] = statements
            pending |= read - {name}
    return {name: statements for name, statements in moved.items() if statements}


def _binding(facts: FileFacts, bindings: list[Binding]) -> tuple[ast.stmt, ...]:
    """The top-level statements that make a helper or constant, if they make nothing else.

    A constant may be set again under a condition: `SQLITE = True`, `if ...: SQLITE = False`.
    """
    found: list[ast.stmt] = []
    for binding in bindings:
        statement = top_level(facts, binding)
        if statement is None:
            around = (s for s in facts.tree.body if any(n is binding.node for n in ast.walk(s)))
            statement = next((s for s in around if _sets_only(s, binding.name)), None)
        if statement is None or binding.kind not in ("function", "assign"):
            return ()
        found.append(statement)
    if len(found) > 1 and not all(isinstance(s, (ast.Assign, ast.If)) for s in found):
        return ()
    return tuple(dict.fromkeys(found))


def _sets_only(statement: ast.stmt, name: str) -> bool:
    """Whether an assignment, or an `if` of such, does nothing but give a name its value."""
    if isinstance(statement, ast.Assign):
        return [ast.unparse(target) for target in statement.targets] == [name]
    return isinstance(statement, ast.If) and all(
        _sets_only(s, name) for s in (*statement.body, *statement.orelse)
    )


# Decorators that leave no trace of the function elsewhere.
PLAIN = ("functools.", "contextlib.", "django.db.transaction.", "django.utils.", "typing.")


# What is asked for the module that code stands in.
_OF_THE_MODULE = frozenset({"__name__", "__file__", "__package__", "__spec__", "globals"})


def speaks_of_module(statement: ast.stmt) -> bool:
    """Whether code would say something else in another module: `globals()[name]`.

    Each module names its own loggers.
    """
    loggers = [n for n in ast.walk(statement) if isinstance(n, ast.Call) and _makes_logger(n)]
    return not _OF_THE_MODULE.isdisjoint(names_in([statement], loggers))


def _makes_logger(call: ast.Call) -> bool:
    return last_name(call.func) in LOGGERS


def _stays(facts: FileFacts, statement: ast.stmt) -> bool:
    return (
        _is_own(facts, statement) or speaks_of_module(statement) or _is_registered(facts, statement)
    )


def _is_registered(facts: FileFacts, statement: ast.stmt) -> bool:
    """Whether a function may be known elsewhere by its module: a task, a signal's receiver.

    Celery names a task after its module; queued messages and schedules hold that name.
    """
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    for decorator in statement.decorator_list:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        rest: list[str] = []
        while isinstance(node, ast.Attribute):
            rest.insert(0, node.attr)
            node = node.value
        bindings = facts.scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
        target = bindings[0].target if bindings else None
        if not target or not ".".join([target, *rest]).startswith(PLAIN):
            return True
    return False


def _imported(facts: FileFacts, bindings: list[Binding], name: str) -> list[AddImport]:
    """The import that binds a name, for another module."""
    found: list[AddImport] = []
    for binding in bindings[:1]:
        target = binding.target or name
        if binding.kind != "import":
            continue
        if isinstance(binding.node, ast.Import):
            alias = next(
                a for a in binding.node.names if (a.asname or a.name.split(".")[0]) == name
            )
            found.append(AddImport(alias.name, None, alias.asname))
        else:
            found.append(_import_of(target, name))
    for_types = not at_runtime(bindings, facts)
    return [replace(each, for_types=for_types) for each in found]


def _import_of(dotted: str, name: str) -> AddImport:
    """The import that binds a name to what has a dotted name."""
    module, _, original = dotted.rpartition(".")
    alias = name if name != original else None
    return AddImport(module, original, alias) if module else AddImport(dotted, None, alias)


def read_by(
    body: list[ast.stmt], arguments: Iterable[str] = (), without: Iterable[ast.AST] = ()
) -> set[str]:
    """Names that a function's body takes from its module, save for some parts of it."""
    return names_in(body, without) - _bound_in(body) - set(arguments)


def names_reached(facts: FileFacts, body: Sequence[ast.stmt]) -> set[str]:
    """The names that a body takes from its module, and functions of the module that it comes to."""
    names: set[str] = set()
    pending = read_by([*body])
    while pending:
        name = pending.pop()
        for binding in facts.scope.bindings.get(name, ()) if name not in names else ():
            if isinstance(binding.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                pending |= names_in([binding.node]) - names
        names.add(name)
    return names


def _read_by(statement: ast.stmt, without: Sequence[ast.expr] = ()) -> set[str]:
    """Names that a top-level statement takes from its module."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return names_in([statement], without)
    arguments = [a for a in ast.walk(statement.args) if isinstance(a, ast.arg)]
    inner = read_by(statement.body, (a.arg for a in arguments), without)
    return inner | _read_at_once(statement, without)


def _read_at_once(statement: ast.stmt, without: Sequence[ast.expr]) -> set[str]:
    """Those of the names that it takes when the module is loaded."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return names_in([statement], without)
    around = [statement.args, *statement.decorator_list]
    return names_in([*around, *([statement.returns] if statement.returns else [])])


def _bound_in(body: list[ast.stmt]) -> set[str]:
    """Names that the body itself binds in its own scope."""
    names: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {(a.asname or a.name.split(".")[0]) for a in node.names}
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return names


def top_level(facts: FileFacts, binding: Binding) -> ast.stmt | None:
    """The statement of a binding, if it stands at the top of the module, in no `if` or `try`."""
    return next((s for s in facts.tree.body if s is binding.node), None)


def _is_own(facts: FileFacts, statement: ast.stmt) -> bool:
    """Whether each module has such a line for itself. What no other could have may move."""
    call = own_call(statement)
    if call is None:
        return False
    return not looks_up_model(call) or _can_copy(facts, statement, frozenset())


def _can_copy(facts: FileFacts, statement: ast.stmt, clashing: frozenset[str]) -> bool:
    """Whether another module can have the same line: it needs nothing but imports."""
    if not (own_call(statement) or is_alternatives(statement)):
        return False
    bound = bound_by(statement)
    needed = names_in([statement]) - bound
    bindings = (b for name in needed for b in facts.scope.bindings.get(name, ()))
    return all(b.kind == "import" for b in bindings) and clashing.isdisjoint(needed | bound)


def bound_by(statement: ast.stmt) -> set[str]:
    """Names that a statement binds, in blocks too."""
    return _bound_in([statement])


def _alternatives_of(facts: FileFacts, bindings: Sequence[Binding]) -> ast.stmt | None:
    """The statement that makes all the bindings of a name, and does nothing but import."""
    for statement in facts.tree.body:
        if is_alternatives(statement) and statement not in facts.for_types:
            inside = {id(node) for node in ast.walk(statement)}
            if all(id(binding.node) in inside for binding in bindings):
                return statement
    return None


def is_alternatives(statement: ast.stmt | None) -> bool:
    """Whether a `try` or `if` does nothing but import, or set names to constants instead."""
    if isinstance(statement, ast.Try):
        handled = [s for handler in statement.handlers for s in handler.body]
        return all(map(_only_imports, [*statement.body, *handled, *statement.orelse]))
    return isinstance(statement, ast.If) and all(
        map(_only_imports, [*statement.body, *statement.orelse])
    )


def sets_more(statement: ast.stmt) -> bool:
    """Whether it gives values to other names than it imports."""
    nodes = [*ast.walk(statement)]
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    imports = [n for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
    return not stored <= {name for node in imports for name in bound_by(node)}


def _only_imports(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return isinstance(statement.value, ast.Constant)
    plain = isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass))
    return plain or is_alternatives(statement)


def _used_by_rest(facts: FileFacts, gone: list[ast.stmt]) -> set[str]:
    """The names that a module's statements read, save for those that go."""
    return names_in(s for s in facts.tree.body if not any(s is g for g in gone))
