"""Names that mean something else where a body moves to: it imports them itself.

# shop/signals.py                         # shop/services.py
from datetime import datetime             import datetime
                                    ->
def stamp(sender, instance, ...):         def stamp(order):
    instance.at = datetime.now()              from datetime import datetime

                                              order.at = datetime.now()
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence

from codemod.facts.nodes import last_name
from codemod.facts.tables import Binding, FileFacts
from codemod.plan.moving.along import (
    names_in,
    names_reached,
    read_by,
    speaks_of_module,
    top_level,
)
from codemod.plan.moving.own_lines import looks_up_model, own_call
from codemod.plan.moving.reset import reset
from codemod.project.answers import ClassRef
from codemod.project.exports import at_runtime
from codemod.project.project import Project

LOGGER = "a logger"


def clashing(
    project: Project, source: str, target: str, coming: Collection[tuple[str, str]] = ()
) -> frozenset[str]:
    """The names of the file `source` that have another meaning in `target`.

    `coming`: the services that are written there, each with the file that it comes from. What
    several files bring comes in the order of their paths.
    """
    facts = project.known(source)
    services = {name for _, name in coming}
    found = {n for n in facts.scope.bindings if n in services and not _goes(project, facts, n)}
    known = sorted({path for path, _ in coming if path < source})
    known += [target] if target in project.paths and target != source else []
    real = evaluates(project, facts, target)
    for other in map(project.known, known):
        bound = facts.scope.bindings
        found |= {name for name in bound if _differs(project, facts, other, name, real=real)}
    return frozenset(found)


def clash_code(
    project: Project, facts: FileFacts, body: Sequence[ast.stmt], head: Iterable[ast.AST], path: str
) -> str | None:
    """A code, if a body can't mean in the file `path` what it means here, or what is above it."""
    if path == facts.path:
        return None
    if any(map(speaks_of_module, body)):
        return "reads-module"
    if reset(project, facts, body) is not None:
        return "set-elsewhere"
    if _needs_a_condition(project, facts, body):
        return "conditional-name"
    there = project.known(path).scope.bindings if path in project.paths else {}
    hidden = {n for n in there if n not in facts.scope.bindings and hasattr(builtins, n)}
    if hidden & read_by([*body]) or names_in(head) & clashing(project, facts.path, path):
        return "name-clash"
    return None


def _needs_a_condition(project: Project, facts: FileFacts, body: Sequence[ast.stmt]) -> bool:
    """Whether a body reads what its module has under a condition only, by itself or in the
    functions beside it: what imports that can't be loaded where the condition doesn't hold."""
    bound = (facts.scope.bindings.get(name) for name in names_reached(facts, body))
    return any(
        _is_conditional(facts, bindings)
        and not all(_is_there(project, facts, binding) for binding in bindings)
        for bindings in bound
        if bindings
    )


def _is_conditional(facts: FileFacts, bindings: Sequence[Binding]) -> bool:
    """Whether a module binds a name in a single arm of an `if` at its top."""
    return any(
        all(any(node is binding.node for s in arm for node in ast.walk(s)) for binding in bindings)
        for statement in facts.tree.body
        if isinstance(statement, ast.If) and statement not in facts.for_types
        for arm in (statement.body, statement.orelse)
    )


def _is_there(project: Project, facts: FileFacts, binding: Binding, own: bool = True) -> bool:
    """Whether what a name is imported from can be loaded in any case: it is Python's or Django's,
    or a module of the project that imports nothing else."""
    target = binding.target or "" if binding.kind == "import" else ""
    top = target.partition(".")[0]
    if top in sys.stdlib_module_names:
        return True
    if top == "django":
        return not target.startswith("django.contrib.")
    found = project.modules.find(target.rpartition(".")[0], facts.path) if own else None
    module = project.facts(found.path) if found is not None else None
    return module is not None and all(
        _is_there(project, module, inner, own=False)
        for bindings in module.scope.bindings.values()
        for inner in bindings
        if inner.kind == "import"
    )


def is_lazy(facts: FileFacts) -> bool:
    """Whether annotations in a file are not evaluated."""
    bindings = facts.scope.bindings.get("annotations", ())
    return any(b.target == "__future__.annotations" for b in bindings)


def evaluates(project: Project, facts: FileFacts, target: str) -> bool:
    """Whether annotations of a file, which are not evaluated, are so where they move to."""
    return is_lazy(facts) and target in project.paths and not is_lazy(project.known(target))


def _differs(project: Project, here: FileFacts, there: FileFacts, name: str, *, real: bool) -> bool:
    """Whether a name of one file means something else in another. `real`: an import for type
    checkers has to become a real one there."""
    bound = there.scope.bindings.get(name)
    if not bound:
        starred = project.symbols.starred(name, there)
        if starred is not None:
            return set(_meanings(project, here, name)) != {starred}
        return hasattr(builtins, name) and name in names_in(there.tree.body)
    if _goes(project, there, name):
        return False  # its service has a name that is free
    if not at_runtime(bound, there) and (real or at_runtime(here.scope.bindings[name], here)):
        return True  # an import for type checkers stays where it is
    mine, theirs = ({*_meanings(project, facts, name)} for facts in (here, there))
    if mine == {LOGGER} and all(b.kind == "import" for b in bound):
        return False  # a logger as well
    return mine != theirs


def _meanings(project: Project, facts: FileFacts, name: str) -> Iterator[str | None]:
    for binding in facts.scope.bindings[name]:
        statement = top_level(facts, binding)
        copied = own_call(statement)
        if binding.kind == "import" and binding.target is not None:
            yield project.symbols.canonical(binding.target, facts.path) or binding.target
        elif copied is not None:
            yield _looked_up(project, facts, copied)
        else:
            yield f"{project.module_of(facts.path)}.{name}"


def _looked_up(project: Project, facts: FileFacts, call: ast.Call) -> str:
    """What a line of a module's own has: a logger, or a model's class."""
    if last_name(call.func) == "get_user_model":
        return project.models.by_label[project.models.user_label].name
    if not looks_up_model(call):
        return LOGGER
    found = project.type_of(call, facts.scope, facts).types
    return next((t.cls for t in found if isinstance(t, ClassRef)), ast.unparse(call))


def _goes(project: Project, facts: FileFacts, name: str) -> bool:
    """Whether a name is that of a receiver, which becomes a service."""
    return f"{project.module_of(facts.path)}.{name}" in project.once(_receivers)


def _receivers(project: Project) -> frozenset[str]:
    return frozenset(found.receiver.name for found in project.receivers)
