"""What functions of a file's text gave last, for work that is done on almost the same files again.

    flaws = latest.ask(("flaws", path), (text, exported), find_flaws)

Only the last answer is kept for each question: what is asked of one file changes seldom, and then
for good.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Latest:
    """Answers by question, with the arguments that they were given for."""

    def __init__(self) -> None:
        self._held: dict[Hashable, tuple[tuple[object, ...], object]] = {}

    def ask(self, question: Hashable, arguments: tuple[Any, ...], function: Callable[..., T]) -> T:
        """What the function gives for the arguments: what it gave last if they are the same.

        All that the answer depends on has to be among the arguments, or the same for all askers.
        """
        held = self._held.get(question)
        if held is not None and held[0] == arguments:
            return cast(T, held[1])
        found = function(*arguments)
        self._held[question] = arguments, found
        return found
