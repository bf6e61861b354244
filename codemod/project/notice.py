"""The copyright notice that a project has at the top of its files.

# Copyright (C) 2015 The Shop             a comment, or a docstring, that says nothing else
#
# This program is free software: ...
"""

from __future__ import annotations

import re
from collections import Counter

from codemod.project.project import Project

_OTHERS = 3  # more files than these with one notice make it the project's
_TOP = 5000  # characters
_FIRST = re.compile(r"(?:#!.*\n|#.*coding[:=].*\n|#?[ \t]*\n)*")
_BLOCK = re.compile(r"(?:#.*\n)+|(\"\"\"|''')(?:(?!\1)[^\\])+\1\n")
_YEARS = re.compile(r"[\d ,-]")
_SAYS = re.compile(r"copyright|licen[cs]e|spdx", re.IGNORECASE)


def notice_of(text: str) -> str:
    """The notice at the top of a file, with its newline; "" for none."""
    top = text[:_TOP].removeprefix("\ufeff").replace("\r\n", "\n")
    start = _FIRST.match(top)
    found = _BLOCK.match(top, start.end() if start is not None else 0)
    return found.group() if found is not None and _SAYS.search(found.group()) else ""


def shared_notice(project: Project, path: str) -> str:
    """The notice of a file, if it is that of the project: several others have it, be it of other
    years."""
    notice = notice_of(project.text(path))
    return notice if project.once(_notices)[_YEARS.sub("", notice)] > _OTHERS else ""


def _notices(project: Project) -> Counter[str]:
    found = Counter(_YEARS.sub("", notice_of(project.text(path))) for path in project.paths)
    found[""] = 0
    return found
