"""Objects that get `pk = None`, so that their next save inserts a row: copies, and what a
`delete()` has cleared (SEMANTICS 1.33, 3.1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from itertools import chain
from typing import TYPE_CHECKING

from codemod.facts.nodes import all_given, descend, is_name, is_none, last_name
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope, Store
from codemod.project.answers import Instance
from codemod.project.roles import TEST_CASES
from codemod.project.types.order import loops_around, may_follow

if TYPE_CHECKING:
    from codemod.project.project import Project

# What sets attributes by their names.
SETTERS = ("setattr", "__setattr__", "update")
# Methods that are called of every object, by Django as well.
_OF_DJANGO = frozenset(("__init__", "clean", "full_clean", "save", "asave"))


def resets(project: Project, label: str) -> bool:
    """Whether something that may be of a model gets None as its pk."""
    known = project.types.resets
    return None in known or label in known


def find(project: Project) -> frozenset[str | None]:
    """Labels of the models that get None as pk; None among them for an unknown one."""
    names = _key_names(project)
    found: set[str | None] = set()
    for facts in project.read():
        if "/migrations/" in facts.path:
            continue
        for call in facts.named("delete", "adelete", *SETTERS):
            owner = cleared(call.node, names, call.scope)
            named = call.name not in ("delete", "adelete") and empties(call.node)
            if owner is not None and (named or _saves_later(project, facts, call, owner)):
                labels = _labels(project, owner, call.scope, facts)
                # An object of nobody knows what is none that gets a name to delete: a storage's.
                found |= labels - {None} if call.name == "delete" and call.node.args else labels
        for call in facts.named(*{function.name for function in project.once(_deleting)}):
            for owner in _handed_over(project, facts, call):
                if _saves_later(project, facts, call, owner):
                    found |= _labels(project, owner, call.scope, facts)
        for call in facts.named(*project.once(_keying)):
            for owner in emptied_by(call.node, names):
                found |= _labels(project, owner, call.scope, facts)
        for scope in facts.scopes.values():
            for store in scope.stores:
                owner = _emptied(store, names)
                if owner is not None:
                    found |= _labels(project, owner, scope, facts)
    return frozenset(found)


def emptied_by(call: ast.Call, keys: Set[str]) -> list[ast.expr]:
    """The objects of which one may lose its key in a function that sets attributes by their names:
    `order` in `assign(order, pk=None)` and `order.assign(pk=None)`."""
    if not any(k.arg in keys and is_none(k.value) for k in call.keywords):
        return []
    owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return [*owner, *call.args]


def clearing(project: Project) -> frozenset[str]:
    """The names of functions that take the key of one of their parameters away."""
    return project.once(_clearing)


def _clearing(project: Project) -> frozenset[str]:
    names = _key_names(project)
    return frozenset(
        function.node.name
        for facts in project.read()
        if "/migrations/" not in facts.path
        for function in facts.functions
        for store in function.scope.stores
        if _is_parameter(_emptied(store, names), function.scope)
    ) | {
        *(function.name for function in project.once(_deleting)),
        *_emptying(project, names),
        *_setting(project, names),
    }


def _emptying(project: Project, keys: Set[str]) -> Iterator[str]:
    """The names of functions that take a parameter's key away in one that sets attributes by their
    names: `def anew(order): assign(order, pk=None)`."""
    for facts in project.read():
        for call in facts.named(*project.once(_keying)):
            function = call.scope.node
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
                _is_parameter(owner, call.scope) for owner in emptied_by(call.node, keys)
            ):
                yield function.name


def _setting(project: Project, keys: Set[str]) -> Iterator[str]:
    """The names of functions that set a parameter's key to None by its name."""
    for facts in project.read():
        for call in facts.named(*SETTERS):
            function = call.scope.node
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and empties(call.node):
                if _is_parameter(cleared(call.node, keys, call.scope), call.scope):
                    yield function.name


def keying(project: Project, *, named: bool) -> frozenset[str]:
    """The names of functions that give one of their parameters a key; unless `named`, those too
    that set its attributes by names which they get."""
    return project.once(_naming_keys if named else _keying)


