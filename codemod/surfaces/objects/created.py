"""What `created` is at a site that saves: static where it is proved, else read before the save.

The static rule (SEMANTICS section 1, after row 1.36): True if the object is built in this
function with no pk given and not saved before; False if it is fetched here, its pk left alone;
otherwise dynamic, `_state.adding`.
"""

from __future__ import annotations

import ast
from collections.abc import Set

from codemod.facts.nodes import descend, is_name, is_none, last_name
from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.project.answers import ClassRef, QuerySet
from codemod.project.project import Project
from codemod.project.types.flow import reaching
from codemod.project.types.order import comes_again
from codemod.surfaces.calls import found
from codemod.surfaces.objects import held_keys, request_user, test_objects
from codemod.surfaces.objects.flow import (
    AUTO,
    auto_pk,
    constructed,
    fresh,
    key_names,
    pk_is_set,
    saved_before,
)
from codemod.surfaces.objects.has_row import FETCHES, MAYBE, asks_the_database, has_row
from codemod.surfaces.objects.keys import changes_key
from codemod.surfaces.objects.lost_rows import loses_row
from codemod.surfaces.objects.own_rows import BASE, has_all, may_name_own
from codemod.surfaces.objects.rollbacks import undone
from codemod.values.account import Created

MODEL_FORM = "django.forms.ModelForm"

CREATES = {
    "create", "acreate", "create_user", "acreate_user", "create_superuser", "acreate_superuser",
}  # fmt: skip


def at_save(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    saved: ast.expr,
    models: tuple[str, ...],
    *,
    arguments: bool = True,
) -> Created:
    """`created` of `saved.save(...)`; `arguments`: the call's are those of `Model.save()`."""
    if arguments:
        told = by_arguments(project, call, models)
        if told is not None:
            return told
    if loses_row(project, facts, call, saved, models):
        return "dynamic"
    if isinstance(saved, ast.Call):
        return _of_value(project, facts, saved, models, call.scope)
    if isinstance(saved, ast.Attribute):
        if request_user.has_row(project, call.scope, saved):
            return "false"
        return _of_test_object(project, facts, call.scope, saved, models)
    if not isinstance(saved, ast.Name) or call.scope.kind != "function":
        return "dynamic"
    bindings = call.scope.bindings.get(saved.id, [])
    if not bindings or changes_key(project, call, saved, models):
        return "dynamic"
    if facts.declaring and any(facts.bound_inside(b, call.scope) for b in bindings):
        return "dynamic"
    if held_keys.renewed_by_form(project, facts, call.scope, saved.id, models):
        return "dynamic"
    if has_row(project, facts, call.scope, saved):
        return "false"
    lost = undone(project, facts, call, saved)
    if not any(isinstance(part, ast.Call) for part in lost) and saved_before(
        call, saved.id, lambda v: _of_value(project, facts, v, models, call.scope) == "false"
    ):
        return "false"
    # Of `order = request.POST["order"]` above `order = Order()` nothing is left.
    bindings = [*reaching(saved.id, call.scope, bindings, saved).bindings]
    objects = [b for b in bindings if not _holds_rows(project, facts, call.scope, b)]
    answers = {_of_binding(project, facts, binding, models, call.scope) for binding in objects}
    if answers == {"false"} and not any(_is_within(b.node, part) for b in objects for part in lost):
        return "false"
    if answers == {"true"} and fresh(project, facts, call, saved.id, bindings):
        return "true"
    return "dynamic"


def _is_within(node: ast.AST, statement: ast.AST) -> bool:
    line, last = getattr(node, "lineno", 0), getattr(statement, "end_lineno", 0)
    return getattr(statement, "lineno", 0) <= line <= last


def _holds_rows(project: Project, facts: FileFacts, scope: Scope, binding: Binding) -> bool:
    """Whether a name is first given a queryset, as in `order = orders.filter(); order[0]`."""
    if binding.kind != "assign" or binding.path or not isinstance(binding.value, ast.Call):
        return False
    answer = project.type_of(binding.value, scope, facts)
    return bool(answer.types) and all(isinstance(t, QuerySet) for t in answer.types)


def by_arguments(project: Project, call: CallSite, models: tuple[str, ...]) -> Created | None:
    """What the arguments of `save()` tell; None if they leave it to the object."""
    if found.is_literal(found.save_argument(call.node, "force_insert", 0), True):
        return "true"
    if found.is_literal(found.save_argument(call.node, "force_update", 1), True):
        return "false" if auto_pk(project, models) else "dynamic"
    fields = found.save_argument(call.node, "update_fields", 3)
    if isinstance(fields, (ast.List, ast.Tuple, ast.Set)) and auto_pk(project, models):
        return "false"  # a new object without a pk raises instead (1.35)
    if found.save_argument(call.node, "using", 2) is not None or found.has_unpacking(call.node):
        return "dynamic"  # whether the row exists there is another question (1.12)
    return None


