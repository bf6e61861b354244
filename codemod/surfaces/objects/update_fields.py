"""`update_fields` at a save: how services get it, and when the save fires nothing.

    page.save(update_fields=fields)    ->   page.save(update_fields=fields)
                                            if fields:
                                                index(page)

    page.save(update_fields=["views"]) ->   (nothing, if the service asks for "text" first)

    page.save(update_fields=["text"])  ->   page.save(update_fields=["text"])
    (the service does more than               index(page, update_fields=frozenset(["text"]))
    look names up in it)

Receivers get a frozenset, and an empty one fires nothing (SEMANTICS 1.8). For an object with
deferred fields Django makes it up itself (1.13).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from textwrap import indent

from codemod.facts.nodes import descend, is_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.file_field import FILES
from codemod.surfaces.placing.statements import is_stable
from codemod.surfaces.site import ServiceCall, Work

_TERM = r"(?:not )?[\w.]+|type\(\w+\) is \w+"  # of a condition
COLLECTIONS = ("frozenset", "list", "set", "sorted", "tuple")
SHRINKING = frozenset(
    "clear difference_update discard intersection_update pop remove "
    "symmetric_difference_update".split()
)


@dataclass(frozen=True)
class Fields:
    """The `update_fields` of one save."""

    source: str = "None"  # as code; empty if it can't be told
    given: bool = False  # surely not None
    filled: bool = False  # surely not empty
    plain: bool = True  # may be written more than once
    frozen: bool = False  # a frozenset already
    made_up: bool = False  # None may stand for what Django makes up

    @property
    def values(self) -> dict[str, str]:
        """As the flags of service calls."""
        exact = self.source
        if self.source not in ("", "None") and not self.frozen:
            exact = f"frozenset({self.source})"
            if not self.given:
                exact = f"{self.source} and {exact}"
        return {"update_fields": self.source, "frozen_fields": exact}

    def matters(self, work: Work) -> bool:
        """Whether the calls of a site depend on it."""
        calls = (*work.before, *work.after)
        return self.guarded([""], calls) != [""] or any("update_fields" in c.flags for c in calls)

    def mentions(self, work: Work) -> int:
        """How often the calls of a site say it."""
        code = [line for calls in (work.before, work.after) for line in self.guarded([""], calls)]
        flags = [c for c in (*work.before, *work.after) if "update_fields" in c.flags]
        values = [self.values["frozen_fields" if c.frozen else "update_fields"] for c in flags]
        return "\n".join([*code, *values]).count(self.source)

    def guarded(self, lines: list[str], calls: tuple[ServiceCall, ...]) -> list[str]:
        """The calls of these lines, made only if the save fires: not for an empty collection."""
        if self.filled or self.source in ("", "None") or all(call.idle for call in calls):
            return lines
        if not lines:
            return lines
        return self._under("\n".join(lines).split("\n"))

    def _under(self, lines: list[str]) -> list[str]:
        """The lines under the test, in one with an `if created:` that all of them are under.

        No save of some fields creates a row (django/db/models/base.py, _save_table()).
        """
        test = self.source if self.given else f"{self.source} is None or {self.source}"
        head = re.fullmatch(rf"if ((?:{_TERM})(?: and (?:{_TERM}))*):", lines[0])
        if head is None or not all(line.startswith(" ") for line in lines[1:]):
            return [f"if {test}:", *(indent(line, "    ") for line in lines)]
        if not self.given and "created" in head[1].split(" and "):
            test = f"{self.source} is None"
        elif not re.fullmatch(r"[\w.]+", test):
            test = f"({test})"
        return [f"if {head[1]} and {test}:", *lines[1:]]


def fields_of(project: Project, facts: FileFacts, call: CallSite) -> Fields:
    """What a call of `save()` says of it."""
    node = found.save_argument(call.node, "update_fields", 3)
    if node is None:
        return _unpacked(project, facts, call)
    if isinstance(node, ast.Constant) and node.value is None:
        return Fields(filled=True)
    given = _is_given(node, call.scope)
    return Fields(
        facts.lines.source(facts.lines.span(node)),
        given,
        given and _is_filled(node, call.scope),
        is_stable(node) or isinstance(node, (ast.List, ast.Set, ast.Tuple)),
        isinstance(node, ast.Call) and ast.unparse(node.func) == "frozenset",
    )


def written_out(node: ast.expr | None) -> frozenset[str] | None:
    """The names in `update_fields=["views"]`; None if they are not all there."""
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return None
    names = [n.value for n in node.elts if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return frozenset(names) if len(names) == len(node.elts) else None


def fields_of_override(project: Project, call: CallSite, models: tuple[str, ...]) -> Fields:
    """What a `save()` of the project got, at its `super().save()`."""
    function = call.scope.node
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    arguments = function.args
    filled, made_up = not perhaps_empty(project, models), defers(project, models)
    if any(a.arg == "update_fields" for a in (*arguments.args, *arguments.kwonlyargs)):
        return Fields("update_fields", filled=filled, made_up=made_up)
    if arguments.kwarg is not None and not (arguments.vararg and by_position(project)):
        source = f'{arguments.kwarg.arg}.get("update_fields")'
        return Fields(source, filled=filled, plain=False, made_up=made_up)
    return Fields("", filled=filled or not (arguments.vararg or arguments.kwarg))


def perhaps_empty(project: Project, models: tuple[str, ...]) -> bool:
    """Whether some call of the project may pass an empty collection to one of these models."""
    return any(
        _concerns(project, facts, call, models)
        for facts, call in project.once(_calls_with_perhaps_empty)
    )


def _calls_with_perhaps_empty(project: Project) -> list[tuple[FileFacts, CallSite]]:
    """The calls that save whatever may have got an empty `update_fields`."""
    calls = []
    for facts in project.read():
        for call in facts.named("save", "asave"):
            upward = found.is_super_call(call.node, call.name)
            if not upward and not fields_of(project, facts, call).filled:
                calls.append((facts, call))
        for call in facts.named("update_or_create", "aupdate_or_create"):
            defaults = found.keyword(call.node, "defaults", 0)
            if not (isinstance(defaults, ast.Dict) and any(defaults.keys)):
                calls.append((facts, call))
    return calls


def _concerns(project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]) -> bool:
    answer = project.owner_of(call, facts)
    labels = {*found.instances(project, answer), *found.queried(answer)}
    if answer.known or not labels.isdisjoint(models):
        return not labels.isdisjoint(models)
    return any(project.could_be(call, facts, label) for label in models)


def by_position(project: Project) -> bool:
    """Whether the project gives a `save()` of its own the fourth argument, `update_fields`,
    without a name."""
    return project.once(_is_given_by_position)


def _is_given_by_position(project: Project) -> bool:
    return any(
        (len(call.node.args) > 3 or (_unpacks(call) and not _is_of_file(project, call)))
        and _reaches_own(project, facts, call)
        for facts in project.read()
        for call in facts.named("save", "asave")
    )


def _unpacks(call: CallSite) -> bool:
    """Whether positional arguments come out of something else than the `*args` of a function around
    it, which hands on what it is given itself."""
    starred = [a.value for a in call.node.args if isinstance(a, ast.Starred)]
    around = [getattr(scope.node, "args", None) for scope in call.scope.chain()]
    own = {a.vararg.arg for a in around if isinstance(a, ast.arguments) and a.vararg is not None}
    return any(not (isinstance(value, ast.Name) and value.id in own) for value in starred)


def _is_of_file(project: Project, call: CallSite) -> bool:
    """Whether it is `book.cover.save(*image)`, by what all models have under that name, or
    `image.save(*data, save=False)`, by an argument that no model's `save()` takes."""
    if found.keyword(call.node, "save") is not None:
        return True
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else ""
    fields = [model.fields[name] for model in project.models.all() if name in model.fields]
    return bool(fields) and all(field.kind.endswith(FILES) for field in fields)


