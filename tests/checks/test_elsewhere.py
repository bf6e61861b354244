"""Comments are the team's memory: none gets lost."""

from __future__ import annotations

import pytest

from codemod.checks.comments import comments
from codemod.checks.elsewhere import check_comments

SIGNALS, SERVICES = "shop/signals.py", "shop/services.py"


def lost(before: dict[str, str], after: dict[str, str], *gone: str) -> list[tuple[str, int, str]]:
    failures = check_comments(before, after, gone)
    assert all(failure.check == "elsewhere" for failure in failures)
    return [(failure.file, failure.line, failure.message) for failure in failures]


def test_a_comment_may_move_to_another_file() -> None:
    before = {SIGNALS: "if created:\n    # Refunds keep theirs.\n    number(order)  # once\n"}
    after = {SERVICES: "# Refunds keep theirs.\nnumber(order)  # once\n"}
    assert lost(before, after) == []


def test_a_formatter_may_put_a_space_into_it() -> None:
    assert lost({SIGNALS: "#once\n"}, {SIGNALS: "# once\n"}) == []


def test_a_lost_comment_is_named_where_it_was() -> None:
    before = {SIGNALS: "import x\n\nx()  # once\n"}
    assert lost(before, {SIGNALS: "import x\n\nx()\n"}) == [(SIGNALS, 3, "lost comment: # once")]
    assert lost(before, {}) == [(SIGNALS, 3, "lost comment: # once")]


def test_a_comment_that_was_there_twice_stays_twice() -> None:
    before = {SIGNALS: "# once\na()\n# once\n"}
    assert lost(before, {SIGNALS: "# once\na()\n"}) == [(SIGNALS, 3, "lost comment: # once")]


def test_comments_of_removed_guards_go_as_often_as_is_said() -> None:
    before = {SIGNALS: "# Only new ones.\nif created:\n    a()\n# Only new ones.\n"}
    assert len(lost(before, {SIGNALS: "a()\n"}, "# Only new ones.")) == 1
    assert lost(before, {SIGNALS: "a()\n"}, "# Only new ones.", "# Only new ones.") == []


def test_a_comment_behind_an_import_goes_with_it_only() -> None:
    before = {"signals.py": "from a import (\n    B,  # used\n    C,  # once\n)\nimport d  # too\n"}
    assert check_comments(before, {"signals.py": "from a import (\n    B,  # used\n)\n"}) == ()
    lost = check_comments(before, {"signals.py": "from a import (\n    B,\n)\nimport d\n"})
    assert [failure.message for failure in lost] == ["lost comment: # used", "lost comment: # too"]


def test_strings_are_no_comments() -> None:
    assert lost({SIGNALS: "a = '# no'\nb = '''\n# no\n'''\n"}, {}) == []


# The lines of a project, with what they say to its tools.
@pytest.mark.parametrize(
    "line",
    ["from shop import signals  # noqa: F401", "a()  # type: ignore", "a()  # pragma: no cover"],
)
def test_a_note_to_a_tool_goes_with_its_line_only(line: str) -> None:
    code = line.partition("  #")[0]
    assert lost({SIGNALS: f"    \n{line}\n"}, {SIGNALS: ""}) == []
    assert len(lost({SIGNALS: f"{line}\n"}, {SIGNALS: f"{code}\n"})) == 1


def test_the_note_that_is_left_is_the_one_whose_line_is_left() -> None:
    loading = "if TYPE_CHECKING:  # pragma: no cover\n    import os\n"
    view = "def track(request):  # pragma: no cover\n    pass\n"
    assert lost({SIGNALS: loading + view}, {SIGNALS: view}) == []
    assert lost({SIGNALS: loading + view}, {SIGNALS: loading + "def track(request):\n    pass\n"})


def test_the_coding_line_goes_with_its_file_only() -> None:
    before = {SIGNALS: "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Ours.\n"}
    assert lost(before, {}) == [(SIGNALS, 3, "lost comment: # Ours.")]
    assert len(lost(before, {SIGNALS: ""})) == 3


def test_comments_know_their_statement() -> None:
    text = 'a = """x\r\ny"""  # one\r\n# two\r\nb(\r\n    1,  # three\r\n)\r\n'
    text += "if c:  # four\r\n    # five\r\n    d\r\n"
    assert [(c.text, c.line, c.code, [*c.statement]) for c in comments(text)] == [
        ("# one", 2, 'y"""', [1, 2]),
        ("# two", 3, "", [3]),
        ("# three", 5, "1,", [4, 5, 6]),
        ("# four", 7, "if c:", [7]),
        ("# five", 8, "", [8]),
    ]


def test_comments_of_a_text_that_ends_too_soon() -> None:
    assert [c.text for c in comments("# one\na(  # two\n")] == ["# one", "# two"]
