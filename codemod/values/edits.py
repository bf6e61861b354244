"""What may be done to a file. Anchors are spans of the text as it was read.

All edits of a file are applied together by `rewrite.apply`; their order in the sequence counts
only for two inserts at one anchor (they come out in the order given).
Code is written without indentation, as it would stand at column 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from enum import Enum

from codemod.values.span import Span


class Where(Enum):
    """On which side of its anchor an insert goes, relative to a `Wrap` of the same statement."""

    ABOVE = "above"  # before the statement, outside the block that wraps it
    BEFORE = "before"  # before the statement, inside the block
    AFTER = "after"  # after the statement, inside the block
    BELOW = "below"  # after the statement, outside the block


@dataclass(frozen=True)
class Insert:
    """Put statements beside the statement at `anchor`."""

    anchor: Span
    code: str
    where: Where = Where.AFTER


@dataclass(frozen=True)
class Replace:
    """Put code in place of the expression, or of the statements from `first` to `last`.

    Empty code removes the statements with the comments directly above them; a block left
    empty gets `pass`.
    """

    first: Span
    code: str
    last: Span | None = None  # None: the one node at `first`
    comments: bool = True  # keep the comments directly above, if code takes the place
    heads: bool = False  # keep them if none does: they are about what is below, too
    apart: bool = False  # comments that stand apart above go as well, if no code takes the place


@dataclass(frozen=True)
class Bind:
    """Keep the value of the statement at `anchor`: `f()` -> `target = f()`.

    `return f()` becomes the same, with `return target` below all that goes after it.
    """

    anchor: Span
    target: str
    returned: bool = False  # the statement is `return f()`


@dataclass(frozen=True)
class Wrap:
    """Put the statements from `first` to `last` of one block under `header`.

    `header` is a compound statement's first line, for example `with transaction.atomic():`.
    """

    first: Span
    last: Span
    header: str


@dataclass(frozen=True)
class Unwrap:
    """Put the body of the `if`, `try` or `with` at `anchor` in its place.

    `branch` tells which body of an `if`: 0 the first, 1 that of the first `elif`, or of `else`.
    `dead` are the lines of one that goes for good, with its comments. `below`: an `elif` stays with
    all that follows it, as an `if`.
    """

    anchor: Span
    branch: int = 0
    dead: Span | None = None
    below: bool = False


@dataclass(frozen=True)
class AddMethod:
    """Add a function to the body of the class at `anchor` (the span of the `class` statement).

    It goes at the end of the body, or before the first of the methods named in `before`.
    `imports` become its first statements.
    """

    anchor: Span
    code: str
    before: tuple[str, ...] = ()
    imports: tuple[AddImport, ...] = ()


@dataclass(frozen=True)
class AddBase:
    """Put a base in front of those that the class at `anchor` has."""

    anchor: Span
    name: str


@dataclass(frozen=True)
class AddImport:
    """Make a name available: `from module import name as alias`, or `import module`.

    `module` is absolute, "" for a module `name` of no package; relative form is chosen where the
    file imports its own package so. `local_to` is the function whose first statement the import
    becomes, None for the top. `for_types`: it stands under `if TYPE_CHECKING:`.
    """

    module: str
    name: str | None = None
    alias: str | None = None
    local_to: Span | None = None
    for_types: bool = False


@dataclass(frozen=True)
class Append:
    """Add top-level statements at the end of the file, two blank lines above each.

    `after_imports`: below the imports instead, where constants stand. `like`: the path of the
    file whose style a new file follows. `imports` become the first statements of a function.
    """

    code: str
    after_imports: bool = False
    like: str | None = None
    imports: tuple[AddImport, ...] = ()


@dataclass(frozen=True)
class Move:
    """Append a function made of one that stands in another file.

    Decorators go but for those given here, `edits` (anchored in that file) are applied inside,
    then names are renamed. `imports` become its first statements. Without `parameters` it is the
    same function: it keeps its own, and every `return`.
    """

    source: str  # the other file
    function: Span
    edits: tuple[Edit, ...]
    name: str
    parameters: str | None  # as in the source: "order, *, created"
    rename: tuple[tuple[str, str], ...] = ()
    comments: bool = True  # take the comments directly above along
    imports: tuple[AddImport, ...] = ()
    decorators: tuple[str, ...] = ()  # of the new function, without the `@`
    unheard: bool = False  # nobody reads what it returns: `return False` says no more than `return`
    after_imports: bool = False  # below the imports, where decorators stand
    apart: bool = False  # take the comments that stand apart above along, too
    last: bool = False  # and those at the end of its file


@dataclass(frozen=True)
class NewClass:
    """Write a class in place of the registration of a model without one.

    `anchor` is the registering statement, `register(elements)`; `element` leaves it. All new
    classes of one anchor, and all methods of one header, are written together. `imports` become
    the first statements of the method.
    """

    anchor: Span
    header: str  # decorator and `class` line
    method: str
    register: str
    element: str
    elements: tuple[str, ...]
    imports: tuple[AddImport, ...] = ()


Edit = (
    Insert
    | Replace
    | Bind
    | Wrap
    | Unwrap
    | AddMethod
    | AddBase
    | AddImport
    | Append
    | Move
    | NewClass
)


def spans(edits: Iterable[Edit]) -> Iterator[Span]:
    """The anchors of edits, in the file that they are edits of."""
    for edit in edits:
        if not isinstance(edit, Move):
            values = (getattr(edit, each.name) for each in fields(edit))
            yield from (value for value in values if isinstance(value, Span))


@dataclass(frozen=True)
class FileEdits:
    """All edits of one file. `create` for a file that does not exist yet, `delete` to remove it."""

    path: str
    edits: tuple[Edit, ...] = ()
    create: bool = False
    delete: bool = False
    notice: str = ""  # the copyright notice that a new file starts with
    # Names that other files import from this one: their imports stay even if unused here.
    exported: frozenset[str] = field(default_factory=frozenset)
