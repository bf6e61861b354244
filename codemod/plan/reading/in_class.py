"""Handlers that stand in a class and have nothing to do with it but its name: they may leave it.

class Entry(models.Model):                          def add(order):
    @classmethod                                ->      Entry.objects.create(order=order)
    def add(cls, sender, instance, **kwargs):
        cls.objects.create(order=instance)

post_save.connect(Entry.add, sender=Order)
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from codemod.facts.nodes import parameters
from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.plan.reading.given import bound_to_class
from codemod.plan.reading.handler import GIVEN, Handler
from codemod.plan.reading.sender_class import Naming, naming
from codemod.project.answers import ClassRef, Instance
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.types.kinds import FIRING

# Bases that call no method of a class by its name.
_PLAIN = frozenset({"abc.ABC", "builtins.object", "object"})


def class_of(project: Project, receiver: FoundReceiver) -> ClassInfo | None:
    """The class in whose body a handler stands, at the top of its module."""
    function = receiver.function
    if function is None or function.outer.kind != "class":
        return None
    info = project.classes.get(
        f"{project.module_of(receiver.facts.path)}.{function.outer.qualname}"
    )
    top = info is not None and any(info.definition.node is s for s in receiver.facts.tree.body)
    return info if top else None


def own_class(
    project: Project, receiver: FoundReceiver, handler: Handler, path: str
) -> tuple[str, Naming | None] | None:
    """What a class method calls its class, if its work does, and how the service at `path` can
    name that; None there: the name is another's."""
    bound = bound_to_class(receiver.function) if receiver.function is not None else None
    info = class_of(project, receiver)
    if bound is None or info is None or not handler.reads(bound):
        return None
    return bound, naming(project, receiver, handler, path, info.name)


def may_leave(project: Project, receiver: FoundReceiver) -> bool:
    """Whether nothing but its connections has to do with a method of a class."""
    info, function = class_of(project, receiver), receiver.function
    if info is None or function is None:
        return False
    name, node = function.node.name, info.definition.node
    assert isinstance(node, ast.ClassDef)
    bound = bound_to_class(function)
    return (
        any(function.node is statement for statement in node.body)
        and {*parameters(function.node)} <= {*GIVEN, *([bound] if bound else ())}
        and (bound is None or _is_named_by(project, receiver, info))
        and not any(map(_is_of_classes, ast.walk(function.node)))
        and not _is_another(function, receiver.facts)
        and sum(isinstance(n, ast.arg) and n.arg == bound for n in ast.walk(function.node)) < 2
        and _is_alone(project, info, name)
        and not any(True for _ in _mentions(project, receiver, info))
    )


def _is_named_by(project: Project, receiver: FoundReceiver, info: ClassInfo) -> bool:
    """Whether every connection takes a class method off the class itself, which it is told then."""
    return all(
        made.call is not None
        and any(
            isinstance(n, ast.Attribute)
            and n.attr == receiver.receiver.name.rpartition(".")[2]
            and project.symbols.resolve(n.value, made.call.scope, made.facts) == info.name
            for n in ast.walk(made.node)
        )
        for made in receiver.made
    )


def _is_of_classes(node: ast.AST) -> bool:
    """Whether code means something else outside of a class: `super()`, `cls.__name`."""
    name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
    private = name.startswith("__") and not name.endswith("__")
    return private or name in ("super", "__class__")


def _is_another(function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a method's name is something else's outside of its class: `send_mail(order)` in a
    method `send_mail`."""
    name = function.node.name
    return (
        name in facts.scope.bindings
        or hasattr(builtins, name)
        or any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(function.node))
    )


def _is_alone(project: Project, info: ClassInfo, name: str) -> bool:
    """Whether no base and no child of a class has the name, or may call what has it."""
    related = {*project.classes.mro(info.name)[1:], *project.classes.subclasses(info.name)}
    known = {cls: project.classes.get(cls) for cls in related - {info.name}}
    return (
        name not in FIRING
        and not any(map(_takes_stock, (info, *filter(None, known.values()))))
        and not any(
            name in definition.methods or name in definition.attributes or name in definition.given
            for found in known.values()
            if found is not None
            for definition in [found.definition]
        )
        and (
            info.name in project.models.by_class
            or all(found is not None or cls in _PLAIN for cls, found in known.items())
        )
    )


def _takes_stock(info: ClassInfo) -> bool:
    """Whether something may go through the methods of a class when it is made: a metaclass, a
    decorator."""
    node = info.definition.node
    return isinstance(node, ast.ClassDef) and bool(
        "__init_subclass__" in info.definition.methods or node.keywords or node.decorator_list
    )


def _mentions(project: Project, receiver: FoundReceiver, info: ClassInfo) -> Iterator[ast.AST]:
    """What may be the method by its name, besides itself and its connections."""
    name = receiver.receiver.name.rpartition(".")[2]
    handler = [receiver.function.node] if receiver.function is not None else []
    own = {id(n) for each in (*handler, *(m.node for m in receiver.made)) for n in ast.walk(each)}
    quoted = re.compile(rf"\b{name}[\"']")
    for path in project.paths:
        facts = project.facts(path) if name in project.text(path) else None
        if facts is None:
            continue
        read = facts is receiver.facts or quoted.search(facts.text)
        for node in ast.walk(facts.tree) if read else ():
            if id(node) in own:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value.rpartition(".")[2] == name:
                    yield node
            elif isinstance(node, ast.Name) and node.id == name:
                if facts is receiver.facts and _is_within(info, node):
                    yield node
        for scope in facts.scopes.values():
            for attribute in scope.attributes:
                if attribute.attr == name and id(attribute) not in own:
                    if _may_be(project, attribute.value, scope, facts, info):
                        yield attribute


def _is_within(info: ClassInfo, node: ast.expr) -> bool:
    whole = info.definition.node
    return whole.lineno <= node.lineno <= (whole.end_lineno or whole.lineno)


def _may_be(
    project: Project, owner: ast.expr, scope: Scope, facts: FileFacts, info: ClassInfo
) -> bool:
    """Whether something may be the class, one that comes from it, or an object of such a one."""
    if project.symbols.resolve(owner, scope, facts) == info.name:
        return True
    kinds = project.type_of(owner, scope, facts).types
    return not kinds or any(
        project.classes.is_subclass(kind.cls, info.name)
        or project.classes.is_subclass(info.name, kind.cls)
        for kind in kinds
        if isinstance(kind, (Instance, ClassRef))
    )
