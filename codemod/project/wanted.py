"""Which files are read at once; the others are read where something refers to them."""

from __future__ import annotations

import re

# A file without a class and without any of these has nothing that this tool looks for.
_WORDS = (
    "class ", "django", "signal", "receiver", ".save", ".asave", ".delete", ".adelete", "etattr(",
    ".objects", "create(", "Factory", "_factory(", "baker", "mommy", "mixer", "ddf",
    "create_user(", "create_superuser(", ".update(",
    "client.login(", ".force_login(", ".aforce_login(", ".check_password(", ".add_child(",
    ".add_root(", ".add_sibling(", ".move_to(", ".save_dirty_fields(",
    ".save_without_historical_record(", ".up(", ".down(", ".to(", ".top(", ".bottom(", ".swap(",
    ".above(", ".below(",
    ".add(", ".remove(", ".clear(", ".set(", ".aadd(", ".aremove(", ".aclear(", ".aset(",
    '"save"', "'save'", '"delete"', "'delete'",
    "pk = None", "pk=None", "id = None", "id=None",
)  # fmt: skip

_REAL_MODELS = re.compile(
    r"^[ \t]*from +(?!django\.db\b)(?:[\w.]*\bmodels\b[\w.]* +import|[\w.]+ +import +models\b)",
    re.MULTILINE,
)


def is_wanted(path: str, text: str) -> bool:
    """Whether a file may have something that this tool looks for."""
    if "migrations/" in path and ("migrations.Migration" in text or _asks_for_history(text)):
        return False  # historical models fire nothing
    return any(word in text for word in _WORDS)


def _asks_for_history(text: str) -> bool:
    """Whether a module beside migrations has its models from `apps` alone, as they do."""
    return "get_model(" in text and not _REAL_MODELS.search(text)
