"""What the surfaces of many-to-many changes share: their sites, and calls by action.

m2m_changed is sent before and after each change, inside a transaction of Django's own, so the
calls stand with the change under `transaction.atomic()` (SEMANTICS section 4).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Instance, Manager, Tier
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.ids import hold_objects, if_any, may_write
from codemod.surfaces.many_to_many.owner import is_of_owner
from codemod.surfaces.placing.atomic import caught, in_transaction
from codemod.surfaces.placing.coroutine import is_stray, method, placed
from codemod.surfaces.placing.statements import is_stable, is_statement
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, ServiceCall, Site, Work
from codemod.values.edits import Edit, Insert, Replace, Where
from codemod.values.span import Span

M2M = ("m2m_changed",)
REVERSE = "reverse"  # note of a site on the side that does not define the field


def heard(project: Project) -> dict[str, Relation]:
    """The relations of the project that some receiver listens to, by their table."""
    senders = {
        connection.sender
        for found_receiver in project.receivers
        for connection in found_receiver.receiver.connections
        if connection.signal in M2M
    }
    return {label: r for label, r in project.relations.items() if label in senders}


def changes(project: Project, name: str, *methods: str) -> Iterator[Site]:
    """The sites `x.relation.method(...)`, and those that may be some."""
    listened = heard(project)
    if not listened:
        return
    by_field = {f"{r.field.model}.{r.field.name}": r for r in listened.values()}
    accessors = {r.field.name: (r, False) for r in listened.values()}
    accessors |= {r.accessor: (r, True) for r in listened.values() if r.accessor}
    for facts in project.read():
        for call in facts.named(*methods):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            answer = manager_of(project, call, function.value, facts)
            sides = {
                (by_field[t.field], t.reverse)
                for t in answer.types
                if isinstance(t, Manager) and t.related == "m2m" and t.field in by_field
            }
            tier = answer.tier
            if not answer.known:
                named = last_name(function.value)
                sides = {accessors[named]} if named in accessors else set()
                tier = Tier.POSSIBLE
            elif len(sides) > 1 or len(answer.types) > len(sides):
                tier = Tier.POSSIBLE
            span = facts.lines.span(call.node)
            for relation, reverse in sides:
                yield Site(
                    name, facts.path, span, (relation.through,), M2M, tier, None,
                    answer.reason, note=REVERSE if reverse else "", call=call,
                )  # fmt: skip
            if sides or not _is_by_name(function.value):
                continue
            owned = _owned(project, call, function.value, facts, by_field)
            if owned is None or owned:
                yield Site(
                    name, facts.path, span, owned or (), M2M, Tier.POSSIBLE, None,
                    "a relation that is got by its name", call=call,
                )  # fmt: skip


def _owned(
    project: Project,
    call: CallSite,
    got: ast.expr,
    facts: FileFacts,
    by_field: Mapping[str, Relation],
) -> tuple[str, ...] | None:
    """The tables of the relations that `getattr(order, name)` may be; None: of any object."""
    assert isinstance(got, ast.Call)
    owners = found.instances(project, project.type_of(got.args[0], call.scope, facts))
    if not owners:
        return None
    models = [project.models.by_label[label] for label in owners]
    fields = [field for model in models for field in model.fields.values()]
    fields += [r.field for label in owners for r in project.models.relations(label).values()]
    names = dict.fromkeys(f"{field.model}.{field.name}" for field in fields)
    return tuple(by_field[n].through for n in names if n in by_field)


def manager_of(project: Project, call: CallSite, expr: ast.expr, facts: FileFacts) -> Answer:
    """What `x.players` is; as a last resort by what `x` is named after."""
    answer = project.type_of(expr, call.scope, facts)
    if answer.known or not isinstance(expr, ast.Attribute):
        return answer
    asked = replace(call, node=ast.Call(expr, [], []), name=expr.attr)
    owner = project.owner_of(asked, facts)
    for kind in owner.types:
        model = project.models.by_class.get(kind.cls) if isinstance(kind, Instance) else None
        field = model.fields.get(expr.attr) if model is not None else None
        if field is not None and field.kind == "ManyToManyField" and field.target:
            manager = Manager(field.target, None, "m2m", f"{field.model}.{field.name}")
            return replace(owner, types=(manager,))
    return answer


def _is_by_name(expr: ast.expr) -> bool:
    """Whether it is `getattr(order, name)`, which may be any relation."""
    return (
        isinstance(expr, ast.Call)
        and isinstance(expr.func, ast.Name)
        and expr.func.id == "getattr"
        and len(expr.args) > 1
        and not isinstance(expr.args[1], ast.Constant)
    )


@dataclass
class Change:
    """The calls around one change of a relation, written for one site."""

    lines: Lines
    work: Work
    relation: Relation
    reverse: bool
    target: str  # the object whose relation changes, as code

    @property
    def clears(self) -> bool:
        """Whether `set()` empties the relation first."""
        return self.relation.clears and not self.reverse

    def calls(self, action: str) -> tuple[ServiceCall, ...]:
        """The services that act on an action."""
        side = self.work.before if action.startswith("pre_") else self.work.after
        return tuple(
            c
            for c in side
            if c.relation is not None and (action, self.reverse) in c.relation.moments
        )

    def speaks(self, *actions: str) -> bool:
        """Whether any service acts on one of the actions."""
        return any(self.calls(action) for action in actions)

    def takes_ids(self, *actions: str) -> bool:
        """Whether any service of the actions takes the ids."""
        return any(
            c.relation is not None and c.relation.takes_ids
            for action in actions
            for c in self.calls(action)
        )

    def idle(self, *actions: str) -> bool:
        """Whether no service of the actions has anything to do for an empty set of ids."""
        return all(
            c.relation is not None and c.relation.idle
            for action in actions
            for c in self.calls(action)
        )

    def looks(self, *actions: str) -> bool:
        """Whether a service of the actions may look at what else the relation holds."""
        return any(
            c.relation is not None and c.relation.looks
            for action in actions
            for c in self.calls(action)
        )

    def waits(self, *actions: str) -> bool:
        """Whether all services of the actions may as well run after the change."""
        return all(
            c.relation is not None and (action, self.reverse) in c.relation.blind
            for action in actions
            for c in self.calls(action)
        )

    def text(self, action: str, ids: str) -> list[str]:
        """The calls for an action, as code; `ids` is the set of ids as code."""
        return self._written(self.calls(action), action, ids)

    def texts(self, actions: tuple[str, ...], ids: str) -> list[str]:
        """The calls for some actions, in order; each line once where it is the same."""
        return list(dict.fromkeys(line for action in actions for line in self.text(action, ids)))

    def repeats(self, actions: tuple[str, ...]) -> bool:
        """Whether a service is called in the same way for several of the actions."""
        lines = [line for action in actions for line in self.text(action, "")]
        return len(lines) > len(set(lines))

    def guarded(self, actions: tuple[str, ...], ids: str, test: str) -> list[str]:
        """The same where the actions are sent only if `test` holds, which tells that ids exist."""
        written: list[str] = []
        inside = False
        seen: set[str] = set()
        calls = [(call, action) for action in actions for call in self.calls(action)]
        for call, action in calls:
            [line] = self._written((call,), action, ids)
            if line in seen:
                continue
            seen.add(line)
            idle = call.relation is not None and call.relation.idle
            if not idle and not inside:
                written.append(f"if {test}:")
            inside = not idle
            written.append(f"    {line}" if inside else line)
        return written

    def is_one_sided(self, *actions: str) -> bool:
        """Whether a service of the actions knows the side that defines the field only."""
        return any(
            c.relation is not None and c.relation.one_sided
            for action in actions
            for c in self.calls(action)
        )

    def _written(self, calls: tuple[ServiceCall, ...], action: str, ids: str) -> list[str]:
        values = {
            "pk_set": ids,
            "action": f'"{action}"',
            "reverse": str(self.reverse),
        }
        if any("model" in call.flags for call in calls):
            values["model"] = self.lines.model(self.relation.other(self.reverse))
        return self.lines.calls(calls, self.target, values)


@dataclass
class Spot:
    """A statement `x.relation.method(...)` that gets calls around it."""

    change: Change
    manager: str  # as code
    facts: FileFacts
    call: CallSite
    edits: list[Edit]

    @property
    def statement(self) -> Span:
        """The statement that changes the relation."""
        return self.facts.lines.span(self.call.statement)

    def source(self, node: ast.expr) -> str:
        """An expression of the call, as code."""
        return self.facts.lines.source(self.facts.lines.span(node))

    def name(self, wanted: str, *otherwise: str) -> str | None:
        """A name that is free here."""
        return self.change.lines.desk.free_name(self.change.lines.site, wanted, *otherwise)

    def hold(self, item: str) -> tuple[list[str], str, str] | None:
        """What is written before the statement to give its one argument a name, the ids of what it
        holds, and what tells whether it holds any ("": it does). None: it is no such object, or
        some, or has a name already.
        """
        project = self.change.lines.desk.project
        if len(self.call.node.args) != 1:
            return None
        [argument] = self.call.node.args
        many = isinstance(argument, ast.Starred)
        value = argument.value if isinstance(argument, ast.Starred) else argument
        answer = project.type_of(value, self.call.scope, self.facts)
        named = isinstance(value, ast.NamedExpr)
        if named or is_stable(value) or not hold_objects(answer, many=many):
            return None
        name = self.name(found.plural(item), f"{item}_list") if many else item
        if name is None:
            return None
        self.edits.append(Replace(self.facts.lines.span(value), name))
        source = self.source(value)
        if not many:
            above = self.facts.lines.span(self.call.statement)
            self.edits.append(Insert(above, f"{name} = {source}", Where.ABOVE))
            return [], f"{{{name}.pk}}", ""
        listed = source if source.startswith(("list(", "[")) else f"list({source})"
        lines = [f"{name} = {listed}"]
        if may_write(value):  # the transaction is not to undo it
            above = self.facts.lines.span(self.call.statement)
            self.edits.append(Insert(above, lines.pop(), Where.ABOVE))
        return lines, f"{{{item}.pk for {item} in {name}}}", name

    def _written_first(self) -> list[Edit] | None:
        """What evaluates an argument that may write above the transaction, which is not to undo it
        if the work fails. None: it finds no name."""
        named = [edit.first for edit in self.edits if isinstance(edit, Replace)]
        edits: list[Edit] = []
        for argument in self.call.node.args:
            value = argument.value if isinstance(argument, ast.Starred) else argument
            span = self.facts.lines.span(value)
            if span in named or not may_write(value):
                continue
            item = found.variable((self.change.relation.other(self.change.reverse),))
            many = value is not argument or method(self.call) == "set"
            name = self.name(found.plural(item), f"{item}_list") if many else self.name(item)
            unwritable = isinstance(value, (ast.GeneratorExp, ast.NamedExpr))
            if name is None or edits or unwritable:
                return None
            above = self.facts.lines.span(self.call.statement)
            edits = [
                Insert(above, f"{name} = {self.source(value)}", Where.ABOVE),
                Replace(span, name),
            ]
        return edits

    def around_any(
        self,
        before: list[str],
        pre: list[str],
        post: list[str],
        test: str,
        notes: tuple[str, ...] = (),
    ) -> Placed | Blocked:
        """The same with calls for what may be nothing: `pre` and `post`, if there is any."""
        asked_pre, asked_post = if_any(self.call, pre, test), if_any(self.call, post, test)
        if asked_pre is None or asked_post is None:
            return Blocked("relation-arguments")
        return self.around([*before, *asked_pre], asked_post, notes)

    def around(
        self, before: list[str], after: list[str], notes: tuple[str, ...] = ()
    ) -> Placed | Blocked:
        """The statement with lines around it, in one transaction."""
        project = self.change.lines.desk.project
        opened = in_transaction(self.call, self.facts, project)
        written = self._written_first() if opened else []
        if written is None:
            return Blocked("relation-arguments")
        edits = [*opened, *self.edits, *written]
        notes += caught(self.call, self.facts, project)
        for lines, where in ((before, Where.BEFORE), (after, Where.AFTER)):
            if lines:
                edits.append(Insert(self.statement, "\n".join(lines), where))
        what = f"{method(self.call)}_{self.manager.rpartition('.')[2]}"
        return placed(self.change.lines, self.call, self.facts, edits, what, notes)


def spot(site: Site, work: Work, desk: Desk, *actions: str) -> Spot | Placed | Blocked:
    """Where the calls for some actions go; placed already if there are none."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    relation = desk.project.relations[site.models[0]]
    manager = call.node.func.value
    reverse = site.note == REVERSE
    if not isinstance(manager, ast.Attribute):
        return Blocked("expression", "the relation itself has a name")
    owner = manager.value
    target = facts.lines.source(facts.lines.span(owner))
    change = Change(Lines(desk, site), work, relation, reverse, target)
    if not change.speaks(*actions):
        return Placed()
    if not is_of_owner(desk.project, call, facts, manager, relation, reverse):
        return Blocked("expression", "the relation is of another object")
    if change.reverse and change.is_one_sided(*actions):
        return Blocked("reverse-side")
    if is_stray(call):
        return Blocked("async-site")
    if not is_statement(call):
        return Blocked("expression")
    edits: list[Edit] = []
    if not is_stable(owner):
        free = desk.free_name(site, found.variable((relation.subject(change.reverse),)))
        if free is None:
            return Blocked("name-taken")
        above = Insert(facts.lines.span(call.statement), f"{free} = {target}", Where.ABOVE)
        edits = [above, Replace(facts.lines.span(owner), free)]
        change.target = free
    return Spot(change, f"{change.target}.{manager.attr}", facts, call, edits)
