"""The services of m2m_changed handlers: one for each branch of a choice by the action.

    def update_lockers(sender, instance, action, pk_set, **kwargs):
        if action == "post_add":                 def add_lockers(team, player_ids):
            ...                             ->       ...
        elif action == "post_remove":            def remove_lockers(team, player_ids):
            ...                                      ...

A body that is no clean choice stays whole and is told the action.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from codemod.facts.nodes import all_given
from codemod.plan.moving.relocated import relocated
from codemod.plan.reading import decorators
from codemod.plan.reading.blind import blind_moments
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.in_class import own_class
from codemod.plan.reading.names import is_argument, is_rebound
from codemod.plan.reading.reach import moments
from codemod.plan.reading.sender_class import Naming, naming
from codemod.plan.reading.settled import settled
from codemod.plan.services.databases import database
from codemod.plan.services.folded import Value
from codemod.plan.services.service import (
    Service,
    Undesignable,
    design,
    home,
    named_once,
    read_handler,
    subject_of,
)
from codemod.plan.services.service_names import free_name
from codemod.project.many_to_many import Relation
from codemod.project.model_tables import Model
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.surfaces.calls import found
from codemod.surfaces.site import RelationCall
from codemod.values.account import M2M
from codemod.values.edits import Replace

NOTHING: Mapping[str, Value] = MappingProxyType({})
OWN = {"action", "pk_set", "reverse", "model"}  # arguments of this signal only


def design_all(
    project: Project,
    receiver: FoundReceiver,
    taken: dict[str, set[str]],
    told: Mapping[str, Value] = NOTHING,
) -> tuple[Service, ...] | Undesignable:
    """Design the services of a receiver. `taken`: names per services module, updated. `told`: the
    arguments that have one value in all calls."""
    signals = {c.signal for c in receiver.receiver.connections}
    if M2M not in signals or len(signals) > 1:
        designed = design(project, receiver, taken, told)
        if isinstance(designed, Undesignable):
            return designed
        if M2M in signals:
            if designed.handler.arguments & OWN or designed.handler.needs_action:
                return Undesignable("several-signals")
            subject = "instance"  # of either side
            relation = RelationCall(moments(designed.handler))
            designed = replace(designed, subject=subject, relation=relation)
        return (designed,)
    handler = read_handler(project, receiver, told)
    if isinstance(handler, Undesignable):
        return handler
    known = [project.relations.get(c.sender or "") for c in receiver.receiver.connections]
    handler = settled(project, receiver, handler, [r for r in known if r is not None])
    services = []
    for part in handler.branches or (handler,):
        made = _design(project, receiver, part, taken, split=len(handler.branches) > 1)
        if isinstance(made, Undesignable):
            return made
        services.append(made)
    return tuple(services)


def _design(
    project: Project,
    receiver: FoundReceiver,
    handler: Handler,
    taken: dict[str, set[str]],
    *,
    split: bool,
) -> Service | Undesignable:
    function = receiver.function
    assert function is not None
    senders = dict.fromkeys(c.sender for c in receiver.receiver.connections if c.sender)
    relations = [project.relations.get(sender) for sender in senders]
    known = [relation for relation in relations if relation is not None]
    module, path = home(project, receiver)
    told = _Told(project, receiver, handler, known, path, whole=len(known) == len(relations))
    refused = told.refused(database(project, {M2M}))
    if refused is not None:
        return refused
    told.read()
    subject = told.subject
    name = branch_name(function.node.name, handler.actions) if split else function.node.name
    bound = named_once(handler, "using", told.texts)
    edits = [
        Replace(use.span, told.texts[use.argument])
        for use in handler.uses
        if not (use.by_name and told.texts[use.argument] == use.argument)
    ]
    moving = relocated(project, receiver.facts, function.node, module)
    return Service(
        receiver,
        handler,
        free_name(project, name, path, tuple(senders), taken),
        module,
        path,
        subject,
        tuple(sorted(told.flags)),
        (*bound, *edits, *moving),
        tuple(told.imports),
        decorators.read(project, receiver),
        told.ids,
        RelationCall(
            moments(handler),
            told.ids is not None,
            _is_idle(handler),
            _looks(handler, known),
            blind_moments(project, handler, receiver.facts, function.scope, known),
            told.one_sided and handler.only_reverse is None,
        ),
    )


class _Told:
    """What a service says for the arguments of the signal, and which it has to be told."""

    def __init__(
        self,
        project: Project,
        receiver: FoundReceiver,
        handler: Handler,
        relations: list[Relation],
        path: str,
        *,
        whole: bool,
    ) -> None:
        self.project, self.receiver, self.path = project, receiver, path
        self.handler, self.relations, self.whole = handler, relations, whole
        self.one_sided = not (handler.reads("reverse") or _is_of_both(handler))
        self.flags = set(handler.flags) - {"pk_set"}
        self.texts = {"instance": "instance", **{flag: flag for flag in self.flags}}
        self.imports: list[tuple[str, str]] = []
        self.ids: str | None = None

    def refused(self, used: str | None) -> Undesignable | None:
        """Why nothing can be said for an argument. `used`: the code for the database."""
        handler = self.handler
        if used is None and handler.reads("using"):
            return Undesignable("reads-using")
        if handler.only_created is not None or handler.arguments & {"created", "update_fields"}:
            return Undesignable("odd-signature")
        if handler.reads("sender"):
            owner = self._owner()
            if owner is None:
                return Undesignable("reads-sender")
            if self._naming(owner.name) is None:
                return Undesignable("name-clash")
        self.texts["using"] = used or ""
        own = own_class(self.project, self.receiver, handler, self.path)
        if own is not None:
            bound, named = own
            if named is None:
                return Undesignable("name-clash")
            self.texts[bound] = named.text
            self.imports += named.imports
        return None

    def read(self) -> None:
        """Say what is the same in every call, so that nobody has to tell it."""
        handler = self.handler
        if len(handler.actions) == 1 and "action" in self.flags:
            self._say("action", f'"{next(iter(handler.actions))}"')
        if handler.only_reverse is not None and "reverse" in self.flags:
            self._say("reverse", str(handler.only_reverse))
        if "model" in self.flags:
            classes = _classes(self.project, self.relations, handler, one_sided=self.one_sided)
            named = self._naming(classes.pop()) if len(classes) == 1 and self.whole else None
            if named is not None:
                self._say("model", named.text)
                self.imports += named.imports
        owner = self._owner() if handler.reads("sender") else None
        named = self._naming(owner.name) if owner is not None else None
        if named is not None:
            self.texts["sender"] = f"{named.text}.{self.relations[0].field.name}.through"
            self.imports += named.imports
        if handler.reads("pk_set"):
            one_sided = self.one_sided and self.whole
            self.ids = self.texts["pk_set"] = _ids(self.relations, handler, one_sided=one_sided)

    @property
    def subject(self) -> str:
        """What the service calls its object: by its model where only one side is meant."""
        side = self.handler.only_reverse is True
        subjects = tuple(dict.fromkeys(r.subject(side) for r in self.relations))
        told = self.whole and (self.one_sided or self.handler.only_reverse is not None)
        if not told:
            return "instance"
        assert self.receiver.function is not None
        return subject_of(subjects, self.handler, self.receiver.function.node.name)

    def _say(self, flag: str, text: str) -> None:
        if is_rebound(self.handler.body, flag):
            return
        self.texts[flag] = text
        self.flags.discard(flag)

    def _owner(self) -> Model | None:
        """The model that has the one relation there is."""
        if len(self.relations) != 1 or not self.whole:
            return None
        return self.project.models.by_label.get(self.relations[0].owner)

    def _naming(self, cls: str) -> Naming | None:
        return naming(self.project, self.receiver, self.handler, self.path, cls)


def hears_other_side(service: Service) -> bool:
    """Whether a signal that stays would tell a service of the other side of the relation, where it
    names the class of this one for `model`."""
    handler = service.handler
    fixed = handler.reads("model") and "model" not in service.flags
    return service.relation is not None and fixed and handler.only_reverse is None


def branch_name(handler: str, actions: frozenset[str]) -> str:
    """`update_lockers` -> `add_lockers`, `tags_changed` -> `tags_added`; else `..._on_add`."""
    kinds = [k for k in ("add", "remove", "clear") if any(a.endswith(k) for a in actions)]
    if len(kinds) == 3 and not all(action.startswith("pre_") for action in actions):
        return handler
    if kinds == ["remove", "clear"]:
        kinds = ["remove"]
    verbs = "_or_".join(kinds)
    stem = handler.removesuffix("_changed")
    if all(action.startswith("pre_") for action in actions):
        return f"{stem}_before_{verbs}"
    if stem != handler:
        done = {"add": "added", "remove": "removed", "clear": "cleared"}
        return f"{stem}_{'_or_'.join(done[kind] for kind in kinds)}"
    noun = handler.removeprefix("update_")
    if noun != handler:
        return f"{verbs}_{noun}"
    return f"{handler}_on_{verbs}"


def _classes(
    project: Project, relations: Iterable[Relation], handler: Handler, *, one_sided: bool
) -> set[str]:
    """The classes that `model` may be."""
    sides = (False, True)
    if one_sided or handler.only_reverse is not None:
        sides = (handler.only_reverse is True,) * 2
    labels = {relation.other(side) for relation in relations for side in sides}
    models = [project.models.by_label.get(label) for label in labels]
    return {model.name if model is not None else "" for model in models}


def _ids(relations: list[Relation], handler: Handler, *, one_sided: bool) -> str:
    """What to call the set of ids: `player_ids`."""
    others = {r.other(handler.only_reverse is True) for r in relations}
    if len(others) != 1 or not (one_sided or handler.only_reverse is not None):
        return "pk_set"
    name = f"{found.variable(tuple(others))}_ids"
    return "pk_set" if name in handler.bound else name


def _is_of_both(handler: Handler) -> bool:
    """Whether the work tells the sides apart, or looks at neither."""
    told = any(use.argument in ("instance", "pk_set", "model") for use in handler.uses)
    if not told and handler.alias is None:
        return True
    nodes = [node for statement in handler.body for node in ast.walk(statement)]
    return any(_tells_sides_apart(node, handler) for node in nodes)


def _tells_sides_apart(node: ast.AST, handler: Handler) -> bool:
    """`isinstance(instance, Team)`, `issubclass(model, Player)`, `model is Player`."""
    if isinstance(node, ast.Compare):
        return any(is_argument(side, "model") for side in (node.left, *node.comparators))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
        return False
    asked = node.args[0]
    if node.func.id == "issubclass":
        return is_argument(asked, "model")
    named = isinstance(asked, ast.Name) and asked.id in handler.instances
    return named and node.func.id in ("isinstance", "hasattr")


def _looks(handler: Handler, relations: list[Relation]) -> bool:
    """Whether the work may look at the relation: by its name, or in a function that gets the
    instance whole."""
    names = {name for r in relations for name in (r.field.name, r.accessor)}
    for statement in handler.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and node.attr in names:
                return True
            if isinstance(node, ast.Call) and not _is_query(node):
                given = all_given(node)
                if any(isinstance(a, ast.Name) and a.id in handler.instances for a in given):
                    return True
                function = node.func
                if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                    if function.value.id in handler.instances:
                        return True  # a method of the model
    return handler.hides_instance


def _is_query(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in (
        "create", "get_or_create", "update_or_create", "filter", "exclude", "get", "update",
    )  # fmt: skip


def _is_idle(handler: Handler) -> bool:
    """Whether the work provably does nothing for an empty set of ids: it is a loop over them,
    or one change of the rows that have them."""
    if len(handler.body) != 1:
        return False
    statement = handler.body[0]
    if isinstance(statement, ast.For) and not statement.orelse:
        value = statement.iter
        while isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
            if not isinstance(value.func, ast.Name):
                break
            value = value.args[0]
        return _is_ids(value) or _is_filtered(value)
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    if not isinstance(function, ast.Attribute) or function.attr not in ("delete", "update"):
        return False
    return _is_filtered(function.value)


def _is_filtered(value: ast.expr) -> bool:
    """`rows.filter(player_id__in=pk_set)`."""
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "filter"
        and any((k.arg or "").endswith("__in") and _is_ids(k.value) for k in value.keywords)
    )


def _is_ids(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "pk_set"
