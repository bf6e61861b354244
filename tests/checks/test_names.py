"""Names that the result has no meaning or no use for."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from codemod.checks.names import check_names


def said(
    before: dict[str, str], after: dict[str, str], **others: Any
) -> list[tuple[str, int, str]]:
    texts = [{path: dedent(text) for path, text in files.items()} for files in (before, after)]
    failures = check_names(*texts, **others)
    assert all(failure.check == "names" for failure in failures)
    return [(failure.file, failure.line, failure.message) for failure in failures]


def added(before: str, after: str, path: str = "shop/views.py") -> list[tuple[int, str]]:
    return [(line, message) for _, line, message in said({path: before}, {path: after})]


def test_a_call_with_its_import_passes() -> None:
    after = """\
        from shop.services import create_invoice

        def buy(order):
            order.save()
            create_invoice(order)
    """
    assert added("def buy(order):\n    order.save()\n", after) == []


def test_an_undefined_name() -> None:
    before = "def buy(order):\n    order.save()\n"
    after = before + "    create_invoice(order)\n"
    assert added(before, after) == [(3, "undefined name 'create_invoice'")]


def test_a_local_name_used_before_it_is_bound() -> None:
    before = "order = 1\ndef buy():\n    order.save()\n"
    after = "order = 1\ndef buy():\n    order.save()\n    order = 2\n    return order\n"
    assert len(added(before, after)) == 1


def test_an_import_that_lost_its_use() -> None:
    before = "from shop.models import Order\nOrder()\n"
    after = "from shop.models import Order\n"
    assert added(before, after) == [(1, "'shop.models.Order' imported but unused")]


def test_a_variable_that_nothing_uses() -> None:
    before = "def buy():\n    make()\n\ndef make(): ...\n"
    after = "def buy():\n    order = make()\n\ndef make(): ...\n"
    assert added(before, after) == [(2, "local variable 'order' is assigned to but never used")]


def test_a_function_defined_twice() -> None:
    before = "def create_invoice(): ...\n"
    (failure,) = added(before, before + "\n\ndef create_invoice(): ...\n")
    assert failure == (4, "redefinition of unused 'create_invoice' from line 1")


def test_what_was_said_before_may_be_said_again_on_other_lines() -> None:
    before = """\
        import os
        import os
        def buy():
            order = undefined
    """
    assert added(before, "import re\n\n\n" + dedent(before) + "re\n") == []


def test_one_more_of_the_same_is_new() -> None:
    before = "print(missing)\n"
    assert added(before, before * 2) == [(2, "undefined name 'missing'")]


def test_flaws_of_a_body_move_with_it() -> None:
    body = "    unused = total(order)\n    import json\n"
    before = {"shop/signals.py": f"def create_invoice(order):\n{body}", "shop/services.py": ""}
    moved = {"shop/services.py": f"\n\ndef create_invoice(order):\n{body}"}
    assert said(before, moved) == []
    assert [line for _, line, _ in said({"shop/services.py": ""}, moved)] == [4, 4, 5]


def test_flaws_of_a_body_move_out_of_a_package() -> None:
    body = "def create_invoice(order):\n    import json\n"
    line = "from shop.models import Order\n"
    before = {"shop/models/__init__.py": line + body}
    after = {"shop/models/__init__.py": line, "shop/services.py": body}
    assert said(before, after) == []


def test_an_unused_import_at_the_top_does_not_move() -> None:
    line = "from shop.models import Order\n"
    assert said({"shop/signals.py": line}, {"shop/services.py": line}) == [
        ("shop/services.py", 1, "'shop.models.Order' imported but unused")
    ]


@pytest.mark.parametrize(
    "after",
    [
        "from shop.models import Order  # noqa\n",
        "from shop.models import Order  # noqa: F401\n",
        "from shop.models import Order  # noqa: E501\n",
        "from shop.models import (\n    Order,  # noqa: F401\n)\n",
        "from shop.models import Order\n__all__ = ['Order']\n",
        "from shop.models import Order as Order\n",
        "try:\n    from shop.models import Order\nexcept ImportError:\n    pass\n",
    ],
)
def test_an_import_kept_on_purpose_is_no_failure(after: str) -> None:
    assert added("", after) == []


@pytest.mark.parametrize(
    ("comment", "silenced"), [("# noqa", 1), ("# noqa: F821", 1), ("# noqa: E501", 0), ("# now", 0)]
)
def test_noqa_for_an_undefined_name(comment: str, silenced: int) -> None:
    assert len(added("", f"create_invoice()  {comment}\n")) == 1 - silenced


def test_a_package_may_import_for_others() -> None:
    line = "from shop.services.invoices import create_invoice\n"
    assert added("", line, "shop/services/__init__.py") == []
    assert len(added("", line + "missing\n", "shop/services/__init__.py")) == 1


def test_names_that_other_files_import_are_used() -> None:
    before = {"shop/signals.py": "from shop.models import Order, Line\nOrder, Line\n"}
    after = {"shop/signals.py": "from shop.models import Order, Line\n"}
    (failure,) = said(before, after, exported={"shop/signals.py": {"Order"}})
    assert "Line" in failure[2]


def test_one_more_use_of_a_name_from_a_star_import() -> None:
    before = "from shop.models import *\nOrder()\n"
    assert added(before, before + "Order()\n") == []
    (failure,) = added(before, before + "create_invoice()\n")
    assert "'create_invoice' may be undefined" in failure[1]


def test_what_used_a_name_between_its_two_bindings_may_go() -> None:
    first, second = "from shop.models import Order\n", "from .models import Order\nOrder\n"
    assert added(f"{first}Order\n{second}", first + second) == []
    (failure,) = added(second, first + second)
    assert "redefinition of unused 'Order'" in failure[1]


def test_files_that_do_not_parse_are_left_to_the_other_check() -> None:
    assert added("missing\n", "def f(:\n") == []
    assert len(added("def f(:\n", "missing\n")) == 1
