"""Sites that get no call because the user says so.

order.save()  # unsignal: skip
unsignal migrate --no-tests
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from codemod.project.comments import told
from codemod.project.project import Project
from codemod.surfaces.site import Site

SKIPPED = "skipped by a comment"
IN_TESTS = "in a test, left as it is"


def excuse(project: Project, site: Site, *, tests: bool) -> Site:
    """The site, or the same as one where nothing is to be called. `tests`: rewrite tests too."""
    if not tests and is_test(site.file):
        return replace(site, never=True, reason=IN_TESTS)
    facts = project.known(site.file)
    span = facts.lines.span(site.call.statement) if site.call is not None else site.span
    if told(facts, span) == "skip":
        return replace(site, never=True, reason=SKIPPED)
    return site


def is_test(path: str) -> bool:
    """Whether a file is test code, by its name and folders."""
    *folders, name = PurePosixPath(path).parts
    return (
        any(folder in ("test", "tests") for folder in folders)
        or name.startswith("test")
        or name == "conftest.py"
        or name.endswith("_test.py")
    )
