"""The inventory for people: plain, in tables, as Markdown, as a graph, and one receiver alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from codemod.codes import CODES
from codemod.report.markdown import markdown
from codemod.report.mermaid import mermaid
from codemod.report.text import text
from codemod.report.text_receiver import about
from codemod.values.account import Reason
from codemod.values.inventory import Inventory
from tests.report.helpers import inventory

COLORS = re.compile(r"\x1b\[[0-9;]*m")


def test_plain_text_has_no_colours_and_no_wrapping() -> None:
    told = text(inventory())
    assert "\x1b" not in told
    assert told.splitlines()[:14] == [
        "(top)",
        "  log  shop/signals.py:30",
        "    listens to  post_save of any model",
        '    listens to  post_save of models["a"] (undecided)',
        "    fired by    any-sender",
        "    decision    keep: any-sender (2)",
        "",
        "shop",
        "  bill  shop/signals.py:12",
        "    listens to  post_save of shop.Order",
        "    fired by    2 lines: 1 rewritten, 1 never",
        "    decision    retire",
        "    hazard      bypassed-by-bulk: shop/work.py:1 update() number 1 | x",
        "    hazard      bypassed-by-bulk: shop/work.py:2 update() number 2 | x",
    ]
    assert "    hazard      bypassed-by-bulk: ... and 3 more places" in told
    assert "    fired by    2 lines: 1 could be rewritten, 1 blocked; raw-load" in told
    assert "cycle: bill -> shop.Invoice -> again -> shop.Order -> bill" in told
    assert "not read: shop/old.py: 3: invalid syntax" in told
    assert "3 receivers (1 retire, 1 delegate, 1 keep), 4 lines" in told


@pytest.mark.parametrize("width", [80, 120, 160])
def test_tables_fit_the_terminal(width: int) -> None:
    told = text(inventory(), width)
    assert "\x1b[" in told
    plain = COLORS.sub("", told)
    tables = [line for line in plain.splitlines() if line[:1] in tuple("┏┃┡│└├")]
    assert tables and {len(line) for line in tables} == {width}
    words = ("bill", "shop/signals.py:12", "post_save of", "retire", "possible-site")
    assert all(word in plain for word in words)


def test_an_empty_inventory() -> None:
    assert text(Inventory()).splitlines() == [
        "0 receivers (0 retire, 0 delegate, 0 keep), 0 lines that fire or may fire them, 0 hazards"
    ]
    assert "0 receivers" in markdown(Inventory())
    assert mermaid(Inventory()) == "flowchart LR"


def test_markdown() -> None:
    told = markdown(inventory())
    assert told.startswith("# Signal receivers\n")
    assert (
        "| `bill`<br>`shop/signals.py:12` | post\\_save of shop.Order | "
        "2 lines: 1 rewritten, 1 never | **retire** |" in told
    )
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "  - **recursion** `shop/signals.py:22`: its save fires it again" in told
    assert "- `bill -> shop.Invoice -> again -> shop.Order -> bill`" in told
    assert told.endswith("- `shop/old.py`: 3: invalid syntax")


def test_mermaid() -> None:
    lines = mermaid(inventory()).splitlines()
    assert lines[0] == "flowchart LR"
    ids = dict(re.findall(r'(\w+)\(?\["([^"]+)"\]', mermaid(inventory())))
    names = {name: key for key, name in ids.items()}
    bill, again, order = names["bill"], names["again"], names["shop.Order"]
    invoice, stat = names["shop.Invoice"], names["shop.Stat"]
    edges = [line.strip() for line in lines if "|" in line]
    assert f'{order} ==>|"post_save"| {bill}' in edges
    assert f'{bill} ==>|"writes"| {invoice}' in edges
    assert f'{invoice} ==>|"post_save, post_delete"| {again}' in edges
    assert f'{again} -.->|"writes"| {stat}' in edges
    (style,) = [line for line in lines if "linkStyle" in line]
    marked = [int(n) for n in style.split()[1].split(",")]
    assert all("==>" in edges[number] for number in marked)
    assert len(marked) == sum("==>" in edge for edge in edges)
    assert "models[#quot;a#quot;] (undecided)" in mermaid(inventory())


def test_one_receiver() -> None:
    _, again, _ = inventory().entries
    told = about(again, CODES)
    for line in (
        "shop.signals.again",
        "  post_delete of shop.Invoice, connected at shop/signals.py:19",
        "Fired by 2 lines:",
        "  shop/views.py:50  blocked (possible-site): model-save, post_save of shop.Order, proved: "
        "Order(...), creates",
        "Fired without a line of the project:",
        "  blocked (raw-load): raw-load shop/fixtures/a.json: fixtures",
        "  Its body becomes shop.services.again() in shop/services.py.",
        "  The receiver stays connected and calls it; no line that fires it is edited.",
        "What blocks it:",
        f"  possible-site: {CODES['possible-site'].title}",
        "    shop/views.py:50 its type is not known",
        f"    Way out: {CODES['possible-site'].remedy}",
        "Hazards, migrated or not:",
        "  shop.Stat at shop/work.py:3 (in tally()), firing nothing",
    ):
        assert line in told.splitlines()
    bill = inventory().entries[0]
    never = [f for f in again.decision.firings if f.span is None]
    places = (Reason("raw", "no longer"), Reason("delete-order", file="shop/views.py", line=7))
    twice = replace(bill.decision, firings=(*never, *never), notes=places * 2)
    told = about(replace(bill, decision=twice), CODES).splitlines()
    assert told.count("  blocked (raw-load): raw-load shop/fixtures/a.json: fixtures") == 1
    assert [line for line in told if "Differs" in line] == [
        "  Differs: raw: no longer",
        "  Differs: delete-order: shop/views.py:7",
    ]
    assert "What blocks it:" not in about(bill, CODES)
    assert "Nothing: it stays as it is." in about(inventory().entries[2], CODES)
