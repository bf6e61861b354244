"""What doesn't compile isn't written."""

from __future__ import annotations

import pytest

from codemod.checks.syntax import check_syntax
from codemod.values.failures import Failure


# Of invalid escapes Python warns; the command line keeps that from its users.
@pytest.mark.filterwarnings("ignore:.*invalid escape")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "order = None\n",
        "order = None\r\ntotal = 1\r\n",
        "# -*- coding: latin-1 -*-\nname = 'é'\n",
        "pattern = '\\d'\n",
    ],
)
def test_what_compiles_passes(text: str) -> None:
    assert check_syntax({"shop/views.py": text}) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\ndef save(:\n    pass\n", 2),
        ("def save():\nreturn 1\n", 2),
        ("order.save()\nreturn order\n", 2),  # parses, but doesn't compile
        ("def save(order, order):\n    pass\n", 1),
        ("def save():\n    await order.asave()\n", 2),
    ],
)
def test_the_first_error_is_named_with_its_line(text: str, line: int) -> None:
    (failure,) = check_syntax({"shop/models.py": "", "shop/views.py": text})
    assert (failure.check, failure.file, failure.line) == ("syntax", "shop/views.py", line)
    assert failure.message


def test_what_no_parser_takes_is_a_failure_too() -> None:
    (null,) = check_syntax({"a.py": "a = 1\0\n"})
    assert null.check == "syntax"
    (deep,) = check_syntax({"a.py": "(" * 5000 + ")" * 5000})
    assert deep.check == "syntax"


def test_a_failure_reads_as_one_line() -> None:
    assert str(Failure("syntax", "a.py", 3, "invalid syntax")) == "a.py:3: invalid syntax (syntax)"
    assert str(Failure("cycles", "a.py", 0, "import cycle")) == "a.py: import cycle (cycles)"


WALRUS = "if (n := 1):\n    pass\n"


def test_it_parses_on_the_oldest_python_of_the_project() -> None:
    (failure,) = check_syntax({"a.py": WALRUS}, {"a.py": "n = 1\n"}, (3, 7))
    assert (failure.check, failure.file, failure.line) == ("syntax", "a.py", 1)
    assert "3.8" in failure.message
    assert len(check_syntax({"a.py": WALRUS}, {}, (2, 7))) == 1
    assert check_syntax({"a.py": WALRUS}, {}, (3, 8)) == ()
    assert check_syntax({"a.py": WALRUS}, {}, (3, 99)) == ()


def test_a_project_that_is_newer_than_it_says_may_stay_so() -> None:
    assert check_syntax({"b.py": WALRUS}, {"a.py": WALRUS}, (3, 7)) == ()
