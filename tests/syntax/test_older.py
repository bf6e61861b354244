"""Newer syntax in older words: the same names in the same places."""

from __future__ import annotations

import ast
import sys

import pytest

from codemod.syntax.older import in_older_words, read, tree_of

NEWER = (
    ("try: pass\nexcept A, b.C: pass\n", "try: pass\nexcept A| b.C: pass\n"),
    ("try: pass\nexcept* A, B: pass\n", "try: pass\nexcept* A| B: pass\n"),
    ("try: pass\nexcept (A, B): pass\n", "try: pass\nexcept (A, B): pass\n"),
    ("def f[T: int, *Ts](x: T): g(x)\n", "def f             (x: T): g(x)\n"),
    ("class A[T] (B): pass\n", "class A    (B): pass\n"),
    ("class A[\n    T: M,  # some\n](B): pass\n", "class A\\\n                \\\n (B): pass\n"),
    ("type X[T] = list[T]; y = 2\n", "type;X    = list[T]; y = 2\n"),
    ("def f():\n    type X = A\n", "def f():\n    type;X = A\n"),
)
STRINGS = (
    ('x = f"{a["b"]} paid"; c()\n', 'x = (  a["b"],     ); c()\n'),
    ('f"{a!r:>{b["c"]}.{d}}{e = }"\n', '(  a    ,b["c"]  ,d , e   ,)\n'),
    ('f"{f"{f"{a}"}"}"\n', '(  (  f"{a}",),)\n'),
    ('f"{\n    a  # b\n}"\n', "(  \n    a  # b\n,)\n"),
    ('f"{"\\n".join(a)}"\n', '(  "\\n".join(a),)\n'),
    ('f("a" f"{b["c"]}"\n  "d")\n', 'f((      b["c"], \n    ))\n'),
    ('if a:\n    x = (\n        "é"\n        f"{a["b"]}"\n    )\n',
     'if a:\n    x = (\n        (   \n           a["b"],)\n    )\n'),
    ('f"{a}"\n', 'f"{a}"\n'),
)  # fmt: skip


@pytest.mark.parametrize(("text", "older"), NEWER)
def test_statements(text: str, older: str) -> None:
    assert in_older_words(text) == older
    if "except*" not in older or sys.version_info >= (3, 11):
        ast.parse(older)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads them as they are")
@pytest.mark.parametrize(("text", "older"), STRINGS)
def test_strings(text: str, older: str) -> None:
    assert in_older_words(text) == older
    ast.parse(older)


def test_templates() -> None:
    assert in_older_words('x = t"{a} b"\n') in ("x = (  a,  )\n", 'x = t"{a} b"\n')


def test_calls_and_names_keep_their_places() -> None:
    text = 'try:\n    f"{order.save("é")} {b}"\nexcept A, B:\n    c()\n'
    calls = {
        ast.unparse(node.func): (node.lineno, node.col_offset, node.end_col_offset)
        for node in ast.walk(tree_of(text))
        if isinstance(node, ast.Call)
    }
    assert calls == {"order.save": (2, 7, 23), "c": (4, 4, 7)}


@pytest.mark.parametrize("text", ["x = = 1\n", "def f[T\n\n](x): pass\n", "(" * 5000 + ")" * 5000])
def test_what_has_no_older_words_is_refused_as_it_was(text: str) -> None:
    with pytest.raises(SyntaxError):
        read(text, _strict)


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 2000 + ")" * 2000,
        "not " * 2000 + "a",
        "a" + ".b" * 2000,
        "a" + " and a" * 2000,
        '"a" ' * 2000,
        "1 if a else " * 2000 + "1",
        "(\n" + "-\n" * 2000 + "1)",
    ],
)
def test_what_would_take_the_parser_down_is_left(deep: str) -> None:
    assert in_older_words(f"try: pass\nexcept A, B: pass\nx = {deep}\n") is None


def test_long_files_are_not_deep() -> None:
    text = (
        "try: pass\nexcept A, B: pass\n" + "def f():\n    return (a + b - c) or not d[1]\n" * 2000
    )
    assert in_older_words(text) is not None


def _strict(text: str) -> ast.Module:
    """As the oldest Python would read it that has none of this."""
    return ast.parse(text, feature_version=(3, 10))
