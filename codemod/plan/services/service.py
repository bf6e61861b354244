"""The service function that a handler becomes: its name, home, parameters and callers' view."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import PurePosixPath

from codemod.plan.deletes.written import written
from codemod.plan.moving.clashes import clash_code
from codemod.plan.moving.relocated import relocated
from codemod.plan.reading import conditions, features, forwarding, in_class
from codemod.plan.reading import decorators as marks
from codemod.plan.reading.annotated import annotated, annotations_of, is_annotated
from codemod.plan.reading.decorators import Decorators
from codemod.plan.reading.given import given
from codemod.plan.reading.handler import VAGUE, Handler
from codemod.plan.reading.handlers import analyse
from codemod.plan.reading.names import spells_out
from codemod.plan.reading.sender_class import EXACT_CLASS, named_sender
from codemod.plan.services.databases import database
from codemod.plan.services.folded import Value, fold
from codemod.plan.services.service_names import free_name, public_name
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.surfaces.calls import found
from codemod.surfaces.site import ANY_MODEL, RelationCall, ServiceCall
from codemod.values.account import DELETE_SIGNALS, M2M
from codemod.values.edits import Edit, Insert, Replace, Where
from codemod.values.span import Span


@dataclass(frozen=True)
class Service:
    """A service function to be written."""

    source: FoundReceiver
    handler: Handler
    name: str
    module: str  # dotted module it will live in
    path: str  # that module's file, which may not exist yet
    subject: str  # its first parameter
    flags: tuple[str, ...]  # keyword-only parameters
    edits: tuple[Edit, ...]  # beyond the handler's own
    imports: tuple[tuple[str, str], ...] = ()  # (module, name) the edits need
    decorators: Decorators = field(default_factory=Decorators)
    ids: str | None = None  # its second parameter, for the ids that m2m_changed gives
    relation: RelationCall | None = None  # how it is called for m2m_changed
    # Labels of the models whose rows it may change.
    writes: Callable[[], frozenset[str]] = field(
        default=lambda: frozenset({ANY_MODEL}), compare=False
    )

    @property
    def dotted(self) -> str:
        """Module and name."""
        return f"{self.module}.{self.name}"

    @cached_property
    def bare(self) -> bool:
        """Whether the work has no use for its object."""
        written = (e.code for e in self.edits if isinstance(e, (Insert, Replace)))
        return not (
            self.handler.hides_instance
            or any(re.search(r"\binstance\b", code) for code in written)
            or any(features.uses(self.handler))
        )

    @cached_property
    def _touched(self) -> frozenset[str] | None:
        return features.touched(self.handler)

    def touches(self, attribute: str) -> bool:
        """Whether the work reads an attribute of its object, or hands the object on whole."""
        return self._touched is None or attribute in self._touched

    @property
    def parameters(self) -> str:
        """The parameter list, annotated as the handler's is."""
        typed = is_annotated(self.source) and (self.bare or "instance" in self.annotations)

        def shown(name: str, argument: str) -> str:
            lines = self.source.facts.lines
            return annotated(name, argument, self.annotations, lines, typed=typed)

        plain = [] if self.bare else [shown(self.subject, "instance")]
        if self.ids is not None:
            plain.append(shown(self.ids, "pk_set"))
        flags = [shown(flag, flag) for flag in self.flags]
        flags += [f"{name}={default}" for name, default in self.handler.extras]
        return ", ".join([*plain, "*", *flags] if flags else plain)

    @property
    def given(self) -> dict[str, str]:
        """Its parameters by the arguments of the signal."""
        own = {} if self.bare else {"instance": self.subject}
        ids = {} if self.ids is None else {"pk_set": self.ids}
        return own | ids | {flag: flag for flag in self.flags}

    @property
    def annotations(self) -> dict[str, ast.expr]:
        """The annotations that move along, by argument of the signal."""
        wanted = {"pk_set", *self.flags, *(() if self.bare else ("instance",))}
        return annotations_of(self.source, self.handler, wanted)

    @cached_property
    def call(self) -> ServiceCall:
        """The service as call sites see it."""
        return ServiceCall(
            self.dotted,
            self.handler.only_created,
            self.flags,
            frozen=features.needs_frozenset(self.handler),
            idle=features.is_idle_without_fields(self.handler),
            asks=features.asked_fields(self.handler),
            deaf=features.ignored_fields(self.handler),
            relation=self.relation,
            writes=self.writes,
            bare=self.bare,
            extras=self.handler.untold.union(name for name, _ in self.handler.extras),
        )


@dataclass(frozen=True)
class Undesignable:
    """Why a handler can't become a service."""

    code: str


