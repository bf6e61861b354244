"""isort's sections: which import lines belong together, in which order, and under what heading.

sections = FUTURE,STDLIB,DJANGO,THIRDPARTY,FIRSTPARTY,LOCALFOLDER      # Django
known_django = django                                                  from django.db import models
import_heading_django = Django
                                                                       # Third Party
                                                                       import requests
"""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import libcst as cst
from libcst.helpers import get_full_name_for_node

from codemod.rewrite.style import tool_table

_DEFAULT = ("FUTURE", "STDLIB", "THIRDPARTY", "FIRSTPARTY", "LOCALFOLDER")
_RUFF = dict(
    zip(("future", "standard-library", "third-party", "first-party", "local-folder"), _DEFAULT)
)
# Where isort looks for its settings, in order, with the names of the section that has them.
PLACES = {
    ".isort.cfg": ("settings", "isort"),
    "pyproject.toml": (),
    "setup.cfg": ("isort", "tool:isort"),
    "tox.ini": ("isort", "tool:isort"),
}

_USUAL, _BLACK = 79, 88  # isort's own line length, and that of its profile for Black

Natural = tuple[tuple[int, int, str], ...]
Key = tuple[int, int, Natural]


@dataclass(frozen=True)
class Isort:
    """What a project's settings say of the sections."""

    order: tuple[str, ...] = _DEFAULT
    known: tuple[tuple[str, str], ...] = ()  # (package, its section)
    headings: tuple[tuple[str, str], ...] = ()  # (section, the words above it)
    length: int | None = None  # of the longest line of imports
    grid: int = 0  # from so many names on, each has a line of its own; 0: none needs one
    after: int = 0  # blank lines below the imports; 0: nothing is said
    together: bool = False  # `a as b` stands in one line with others of the module

    @property
    def comments(self) -> frozenset[str]:
        """The headings, as comments."""
        return frozenset(f"# {words}" for _, words in self.headings)

    def as_shown(self, code: str) -> Isort:
        """The same, without the headings where a file has none of them."""
        return self if self.comments & set(code.splitlines()) else replace(self, headings=())


def isort_settings(texts: Mapping[str, str]) -> Isort:
    """What the first of the files in `PLACES` that has any says, by their texts."""
    for place, names in PLACES.items():
        found = (
            _of_toml(texts.get(place, "")) if not names else _of_ini(texts.get(place, ""), names)
        )
        if found:
            return _read(found)
    return Isort()


def _of_ini(text: str, names: tuple[str, ...]) -> dict[str, object]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return next((dict(parser[name]) for name in names if parser.has_section(name)), {})


def _of_toml(text: str) -> dict[str, object]:
    """isort's own table, or else Ruff's in isort's words."""
    tool = tool_table(text)
    own = tool.get("isort")
    if isinstance(own, dict):
        return own
    ruff = tool.get("ruff")
    lint = ruff.get("lint", ruff) if isinstance(ruff, dict) else {}
    table = lint.get("isort") if isinstance(lint, dict) else None
    if not isinstance(table, dict):
        return {}
    more = table.get("sections")
    known = (
        {f"known_{name}": found for name, found in more.items()} if isinstance(more, dict) else {}
    )
    order = [_RUFF.get(name, name.upper()) for name in _listed(table.get("section-order"))]
    plain = {name.replace("-", "_"): value for name, value in table.items() if name != "sections"}
    length = {"line_length": ruff.get("line-length", _BLACK)} if isinstance(ruff, dict) else {}
    return {**length, **plain, **known, **({"sections": order} if order else {})}


def _read(found: Mapping[str, object]) -> Isort:
    order = [*_listed(found.get("sections"))] or [*_DEFAULT]
    order += [section for section in _DEFAULT if section not in order]
    order.sort(key=lambda section: section != "FUTURE")  # where Python wants it, listed or not
    by_key = {section.lower(): section for section in order}
    by_key |= {"standard_library": "STDLIB", "third_party": "THIRDPARTY"}
    by_key |= {"first_party": "FIRSTPARTY", "local_folder": "LOCALFOLDER"}
    known: list[tuple[str, str]] = []
    headings: list[tuple[str, str]] = []
    for key, value in found.items():
        kind, _, name = key.lower().partition("_")
        section = by_key.get(name.removeprefix("heading_"))
        if section is None:
            continue
        if kind in ("known", "extra"):
            known += [(package, section) for package in _listed(value)]
        elif kind == "import" and name.startswith("heading_") and isinstance(value, str):
            headings.append((section, value.strip()))
    grid = _number(found.get("force_grid_wrap")) or 0
    after = _number(found.get("lines_after_imports")) or 0
    together = str(found.get("combine_as_imports")).lower() == "true"
    own = tuple(order), tuple(known), tuple(headings)
    return Isort(*own, _length(found), grid, after, together)


def _length(found: Mapping[str, object]) -> int:
    """The longest line that isort leaves."""
    told = _number(found.get("line_length"))
    return told or (_BLACK if found.get("profile") == "black" else _USUAL)


def _number(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if text.isdecimal() else None


def _listed(value: object) -> Iterator[str]:
    """The words of a list, be it written out in one string."""
    parts = re.split(r"[\s,]+", value) if isinstance(value, str) else value
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str) and part:
            yield part


@dataclass(frozen=True)
class Sections:
    """Tells the sections apart; `first_party` are the project's own top-level names."""

    first_party: frozenset[str]
    isort: Isort = Isort()

    def key(self, line: cst.SimpleStatementLine) -> Key:
        """The section, by its place among the others, and the place of an import line in it."""
        node = line.body[0]
        if isinstance(node, cst.ImportFrom):
            name = "" if node.module is None else get_full_name_for_node(node.module) or ""
            dots = "." * len(node.relative)
            if dots:
                # isort sorts `..x` before `.x`, and `.` before `.x`.
                return self._place("LOCALFOLDER"), 1, natural(f"{dots}_{name}")
            return self._place(self._section(name)), 1, natural(name)
        assert isinstance(node, cst.Import)
        name = node.names[0].evaluated_name
        return self._place(self._section(name)), 0, natural(name)

    def heading(self, section: int) -> str | None:
        """The comment above a section, where the project has one."""
        words = dict(self.isort.headings).get(self.isort.order[section])
        return f"# {words}" if words else None

    def are_own(self, section: int) -> bool:
        """Whether a section is of the project's own modules."""
        return self.isort.order[section] in ("FIRSTPARTY", "LOCALFOLDER")

    def _place(self, section: str) -> int:
        return self.isort.order.index(section)

    def _section(self, module: str) -> str:
        top = module.partition(".")[0]
        if top == "__future__":
            return "FUTURE"
        known = [(p, s) for p, s in self.isort.known if f"{module}.".startswith(f"{p}.")]
        if known:
            return max(known, key=lambda found: len(found[0]))[1]
        if top in sys.stdlib_module_names:
            return "STDLIB"
        return "FIRSTPARTY" if top in self.first_party else "THIRDPARTY"


def natural(text: str) -> Natural:
    """A key that sorts `a2` before `a10`."""
    parts = re.split(r"(\d+)", text.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)
