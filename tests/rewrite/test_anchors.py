"""Texts as LibCST reads them."""

from __future__ import annotations

from codemod.rewrite.anchors import parsed

HANDLER = "def log(order):\n    print(order)\n\n# later\n    \n"


def test_comments_at_the_left_are_not_of_the_function_above() -> None:
    module = parsed(HANDLER).module
    assert [line.comment.value for line in module.footer if line.comment] == ["# later"]


def test_what_a_string_holds_is_as_it_was() -> None:
    text = f'TEXT = """\n# order\n    \n"""\n\n\n{HANDLER}'
    assert '# order\n    \n"""' in parsed(text).code