def of_instance(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    node: ast.expr,
    models: tuple[str, ...],
    seen: frozenset[str] = frozenset(),
) -> Created:
    """`created` of an object named by `node`, seen from `scope`, that is saved later.

    `seen`: the forms on the way here. `event = form.save(commit=False)` says nothing new of the
    event that the form got.
    """
    if is_none(node):
        return "true"
    if isinstance(node, ast.Call):
        return _of_value(project, facts, node, models, scope, seen)
    if isinstance(node, ast.Attribute) and request_user.has_row(project, scope, node):
        return "false"
    if isinstance(node, ast.Name) and scope.kind == "function":
        bindings = [b for b in scope.bindings.get(node.id, []) if _form_of(b) not in seen]
        answers = {
            _of_binding(project, facts, binding, models, scope, seen) for binding in bindings
        }
        if answers == {"false"} and not pk_is_set(project, scope, node.id, models):
            return "false"
    return "dynamic"


def of_held(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    node: ast.expr,
    models: tuple[str, ...],
    seen: frozenset[str] = frozenset(),
) -> Created:
    """`created` of what a form, serializer or view is given as its object, which may be none."""
    values = [node]
    if isinstance(node, ast.Name):
        values += [b.value for b in scope.bindings.get(node.id, ()) if b.value is not None]
    calls = (n for value in values for n in descend(value) if isinstance(n, ast.Call))
    if any(last_name(call.func) in MAYBE for call in calls):
        return "dynamic"
    return of_instance(project, facts, scope, node, models, seen)


def _of_test_object(
    project: Project, facts: FileFacts, scope: Scope, saved: ast.Attribute, models: tuple[str, ...]
) -> Created:
    """`created` of `self.order` in a test case: False if its set-up made a row in every way."""
    found = test_objects.assigned(project, facts, scope, saved, key_names(project, models))
    answers = {
        of_instance(project, info.facts, inner, value, models) for info, inner, value in found
    }
    return "false" if answers == {"false"} else "dynamic"


def of_form(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    form: ast.expr,
    models: tuple[str, ...],
    seen: frozenset[str] = frozenset(),
) -> Created:
    """`created` of the object that a model form saves: what its constructor got for `instance`."""
    constructors: list[ast.expr] = []
    if isinstance(form, ast.Call):
        constructors.append(form)
    elif isinstance(form, ast.Name) and scope.kind == "function":
        for binding in scope.bindings.get(form.id, []):
            if binding.kind != "assign" or binding.path or not isinstance(binding.value, ast.Call):
                return "dynamic"
            constructors.append(binding.value)
    answers: set[Created] = set()
    for node in constructors:
        assert isinstance(node, ast.Call)
        cls = project.symbols.resolve(node.func, scope, facts)
        if found.has_unpacking(node) or cls is None:
            return "dynamic"
        if not project.classes.is_subclass(cls, MODEL_FORM):
            return "dynamic"
        if not request_user.passes_on(project, cls):
            return "dynamic"  # it may make an instance of its own
        given = found.keyword(node, "instance")
        if len(node.args) > 8 or _is_touched(scope, form, key_names(project, models)):
            return "dynamic"
        if held_keys.given(project, models, cls, taken=True):
            return "dynamic"
        if given is not None and held_keys.typed(project, models, cls):
            return "dynamic"
        answers.add(
            "true"
            if given is None
            else of_held(project, facts, scope, given, models, seen | {ast.unparse(form)})
        )
    return answers.pop() if len(answers) == 1 else "dynamic"


def given_to(scope: Scope, form: ast.expr, position: int | None = None) -> str | None:
    """The name that every constructor of a form gets as its `instance`, bound once. `position`:
    where it stands among the arguments, if they need not name it."""
    if not isinstance(form, ast.Name) or scope.kind != "function" or _is_touched(scope, form):
        return None
    values = [binding.value for binding in scope.bindings.get(form.id, [])]
    given = {
        instance.id if isinstance(instance, ast.Name) else ""
        for value in values
        for instance in [
            found.keyword(value, "instance", position) if isinstance(value, ast.Call) else None
        ]
    }
    name = given.pop() if len(given) == 1 else ""
    return name if len(scope.bindings.get(name, [])) == 1 else None


