"""Serializers of many objects: `save()` of one gives a list.

    serializer = OrderSerializer(data=rows, many=True)
    serializer.save()

    def get_serializer(self, *args, **kwargs):
        if isinstance(kwargs.get("data"), list):
            kwargs["many"] = True
        return super().get_serializer(*args, **kwargs)

SEMANTICS 8.4.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import descend, last_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.surfaces.calls import found

BULK = "rest_framework_bulk."
MAKER = "get_serializer"


def view_may(project: Project, view: str, hook: str) -> bool:
    """Whether a view may give the hook that saves (`perform_create`) a serializer of many."""
    chain = project.classes.mro(view)
    return any(name.startswith(BULK) for name in chain) or any(
        (scope.name == MAKER or hook in _called(info.facts, scope)) and _says_many(scope.node)
        for name in chain
        if (info := project.classes.get(name)) is not None
        for scope in info.scope.children
        if scope.kind == "function"
    )


def may(project: Project, facts: FileFacts, call: CallSite, serializer: ast.expr) -> bool:
    """Whether the serializer in `serializer.save()` may be of many objects."""
    return any(_made(project, facts, call.scope, serializer))


def _made(project: Project, facts: FileFacts, scope: Scope, serializer: ast.expr) -> Iterator[bool]:
    """For each way in which a serializer comes to be, whether it may be of many objects."""
    function = scope.function()
    if _is_child(serializer):
        return
    if isinstance(serializer, ast.Name) and function is not None:
        for binding in function.bindings.get(serializer.id, ()):
            if binding.kind == "param":
                yield from _given(project, facts, function)
            elif binding.value is not None:
                yield _is_of_many(project, facts, function, binding.value)
        return
    if isinstance(serializer, ast.Call):
        yield _is_of_many(project, facts, scope, serializer)
        return
    around = scope.class_() or function
    yield around is not None and _says_many(around.node)


def _given(project: Project, facts: FileFacts, function: Scope) -> Iterator[bool]:
    """For each class and function that calls a function, whether it speaks of many."""
    around = function.class_()
    info = project.class_of(facts, around) if around is not None else None
    if info is not None:
        for view in project.classes.heirs(info.name):
            yield view_may(project, view, function.name)
    else:
        for _, call in project.calling(function.name):
            yield _says_many(call.scope.node)


def _is_of_many(project: Project, facts: FileFacts, scope: Scope, value: ast.expr) -> bool:
    """Whether an expression may give a serializer of many objects."""
    if _is_child(value):
        return False
    for node in descend(value):
        if isinstance(node, ast.Attribute) and node.attr == "fields":
            return _says_many((scope.class_() or scope).node)
        if not isinstance(node, ast.Call):
            continue
        if any(_is_many(keyword) for keyword in node.keywords):
            return True
        if found.has_unpacking(node) and _says_many(scope.node):
            return True
        if last_name(node.func) == MAKER:
            around = scope.class_()
            info = project.class_of(facts, around) if around is not None else None
            views = project.classes.heirs(info.name) if info is not None else ()
            makers = (project.classes.method(view, MAKER) for view in views)
            if any(maker is not None and _says_many(maker[1].node) for maker in makers):
                return True
            continue
        dotted = project.symbols.resolve(node.func, scope, facts)
        helper = project.function(dotted) if dotted is not None else None
        if helper is not None and _says_many(helper[1].node):
            return True
    return False


def _is_child(serializer: ast.expr) -> bool:
    """Whether it is the `child` of a serializer of many, which is of one object."""
    return isinstance(serializer, ast.Attribute) and serializer.attr == "child"


def _called(facts: FileFacts, scope: Scope) -> set[str]:
    """The names of what a function calls, `super()`'s own method of the same name left out."""
    return {
        call.name
        for call in facts.calls
        if call.scope is scope and not (call.name == scope.name and found.goes_up(call))
    }


def _says_many(node: ast.AST) -> bool:
    """Whether code asks for a serializer of many objects."""
    return any(
        _is_many(n) if isinstance(n, ast.keyword) else getattr(n, "value", None) == "many"
        for n in descend(node)
        if isinstance(n, (ast.keyword, ast.Constant))
    )


def _is_many(keyword: ast.keyword) -> bool:
    return keyword.arg == "many" and not found.is_literal(keyword.value, False)
