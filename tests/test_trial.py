"""The trial of a project: what is counted, and what is compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import trial
from tests.record_work import HIT, Tally

BEFORE = '''
def notify(sender, instance, created, **kwargs):
    """Tell them."""
    if created:
        for address in instance.addresses:
            send(address, instance.total)
    return


def other():
    send(1)
'''
AFTER = """
def notify(order):
    for address in order.addresses:
        send(address, order.total)
"""


class Order:
    """What the functions are called with."""

    addresses = ("a", "b")
    total = 3


def counted(tmp_path: Path, code: str, **named: object) -> list[tuple[str, str, str, int]]:
    path = tmp_path / "signals.py"
    path.write_text(code)
    tally = Tally(tmp_path, {"signals.py": ["notify"]})
    compiled = tally.code(code, str(path))
    assert compiled is not None
    scope: dict[str, object] = {HIT: tally.hit, "send": lambda *args: None}
    exec(compiled, scope)
    notify = scope["notify"]
    assert callable(notify)
    notify(**named)
    return [(*key, count) for key, count in zip(tally.keys, tally.counts)]


def test_statements_are_counted_under_the_text_they_share(tmp_path: Path) -> None:
    before = counted(tmp_path, BEFORE, sender=Order, instance=Order(), created=True)
    after = counted(tmp_path, AFTER, order=Order())
    assert sorted(before) == [
        ("signals.py", "notify", "_(_, _.total)", 2),
        ("signals.py", "notify", "called", 1),
    ]
    assert trial.by_text(before) == trial.by_text(after)


def test_sql_is_told_without_its_values() -> None:
    tally = Tally(Path(), {})
    for sql in ("INSERT INTO a VALUES (%s, %s)", "INSERT INTO a VALUES (%s)", "SELECT 1"):
        tally.executed(sql)
    tally.executed("UPDATE a SET b = 'x' WHERE c = 1")
    assert tally.writes == {"INSERT INTO a VALUES (%s)": 2, "UPDATE a SET b = %s": 1}


def test_new_methods_are_call_sites(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, code in ((before, "def old(): pass\n"), (after, "def old(): pass\n" + AFTER)):
        folder.mkdir()
        (folder / "services.py").write_text(code)
    with (after / "services.py").open("a") as file:
        file.write("class Order:\n    def save(self):\n        notify(self)\n")
    assert trial.wanted_after(before, after, {}) == {"services.py": ["notify"]}


def test_what_differs_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = ["signals.py", "notify", "_.save()", 2]
    for name, count, log in (("before", 2, ""), ("after", 1, "FAILED t.py::x - Error\n")):
        recorded = {"statements": [[*row[:3], count]], "writes": {"UPDATE a": 1}}
        (tmp_path / f"{name}.json").write_text(json.dumps(recorded))
        (tmp_path / f"{name}.log").write_text(log)
    assert trial.compare(tmp_path) == 1
    said = capsys.readouterr().out
    assert "2 in signals.py:notify\n -> 1 in signals.py:notify" in said
    assert "fails: t.py::x" in said