def _keying(project: Project) -> frozenset[str]:
    return (
        project.once(_naming_keys)
        | {
            function.name
            for facts in project.read()
            for call in facts.named("setattr", "update")
            if (owner := filled(call.node)) is not None and _is_parameter(owner, call.scope)
            if isinstance(function := call.scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        - _OF_DJANGO
    )


def _naming_keys(project: Project) -> frozenset[str]:
    return frozenset(function.node.name for _, function, _ in project.once(keyings)) - _OF_DJANGO


def keyings(project: Project) -> list[tuple[FileFacts, FunctionDef, Store]]:
    """Each function that assigns a key to one of its parameters, with where it does."""
    names = _key_names(project)
    return [
        (facts, function, store)
        for facts in project.read()
        if "/migrations/" not in facts.path
        for function in facts.functions
        for store in function.scope.stores
        if store.kind == "assign" and not is_none(store.value)
        if _is_parameter(rekeyed(store.target, names), function.scope)
    ]


def _deleting(project: Project) -> frozenset[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that delete one of their parameters, which takes its key away."""
    return frozenset(
        function
        for facts in project.read()
        for call in facts.named("delete", "adelete")
        if isinstance(call.node.func, ast.Attribute)
        and isinstance(function := call.scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and call.scope.class_() is None
        and _is_parameter(call.node.func.value, call.scope)
    )


def _is_parameter(node: ast.expr | None, scope: Scope) -> bool:
    bindings = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return any(binding.kind == "param" for binding in bindings)


def _handed_over(project: Project, facts: FileFacts, call: CallSite) -> list[ast.expr]:
    """The objects that a call gives to a function that deletes its parameter."""
    name = project.symbols.resolve(call.node.func, call.scope, facts)
    function = project.function(name) if name is not None else None
    if function is None or function[1].node not in project.once(_deleting):
        return []
    given = all_given(call.node)
    return [value for value in given if isinstance(value, (ast.Name, ast.Attribute))]


def cleared(call: ast.Call, keys: Set[str], scope: Scope) -> ast.expr | None:
    """The object whose key a call changes: `order` in `order.delete()`,
    `setattr(order, "pk", None)` and `order.__dict__.update(pk=None)`."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in ("delete", "adelete"):
        owner = function.value
        return owner if isinstance(owner, (ast.Name, ast.Attribute)) else None
    if isinstance(function, ast.Attribute) and function.attr == "update":
        names = [k.arg for k in call.keywords]
        for argument in call.args:
            if isinstance(argument, ast.Dict):
                names += [getattr(key, "value", None) for key in argument.keys]
        return None if keys.isdisjoint(names) else _namespace_of(function.value)
    set_by_name = _set_by_name(call)
    if set_by_name is None:
        return None
    target, name = set_by_name
    return target if not keys.isdisjoint(spelled(name, scope)) else None


def _set_by_name(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The object and the name of `setattr(order, "pk", None)`, `order.__setattr__("pk", None)` and
    `object.__setattr__(order, "pk", None)`."""
    function, given = call.func, call.args
    if isinstance(function, ast.Attribute) and function.attr == "__setattr__" and len(given) == 2:
        return function.value, given[0]
    plain = is_name(function, "setattr") or last_name(function) == "__setattr__"
    return (given[0], given[1]) if plain and len(given) == 3 else None


def spelled(name: ast.expr, scope: Scope) -> list[object]:
    """The values of a constant, or of a name that a loop gives some which are spelled out there,
    or under a name; None for each that is not."""
    if not isinstance(name, ast.Name):
        return [getattr(name, "value", None)]
    bound = scope.bindings.get(name.id, ())
    lists = [_list_of(b.value, scope) for b in bound if b.kind == "loop" and not b.path]
    return [getattr(e, "value", None) for each in lists for e in getattr(each, "elts", [None])]


def _list_of(node: ast.expr | None, scope: Scope) -> ast.expr | None:
    """What a name that is assigned once stands for; anything else itself."""
    if not isinstance(node, ast.Name):
        return node
    found = next(filter(None, (s.bindings.get(node.id) for s in scope.chain())), [])
    return found[0].value if len(found) == 1 else None


def empties(call: ast.Call) -> bool:
    """Whether what changes a key takes it away: a `delete()`, or a None."""
    return last_name(call.func) in ("delete", "adelete") or any(map(is_none, descend(call)))


def filled(call: ast.Call) -> ast.expr | None:
    """The object whose attributes a call sets by names that it gets from elsewhere: `order` in
    `setattr(order, key, value)` and `vars(order).update(row)`."""
    function = call.func
    if is_name(function, "setattr") and len(call.args) == 3:
        return call.args[0] if not isinstance(call.args[1], ast.Constant) else None
    if not (isinstance(function, ast.Attribute) and function.attr == "update" and call.args):
        return None
    return None if isinstance(call.args[0], ast.Dict) else _namespace_of(function.value)


def rekeyed(target: ast.AST, keys: Set[str]) -> ast.expr | None:
    """The object whose key an assignment changes: `order` in `order.pk = None` and
    `order.__dict__["pk"] = None`."""
    if isinstance(target, ast.Subscript):
        named = getattr(target.slice, "value", None) in keys
        return _namespace_of(target.value) if named else None
    return target.value if isinstance(target, ast.Attribute) and target.attr in keys else None


def _emptied(store: Store, keys: Set[str]) -> ast.expr | None:
    """The object whose key an assignment takes away; one to several targets with a None in it may
    do so."""
    given = store.value.elts if isinstance(store.value, ast.Tuple) else [store.value]
    empty = store.kind == "assign" and any(map(is_none, given))
    return rekeyed(store.target, keys) if empty else None


def _namespace_of(node: ast.expr) -> ast.expr | None:
    """The object in `order.__dict__` and `vars(order)`."""
    if isinstance(node, ast.Call) and is_name(node.func, "vars") and len(node.args) == 1:
        return node.args[0]
    return node.value if isinstance(node, ast.Attribute) and node.attr == "__dict__" else None


def _key_names(project: Project) -> set[str]:
    return {"pk", "id"} | {
        field.name
        for model in project.models.by_label.values()
        for field in model.fields.values()
        if field.primary_key
    }


def _saves_later(project: Project, facts: FileFacts, call: CallSite, owner: ast.expr) -> bool:
    """Whether the function saves an object under the same name after the call, `self` by its base
    too, or hands it to one that saves it; one that an object keeps, any method may save after it:
    all but tests, which have one of their own each."""
    text = ast.unparse(owner)
    scopes = [*call.scope.inside()]
    kept = isinstance(owner, ast.Attribute) and getattr(owner.value, "id", "") in ("self", "cls")
    body = call.scope.class_() if kept else None
    cls = project.class_of(facts, body) if body is not None else None
    anywhere = cls is not None and not project.classes.is_subclass(cls.name, *TEST_CASES)
    if cls is not None and anywhere:
        scopes = [*cls.scope.inside()]
    saved = (
        (node, node.value)
        for scope in scopes
        for node in scope.attributes
        if node.attr in ("save", "asave")
    )
    handed_on = (
        (each.node, value)
        for each in facts.named(*project.once(_saving))
        if each.scope in scopes
        for value in all_given(each.node)
    )
    return any(
        (ast.unparse(value) == text or (text == "self" and _is_super(value)))
        and (anywhere or _may_come_to(call, node, value))
        for node, value in chain(saved, handed_on)
    )


def _saving(project: Project) -> frozenset[str]:
    """The names of functions that save one of their parameters."""
    return frozenset(
        function.name
        for facts in project.read()
        for call in facts.named("save", "asave")
        if isinstance(call.node.func, ast.Attribute)
        and isinstance(function := call.scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and call.scope.class_() is None
        and _is_parameter(call.node.func.value, call.scope)
    )


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and is_name(node.func, "super")


def _may_come_to(call: CallSite, node: ast.expr, saved: ast.expr) -> bool:
    """Whether the function may save what a name stands for after the call: a loop over objects has
    another one in each round."""
    function = call.scope.function() or call.scope
    name = getattr(saved, "id", "")
    loops = (
        loop
        for loop in loops_around(function.node, call.node, node)
        if not (isinstance(loop, (ast.For, ast.AsyncFor)) and is_name(loop.target, name))
    )
    return may_follow(function.node, call.node, node) or any(True for _ in loops)


def _labels(project: Project, expr: ast.expr, scope: Scope, facts: FileFacts) -> set[str | None]:
    answer = project.type_of(expr, scope, facts)
    if not answer.types:
        return {None}
    found: set[str | None] = set()
    for kind in answer.types:
        if isinstance(kind, Instance):
            found |= set(project.types.engine.labels(kind.cls))
    return found
