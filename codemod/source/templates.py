"""Templates of settings, from which a project makes its users theirs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from codemod.source.bounded import known_text

_TEMPLATE = re.compile(
    r".*settings.*\.(?:tpl|tmpl|template|j2|jinja2?|in|txt)"
    r"|.+\.py[-_.](?:tpl|tmpl|template|j2|jinja2?|in)"
)
_FOREIGN = ("node_modules", "site-packages", "static")


def settings_templates(root: Path) -> tuple[str, ...]:
    """The texts of the files that are called so and set INSTALLED_APPS, in their order."""
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name[0] != "." and name not in _FOREIGN]
        paths += [os.path.join(folder, name) for name in names if _TEMPLATE.fullmatch(name)]
    texts = (known_text(root, Path(path).relative_to(root).as_posix()) for path in sorted(paths))
    return tuple(text for text in texts if "INSTALLED_APPS" in text)
