"""What a surface finds, what is to be called there, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Protocol

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.roles import AdminEntry
from codemod.surfaces.placing.guards import under, under_guards
from codemod.values.account import Created
from codemod.values.edits import Bind, Edit, Insert, Replace
from codemod.values.span import Span

ANY_MODEL = "?"  # stands for the label of a model that nothing tells
BUILTINS = ("isinstance", "len", "list", "set", "sorted", "type")  # that inserted code calls


@dataclass(frozen=True, eq=False)
class Site:
    """One place in the project's text that fires signals of a model."""

    surface: str  # name of the surface that found it and can rewrite it
    file: str
    span: Span  # of the expression that fires, or of the class that inherits the firing
    models: tuple[str, ...]  # labels; several if the object may be of several models
    signals: tuple[str, ...]  # in firing order
    tier: Tier
    created: Created | None = None
    reason: str = ""  # why it is of these models
    code: str | None = None  # blocked from the start, with this code
    never: bool = False  # listed, but nothing fires here
    bypass: bool = False  # fires without the model's own save()
    note: str = ""
    direct: tuple[str, ...] = ()  # of a delete: those of `models` that are no parents of its object
    mixed: bool = False  # the object may also be one that fires elsewhere, or nothing
    call: CallSite | None = None
    cls: ClassInfo | None = None
    registration: AdminEntry | None = None
    fields: frozenset[str] | None = None  # `update_fields`, where it is written out

    @property
    def place(self) -> Span | None:
        """Where the calls go; None for a method that is yet to be written."""
        return self.span if self.call is not None else None

    @property
    def values(self) -> dict[str, str]:
        """The flags of a full save as code; `created` is empty where the site doesn't tell it."""
        created = {"true": "True", "false": "False"}.get(self.created or "", "")
        return {"created": created, "update_fields": "None"}

    def reads_created(self, work: Work) -> bool:
        """Whether `created` has to be read above the save."""
        return self.created == "dynamic" and work.asks_created

    def wanted(self, work: Work) -> Work:
        """What is left of some work by all that the site tells."""
        if not work.before and not work.after:
            return work
        if self.created in ("true", "false"):
            work = work.wanting(lambda call: call.only_created in (None, self.created == "true"))
        return work.wanting(lambda call: self.fields is None or not call.ignores(self.fields))


@dataclass(frozen=True)
class RelationCall:
    """When a service is called for a change of a many-to-many relation, and with what."""

    moments: frozenset[tuple[str, bool]]  # (action, `reverse`) for which it does anything
    takes_ids: bool = False  # the ids of the changed objects, after the instance
    idle: bool = False  # does nothing for an empty set of ids
    looks: bool = True  # may look at what else the relation holds
    blind: frozenset[tuple[str, bool]] = frozenset()  # those before that may run after as well
    one_sided: bool = False  # says nothing of the side, and is written for one

    @property
    def actions(self) -> frozenset[str]:
        """The actions for which it does anything, on either side."""
        return frozenset(action for action, _ in self.moments)


@dataclass(frozen=True)
class Only:
    """The objects that a service is for, where others come to the same site."""

    models: tuple[str, ...]  # labels
    exact: bool  # of these very classes: their children's objects fire nothing for them

    def condition(self, target: str, names: list[str]) -> str:
        """The question that tells them, as code. `names` are the models' at the site."""
        listed = names[0] if len(names) == 1 else f"({', '.join(names)})"
        if not self.exact:
            return f"isinstance({target}, {listed})"
        return f"type({target}) {'is' if len(names) == 1 else 'in'} {listed}"


@dataclass(frozen=True)
class ServiceCall:
    """One service as a site must call it."""

    service: str  # dotted: "shop.services.create_invoice"
    only_created: bool | None = None  # True: for new objects only, False: for old ones only
    flags: tuple[str, ...] = ()  # keyword arguments it takes, "created", "update_fields", ...
    relation: RelationCall | None = None  # how it is called for m2m_changed
    late: bool = False  # reads many-to-many data: wants to run after a form has set it
    frozen: bool = False  # does more with `update_fields` than look names up in it
    idle: bool = False  # does nothing where `update_fields` is empty
    asks: frozenset[str] = frozenset()  # the names that it looks up in `update_fields`
    deaf: frozenset[frozenset[str]] = frozenset()  # those of them with which it does nothing
    writes: Callable[[], frozenset[str]] = field(  # models whose rows it may change; asked late
        default=lambda: frozenset({ANY_MODEL}), compare=False
    )
    bare: bool = False  # has no use for the object, and no parameter for it
    extras: frozenset[str] = frozenset()  # what it takes beside that, which no signal gives
    only: Only | None = None  # for these objects alone
    link: str = ""  # to the parent of a multi-table child, for whose object it is called

    def arguments(self, target: str, values: Mapping[str, str]) -> str:
        """What it is called with for an object. `values` holds a flag's value as code."""
        given = [] if self.bare else [target]
        if self.relation is not None and self.relation.takes_ids:
            given.append(values["pk_set"])
        return ", ".join([*given, *(f"{flag}={values[flag]}" for flag in self.flags)])

    def ignores(self, fields: frozenset[str]) -> bool:
        """Whether it does nothing after a save of these fields."""
        return bool(fields) and fields & self.asks in self.deaf


