"""What is known of a handler: the values that `plan.reading.handlers` reads off its function."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from codemod.plan.reading.actions import ALL
from codemod.plan.reading.names import IsQuiet, asks_only
from codemod.plan.reading.shortened import Shortened
from codemod.syntax.older import tree_of
from codemod.values.edits import Edit, Replace
from codemod.values.span import Lines, Span

# Arguments a signal passes besides `signal`, `sender` and `instance` (SEMANTICS 1.1, 3.1, 4.1).
ARGUMENTS = (
    "created", "raw", "using", "update_fields", "origin", "action", "reverse", "model", "pk_set",
)  # fmt: skip

# All that a signal of a model passes.
GIVEN = frozenset((*ARGUMENTS, "instance", "sender", "signal"))

# What a service may have a parameter for.
PARAMETERS = frozenset(("instance", *ARGUMENTS)) - {"raw", "using"}

# What a body may call its instance, and a parameter should not be called.
VAGUE = frozenset(("obj", "object", "inst", "item", "self", "this", "o", "i", "x", "model", "_"))


@dataclass(frozen=True)
class Use:
    """A place that reads an argument: by name, or out of **kwargs."""

    argument: str
    span: Span
    by_name: bool


@dataclass(frozen=True)
class Guard:
    """A guard of a decorator, which the service begins with."""

    test: str  # what is left of its condition, as source
    imports: tuple[tuple[str, str], ...] = ()  # (module, name) that it needs

    @property
    def code(self) -> str:
        """The guard as a statement."""
        return f"if {self.test}:\n    return"

    @cached_property
    def node(self) -> ast.stmt:
        """The same as a node."""
        return tree_of(self.code).body[0]


@dataclass(frozen=True)
class Handler:
    """The analysis of one handler function."""

    only_created: bool | None  # True: acts on creation only, False: on updates only, None: both
    ignores_raw: bool  # does none of its work while fixtures are loaded
    arguments: frozenset[str]  # arguments the remaining body reads
    uses: tuple[Use, ...]  # where the remaining body reads an argument
    forwards: bool  # hands **kwargs on, or reads something unknown from it
    edits: tuple[Edit, ...]  # folds the guards
    guarded: tuple[Span, Span]  # first and last statement of the work inside the guards
    bound: frozenset[str]  # every name the function binds or reads
    body: tuple[ast.stmt, ...]  # the work inside the guards
    # Conditions that left a guard of which the rest is in the body: a delegate still asks them.
    conditions: tuple[str, ...] = ()
    alias: str | None = None  # what the body calls the instance throughout
    hints: tuple[tuple[str, ast.expr], ...] = ()  # the types that it says, by argument
    dropped: tuple[Span, ...] = ()  # the statement that gives it this name
    sources: tuple[tuple[str, str], ...] = ()  # what a delegate says for arguments, by argument
    rebound: bool = False  # `instance` comes to mean something else
    strange: str | None = None  # a code, where the function can't become a service
    actions: frozenset[str] = ALL  # of m2m_changed: those that the work is for
    needs_action: bool = False  # does nothing for a signal that has no action
    only_reverse: bool | None = None  # of m2m_changed: acts on one side of the relation only
    branches: tuple[Handler, ...] = ()  # the same for each body of a choice by the action
    guards: tuple[Guard, ...] = ()  # of its decorators, in front of the body
    shortened: tuple[Shortened, ...] = ()  # the tests that some of the edits replace
    gone: tuple[ast.AST, ...] = ()  # nodes of the body that the edits remove: terms of guards
    acts_on_raw: bool = False  # where it ignores raw saves: it does something else then
    handed: frozenset[str] = frozenset()  # arguments that helpers take out of its `**kwargs`
    extras: tuple[tuple[str, str], ...] = ()  # what no signal gives, with its default as source
    untold: frozenset[str] = frozenset()  # what a helper would get of it: the service doesn't ask
    # Whether a test in it does nothing but ask.
    quiet: IsQuiet = field(default=asks_only, compare=False)

    def merged(self, lines: Lines, edits: Iterable[Edit]) -> list[Edit]:
        """The edits of the handler with others of its body, of which some are in tests that the
        first shorten."""
        folded, own = [*self.edits], [*edits]
        for short in self.shortened:
            inner = [e for e in own if isinstance(e, Replace) and short.test.contains(e.first)]
            if inner:
                folded = [e for e in folded if not isinstance(e, Replace) or e.first != short.test]
                folded.append(short.merged(lines, inner))
                own = [edit for edit in own if edit not in inner]
        return [*folded, *own]

    def reads(self, argument: str) -> bool:
        """Whether the remaining body reads an argument of the signal."""
        return any(use.argument == argument for use in self.uses)

    @property
    def hides_instance(self) -> bool:
        """Whether the instance's uses can't be followed: taken out of **kwargs, or rebound."""
        return self.rebound or any(
            use.argument == "instance" and not use.by_name for use in self.uses
        )

    @property
    def instances(self) -> frozenset[str]:
        """The names that mean the instance."""
        return frozenset({"instance"} if self.alias is None else {"instance", self.alias})

    @property
    def flags(self) -> tuple[str, ...]:
        """The keyword arguments the service needs, `using` and `raw` not among them."""
        return tuple(sorted(self.arguments - {"using", "raw"}))
