"""Whether an object that is saved has got a key before, or lost the one it had."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from codemod.facts.nodes import all_given, descend, is_name, last_name
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, ClassRef, Instance
from codemod.project.callees import callees
from codemod.project.project import Project
from codemod.project.types.functions import results
from codemod.project.types.resets import (
    cleared,
    clearing,
    emptied_by,
    filled,
    keying,
    rekeyed,
    spelled,
)
from codemod.surfaces.calls import found
from codemod.surfaces.calls.callers import callers
from codemod.surfaces.calls.taken import written
from codemod.surfaces.objects.flow import constructed, is_unread, key_names
from codemod.surfaces.objects.held_keys import given, rekeyed_in
from codemod.surfaces.objects.life import Life
from codemod.surfaces.objects.lost_rows import loses_row
from codemod.surfaces.objects.renamed import renaming
from codemod.surfaces.objects.rollbacks import undone
from codemod.surfaces.objects.shown_fields import FORM


def asks_rows(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    saved: ast.expr,
    models: tuple[str, ...],
) -> bool:
    """Whether nothing but the database tells if an object has a row when it is saved.

    The function builds it with a key, or with arguments that may hold one, or gives it another;
    or a function that it gets the object from does; or its row may have been deleted, or gone
    with a transaction that was undone. So may a function that hands it the object.
    """
    return (
        _has_key(project, facts, call.scope, saved, models, _Search())
        or _may_have_lost_row(project, facts, call, saved, models)
        or _comes_with_key(project, facts, call, saved, models)
    )


def _may_have_lost_row(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether the row of an object may have gone by the time of a call."""
    deleted = loses_row(project, facts, call, saved, models)
    return deleted or bool(undone(project, facts, call, saved))


