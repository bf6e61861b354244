"""The type of an expression: which model `x` is in `x.save()`, by Django-aware rules."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Manager, QuerySet
from codemod.project.types import fixtures, managers
from codemod.project.types import resets as pk_resets
from codemod.project.types.engine import Engine
from codemod.project.types.functions import method_result
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import PENDING, UNKNOWN
from codemod.project.types.members import asks_another, target_of_package
from codemod.project.types.naming import by_name
from codemod.project.types.stated import weighed

if TYPE_CHECKING:
    from codemod.project.project import Project


class Types:
    """The types of one project's expressions; nothing is computed before it is asked for."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.engine = Engine(project)

    def type_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
        """What an expression is, how sure that is, and why."""
        try:
            answer = self.engine.of(expr, scope, facts)
        except RecursionError:
            return UNKNOWN
        return UNKNOWN if answer is PENDING else answer

    def owner_of(self, call: CallSite, facts: FileFacts) -> Answer:
        """What `x` is in a call `x.method()`; as a last resort, what it is named after."""
        function = call.node.func
        if not isinstance(function, ast.Attribute):
            return UNKNOWN
        answer = self.type_of(function.value, call.scope, facts)
        answer = weighed(self.engine, function.value, facts, answer)
        if asks_another(self.engine, answer, function.attr):
            return UNKNOWN
        if answer.known:
            return answer
        return by_name(self.engine, call, facts) or answer

    def items_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
        """What a loop over an expression gives."""
        return iterated(self.engine, self.type_of(expr, scope, facts))

    def could_be(self, call: CallSite, facts: FileFacts, label: str) -> bool:
        """Whether the unknown `x` of `x.save()`, `x.create()`, ... may be of a model."""
        from codemod.project.types.strange_forms import may_save
        from codemod.project.types.veto import could_be

        return could_be(self.engine, call, facts, label) or may_save(
            self.engine, call, facts, label
        )

    def could_be_rows(self, call: CallSite, facts: FileFacts, label: str) -> bool:
        """Whether the unknown `x` of `x.delete()` may be a queryset or manager of a model."""
        from codemod.project.types.veto_rows import could_be_rows

        return could_be_rows(self.engine, call, facts, label)

    def origins(self, kind: Manager | QuerySet) -> list[tuple[str | None, tuple[str, ...]]]:
        """See `managers.origins`."""
        return managers.origins(self.engine, kind)

    def returned(self, cls: str, method: str) -> Answer:
        """What a method of a project class returns."""
        from codemod.project.answers import Instance

        answer = method_result(self.engine, Instance(cls), method, None)
        return UNKNOWN if answer is None or answer is PENDING else answer

    def package_target(self, label: str, name: str) -> str | None:
        """The class of a package that a relation of a model points to."""
        model = self.engine.models.get(label)
        field = model.fields.get(name) if model is not None else None
        if model is None or field is None:
            return None
        return target_of_package(self.engine, model, field)

    @cached_property
    def factory_fixtures(self) -> dict[str, str]:
        """The factories that pytest-factoryboy hands to tests, by the fixture's name."""
        kinds = fixtures.registered(self.engine)
        return {name: kind.cls for name, kind in kinds.items() if isinstance(kind, ClassRef)}

    @cached_property
    def resets(self) -> frozenset[str | None]:
        """Labels of models that get None as their pk; None among them for an unknown one."""
        return pk_resets.find(self.project)


def type_of(project: Project, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What an expression is."""
    return project.types.type_of(expr, scope, facts)


def could_be(project: Project, call: CallSite, facts: FileFacts, label: str) -> bool:
    """Whether the unknown object of a call may be of a model."""
    return project.types.could_be(call, facts, label)
