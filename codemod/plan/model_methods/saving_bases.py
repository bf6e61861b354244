"""What the `save()` of a base in the project does on the way from a model's own to Django's.

def save(self, *args, **kwargs):
    if self.pk:
        self.pk = None                          hides `created` from the model's own
    kwargs["update_fields"] = ["email"]         changes `update_fields`
    super().save(*args, **kwargs)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.facts.nodes import descend, is_name, is_none
from codemod.facts.tables import CallSite, Scope
from codemod.plan.reading.run_by import functions_of
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.types.resets import cleared, empties, rekeyed
from codemod.surfaces.calls.found import other_database, save_argument
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.objects.flow import key_names
from codemod.surfaces.site import ServiceCall

FIELDS = "update_fields"


def handing_on(project: Project, cls: ClassInfo) -> tuple[CallSite, ...]:
    """The calls in a class's `save()` that hand on to its bases."""
    scope = cls.facts.scopes.get(cls.definition.methods["save"])
    return tuple(
        call
        for call in cls.facts.calls
        if call.scope is scope and upward(project, cls.facts, call, "save") is not None
    )


def hides_created(
    project: Project, cls: str, bases: Iterable[ClassInfo], models: tuple[str, ...]
) -> bool:
    """Whether nothing tells above the `save()` of bases if a row is made: one, or a method that it
    calls, may take the key away, or it saves the object in another database (1.11, 1.33)."""
    keys = key_names(project, models)
    for base in bases:
        method, facts = base.definition.methods["save"], base.facts
        called = functions_of(project, cls, method.body, facts.scopes[method], facts)
        scopes = [facts.scopes[method], *(inner.scopes[node] for inner, node in called)]
        if any(_renews(node, keys, scope) for scope in scopes for node in descend(scope.node)):
            return True
        if any(other_database(call) for call in handing_on(project, base)):
            return True
    return False


def changes_fields(project: Project, base: ClassInfo, readers: Iterable[ServiceCall]) -> bool:
    """Whether a base's `save()` may give Django other `update_fields` than it gets itself, so that
    work which reads them sees it: names that it doesn't look up may come and go."""
    method = base.definition.methods["save"]
    kwargs = method.args.kwarg.arg if method.args.kwarg is not None else ""
    named = [a.arg for a in (*method.args.args, *method.args.kwonlyargs) if a.arg == FIELDS]
    for call in handing_on(project, base):
        given = save_argument(call.node, FIELDS, 3)
        unpacked = [k.value for k in call.node.keywords if k.arg is None]
        plain = all(is_name(each, kwargs) for each in unpacked)  # no copy with more or less
        handed = given is None and plain and bool(unpacked) is bool(kwargs)
        if not (is_name(given, FIELDS) if named else handed):
            return True
    texts = {n.value for n in descend(method) if isinstance(n, ast.Constant)}
    if not any(call.frozen or texts & call.asks for call in readers):
        return False
    return any(_is_set(node, kwargs, named) for node in descend(method))


def _is_set(node: ast.AST, kwargs: str, named: list[str]) -> bool:
    """Whether code sets `update_fields`, a parameter of these or one of `**kwargs`."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return name in (kwargs, *named)
        case ast.Subscript(
            value=ast.Name(id=name), slice=ast.Constant(value=key), ctx=ast.Store() | ast.Del()
        ):
            return (name, key) == (kwargs, FIELDS)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=given):
            asked = any(isinstance(g, ast.Constant) and g.value == FIELDS for g in given[:1])
            return name == kwargs and (method == "update" or (asked and method != "get"))
    return False


def hands_on_all(project: Project, base: ClassInfo) -> bool:
    """Whether a base's `save()` has no use for its `**kwargs` but to hand them on."""
    method = base.definition.methods["save"]
    kwarg = method.args.kwarg
    named = [n for n in descend(method) if kwarg is not None and is_name(n, kwarg.arg)]
    handed = [k.value for call in handing_on(project, base) for k in call.node.keywords]
    plain = [value for value in handed if any(value is n for n in named)]
    return bool(named) and len(plain) == len(named) == len(handing_on(project, base))


def _renews(node: ast.AST, keys: set[str], scope: Scope) -> bool:
    """Whether code makes `self` look new, or takes its key away: `self.pk = None`, also among
    other targets, `setattr(self, "pk", None)`, `self.__dict__.update(pk=None)`, `self.delete()`."""
    if isinstance(node, ast.Assign):
        values = getattr(node.value, "elts", [node.value])
        value = next(filter(is_none, values), node.value)
        targets = (one for t in node.targets for one in getattr(t, "elts", [t]))
        return any(_is_renewed(target, value, keys) for target in targets)
    if not isinstance(node, ast.Call) or not empties(node):
        return False
    return is_name(cleared(node, keys, scope), "self")


def _is_renewed(target: ast.expr, value: ast.expr, keys: set[str]) -> bool:
    """Whether an assignment makes `self` look new, or takes its key away."""
    state = target.value if isinstance(target, ast.Attribute) and target.attr == "adding" else None
    if state is not None:
        return not isinstance(state, ast.Attribute) or is_name(state.value, "self")
    return is_none(value) and is_name(rekeyed(target, keys), "self")