def _is_touched(scope: Scope, form: ast.expr, keys: Set[str] = frozenset()) -> bool:
    """Whether the function gives the form another instance, or its instance another key, or saves
    it more than once."""
    if not isinstance(form, ast.Name):
        return False
    made = [b.value for b in scope.bindings.get(form.id, ()) if b.value is not None]
    saves = 0
    instance = f"{form.id}.instance"
    if any(ast.unparse(owner) == instance for owner, _ in held_keys.rekeyed_in(scope, keys)):
        return True
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Attribute) and is_name(node.value, form.id):
            if node.attr == "instance" and isinstance(node.ctx, ast.Store):
                return True
            saves += node.attr == "save"
            if node.attr == "save" and comes_again(scope.node, made, node):
                return True
    return saves > 1


def expression(
    project: Project,
    models: tuple[str, ...],
    target: str,
    given_key: bool = False,
    database: str | None = None,
) -> str:
    """Code that reads `created` above a save. `target` is the code of the object.

    Where the key is given before the save, or another `database` is named, only a query tells
    whether there is a row (1.4, 1.11).
    """
    keys = [project.models.by_label[label].pk for label in models]
    natural = any(k is not None and not k.default and k.kind not in AUTO for k in keys)
    if natural or database or (given_key and len(models) == 1):
        plain = all(has_all(project, label) for label in models)
        manager = "objects" if plain else BASE
        rows = f"type({target}).{manager}{f'.using({database})' if database else ''}"
        return f"not {rows}.filter(pk={target}.pk).exists()"
    text = f"{target}._state.adding"
    # `obj.pk = None; obj.save()` on a fetched object inserts while `adding` is False (1.33).
    if any(project.resets_pk(label) for label in models):
        text += f" or {target}.pk is None"
    return text


def _of_binding(
    project: Project,
    facts: FileFacts,
    binding: Binding,
    models: tuple[str, ...],
    scope: Scope,
    seen: frozenset[str] = frozenset(),
) -> Created:
    if binding.kind == "loop" and not binding.path and binding.value is not None:
        answer = project.type_of(binding.value, _scope(facts, binding), facts)
        return "false" if found.is_query(answer) else "dynamic"
    if binding.kind != "assign" or binding.path or binding.value is None:
        return "dynamic"
    if isinstance(binding.value, ast.Subscript) and not isinstance(binding.value.slice, ast.Slice):
        rows = project.type_of(binding.value.value, scope, facts)
        return "false" if found.is_query(rows) else "dynamic"
    return _of_value(project, facts, binding.value, models, scope, seen)


def _form_of(binding: Binding) -> str | None:
    """The form in `event = form.save(commit=False)`, as source."""
    value = binding.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "save" and not _commits(value):
            return ast.unparse(value.func.value)
    return None


def _commits(call: ast.Call) -> bool:
    """Whether a form's `save()` may write."""
    return not found.is_literal(found.keyword(call, "commit", 0), False)


def _of_value(
    project: Project,
    facts: FileFacts,
    value: ast.expr,
    models: tuple[str, ...],
    scope: Scope,
    seen: frozenset[str] = frozenset(),
) -> Created:
    if isinstance(value, ast.Await):
        value = value.value
    branches: list[ast.expr] = []
    if isinstance(value, ast.IfExp):
        branches = [value.body, value.orelse]
    elif isinstance(value, ast.BoolOp):
        branches = value.values
    if branches:
        answers = {_of_value(project, facts, branch, models, scope) for branch in branches}
        return answers.pop() if len(answers) == 1 else "dynamic"
    if not isinstance(value, ast.Call):
        known = has_row(project, facts, scope, value)
        return "false" if known or request_user.has_row(project, scope, value) else "dynamic"
    if isinstance(value.func, ast.Attribute) and value.func.attr == "save":
        if not _commits(value):
            return of_form(project, facts, scope, value.func.value, models, seen)
        # Saved by the form already, if `commit` is not something else.
        return "dynamic" if found.keyword(value, "commit", 0) is not None else "false"
    function = value.func
    called = function.attr if isinstance(function, ast.Attribute) else None
    if isinstance(function, ast.Name):
        called = function.id
    if called in FETCHES and asks_the_database(project, facts, function, scope):
        return "false"
    if called in CREATES and isinstance(function, ast.Attribute):
        rows = project.type_of(function.value, scope, facts)
        plain = called in ("create", "acreate") or not may_name_own(project, function, rows)
        if plain and found.is_query(rows):
            return "false"  # it has a row by the time anybody saves it again
    built = project.type_of(function, scope, facts)  # `User = get_user_model()` is a class, too
    names = {project.models.by_label[label].name for label in models}
    if built.types and all(isinstance(t, ClassRef) and t.cls in names for t in built.types):
        return constructed(project, value, models)
    return "dynamic"


def _scope(facts: FileFacts, binding: Binding) -> Scope:
    return facts.scopes.get(binding.node, facts.scope)