def _reaches_own(project: Project, facts: FileFacts, call: CallSite) -> bool:
    """Whether a `save()` may run an override of the project; a call of `super()` may leave it."""
    up = upward(project, facts, call, call.name)
    return up is None or any(
        (cls := project.classes.get(name)) is not None and "save" in cls.definition.methods
        for name in up.rest(project.classes.mro(up.owner.name))
    )


def defers(project: Project, models: tuple[str, ...]) -> bool:
    """Whether the project saves an object of these models with deferred fields, of which `save()`
    isn't told."""
    return any(
        _concerns(project, facts, call, models) for facts, call in project.once(_deferred_saves)
    )


def _deferred_saves(project: Project) -> list[tuple[FileFacts, CallSite]]:
    return [
        (facts, call)
        for facts in project.read()
        for call in facts.named("save", "asave")
        if _is_deferred(call)
    ]


def unknown(work: Work, fields: Fields) -> bool:
    """Whether a service wants it, or needs to know whether it is empty, and it can't be told."""
    calls = (*work.before, *work.after)
    if any("update_fields" in c.flags for c in calls):
        return fields.made_up or not fields.source
    return not (fields.source or fields.filled or all(c.idle for c in calls))


def _unpacked(project: Project, facts: FileFacts, call: CallSite) -> Fields:
    if not found.has_unpacking(call.node):
        return Fields("" if _is_deferred(call) else "None", filled=True)
    unpacked = [k.value for k in call.node.keywords if k.arg is None]
    filled = not any(_may_be_empty(project, value, call.scope) for value in unpacked)
    if len(unpacked) == 1 and is_stable(unpacked[0]) and not call.node.args:
        source = facts.lines.source(facts.lines.span(unpacked[0]))
        return Fields(f'{source}.get("update_fields")', filled=filled)
    return Fields("", filled=filled)


