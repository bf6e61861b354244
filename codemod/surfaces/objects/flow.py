"""What happens to an object between its making and a save, within one function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemod.facts.nodes import LOOPS, all_given, descend, is_name, last_name
from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.project.answers import Instance
from codemod.project.project import Project
from codemod.project.types.resets import cleared, rekeyed
from codemod.surfaces.calls import found
from codemod.values.account import Created

AUTO = ("AutoField", "BigAutoField", "SmallAutoField")


def fresh(
    project: Project, facts: FileFacts, call: CallSite, name: str, bindings: list[Binding]
) -> bool:
    """Whether the object can't have been saved between its construction and this call."""
    starts = [b.node for b in bindings if isinstance(b.node, ast.stmt)]
    first = min((s.lineno for s in starts), default=0)
    for loop in call.compounds:
        if isinstance(loop, LOOPS):
            if not all(loop.lineno <= s.lineno <= (loop.end_lineno or 0) for s in starts):
                return False  # built outside, saved in each round
    nodes = [
        node
        for node in descend(call.scope.node)
        if first <= getattr(node, "lineno", -1) <= call.node.lineno and node is not call.node
    ]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    held = {id(s.value): s for s in nodes if isinstance(s, ast.Assign)}
    for node in nodes:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            elements = node.values if isinstance(node, ast.Dict) else node.elts
            if any(is_name(e, name) and isinstance(e.ctx, ast.Load) for e in elements):
                return False  # `bulk_create()` saves what it is in
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "__dict__"
            and is_name(node.value, name)
        ):
            return False  # what it is filled with may be that of a row
        if is_name(node, name) and id(node) in held:
            if _is_asked(held[id(node)], calls):
                return False  # saved under another name, perhaps
    for node in calls:
        function = node.func
        if isinstance(function, ast.Attribute) and is_name(function.value, name):
            if not _only_sets(project, facts, call, function):
                return False  # any method of it might save it
        given = all_given(node)
        if any(is_name(a, name) for a in given):
            if not _keeps(project, facts, call, function):
                return False
            if id(node) not in held or _is_asked(held[id(node)], calls):
                return False  # a form saves what it keeps
    return True


def _is_asked(kept: ast.Assign, calls: list[ast.Call]) -> bool:
    """Whether something is called of, or with, what a statement gives a name, but for what a form
    does before it saves."""
    texts = {ast.unparse(target) for target in kept.targets}
    owners = {ast.unparse(t.value) for t in kept.targets if isinstance(t, ast.Attribute)}
    return any(
        call.lineno > (kept.end_lineno or 0)
        and not _only_checks(call, texts)
        and any(
            isinstance(node, (ast.Name, ast.Attribute))
            and (ast.unparse(node) in texts or (node is owner and ast.unparse(node) in owners))
            for owner in [getattr(call.func, "value", None)]
            for node in descend(call)
        )
        for call in calls
    )


def _only_checks(call: ast.Call, forms: set[str]) -> bool:
    """Whether a call is that of a form that saves nothing."""
    if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) not in forms:
        return False
    saves = call.func.attr == "save" and found.is_literal(found.keyword(call, "commit", 0), False)
    return saves or call.func.attr in ("add_error", "full_clean", "is_valid")


def _only_sets(project: Project, facts: FileFacts, call: CallSite, method: ast.Attribute) -> bool:
    """Whether a method is Django's, for a password that is saved later."""
    users = project.type_of(method.value, call.scope, facts).types
    return method.attr in ("set_password", "set_unusable_password") and all(
        isinstance(user, Instance) and project.classes.method(user.cls, method.attr) is None
        for user in users
    )


def _keeps(project: Project, facts: FileFacts, call: CallSite, function: ast.expr) -> bool:
    """Whether what is called is a class that only keeps what it gets, as models and forms do."""
    resolved = project.symbols.resolve(function, call.scope, facts)
    cls = project.classes.get(resolved) if resolved is not None else None
    if cls is not None and cls.name not in project.models.by_class:
        return project.classes.method(cls.name, "__init__") is None
    return _looks_like_class(function)


def saved_before(call: CallSite, name: str, has_row: Callable[[ast.expr], bool]) -> bool:
    """Whether a statement that always runs before this one has saved the object already, or has
    given it the name: `has_row` tells that of a value."""
    for owner, statements in always_before(call):
        for statement in reversed(statements):
            if _is_saved(statement, name):
                return True
            if _binds(statement, name):
                return (
                    isinstance(statement, ast.Assign)
                    and all(is_name(target, name) for target in statement.targets)
                    and has_row(statement.value)
                )
        if _may_bind(owner, name):
            return False
    return False


def _may_bind(owner: ast.stmt | None, name: str) -> bool:
    """Whether a statement gives the name to another object before its block, or in a round."""
    if isinstance(owner, LOOPS):
        return _binds(owner, name)
    inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
    parts = ast.iter_child_nodes(owner) if owner is not None else ()
    return any(not isinstance(part, inner) and _binds(part, name) for part in parts)


