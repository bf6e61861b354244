"""What a field class of the project gives its fields by itself, and where it takes their arguments.

class OwnerField(models.ForeignKey):
    def __init__(self, role="", *args, **kwargs):     `role` is "" unless the field says otherwise
        kwargs.setdefault("to", User)                 unless the field says otherwise
        kwargs["on_delete"] = models.CASCADE          whatever the field says
        super().__init__(*args, null=True, **kwargs)
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from codemod.facts.nodes import is_name
from codemod.project.classes import Classes, ClassInfo


@dataclass(frozen=True, eq=False)
class Given:
    """The value of an argument that a class gives, in its own terms."""

    value: ast.expr
    cls: ClassInfo
    firm: bool  # whatever the field says


@dataclass(frozen=True, eq=False)
class FieldClass:
    """How a field class reads the arguments of its fields."""

    given: Mapping[str, Given] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # its parameters by position, before those that it hands on

    def place(self, name: str, position: int) -> int:
        """At which position a field gives an argument, which is Django's at `position`."""
        if name in self.names:
            return self.names.index(name)
        return position + len(self.names)


PLAIN = FieldClass()
UNTOLD = ast.Name("?")  # a value that nothing tells, of an argument that is given


def field_class(cls: str | None, classes: Classes) -> FieldClass:
    """What the project's classes say that a field class is made of. Each hands on to the next: a
    later one gives what none did, or in place of what they gave."""
    own = [classes.get(name) for name in (classes.mro(cls) if cls is not None else ())]
    makers = [info for info in own if info is not None and "__init__" in info.definition.methods]
    if not makers:
        return PLAIN
    given: dict[str, Given] = {}
    for info in makers:
        function = info.definition.methods["__init__"]
        for name, value, firm in _gives(function):
            if firm or name not in given:
                given[name] = Given(value, info, firm)
    arguments = makers[0].definition.methods["__init__"].args
    names = tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args))[1:]
    return FieldClass(given, names)


def _gives(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[tuple[str, ast.expr, bool]]:
    """The arguments that an `__init__` gives to its base's: name, value, and whether that holds
    whatever it was given itself."""
    for name, value, firm in stated(function):
        if not is_parameter(value, function):
            yield name, value, firm
        elif not is_name(value, name):
            yield name, UNTOLD, False  # unless the field says so: `kwargs.get("null", True)`
    yield from ((name, value, False) for name, value in defaults(function.args))


def defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """The parameters that have a default, with that."""
    plain = [*arguments.posonlyargs, *arguments.args]
    behind = plain[len(plain) - len(arguments.defaults) :]
    yield from ((each.arg, value) for each, value in zip(behind, arguments.defaults, strict=True))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield each.arg, default


def stated(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[tuple[str, ast.expr, bool]]:
    """The same for those that lines of it give; UNTOLD where more than a plain line decides."""
    kwargs = function.args.kwarg.arg if function.args.kwarg is not None else None
    read: set[ast.AST] = set()
    for statement in function.body:
        match statement:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=owner), attr="setdefault"),
                    args=[ast.Constant(value=str(name)), value],
                ) as call
            ) if owner == kwargs:
                read.add(call)
                yield name, value, False
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Name(id=owner), slice=ast.Constant(value=str(name))
                    ) as target
                ],
                value=value,
            ) if owner == kwargs:
                read.add(target)
                yield name, value, True
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"),
                    keywords=keywords,
                )
            ):
                read.update(keywords)
                for keyword in keywords:
                    if keyword.arg is not None:
                        yield keyword.arg, keyword.value, True
    yield from ((name, UNTOLD, firm) for name, firm in _else_given(function, read))


def _else_given(function: ast.AST, read: Collection[ast.AST]) -> Iterator[tuple[str, bool]]:
    """The names under which other code may give something: `if x: kwargs["null"] = True`,
    `kwargs.update(null=True)`; and whether that holds whatever it was given."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(str(name)), _]):
                if node not in read:
                    yield name, False
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                if node not in read:
                    yield name, True
            case ast.keyword(arg=str(name)):
                if node not in read:
                    yield name, True
            case ast.Dict(keys=keys):
                texts = (key.value for key in keys if isinstance(key, ast.Constant))
                yield from ((text, True) for text in texts if isinstance(text, str))


def is_parameter(
    value: ast.expr, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
) -> bool:
    """Whether a value has to do with what a function is given."""
    names = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(value))
