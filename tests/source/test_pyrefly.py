"""What pyrefly says, asked of pyrefly itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.source import pyrefly

ORDERS = """\
class Order:
    class Line: ...

    def save(self): ...

def perhaps(order: Order | None, lines: list[Order.Line]):
    "\u00e9"; order.save()
    lines[0].save()
    Order.save(order)
    return lines
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "the [shop]"
    (root / "src" / "shop").mkdir(parents=True)
    (root / "src" / "shop" / "__init__.py").touch()
    (root / "src" / "shop" / "orders.py").write_text(ORDERS, "utf-8")
    return root


def test_the_classes_of_expressions_by_their_place_in_the_syntax_tree(shop: Path) -> None:
    before = sorted(shop.rglob("*"))
    stated = pyrefly.ask(shop, ["src"])
    assert stated.by == "pyrefly" and sorted(shop.rglob("*")) == before
    said = stated.classes["src/shop/orders.py"]

    def of(code: str) -> tuple[str, ...] | None:
        node = next(
            n for n in ast.walk(ast.parse(ORDERS)) if isinstance(n, ast.expr)
            if ast.get_source_segment(ORDERS, n) == code and n.lineno > 6
        )  # fmt: skip
        assert node.end_lineno is not None and node.end_col_offset is not None
        return said.get((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))

    assert of("order") == ("shop.orders.Order",)  # after a character of two bytes
    assert of("lines[0]") == ("shop.orders.Order.Line",)
    assert of("Order") is None  # a class is no object of it


def test_a_pyrefly_that_fails_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = shop / "pyrefly"
    command.write_text("#!/bin/sh\necho 'no such option' >&2\nexit 2\n")
    command.chmod(0o755)
    monkeypatch.setattr(pyrefly, "find", lambda: str(command))
    with pytest.raises(pyrefly.CheckerError, match="pyrefly: no such option"):
        pyrefly.ask(shop, ["src"])


def test_a_report_of_another_kind_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = shop / "pyrefly"
    command.write_text('#!/bin/sh\nmkdir "$7" && echo "[]" > "$7/pyrefly.pysa.json"\n')
    command.chmod(0o755)
    monkeypatch.setattr(pyrefly, "find", lambda: str(command))
    with pytest.raises(pyrefly.CheckerError, match="can't be understood"):
        pyrefly.ask(shop, ["src"])


def test_it_has_to_be_installed(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyrefly, "find", lambda: None)
    with pytest.raises(pyrefly.CheckerError, match="not installed"):
        pyrefly.ask(shop, ["src"])
