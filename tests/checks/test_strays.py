"""Every planned edit is let through, every other change is seen."""

from __future__ import annotations

import pytest

from codemod.checks.strays import check_strays
from codemod.checks.syntax import parse
from codemod.rewrite.apply import apply
from codemod.rewrite.style import Style, finish
from codemod.values.edits import (
    AddBase,
    AddImport,
    AddMethod,
    Append,
    Bind,
    Edit,
    FileEdits,
    Insert,
    Move,
    Replace,
    Unwrap,
    Where,
    Wrap,
)
from tests.rewrite.helpers import Source, dedent

PATH = "shop/views.py"
TEXT = dedent(
    '''
    """Views."""

    import json

    from shop.models import Order  # ours

    LIMIT = 3


    class OrderAdmin:
        pass


    class LineAdmin(Admin, metaclass=Meta):
        model = Line


    def buy(request, total):
        # Once.
        order = Order(total=total)
        order.save()
        if total > LIMIT:  # large
            order.tell(f"{order.pk:>4} of '{total}'", ("a", "b",))
            order.pay(json.dumps({"total": total}), first=1)
        else:
            return None
        order.save(); order.close()  # last
        return order


    @decorated
    def sell(order):
        for each in order.lines:
            each.delete()
        # The end.
    '''
)
SOURCE = Source(TEXT)


def find(snippet: str, nth: int = 0) -> Edit:
    return Insert(SOURCE.find(snippet, nth), "log(order)")


EDITS: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    "after": (find("order.save()"),),
    "before": (Insert(SOURCE.find("order = "), "log(total)", Where.BEFORE),),
    "after one of two in a line": (find("order.save()", 1),),
    "after a block": (find("for each"),),
    "after the last in a block": (find("order.pay("),),
    "bind": (Bind(SOURCE.find("order.save()"), "done"),),
    "wrap": (
        Wrap(SOURCE.find("order = "), SOURCE.find("order.save()"), "with transaction.atomic():"),
        find("order.save()"),
        AddImport("django.db", "transaction"),
    ),
    "unwrap": (Unwrap(SOURCE.find("if total")),),
    "unwrap the else": (Unwrap(SOURCE.find("if total"), 1),),
    "remove a function": (Replace(SOURCE.find("def sell"), ""),),
    "remove the last use of an import": (Replace(SOURCE.find("order.pay("), ""),),
    "remove an argument": (Replace(SOURCE.keyword("first=1"), ""),),
    "remove an element": (Replace(SOURCE.find('"b"'), ""),),
    "replace an expression": (Replace(SOURCE.find("LIMIT", 1), "LIMIT + 1"),),
    "replace statements": (
        Replace(SOURCE.find("order = "), "order = make(total)", SOURCE.find("order.save()")),
    ),
    "replace within an f-string": (Replace(SOURCE.find("order.pk"), 'order["pk"]'),),
    "add a method": (AddMethod(SOURCE.find("class Ord"), "def save(self):\n    super().save()\n"),),
    "add a base": (AddBase(SOURCE.find("class Ord"), "Mixin"),),
    "add one to others": (AddBase(SOURCE.find("class Line"), "Mixin"),),
    "append": (Append("def log(order):\n    print(order)\n"), AddImport("shop", "x", "y")),
    "append below imports": (Append("FAST = True\n", after_imports=True),),
    "import in a function": (AddImport("shop", "x", local_to=SOURCE.find("def buy")),),
    "move": (
        Move(
            PATH,
            SOURCE.find("def sell"),
            (Replace(SOURCE.find("each.delete()"), "order.drop(order, each)"),),
            "drop",
            "line",
            (("order", "line"),),
        ),
        Replace(SOURCE.find("def sell"), ""),
    ),
}


def result(edits: tuple[Edit, ...], style: Style | None = None) -> str:
    made = apply(TEXT, edits, module="shop.views", is_package=False, sources={PATH: TEXT})
    return finish(TEXT, made, style)


def said(edits: tuple[Edit, ...], after: str) -> list[str]:
    return [
        f"{failure.line}: {failure.message}"
        for failure in check_strays({PATH: TEXT}, {PATH: after}, [FileEdits(PATH, edits)])
    ]


@pytest.mark.parametrize("name", EDITS)
def test_what_is_planned_may_be(name: str) -> None:
    assert said(EDITS[name], result(EDITS[name])) == []


@pytest.mark.parametrize("name", EDITS)
def test_every_other_change_is_seen(name: str) -> None:
    edits, after = EDITS[name], result(EDITS[name])
    lines = after.split("\n")
    kept = {line for line in TEXT.split("\n") if line.strip() not in ("", "pass")}
    for number, line in enumerate(lines):
        if line not in kept:
            continue
        indent = line[: len(line) - len(line.lstrip())]
        above, below = lines[:number], lines[number + 1 :]
        mutants = [[*above, indent + stray, line, *below] for stray in ("stray()", "# stray")]
        mutants.append([*above, line.replace("order", "other"), *below])
        if not line.lstrip().startswith("#"):
            mutants.append([*above, *below])
        for mutant in mutants:
            text = "\n".join(mutant)
            assert text == after or parse(text) is None or said(edits, text), line


def test_a_change_is_named_with_its_line() -> None:
    edits = EDITS["after"]
    after = result(edits).replace("each.delete()", "each.remove()")
    assert said(edits, after) == ["35: not planned: each.remove()"]
    after = result(edits).replace("# The end.", "# The  end.")
    assert said(edits, after) == ["36: not planned: # The  end."]
    after = result(edits).replace("import json", "import json\nimport os")
    assert said(edits, after) == ["0: not planned: an import of os"]
    assert said(edits, TEXT) == ["22: not planned: if total > LIMIT:  # large"]


def test_an_edit_at_another_place_is_seen() -> None:
    (edit,) = EDITS["after"]
    assert said((edit,), result(EDITS["after one of two in a line"]))
    assert said(EDITS["after one of two in a line"], result((edit,)))


def test_another_depth_is_seen() -> None:
    moved = TEXT.replace("    return order\n", "").replace(
        "        each.delete()\n", "        each.delete()\n    return order\n"
    )
    assert said((), moved)
    deeper = TEXT.replace("    order.save(); order", "        order.save(); order")
    assert said((), deeper)


def test_what_black_does_to_a_statement_with_an_edit_is_no_stray() -> None:
    text = "def f():\n    return first(1) and second(2)\n"
    edit = Replace(Source(text).find("second(2)"), "second(2, third='4')")
    after = 'def f():\n    return (\n        first(1,)\n        and second(2, third="4")\n    )\n'
    plan = [FileEdits(PATH, (edit,))]
    assert check_strays({PATH: text}, {PATH: after}, plan) == ()
    assert check_strays({PATH: text}, {PATH: after.replace("and", "or")}, plan)
    assert check_strays({PATH: text}, {PATH: after}, [])


def test_a_bound_value_may_need_another_line() -> None:
    text = "def f():\n    make(first=1, second=2)\n"
    edit = Bind(Source(text).find("make("), "made")
    after = "def f():\n    made = make(\n        first=1,\n        second=2,\n    )\n"
    assert check_strays({PATH: text}, {PATH: after}, [FileEdits(PATH, (edit,))]) == ()
    assert check_strays({PATH: text}, {PATH: after.replace("made = ", "")}, [])


def test_code_that_a_move_loses_is_missed() -> None:
    edits = EDITS["move"]
    after = result(edits).replace("line.lines", "()")
    (words,) = said(edits, after)
    assert "not planned" in words
