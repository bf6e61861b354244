"""Nothing changes outside the planned edits.

    order.save()     ->   order.save()
    ship(order)           log(order)
                          ship(order, 1)   shop/views.py:8: not planned: ship(order, 1)

Both texts are compared token by token, comments included. Between the places of the plan (see
`regions`) all has to be the same and in the same depth; in them only what was there, and what the
plan puts there. In statements with an edit inside, and in those that are indented anew, Black may
have changed parentheses, trailing commas and quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from codemod.checks.regions import Region, Regions, regions
from codemod.checks.tokens import NEWLINE, Source, Token, meaning, optional, read
from codemod.values.edits import Edit, FileEdits
from codemod.values.failures import Failure
from codemod.values.latest import Latest

# In a region, these come and go with what stands around them.
_FREE = {"(", ")", ",", "pass", ";"}
_STAR = "*"  # whether a name of a module is needed yet, `names` tells


def check_strays(
    before: Mapping[str, str],
    after: Mapping[str, str],
    edits: Sequence[FileEdits],
    sources: Mapping[str, str] | None = None,
    latest: Latest | None = None,
    headings: Collection[str] = (),
) -> tuple[Failure, ...]:
    """Return the first change of each file that no edit of it accounts for.

    `sources`: the texts, by path, that functions are moved from, if they are not in `before`.
    `headings`: the comments that the project has above its imports.
    `latest`: of earlier checks with the same sources.
    """
    latest = Latest() if latest is None else latest
    planned = {entry.path: entry.edits for entry in edits}
    notices = {entry.path: entry.notice for entry in edits}
    texts = {**notices, **(sources or {}), **before}
    reader = cache(lambda path: read(texts.get(path, ""), headings))

    def compare(path: str, _: str, text: str, own: Sequence[Edit]) -> tuple[int, str] | None:
        old, new = reader(path), read(text, headings)
        if old is None or new is None:
            return None  # the syntax check names it
        return _Comparison(old, new, regions(old, own, reader)).stray()

    failures = []
    for path, text in after.items():
        asked = (path, texts.get(path, ""), text, planned.get(path, ()))
        stray = latest.ask(("stray", path), asked, compare)
        if stray is not None:
            failures.append(Failure("strays", path, *stray))
    return tuple(failures)


@dataclass(frozen=True)
class _Comparison:
    old: Source
    new: Source
    where: Regions

    def stray(self) -> tuple[int, str] | None:
        """The line and the words for what is not planned; None if all is."""
        parts = self.where.merged()
        found = self._tokens_stray(parts)
        return found if found is not None else self._import_stray(parts)

    def _tokens_stray(self, parts: Sequence[Region]) -> tuple[int, str] | None:
        items, fresh = self.old.tokens, self.new.tokens
        matcher = _Matcher(
            items,
            fresh,
            optional(items),
            optional(fresh),
            self._loose(parts),
            self._depths(),
            self.new.lines.lines,
        )
        ends, last = [0], 0
        for region in parts:
            starts = [matcher.same(last, region.start, end) for end in ends]
            found = (end for at in starts if at is not None for end in matcher.fill(region, at))
            ends, last = sorted(set(found)), region.end
        if any(matcher.same(last, len(items), end) == len(fresh) for end in ends):
            return None
        return matcher.stray()

    def _loose(self, parts: Sequence[Region]) -> set[int]:
        """The tokens of statements with an edit inside, and of those with another depth."""
        items = self.old.tokens
        found = {i for start, end, _ in self.where.touched for i in range(start, end)}
        for region in parts:
            left, right = region.start, region.end
            if left == len(items) or items[left].opens:
                continue  # between statements, or statements as a whole
            while left and not items[left].opens:
                left -= 1
            while right < len(items) and not items[right].opens:
                right += 1
            found |= {*range(left, right)}
        return found

    def _depths(self) -> dict[int, int]:
        """By token, how much deeper it gets."""
        deeper: Counter[int] = Counter()
        for start, end, by in self.where.touched:
            for index in range(start, end):
                deeper[index] += by
        return deeper

    def _import_stray(self, parts: Sequence[Region]) -> tuple[int, str] | None:
        """An import that the plan does not bring, or one that goes and was needed no less."""
        plan = self.where
        for name in Counter(self.new.names) - Counter(self.old.names):
            if name not in plan.imports:
                return 0, f"not planned: an import of {name}"
        # What removed code used goes with it, and what another import takes the name of.
        gone = (token for part in parts for token in self.old.tokens[part.start : part.end])
        free = {word for token in gone for word in _words(token.text)}
        free |= {_local(name) for name in plan.imports | plan.leaving} | {"TYPE_CHECKING"}
        for name in Counter(self.old.names) - Counter(self.new.names):
            if _local(name) not in free and not name.endswith(_STAR):
                return 0, f"not planned: that the import of {name} goes"
        return None


@dataclass
class _Matcher:
    """Walks along both texts; keeps in mind how far it came at best."""

    old: Sequence[Token]
    new: Sequence[Token]
    old_optional: Collection[int]
    new_optional: Collection[int]
    loose: Collection[int]
    deeper: Mapping[int, int]
    lines: Sequence[str]  # of the new text
    furthest: int = 0
    missing: str = ""

    def same(self, start: int, stop: int, at: int) -> int | None:
        """Where the old tokens from `start` to `stop` end among the new ones from `at` on."""
        index = start
        while True:
            loose = index < stop and index in self.loose
            follows = index > start and index - 1 in self.loose
            if loose and index in self.old_optional:
                index += 1
            elif loose and at in self.new_optional:
                at += 1
            elif index == stop:
                return at
            elif at < len(self.new) and self._equal(index, at):
                index, at = index + 1, at + 1
            elif follows and at in self.new_optional:
                at += 1
            else:
                self.note(at, self.old[index].text)
                return None

    def fill(self, region: Region, at: int) -> Iterator[int]:
        """Where the region may end among the new tokens if it starts at `at`."""
        left, needed = Counter(region.may), Counter(region.must)
        while True:
            lacking = next((text for text, count in needed.items() if count > 0), None)
            if lacking is None:
                yield at
            if at == len(self.new):
                break
            token = self.new[at]
            text = meaning(token)
            if token.kind != NEWLINE and text not in _FREE:
                if not left[text]:
                    break
                left[text] -= 1
            needed[text] -= 1
            at += 1
        self.note(at, lacking or "")

    def _equal(self, index: int, at: int) -> bool:
        old, new = self.old[index], self.new[at]
        if old.kind != new.kind:
            return False
        if old.opens and new.opens and old.heads_line and new.heads_line:
            if new.depth != old.depth + self.deeper.get(index, 0):
                return False
        if old.kind == NEWLINE or old.text == new.text:
            return True
        return index in self.loose and meaning(old) == meaning(new)

    def note(self, at: int, missing: str) -> None:
        """Remember the place that stopped the walk, if it is the furthest so far."""
        if at >= self.furthest:
            self.furthest, self.missing = at, missing

    def stray(self) -> tuple[int, str]:
        """What stopped the walk."""
        if self.furthest < len(self.new):
            token = self.new[self.furthest]
            return token.start[0], f"not planned: {self.lines[token.start[0] - 1].strip()}"
        return 0, f"not planned: that {self.missing or 'the end'} goes"


def _words(token: str) -> list[str]:
    """The names in a token: itself, or those in a text, which may be an annotation."""
    return re.findall(r"\w+", token) if token.endswith(('"', "'")) else [token]


def _local(name: str) -> str:
    return name.rpartition(" as ")[2].partition(".")[0]