def _comes_with_key(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether one that calls the function hands it the object with a key, or without its row: of a
    model's `save()`, which all may call, `saved_with_key` tells that."""
    root = saved.value if isinstance(saved, ast.Attribute) else saved
    bindings = call.scope.bindings.get(root.id, ()) if isinstance(root, ast.Name) else ()
    if call.scope.name == "save" or all(binding.kind != "param" for binding in bindings):
        return False
    named = _Search(named=True)
    return any(
        _has_key(project, above.facts, above.call.scope, above.subject, models, named)
        or _may_have_lost_row(project, above.facts, above.call, above.subject, models)
        for above in callers(project, facts, call, saved)
        if above.subject is not None
    )


@dataclass(frozen=True)
class _Search:
    """How a key is looked for: in each function once, whoever calls it."""

    seen: set[ast.AST] = field(default_factory=set)  # the functions
    named: bool = False  # only keys that are named: `Order(**fields)` may hold one


def _has_key(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    made: ast.expr,
    models: tuple[str, ...],
    search: _Search,
) -> bool:
    if isinstance(made, ast.Attribute):
        text = ast.unparse(made)
        stored = [s.value for s in scope.stores if ast.unparse(s.target) == text]
        return _is_given(project, scope, made, models) or any(
            isinstance(value, ast.Call) and _has_key(project, facts, scope, value, models, search)
            for value in stored
        )
    if isinstance(made, ast.Name):
        values = [*_values(scope, made.id)]
        return (
            _is_given(project, scope, made, models)
            or any(_has_key(project, facts, scope, v, models, search) for v in values)
            or (
                any(_built(project, facts, scope, v) for v in values)
                and _is_filled(project, scope, made.id, models, search)
            )
        )
    if not isinstance(made, ast.Call):
        return False
    built = _built(project, facts, scope, made)
    if built and search.named:
        return any(k.arg in key_names(project, models) for k in made.keywords)
    if built:
        return constructed(project, made, built) == "dynamic"
    if isinstance(made.func, ast.Attribute) and made.func.attr == "save":
        return _is_given_in_form(project, facts, scope, made.func.value, models)
    return any(
        _hands_out(project, function, models, search)
        for call in facts.named(last_name(made.func))
        if call.node is made
        for function in callees(project, facts, call, below=True)
        if function[1].node not in search.seen
    )


def _values(scope: Scope, name: str) -> Iterator[ast.Call]:
    """The calls that give a name its object, or each of its objects."""
    for binding in scope.bindings.get(name, []):
        value = binding.value
        if binding.kind == "loop" and not binding.path:
            kept = scope.bindings.get(value.id, []) if isinstance(value, ast.Name) else []
            for rows in (value, *(b.value for b in kept if b.kind == "assign" and not b.path)):
                made = [rows.elt] if isinstance(rows, ast.ListComp) else getattr(rows, "elts", [])
                yield from (each for each in made if isinstance(each, ast.Call))
        elif binding.kind == "assign" and isinstance(value, ast.Call):
            yield value


def _built(project: Project, facts: FileFacts, scope: Scope, call: ast.Call) -> tuple[str, ...]:
    """The models that a call may build an object of, which has no row yet: `Order()`,
    `order.__class__()`, `cls()`; none of another call."""
    by_class = project.models.by_class
    kinds = project.type_of(call.func, scope, facts).types
    built = (by_class[k.cls].label for k in kinds if isinstance(k, ClassRef) and k.cls in by_class)
    return tuple(label for label in built if not is_unread(project, label))


def _is_given(project: Project, scope: Scope, made: ast.expr, models: tuple[str, ...]) -> bool:
    """Whether the function assigns a key to an object."""
    keys, text = key_names(project, models), ast.unparse(made)
    return any(
        ast.unparse(owner) == text and not found.is_literal(value, None)
        for owner, value in rekeyed_in(scope, keys)
    )


def _is_given_in_form(
    project: Project, facts: FileFacts, scope: Scope, form: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether a form, or the function, gives what the form holds a key before it makes it."""
    kinds = project.type_of(form, scope, facts).types
    classes = (kind.cls for kind in kinds if isinstance(kind, Instance))
    held = ast.Attribute(form, "instance", ast.Load())
    return given(project, models, *classes) or _is_given(project, scope, held, models)


def _is_filled(
    project: Project, scope: Scope, name: str, models: tuple[str, ...], search: _Search
) -> bool:
    """Whether an object gets attributes by names that may be that of its key, in the function or
    in one that it is handed to: `for key, value in row.items(): setattr(order, key, value)`."""
    filling, keys = keying(project, named=search.named), key_names(project, models)
    for node in descend(scope.node):
        if not isinstance(node, ast.Call):
            continue
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if is_name(cleared(node, keys, scope), name) and not is_name(owner, name):
            return True
        if not search.named and is_name(filled(node), name) and not _is_told(scope, node, keys):
            return True
        if last_name(node.func) in filling:
            given = [*node.args, *(k.value for k in node.keywords), *([owner] if owner else [])]
            if any(is_name(value, name) for value in given):
                return True
    return False


def _is_told(scope: Scope, call: ast.Call, keys: Set[str]) -> bool:
    """Whether a loop spells out the names that `setattr()` gets, and none is that of a key."""
    names = spelled(call.args[1], scope) if len(call.args) == 3 else []
    return bool(names) and all(isinstance(n, str) and n not in keys for n in names)


def _hands_out(
    project: Project,
    function: tuple[str, FunctionDef],
    models: tuple[str, ...],
    search: _Search,
) -> bool:
    """Whether a function may return an object that it has given a key and not saved."""
    path, inner = function
    search.seen.add(inner.node)
    return any(
        value is not None
        and _has_key(project, project.known(path), inner.scope, value, models, search)
        for value in results(inner)[0]
    )


def saved_with_key(project: Project, label: str) -> tuple[tuple[str, int], ...]:
    """(file, line) of each place that saves an object of a model after giving it a key, or after
    deleting rows, or to another database: whether that makes a row nothing but the database tells
    (SEMANTICS 1.3, 1.4, 1.12, 1.34)."""
    known = project.once(_known_keys)
    if label not in known:
        known[label] = tuple(dict.fromkeys(_saved_with_key(project, label)))
    return known[label]


def _known_keys(project: Project) -> dict[str, tuple[tuple[str, int], ...]]:
    """What `saved_with_key` has found."""
    return {}


def _saved_with_key(project: Project, label: str) -> Iterator[tuple[str, int]]:
    models, search = (label,), _Search(named=True)
    for facts, call, saved in project.once(_saves):
        answer = project.type_of(saved, call.scope, facts)
        if _holds_with_key(project, answer, models) and not _forced(call):
            yield facts.path, call.node.lineno
        if tuple(found.instances(project, answer)) != models:
            continue
        if _is_as_forced(project, facts, call, saved):
            continue
        if _has_key(project, facts, call.scope, saved, models, search):
            search = _Search(named=True)  # another save may come by the same functions
            yield facts.path, call.node.lineno
        elif (
            _goes_elsewhere(project, facts, call, saved)
            or _may_have_lost_row(project, facts, call, saved, models)
            or _comes_with_key(project, facts, call, saved, models)
        ):
            yield facts.path, call.node.lineno


def _saves(project: Project) -> list[tuple[FileFacts, CallSite, ast.Name | ast.Call]]:
    """The calls that save what a name or a call gives, or hand its method on."""
    called = [(facts, call) for facts in project.read() for call in facts.named("save", "asave")]
    handed_on = [
        (taken.facts, taken.as_if)
        for taken in written(project, ("save", "asave"))
        if taken.as_if is not None
    ]
    return [
        (facts, call, function.value)
        for facts, call in (*called, *handed_on)
        if isinstance(function := call.node.func, ast.Attribute)
        and isinstance(function.value, (ast.Name, ast.Call))
    ]


def _holds_with_key(project: Project, answer: Answer, models: tuple[str, ...]) -> bool:
    """Whether it is a form of some models that gives what it holds a key."""
    forms = (kind.cls for kind in answer.types if isinstance(kind, Instance))
    return any(
        project.model_of(form) in models and given(project, models, form)
        for form in forms
        if project.classes.is_subclass(form, FORM)
    )


def _goes_elsewhere(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.Name | ast.Call
) -> bool:
    """Whether an object that was not just built is saved to a database that the call names."""
    database = found.save_argument(call.node, "using", 2)
    usual = isinstance(database, ast.Constant) and database.value in (None, "default")
    if database is None or usual:
        return False
    made = [saved] if isinstance(saved, ast.Call) else [*_values(call.scope, saved.id)]
    return not any(_built(project, facts, call.scope, each) for each in made)


def _forced(call: CallSite) -> str | None:
    """What a save is told to do: `force_insert`, `force_update`."""
    return next((n for n in ("force_insert", "force_update") if found.keyword(call.node, n)), None)


def _is_as_forced(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.Name | ast.Call
) -> bool:
    """Whether `_state.adding` says what a save is told to do: that it inserts what was just built,
    or updates what was not."""
    forced = _forced(call)
    made = [saved] if isinstance(saved, ast.Call) else [*_values(call.scope, saved.id)]
    built = [bool(_built(project, facts, call.scope, each)) for each in made]
    if forced == "force_insert":
        return bool(built) and all(built)
    return forced == "force_update" and not any(built)


def changes_key(project: Project, call: CallSite, saved: ast.expr, models: tuple[str, ...]) -> bool:
    """Whether an object that is saved may have got another key since it got its name, or lost the
    one that it had: by an assignment, by its `delete()`, or in a function or method that takes
    keys away or gives others, as in `detach(order)` and `order.full_clean()`."""
    keys, life = key_names(project, models), Life(call, saved)
    changing = clearing(project) | renaming(project, models)
    return any(
        _changes(node, life.scope, saved, keys, changing) and life.has(node, of_itself=True)
        for node in descend(life.scope.node)
        if isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)) and node is not call.node
    )


def _changes(
    node: ast.Call | ast.Attribute | ast.Subscript,
    scope: Scope,
    saved: ast.expr,
    keys: Set[str],
    changing: Set[str],
) -> bool:
    if not isinstance(node, ast.Call):
        return isinstance(node.ctx, ast.Store) and _is(_rekeyed(node, keys, changing), saved)
    emptied = [cleared(node, keys, scope), *emptied_by(node, keys)]
    if any(_is(owner, saved) for owner in emptied):
        return True
    if last_name(node.func) not in changing:
        return False
    given = all_given(node)
    if isinstance(node.func, ast.Attribute):
        given.append(node.func.value)
    return any(_is(value, saved) for value in given)


def _is(node: ast.expr | None, saved: ast.expr) -> bool:
    """Whether two expressions are the same name, or the same attributes of one: `form.instance`."""
    while isinstance(node, ast.Attribute) and isinstance(saved, ast.Attribute):
        if node.attr != saved.attr:
            return False
        node, saved = node.value, saved.value
    return isinstance(saved, ast.Name) and is_name(node, saved.id)


def _rekeyed(
    target: ast.Attribute | ast.Subscript, keys: Set[str], changing: Set[str]
) -> ast.expr | None:
    """The object whose key an assignment changes, itself or by a property that does."""
    if isinstance(target, ast.Attribute) and target.attr in changing:
        return target.value
    return rekeyed(target, keys)
