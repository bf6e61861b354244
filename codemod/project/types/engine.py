"""The question "what is this expression?": asked once per node, guarded against cycles."""

from __future__ import annotations

import ast
from collections.abc import Callable as Function
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, ClassRef, Instance, Type
from codemod.project.classes import ClassInfo
from codemod.project.model_tables import Model
from codemod.project.types import recasts
from codemod.project.types.kinds import PENDING, UNKNOWN, other

if TYPE_CHECKING:
    from codemod.project.project import Project

_DEPTH = 70  # nested questions before one is given up
_STEPS = 6_000  # questions that one question may lead to

Rule = Function[["Engine", "ast.expr", Scope, FileFacts], Answer]


@dataclass(frozen=True, eq=False)
class Frame:
    """A function looked at for given arguments."""

    scope: Scope
    values: tuple[tuple[str, Answer], ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells two frames apart."""
        return (self.scope, *((name, answer.types) for name, answer in self.values))

    def get(self, name: str) -> Answer | None:
        """The argument given for a parameter."""
        return next((answer for key, answer in self.values if key == name), None)


class Engine:
    """The answers of one project."""

    def __init__(self, project: Project) -> None:
        from codemod.project.types.rules import RULES  # they ask the engine in turn

        self.project = project
        self._rules = RULES
        self.symbols = project.symbols
        self.classes = project.classes
        self.models = project.models
        self.frame: Frame | None = None
        self.frames = 0
        self._number = 0  # of the frame, alike for those that can't be told apart
        self._numbers: dict[object, int] = {}
        self._known: dict[object, Answer] = {}
        self._active: dict[object, int] = {}
        self._pending = 0  # the depths, as bits, of the pending questions that an answer rests on
        self._held: dict[object, tuple[Answer, int]] = {}  # answers that rest on pending ones
        self._held_until: dict[int, list[object]] = {}  # by depth: their keys, dropped with it
        self._steps = 0
        self.tables: dict[str, Any] = {}  # what single modules keep

    def of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
        """What an expression is, seen from a scope."""
        rule = self._rules.get(type(expr))
        if rule is None:
            return UNKNOWN
        return self.once(expr, scope, rule, self, expr, scope, facts)

    def once(self, node: object, scope: Scope, ask: Function[..., Answer], *given: Any) -> Answer:
        """The answer to a question, `ask(*given)`, kept for the next time.

        A question that is asked while it is being answered gets PENDING. An answer that was found
        on the way and rests on that is kept until the outermost question that it rests on, by way
        of others too, is answered: in a thicket of such questions each is worked out once.
        """
        frame = self.frame
        if frame is not None and not _within(scope, frame.scope):
            frame = None
        key = (node, self._number) if frame is not None else node
        known = self._known.get(key)
        if known is not None:
            return known
        held = self._held.get(key)
        if held is not None:
            self._pending |= held[1]
            return held[0]
        depth = self._active.get(key)
        if depth is not None:
            self._pending |= 1 << depth
            return PENDING
        depth = len(self._active)
        if not depth:
            self._steps = 0
        self._steps += 1
        if depth > _DEPTH or self._steps > _STEPS:
            self._pending = -1  # given up: nothing on the way is kept
            return UNKNOWN
        outer, self._pending = self._pending, 0
        self._active[key] = depth
        try:
            answer = ask(*given)
        finally:
            del self._active[key]
            resting = [(each, *self._held.pop(each)) for each in self._held_until.pop(depth, ())]
        pending = self._pending & ((1 << depth) - 1)
        if pending:
            until = self._held_until.setdefault(pending.bit_length() - 1, [])
            for each, found, rests_on in (*resting, (key, answer, 0)):
                self._held[each] = found, rests_on & ~(1 << depth) | pending
                until.append(each)
        else:
            if answer is PENDING:
                answer = UNKNOWN
            self._known[key] = answer
        self._pending = outer | pending
        return answer

    def within(self, frame: Frame | None, ask: Function[[], Answer]) -> Answer:
        """An answer for given arguments."""
        before = self.frame, self._number
        self.frame = frame
        if frame is not None:
            self._number = self._numbers.setdefault(frame.key, len(self._numbers))
        self.frames += 1
        try:
            return ask() if self.frames < 12 else UNKNOWN
        finally:
            self.frames -= 1
            self.frame, self._number = before

    # Looking things up

    def instance(self, label: str | None) -> Type | None:
        """An object of the model of a label."""
        if label is None:
            return None
        model = self.models.get(label)
        return Instance(model.name if model is not None else label)

    def declared(self, cls: str) -> tuple[Type, ...]:
        """What an object that is said to be of a class may be: of a model's children too."""
        model = self.models.by_class.get(cls)
        if model is None or model.abstract:
            return (Instance(cls),)
        below = [self.instance(label) for label in self.models.subclasses(model.label)]
        return (Instance(cls), *(kind for kind in below if kind is not None))

    def row(self, label: str) -> tuple[Type, ...]:
        """What a row of a model's table is fetched as: django-polymorphic finds the child, and
        django-typed-models the proxy, as a model may do itself."""
        kind = self.instance(label)
        assert kind is not None
        if isinstance(kind, Instance) and (
            self.classes.is_subclass(kind.cls, *_POLYMORPHIC) or recasts.of_rows(self, kind.cls)
        ):
            return self.declared(kind.cls)
        return (kind,)

    def class_ref(self, label: str) -> Type:
        """The class of the model of a label."""
        model = self.models.get(label)
        return ClassRef(model.name if model is not None else label)

    def model(self, cls: str) -> Model | None:
        """The model that a class is: the user model for the abstract bases of users."""
        if cls in _USERS:
            return self.models.get(self.user_label) or self.models.by_class.get(cls)
        return self.models.by_class.get(cls)

    @property
    def user_label(self) -> str:
        """The label of the user model."""
        return self.models.user_label

    def user(self, reason: str) -> Answer:
        """A user."""
        kind = self.instance(self.user_label)
        return Answer((kind,), _PROVED, reason) if kind is not None else UNKNOWN

    def is_model(self, cls: str) -> bool:
        """Whether a class is a Django model, known with its fields or not."""
        return (
            cls in self.models.by_class
            or cls in self._tables
            or self.models.is_unread(cls)
            or self.classes.is_subclass(cls, "django.db.models.Model")
        )

    @cached_property
    def _tables(self) -> frozenset[str]:
        """The labels of the tables that Django makes for many-to-many fields."""
        return frozenset(
            field.through
            for model in self.models.by_label.values()
            for field in model.fields.values()
            if field.auto_through and field.through is not None
        )

    def labels(self, cls: str) -> tuple[str, ...]:
        """Labels of the concrete models that objects of a class may be of."""
        model = self.model(cls)
        if model is None:
            return (cls,) if cls in self._tables else ()
        if not model.abstract:
            return (model.label,)
        found = [self.models.by_class.get(name) for name in self.classes.subclasses(cls)]
        return tuple(m.label for m in found if m is not None and not m.abstract)

    @cached_property
    def _class_nodes(self) -> dict[ast.AST, ClassInfo]:
        return {info.definition.node: info for info in self.classes}

    def class_at(self, node: ast.AST) -> ClassInfo | None:
        """The class of a class statement."""
        return self._class_nodes.get(node)

    def class_around(self, scope: Scope) -> ClassInfo | None:
        """The class in whose method (or body) a scope is, nested functions included."""
        place: Scope | None = scope
        while place is not None:
            if place.kind == "class":
                return self.class_at(place.node)
            place = place.parent
        return None

    def function_at(self, node: ast.AST, facts: FileFacts) -> FunctionDef | None:
        """The function of a function statement."""
        tables = self.tables.setdefault("functions", {})
        table = tables.get(facts.path)
        if table is None:
            table = tables[facts.path] = {f.node: f for f in facts.functions}
        found: FunctionDef | None = table.get(node)
        return found

    def named(self, dotted: str) -> Answer:
        """What a canonical dotted name is."""
        known = self._known.get(dotted)
        if known is None:
            from codemod.project.types.names import dotted_answer

            known = dotted_answer(self, dotted)
            if dotted not in self._active and known is not PENDING:
                self._known[dotted] = known
        return known

    def module_name(self, facts: FileFacts) -> str:
        """The unique dotted name of a file."""
        return self.project.module_of(facts.path)

    def is_external(self, dotted: str) -> bool:
        """Whether a dotted name can't be of the project."""
        return not self.project.modules.knows(dotted)


def _within(scope: Scope, outer: Scope) -> bool:
    place: Scope | None = scope
    while place is not None:
        if place is outer:
            return True
        place = place.parent
    return False


_USERS = frozenset(
    f"django.contrib.auth.models.{name}" for name in ("AbstractUser", "AbstractBaseUser")
)
_POLYMORPHIC = ("polymorphic.models.PolymorphicModel", "typedmodels.models.TypedModel")
_PROVED = other("").tier