@dataclass(frozen=True)
class Cascade:
    """What a delete must call for rows of another model that go with its objects."""

    model: str  # label of the rows
    lookups: tuple[str, ...]  # from the rows to what is deleted: "project", "slot__day"
    accessor: str | None  # from what is deleted to the rows
    deep: bool = False  # lookups don't have all of them: Django is asked what it collects
    first: bool = False  # the work looks at what is deleted: the rows have to go before it
    changes: frozenset[str] = frozenset()  # models of which rows go, or change, when these go
    before: tuple[ServiceCall, ...] = ()
    after: tuple[ServiceCall, ...] = ()


@dataclass(frozen=True)
class Work:
    """All that a site must call, in order, before and after the operation."""

    before: tuple[ServiceCall, ...] = ()
    after: tuple[ServiceCall, ...] = ()
    cascades: tuple[Cascade, ...] = ()
    reads_pk: bool = False  # an after-delete service reads the pk, which delete() clears

    def __bool__(self) -> bool:
        return bool(self.before or self.after or self.cascades)

    @property
    def calls(self) -> list[ServiceCall]:
        """All calls, those for rows that go along too."""
        along = (call for c in self.cascades for call in (*c.before, *c.after))
        return [*self.before, *self.after, *along]

    @property
    def services(self) -> set[str]:
        """The services that are called."""
        return {call.service for call in self.calls}

    @property
    def asks_created(self) -> bool:
        """Whether a service depends on `created`."""
        calls = (*self.before, *self.after)
        return any(c.only_created is not None or "created" in c.flags for c in calls)

    @property
    def asks_origin(self) -> bool:
        """Whether a service is told what the delete started with."""
        return any("origin" in call.flags for call in self.calls)

    @property
    def hands_on_origin(self) -> bool:
        """Whether services for rows that go along are told after the delete what it was of."""
        return any("origin" in call.flags for c in self.cascades for call in c.after)

    def writes_first(self, *models: str) -> bool:
        """Whether what runs before the operation, a delete of rows that go first too, may change
        rows of these models; of any where none is named."""
        early = [*self.before, *(call for c in self.cascades for call in c.before)]
        early += [call for c in self.cascades if c.first for call in c.after]
        changed = {label for call in early for label in call.writes()}
        changed |= {label for c in self.cascades if c.first and c.after for label in c.changes}
        return bool(changed & {*models, ANY_MODEL}) if models else bool(changed)

    def wanting(self, wanted: Callable[[ServiceCall], bool]) -> Work:
        """The calls that are wanted; those for cascades stay."""
        before, after = (tuple(filter(wanted, calls)) for calls in (self.before, self.after))
        return replace(self, before=before, after=after)


@dataclass(frozen=True)
class Placed:
    """The edits that make the calls, by file."""

    edits: tuple[tuple[str, Edit], ...] = ()
    notes: tuple[str, ...] = ()  # codes of named differences


@dataclass(frozen=True)
class Blocked:
    """Why the calls can't be made here."""

    code: str
    note: str = ""


NONE: Mapping[str, str] = MappingProxyType({})
SYNC_TO_ASYNC = "asgiref.sync.sync_to_async"


