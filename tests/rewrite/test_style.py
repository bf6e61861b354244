"""Black, where the file was formatted by it."""

from __future__ import annotations

import pytest

from codemod.rewrite.style import (
    LARGE,
    Style,
    black_accepts,
    configured_style,
    finish,
    line_length,
    linted_length,
    style_of,
)


@pytest.mark.parametrize(
    ("text", "length", "style"),
    [
        (None, None, None),
        ("", None, None),
        ("not toml", None, None),
        ("[tool.black]\nline-length = 100\nskip-string-normalization = true\n", 100,
         Style(100, False)),
        ("[tool.black]\n", None, Style()),
        ("[tool.black]\nline_length = 120\n", 120, Style(120)),
        ("[tool.ruff]\nline-length = 99\n", 99, Style(99)),
        ("[tool.ruff.format]\nline-length = 98\nquote-style = 'single'\n", 98, Style(98, False)),
    ],
)  # fmt: skip
def test_configuration(text: str | None, length: int | None, style: Style | None) -> None:
    assert line_length(text) == length
    assert configured_style(text) == style


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("[flake8]\nmax-line-length = 119\n", 119),
        ("[flake8]\nmax_line_length = 99\n", 99),
        ("[flake8]\nmax-line-length = long\n", None),
        ("[flake8]\nignore = W504\n", None),
        ("[isort]\nline_length = 79\n", None),
        ("max-line-length = 119\n", None),
        ("", None),
    ],
)
def test_length_that_flake8_allows(text: str, length: int | None) -> None:
    assert linted_length(text) == length


def test_style_of() -> None:
    assert style_of('x = "a"\n', None) == Style()
    assert style_of("x = 'a'\n", None) == Style(string_normalization=False)
    assert style_of("x = f(" + "a, " * 28 + "a)\n", None) == Style(100)
    assert style_of("x  =  1\n", None) is None
    assert style_of("x = 1\n", Style(100)) == Style(100)
    wide = "value = function(\n    " + "a, " * 21 + "b\n)\n"  # 84 characters if joined
    assert style_of(wide, None) == Style(79)
    assert black_accepts("x = 1\r\n", Style())
    assert not black_accepts("x = ", Style())


LONG = (
    "    price, created = Price.objects.update_or_create(sku=sku, amount=amount, many=more, x=1)\n"
)
SPLIT = (
    "    price, created = Price.objects.update_or_create(\n"
    "        sku=sku, amount=amount, many=more, x=1\n    )\n"
)


def test_finish_formats_the_file() -> None:
    before, after = "def f():\n    pass\n", "def f():\n" + LONG
    assert finish(before, after, Style()) == "def f():\n" + SPLIT
    assert finish(before, after, Style(120)) == after
    windows = after.replace("\n", "\r\n")
    assert finish(before.replace("\n", "\r\n"), windows, Style()) == ("def f():\n" + SPLIT).replace(
        "\n", "\r\n"
    )


def test_finish_formats_long_new_lines_only() -> None:
    before = "def f( a ):\n  b( 1,2 )\n\n\ndef g():\n    pass\n\n\nx = {  'a':1 }\n"
    after = before.replace("    pass\n", LONG + "    y( 1 )\n")
    wanted = before.replace("    pass\n", SPLIT + "    y( 1 )\n")
    assert finish(before, after, None) == wanted
    assert finish(before, after, None, length=100) == after


def test_finish_leaves_long_comments_alone() -> None:
    after = f"#{'word ' * 30}end\ndef f( ):\n    pass\n"
    assert finish("", after, None) == after


def test_finish_never_fails() -> None:
    assert finish("x = 1\n", "x = \n", Style()) == "x = \n"
    assert finish("x = 1\n", "x = " + "1" * 100 + " +\n", None) == "x = " + "1" * 100 + " +\n"


def _large(quote: str = '"') -> str:
    parts = [f"def f{n}(a):\n    return [a, {quote}x{quote}, {n}]\n" for n in range(2_000)]
    text = "\n\n".join(parts)
    assert len(text) > LARGE
    return text


def test_of_a_large_text_the_first_part_tells() -> None:
    assert style_of(_large(), None) == Style()
    assert style_of(_large("'"), None) == Style(string_normalization=False)
    assert style_of("x  =  1\n" * LARGE, None) is None
    assert style_of(_large() + "x  =  1\n", None) == Style()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_of_a_large_text_only_new_parts_are_formatted(newline: str) -> None:
    odd = "y  =  [ 1 ]\n"
    before = (_large() + odd).replace("\n", newline)
    new = "\n\ndef new():\n    call(" + ", ".join(["argument"] * 12) + ")\n"
    after = (_large() + odd + new).replace("\n", newline)
    result = finish(before, after, Style())
    assert result.startswith(before)
    assert result.removeprefix(before).count(newline) == 17
    assert finish(before, after, None, 100).startswith(before)
    assert finish(before, after + newline, None, 100).endswith(newline * 2)


def test_parts_of_a_large_text_without_its_style_are_not_brought_into_it() -> None:
    plain = "\n\nclass Odd:\n    x  =  [ 1 ]\n\n    def f(self):\n        pass\n"
    before, after = _large() + plain, _large() + plain.replace("pass", "call()")
    assert style_of(before, None) == Style()
    assert finish(before, after, Style()) == after
    long = "call(" + ", ".join(["argument"] * 12) + ")"
    split = finish(before, _large() + plain.replace("pass", f"{long}\n        pass"), Style())
    assert max(map(len, split.splitlines())) <= Style().line_length
    assert "x  =  [ 1 ]" in split