def _may_be_empty(project: Project, unpacked: ast.expr, scope: Scope) -> bool:
    """Whether what may be empty gets into `**unpacked` as "update_fields": by the function itself,
    or by those that call it where it is the function's own `**kwargs`."""
    given = [unpacked]
    if isinstance(unpacked, ast.Name):
        given += [b.value for b in scope.bindings.get(unpacked.id, ()) if b.value is not None]
    values = [value for node in given for value in _under_key(node)]
    values += [
        store.value
        for store in scope.stores
        if isinstance(store.target, ast.Subscript)
        and _is_key(store.target.slice)
        and ast.dump(store.target.value) == ast.dump(unpacked)
    ]
    if any(value is None or not _is_full(value, scope) for value in values):
        return True
    function = scope.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    if function.args.kwarg is None or not is_name(unpacked, function.args.kwarg.arg):
        return False
    return any(
        (value := found.keyword(call.node, "update_fields")) is not None
        and not _is_full(value, call.scope)
        for facts in project.read()
        for call in facts.named(function.name)
    )


def _under_key(node: ast.expr) -> list[ast.expr | None]:
    """What a dictionary that is written out has under "update_fields"."""
    if isinstance(node, ast.Dict):
        return [v for k, v in zip(node.keys, node.values) if k is not None and _is_key(k)]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
        return [k.value for k in node.keywords if k.arg == "update_fields"]
    return []


def _is_key(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and key.value == "update_fields"


def _is_full(node: ast.expr, scope: Scope) -> bool:
    """Whether a value is None, or a collection that is surely not empty."""
    none = isinstance(node, ast.Constant) and node.value is None
    return none or (_is_given(node, scope) and _is_filled(node, scope))


def _is_deferred(call: CallSite) -> bool:
    """Whether the object comes from a query that leaves fields out."""
    saved = getattr(call.node.func, "value", None)
    if isinstance(saved, ast.Name):
        values = [b.value for b in call.scope.bindings.get(saved.id, []) if b.value is not None]
    else:
        values = [saved] if isinstance(saved, ast.expr) else []
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("only", "defer")
        for value in values
        for node in descend(value)
    )


def _values(node: ast.expr, scope: Scope, asked: frozenset[str] = frozenset()) -> list[ast.expr]:
    """What an expression stands for: a name's values, the branches of a condition. `asked`: names
    whose values are counted already, for they may be made of each other."""
    if isinstance(node, ast.IfExp):
        return [*_values(node.body, scope, asked), *_values(node.orelse, scope, asked)]
    if isinstance(node, ast.Name) and scope.kind == "function":
        bindings = scope.bindings.get(node.id, [])
        if bindings and all(b.kind == "assign" and not b.path and b.value for b in bindings):
            known = asked | {node.id}
            values = [b.value for b in bindings if b.value and node.id not in asked]
            return [v for value in values for v in _values(value, scope, known)]
    return [node]


def _parts(value: ast.expr) -> list[ast.expr]:
    """What is put together: `names + ["paid"]`, `names | {"paid"}`."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.BitOr)):
        return [*_parts(value.left), *_parts(value.right)]
    return [value]


def _is_given(node: ast.expr, scope: Scope) -> bool:
    return all(any(map(_is_collection, _parts(value))) for value in _values(node, scope))


def _is_collection(value: ast.expr) -> bool:
    literals = (ast.List, ast.Set, ast.Tuple, ast.ListComp, ast.SetComp)
    called = isinstance(value, ast.Call) and ast.unparse(value.func) in COLLECTIONS
    return called or isinstance(value, literals)


def _is_filled(node: ast.expr, scope: Scope) -> bool:
    if isinstance(node, ast.Name) and any(
        isinstance(n, ast.Attribute)
        and n.attr in SHRINKING
        and isinstance(n.value, ast.Name)
        and n.value.id == node.id
        for n in descend(scope.node)
    ):
        return False
    return all(any(map(_has_elements, _parts(value))) for value in _values(node, scope))


def _has_elements(value: ast.expr) -> bool:
    """Whether a collection is written out with something in it: `["paid", *more]`."""
    if isinstance(value, ast.Call) and len(value.args) == 1:
        value = value.args[0]
    elements = value.elts if isinstance(value, (ast.List, ast.Set, ast.Tuple)) else []
    return any(not isinstance(element, ast.Starred) for element in elements)