def _is_saved(statement: ast.stmt, name: str) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    if not isinstance(function, ast.Attribute) or function.attr not in ("save", "asave"):
        return False
    # With `update_fields`, which may be empty, nothing is sure (1.8).
    whole = not any(k.arg in (None, "update_fields") for k in statement.value.keywords)
    return whole and is_name(function.value, name)


def repeats(call: CallSite) -> bool:
    """Whether the very same call, as a statement, always runs before this one."""
    this = ast.dump(call.node)
    return any(
        isinstance(statement, (ast.Expr, ast.Assign)) and ast.dump(statement.value) == this
        for _, statements in always_before(call)
        for statement in statements
    )


def follows_super(call: CallSite) -> bool:
    """Whether a `super().save()`, as a statement, always runs before this one.

    What names another database may make a row of its own there, and what names fields may name
    none and save nothing (1.8).
    """
    if call.node.args or any(k.arg in (None, "using") for k in call.node.keywords):
        return False
    return any(
        isinstance(statement, (ast.Expr, ast.Assign))
        and isinstance(statement.value, ast.Call)
        and found.is_super_call(statement.value, "save")
        and not any(k.arg == "update_fields" for k in statement.value.keywords)
        for _, statements in always_before(call)
        for statement in statements
    )


def always_before(call: CallSite) -> Iterator[tuple[ast.stmt | None, list[ast.stmt]]]:
    """Of each block around the call, innermost first, the statements above it, and whose it is."""
    blocks: list[tuple[ast.stmt | None, list[ast.stmt]]] = [
        (owner, block) for owner in reversed(call.compounds) for block in _blocks(owner)
    ]
    if isinstance(call.scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        blocks.append((None, call.scope.node.body))
    for owner, block in blocks:
        for index, statement in enumerate(block):
            if statement.lineno <= call.node.lineno <= (statement.end_lineno or 0):
                yield owner, block[:index]
                break


def is_always_reached(call: CallSite) -> bool:
    """Whether a statement that is a call, or returns its value, runs whenever its function ends
    without an error."""
    simple = (ast.Expr, ast.Return, ast.Await)
    return all(isinstance(parent, simple) for parent in call.parents) and all(
        owner is None
        and not any(isinstance(node, ast.Return) for above in passed for node in descend(above))
        for owner, passed in always_before(call)
    )


def _blocks(owner: ast.stmt) -> Iterator[list[ast.stmt]]:
    for part in (owner, *getattr(owner, "handlers", ()), *getattr(owner, "cases", ())):
        yield from (getattr(part, field, []) for field in ("body", "orelse", "finalbody"))


def _binds(statement: ast.AST, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
        for n in descend(statement)
    )


def pk_is_set(project: Project, scope: Scope, name: str, models: tuple[str, ...]) -> bool:
    """Whether a function assigns the object's key, under whatever name."""
    keys = key_names(project, models)
    return any(
        (isinstance(n, ast.Call) and is_name(cleared(n, keys, scope), name))
        or (isinstance(getattr(n, "ctx", None), ast.Store) and is_name(rekeyed(n, keys), name))
        for n in descend(scope.node)
    )


def sets_key(project: Project, scope: Scope, models: tuple[str, ...]) -> bool:
    """Whether a function gives anything a key, which may be the object by another name."""
    keys = key_names(project, models)
    return any(rekeyed(store.target, keys) is not None for store in scope.stores)


def key_names(project: Project, models: tuple[str, ...]) -> set[str]:
    """The attributes that hold the key of an object of these models, or may: of a base or a field
    that is not Django's own nothing tells that a `uuid` is none."""
    keys = {"pk", "id"}
    for label in models:
        model = project.models.by_label[label]
        own = model.fields.get("uuid")
        if own is None or not (own.cls or "").startswith("django.db.models."):
            keys.add("uuid")
        if model.pk is not None:
            keys |= {model.pk.name, f"{model.pk.name}_id"}
    return keys


def auto_pk(project: Project, models: tuple[str, ...]) -> bool:
    """Whether a new object of each of these models has no pk before it is saved."""
    for label in models:
        pk = project.models.by_label[label].pk
        if pk is not None and pk.kind not in AUTO:
            return False
    return bool(models)


def constructed(project: Project, call: ast.Call, models: tuple[str, ...]) -> Created:
    """`created` of the object that a constructor call builds."""
    if found.has_unpacking(call) or call.args:
        return "dynamic"
    keys = {"pk", "id"}
    for label in models:
        model = project.models.by_label[label]
        if is_unread(project, label):
            return "dynamic"
        if model.pk is not None:
            keys.add(model.pk.name)
            if not model.pk.default and model.pk.kind not in AUTO:
                return "dynamic"  # somebody sets it
    return "dynamic" if keys & {k.arg for k in call.keywords} else "true"


def is_unread(project: Project, label: str) -> bool:
    """Whether a model is the user of a package that is not read: nothing tells what its key is."""
    model = project.models.by_label[label]
    return model.external and label == project.models.user_label != "auth.User"


def _looks_like_class(function: ast.expr) -> bool:
    called = last_name(function)
    return called[:1].isupper()
