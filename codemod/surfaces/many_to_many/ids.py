"""The ids of what is added to a many-to-many relation, or removed from it, as code.

team.players.remove(player)        {player.pk}
team.players.remove(*players)      {player.pk for player in players}
team.players.remove(player_id)     {player_id}
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import is_name, is_none, last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Collection, Instance, QuerySet
from codemod.project.project import Project
from codemod.surfaces.calls.found import instances
from codemod.surfaces.objects.flow import auto_pk
from codemod.surfaces.objects.has_row import MAYBE
from codemod.surfaces.placing.statements import is_stable

# An id without a row is not among those that are read back from the relation.
MISSING = "missing-id"


def is_given(argument: ast.expr) -> bool:
    """Whether an argument surely is something: not unpacked from what has no name to ask."""
    return not isinstance(argument, ast.Starred) or is_stable(argument.value)


def if_any(call: CallSite, lines: list[str], test: str = "") -> list[str] | None:
    """The lines, under a guard where only what is unpacked is given: it may be nothing.

    `test`: what tells that there is any. None: it can't be asked.
    """
    arguments = call.node.args
    starred = [a.value for a in arguments if isinstance(a, ast.Starred)]
    if not lines or len(starred) < len(arguments) or any(_is_asked(call, v) for v in starred):
        return lines
    if not test and not all(map(is_stable, starred)):
        return None
    test = test or " or ".join(ast.unparse(value) for value in starred)
    return [f"if {test}:", *(f"    {line}" for line in lines)]


def _is_asked(call: CallSite, value: ast.expr) -> bool:
    """Whether the `if` right above a call has asked whether there is any of what a name holds."""
    branch = call.compounds[-1] if call.compounds else None
    return (
        isinstance(branch, ast.If)
        and branch.body[0] is call.statement
        and isinstance(value, ast.Name)
        and is_name(branch.test, value.id)
    )


def ids_in(manager: str) -> str:
    """The set of ids that a relation holds, as code."""
    return f'set({manager}.values_list("pk", flat=True))'


# What an argument may call and surely only reads.
_READING = frozenset(
    "all distinct exclude filter first get get_list_or_404 get_object_or_404 getlist in_bulk int "
    "items keys last len list order_by range select_related set sorted split str strip tuple "
    "values values_list".split()
)


def may_write(argument: ast.expr) -> bool:
    """Whether an argument may change the database: it creates something, or who knows."""
    called = {last_name(n.func) for n in ast.walk(argument) if isinstance(n, ast.Call)}
    return not called <= _READING


# What a `get_queryset()` may call and still give all rows.
_WHOLE = frozenset(
    "get_queryset select_related prefetch_related order_by annotate defer only using".split()
)


def is_filtered(project: Project, label: str) -> bool:
    """Whether a model's default manager leaves rows out: then a relation does not show all ids."""
    model = project.models.by_label.get(label)
    first = next(iter(model.managers.values()), None) if model is not None else None
    if first is None or first.cls is None:
        return False
    method = project.classes.method(first.cls, "get_queryset")
    return method is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not (node.func.attr in _WHOLE or node.func.attr.endswith("QuerySet"))
        for node in ast.walk(method[1].node)
    )


def ids_of(
    arguments: list[ast.expr], call: CallSite, facts: FileFacts, project: Project, item: str
) -> str | None:
    """The set of the ids of what a call is given, as code; None where objects can't be told from
    ids. `item` is a free name for one of several objects."""
    parts: list[str] = []
    several: list[str] = []
    for argument in arguments:
        value = argument.value if isinstance(argument, ast.Starred) else argument
        if not is_stable(value) and not isinstance(value, ast.Constant):
            return None
        source = facts.lines.source(facts.lines.span(value))
        answer = project.type_of(value, call.scope, facts)
        objects = _objects(answer, many=isinstance(argument, ast.Starred))
        if objects is None:
            objects = False if _is_named_id(value, answer) else None
        if objects is None:
            return None
        if not isinstance(argument, ast.Starred):
            parts.append(f"{source}.pk" if objects else source)
        else:
            several.append(f"{{{item}.pk for {item} in {source}}}" if objects else f"set({source})")
    sets = [f"{{{', '.join(parts)}}}"] if parts else []
    return " | ".join([*sets, *several])


def are_keys(ids: str, project: Project, label: str) -> bool:
    """Whether all ids are keys as rows have them, read off objects or numbers: a bare one may be
    text, which `add` converts."""
    numbers = auto_pk(project, (label,))
    parts = (part.strip(" {}") for part in ids.replace("|", ",").split(","))
    return all(".pk" in part or (numbers and part.isdigit()) for part in parts)


def hold_objects(answer: Answer, *, many: bool) -> bool:
    """Whether an expression is an object, or several, and no ids."""
    return _objects(answer, many=many) is True


def may_be_ids(
    arguments: list[ast.expr], call: CallSite, facts: FileFacts, project: Project
) -> bool:
    """Whether something that a call is given looks like an id, or is known to be no object."""
    for argument in arguments:
        many = isinstance(argument, ast.Starred)
        value = argument.value if isinstance(argument, ast.Starred) else argument
        answer = project.type_of(value, call.scope, facts)
        if _is_named_id(value, answer) or (answer.types and not _objects(answer, many=many)):
            return True
    return False


_ASKING = (ast.If, ast.IfExp, ast.While, ast.Assert)


def may_be_none(value: ast.expr, call: CallSite, facts: FileFacts, project: Project) -> bool:
    """Whether an object that a call is given may be None and nothing in the function asks that:
    `remove(None)` does nothing, and None has no key."""
    made: list[ast.expr | None] = [value]
    if isinstance(value, ast.Name):
        made = [b.value for b in call.scope.bindings.get(value.id, ()) if b.kind == "assign"]
    none = any(is_none(one) or _gives_none(one) for one in made)
    if isinstance(value, ast.Attribute):
        for label in instances(project, project.type_of(value.value, call.scope, facts)):
            field = project.models.by_label[label].fields.get(value.attr)
            none = none or (field is not None and field.null)
    function = call.scope.function()
    whole = function.node if function is not None else facts.tree
    tests = (node.test for node in ast.walk(whole) if isinstance(node, _ASKING))
    same = ast.unparse(value)
    return none and not any(
        isinstance(node, ast.expr) and ast.unparse(node) == same
        for test in tests
        for node in ast.walk(test)
    )


def _gives_none(value: ast.expr | None) -> bool:
    while isinstance(value, ast.Await):
        value = value.value
    return isinstance(value, ast.Call) and last_name(value.func) in MAYBE


def _objects(answer: Answer, *, many: bool) -> bool | None:
    """Whether it is objects (True) or ids (False); None: it can't be told."""
    kinds = []
    for kind in answer.types:
        if many and isinstance(kind, QuerySet):
            kinds.append(True)
        elif many and isinstance(kind, Collection) and kind.of:
            kinds += [isinstance(inner, Instance) for inner in kind.of]
        else:
            kinds.append(isinstance(kind, Instance))
    return kinds[0] if kinds and len(set(kinds)) == 1 and kinds[0] else None


def _is_named_id(value: ast.expr, answer: Answer) -> bool:
    """`player_id`, `player_pk`, `tag_ids`, 3: what nobody calls an object."""
    if isinstance(value, ast.Constant):
        return True
    name = last_name(value)
    return name.split("_")[-1] in ("id", "pk", "ids", "pks") and not any(
        isinstance(kind, Instance) for kind in answer.types
    )