class Desk(Protocol):
    """What a surface may ask while it writes (implemented in `plan`)."""

    project: Project

    def reference(
        self, file: str, service: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        """How code at `site` names a service, and the imports for it. None: it can't.

        `site` is None in a function that is yet to be written.
        """
        ...

    def model(
        self, file: str, label: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        """How code at `site` names a model's class, and the imports for it. None: it can't."""
        ...

    def creator(self, label: str) -> str | None:
        """The function that creates a model's objects with their work, if there is to be one."""
        ...

    def deleter(self, label: str) -> str | None:
        """The function that deletes a model's object with all that goes, if there is to be one."""
        ...

    def changer(self, site: Site) -> str | None:
        """The function that changes a relation with all that goes, if the site is to call one."""
        ...

    def deletes_alone(self, label: str) -> bool:
        """Whether the model gets a `delete()` that does nothing but what its rows' going takes."""
        ...

    def collector(self) -> str | None:
        """The function that lists what goes with objects, if there is a place for one."""
        ...

    def free_name(self, site: Site, wanted: str, *otherwise: str) -> str | None:
        """`order`, or one of `otherwise` (`new_order`, ...) if that is taken in the function."""
        ...


class Surface(Protocol):
    """A way a signal fires."""

    name: str

    def find(self, project: Project) -> Iterator[Site]:
        """All sites of this kind in the project."""
        ...

    def rewrite(self, site: Site, work: Work, desk: Desk) -> Placed | Blocked:
        """Make the calls at a site."""
        ...


@dataclass
class Lines:
    """Lines of code for the calls of one site, with the imports that they need."""

    desk: Desk
    site: Site
    imports: list[Edit] = field(default_factory=list)
    unreachable: bool = False  # a service can't be named here
    awaited: bool = False  # in a coroutine: `await sync_to_async(notify)(order)`

    def calls(
        self,
        calls: tuple[ServiceCall, ...],
        target: str,
        values: Mapping[str, str],
        parents: Mapping[str, str] = NONE,
    ) -> list[str]:
        """The call statements. `values` holds a flag's value as code: "True", "created", ...;
        `origin`, unless it says otherwise, is the target.

        `parents`: names of the target's parents, by their links; others are read where they are
        needed.
        """
        lines: list[tuple[Only | None, str, str]] = []
        for call in calls:
            created = values.get("created", "")
            wanted = ""
            if call.only_created is not None:
                if created in ("True", "False"):
                    if created != str(call.only_created):
                        continue
                else:
                    wanted = _guard(created, call.only_created)
            given = {"origin": target, **values}  # a delete of one object starts there
            if call.frozen and "frozen_fields" in values:
                given["update_fields"] = values["frozen_fields"]
            row = parents.get(call.link, f"{target}.{call.link}") if call.link else target
            text = f"{self.callee(call.service)}({call.arguments(row, given)})"
            lines.append((call.only, wanted, text))
        written: list[str] = []
        for only, group in groupby(lines, key=itemgetter(0)):
            guarded = under_guards((wanted, text) for _, wanted, text in group)
            if only is not None:
                names = [self.model(label) for label in only.models]
                guarded = under(only.condition(target, names), guarded)
            written += guarded
        return written

    def callee(self, service: str) -> str:
        """What is called: the service, from a coroutine in the thread that also saves (2.1)."""
        name = self.name(service)
        return f"await {self.name(SYNC_TO_ASYNC)}({name})" if self.awaited else name

    def name(self, service: str) -> str:
        """The service's name at this site."""
        found = self.desk.reference(self.site.file, service, self.site.place)
        if found is None:
            self.unreachable = True
            return service.rpartition(".")[2]
        text, edits = found
        self.imports += [edit for edit in edits if edit not in self.imports]
        return text

    def copied(self, target: str) -> str:
        """A copy of an object that keeps its pk, as an expression."""
        project, file = self.desk.project, self.site.file
        known = project.known(file).scope.bindings if file in project.paths else {}
        bound = known.get("copy", ())
        if any(b.kind == "import" and b.target == "copy" for b in bound):
            return f"copy.copy({target})"
        return f"{self.name('copy.copy')}({target})"

    def model(self, label: str) -> str:
        """A model's class at this site."""
        known = label in self.desk.project.models.by_label
        found = self.desk.model(self.site.file, label, self.site.place) if known else None
        if found is None:
            self.unreachable = True
            return label.rpartition(".")[2]
        self.imports += [edit for edit in found[1] if edit not in self.imports]
        return found[0]

    def placed(self, edits: list[Edit], notes: tuple[str, ...] = ()) -> Placed | Blocked:
        """The result of a rewrite in the site's own file."""
        if self.unreachable:
            return Blocked("name-taken")
        code = "\n".join(e.code for e in edits if isinstance(e, (Insert, Replace)))
        if self._is_hidden(code):
            return Blocked("name-taken")
        needed = [
            e for e in edits if not isinstance(e, Bind) or e.returned or _reads(code, e.target)
        ]
        return Placed(tuple((self.site.file, e) for e in [*needed, *self.imports]), notes)

    def _is_hidden(self, code: str) -> bool:
        """Whether code calls a builtin function whose name means something else at the site."""
        call = self.site.call
        scopes = list(call.scope.chain()) if call is not None else []
        return any(
            name in scope.bindings and re.search(rf"(?<!\.)\b{name}\(", code)
            for name in BUILTINS
            for scope in scopes
        )


def _reads(code: str, target: str) -> bool:
    """Whether code mentions one of the names that a target binds."""
    return any(re.search(rf"\b{re.escape(name)}\b", code) for name in target.split(", "))


def _guard(created: str, wanted: bool) -> str:
    """`created` or `not created`; the admin's `not change` reads the same both ways."""
    if wanted:
        return created
    return created[4:] if created.startswith("not ") else f"not {created}"