def design(
    project: Project,
    receiver: FoundReceiver,
    taken: dict[str, set[str]],
    told: Mapping[str, Value],
) -> Service | Undesignable:
    """Design the service of a receiver. `taken`: names per services module, updated. `told`: the
    arguments that have one value in all calls."""
    handler = read_handler(project, receiver, told)
    if isinstance(handler, Undesignable):
        return handler
    function = receiver.function
    assert function is not None
    module, path = home(project, receiver)
    signals = {c.signal for c in receiver.receiver.connections}
    models = tuple(dict.fromkeys(c.sender for c in receiver.receiver.connections if c.sender))
    imports: list[tuple[str, str]] = []
    flags = set(handler.flags)
    subject = subject_of(models, handler, function.node.name)
    own_names = (*flags, *(name for name, _ in handler.extras))
    texts = {"instance": "instance", **{name: name for name in own_names}}
    if handler.reads("sender"):
        sender = named_sender(project, receiver, handler, path, models)
        texts["sender"] = sender.text
        imports += sender.imports
    own = in_class.own_class(project, receiver, handler, path)
    if own is not None:
        bound, cls = own
        if cls is None:
            return Undesignable("name-clash")
        texts[bound] = cls.text
        imports += cls.imports
    if handler.reads("using"):
        used = database(project, signals)
        if used is None:
            return Undesignable("reads-using")
        texts["using"] = used
    edits = _reading_edits(project, receiver, handler, texts)
    if not _is_told(handler, flags, signals):
        return Undesignable("several-signals")
    edits += relocated(project, receiver.facts, function.node, module)
    name = free_name(project, public_name(project, receiver, handler), path, models, taken)
    return Service(
        receiver,
        handler,
        name,
        module,
        path,
        subject,
        tuple(sorted(flags)),
        tuple(edits),
        tuple(imports),
        marks.read(project, receiver),
        writes=cache(partial(written, handler, function.scope, receiver.facts, project)),
    )  # fmt: skip


def _is_told(handler: Handler, flags: Set[str], signals: Set[str]) -> bool:
    """Whether each of the signals passes what the work wants to be told."""
    if flags & {"created", "update_fields"} and len(signals) > 1:
        return False
    asks_created = handler.only_created is not None or "created" in flags
    if asks_created and signals != {"post_save"}:
        return False
    if "update_fields" in flags and signals & set(DELETE_SIGNALS):
        return False  # what it has is a default of its own
    return "origin" not in flags or signals <= set(DELETE_SIGNALS)


def _reading_edits(
    project: Project, receiver: FoundReceiver, handler: Handler, texts: dict[str, str]
) -> list[Edit]:
    """The edits where a body reads arguments of the signal; `texts`: what it says for each."""
    bound = named_once(handler, "using", texts)
    asked = _asks_for_the_class(handler, receiver) if texts.get("sender") == EXACT_CLASS else {}
    replaced = [
        Replace(use.span, "instance" if use.span in asked else texts[use.argument])
        for use in handler.uses
        if not (use.by_name and texts[use.argument] == use.argument)
    ]
    replaced += [Replace(span, "isinstance") for span in asked.values()]
    calls = forwarding.idle(project, receiver)
    called = forwarding.without_stars(calls, receiver.facts, handler.uses, texts)
    own = [e for e in replaced if not any(c.first.contains(e.first) for c in called)]
    return [*bound, *own, *called]


def named_once(handler: Handler, argument: str, texts: dict[str, str]) -> list[Edit]:
    """The assignment of what stands for an argument that the body names more than once.

    `texts`: by argument, changed to the name.
    """
    named = [use.by_name for use in handler.uses if use.argument == argument]
    if len(named) < 2 or not all(named):
        return []
    code = f"{argument} = {texts[argument]}"
    texts[argument] = argument
    return [Insert(handler.guarded[0], code, Where.BEFORE)]


def _asks_for_the_class(handler: Handler, receiver: FoundReceiver) -> dict[Span, Span]:
    """The places of `sender` and `issubclass` in each `issubclass(sender, Order)`."""
    lines = receiver.facts.lines
    senders = {use.span for use in handler.uses if use.argument == "sender"}
    return {
        lines.span(node.args[0]): lines.span(node.func)
        for statement in handler.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "issubclass"
        and len(node.args) == 2
        and lines.span(node.args[0]) in senders
    }


def read_handler(
    project: Project, receiver: FoundReceiver, told: Mapping[str, Value]
) -> Handler | Undesignable:
    """The analysis of a receiver's function, where it can become a service at all."""
    function = receiver.function
    if function is None:
        return Undesignable("not-a-function")
    if function.outer.kind != "module" and not in_class.may_leave(project, receiver):
        return Undesignable("nested-handler")
    named = function.outer.bindings[function.node.name]
    others = [b for b in named if b.kind == "function" and b.node is not function.node]
    if others or named[-1].node is not function.node:
        return Undesignable("name-lost")  # without the last, the one before would have the name
    inside = {id(node) for statement in function.node.body for node in ast.walk(statement)}
    if any(id(made.node) in inside for made in receiver.made):
        return Undesignable("connects-itself")
    handler = analyse(
        function,
        receiver.facts.lines,
        known=given(project, receiver),
        forwarding=forwarding.idle(project, receiver),
    )
    decorators = marks.read(project, receiver)
    handler = marks.fold(handler, decorators.folded)
    condition = conditions.shared(project, receiver)
    if condition is not None:
        handler = conditions.fold(handler, condition)
    head = [*decorators.moving, *_annotations(function.node)]
    path = home(project, receiver)[1]
    strange = handler.strange or clash_code(project, receiver.facts, handler.body, head, path)
    if strange:
        return Undesignable(strange)
    if all(map(_does_nothing, handler.body)):
        return Undesignable("does-nothing")
    changes = any(c.signal == M2M for c in receiver.receiver.connections)
    if handler.forwards or (handler.extras and changes):
        return Undesignable("forwards-kwargs")
    if handler.reads("signal"):
        return Undesignable("reads-signal")
    if "raw" in handler.arguments:
        return Undesignable("reads-raw")
    return _folded(handler, receiver, told)


def _folded(handler: Handler, receiver: FoundReceiver, told: Mapping[str, Value]) -> Handler:
    """The handler without what depends on arguments that are told: all of them, or one."""
    ways = [dict(told), *({flag: value} for flag, value in told.items())] if told else []
    made = (fold(handler, receiver.facts.lines, way) for way in ways)
    return next(filter(None, made), handler)


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    for each in ast.walk(node.args):
        if isinstance(each, ast.arg) and each.annotation is not None:
            yield each.annotation


def _does_nothing(statement: ast.stmt) -> bool:
    """Whether this is `pass`, `...` or a docstring."""
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def subject_of(models: tuple[str, ...], handler: Handler, function: str) -> str:
    """The model's name where one model is meant and the name is free in the body.

    `function`: what the handler is called, which is no name for its argument.
    """
    if handler.alias is not None and handler.alias not in VAGUE:
        return handler.alias
    wanted = found.variable(models)
    if (
        handler.rebound
        or spells_out(handler.body, "instance")
        or wanted in {*handler.bound, function.lstrip("_")}
        or keyword.iskeyword(wanted)
        or hasattr(builtins, wanted)
    ):
        return "instance"
    return wanted


def home(project: Project, receiver: FoundReceiver) -> tuple[str, str]:
    """(module, file) of the services of the app in which the handler lives."""
    return services_of(project, *app_folder(project, receiver.receiver.file))


def services_of(project: Project, folder: str, package: str) -> tuple[str, str]:
    """(module, file) of the services of an app, which may not exist yet."""
    base = PurePosixPath(folder)
    below = f"{base / 'services'}/"
    if any(f.startswith(below) for f in project.paths):
        stem = base.name or "handlers"  # one module for all: their helpers come along once
        return f"{package}.services.{stem}".lstrip("."), str(base / "services" / f"{stem}.py")
    return f"{package}.services".lstrip("."), str(base / "services.py")


def room_for(project: Project, folder: str, package: str, name: str) -> tuple[str, str] | None:
    """(module, file) of an app's services.py, where a function of this name can be added to it."""
    prefix = f"{folder}/" if folder not in ("", ".") else ""
    if any(path.startswith(f"{prefix}services/") for path in project.paths):
        return None
    path = f"{prefix}services.py"
    if path in project.paths and name in project.known(path).scope.bindings:
        return None
    if any(r.function is not None and r.function.node.name == name for r in project.receivers):
        return None
    return f"{package}.services".lstrip("."), path


def path_of(project: Project, module: str) -> str:
    """The file of a services module that may not exist yet."""
    known = project.modules.find(module)
    if known is not None:
        return known.path
    parent, _, name = module.rpartition(".")
    package = project.modules.find(parent)
    if package is None:  # a folder without an `__init__.py`
        inside = (m for m in project.modules.by_path.values() if m.package == parent)
        package = next(inside, None)
    folder = PurePosixPath(package.path).parent if package is not None else PurePosixPath()
    return str(folder / f"{name}.py")


def app_folder(project: Project, path: str) -> tuple[str, str]:
    """(folder, package) of the app that a file is in; its own folder where there is none."""
    app = project.app_of(path)
    if app is not None:
        return app.folder, app.package
    folder = str(PurePosixPath(path).parent)
    return folder, project.module_of(path).rpartition(".")[0]
