"""Small programs, as text: what happens to two objects in the lines of one function.

The words in braces are those of `operations`; `one` and `two` are the objects. No query finds the
row of the other one: two names are taken for two rows (`surfaces.objects.lost_rows`). Nothing is
deleted that has no key, which raises before a signal is sent, and no two names change places. A
program is a text of its statements, so that a site can carry it and a line can be taken out of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from textwrap import indent

from hypothesis import strategies as st

from tests.generated.operations import BARE, words
from tests.generated.spec import Shape, Site

OPERATION = "program"
DEPTH = 2  # blocks within blocks
HELPERS = {
    "store": "def store({m}):\n    {m}.save()\n",
    "forget": "def forget({m}):\n    if {m}.pk:\n        {m}.delete()\n",
    "renew": "def renew({m}):\n    {m}.pk = None\n    {m}._state.adding = True\n",
    "again": "def again({m}):\n    return {M}.objects.filter(pk={m}.pk).first() or {m}\n",
    "twin": "def twin({m}):\n    twin = copy({m})\n    twin.pk = None\n    twin._state.adding = True\n"
    "    return twin\n",
    "fresh": "def fresh(name, parent):\n    return {M}({made})\n",
    "found": 'def found(name):\n    return {M}.objects.filter(name=name).first()\n',
    "stored": "def stored({m}):\n    {m}.save()\n    return {m}\n",
    "touched": "def touched({m}):\n    {m}.count += 1\n    return {m}\n",
}  # fmt: skip
MAKERS = (
    "{x} = {M}({new})",
    "{x} = {M}({new})",
    '{x} = {M}.objects.get(name="{row}")',
    '{x} = {M}.objects.filter(name="{row}").first() or {M}({new})',
    "{x} = {M}.objects.create({new})",
    '{x}, _ = {M}.objects.get_or_create(name="kept", defaults={defaults})',
    "{x} = fresh(name, parent)",
    '{x} = found("{row}") or fresh(name, parent)',
)
STATEMENTS = (
    "{x}.save()",
    "{x}.save()",
    "{x}.save()",
    "{x}.save(force_insert=True)",
    '{x}.save(update_fields=["count"])',
    "if {x}.pk:\n    {x}.delete()",
    "{x}.pk = None",
    "{x}.pk = None\n{x}._state.adding = True",
    "{x}.pk = {y}.pk",
    "{x} = {y}",
    "{x} = copy({y})",
    "{x}.refresh_from_db()",
    "{x}.count += 1",
    '{x}.name = "other"',
    "store({x})",
    "forget({x})",
    "renew({x})",
    "{x} = again({x})",
    "{x} = twin({y})",
    "{x} = stored({y})",
    "stored({x}).save()",
    "touched({x}).save()",
    "{x} = {M}.objects.create({new})",
    '{x}, _ = {M}.objects.get_or_create(name="kept", defaults={defaults})',
    '{x}, _ = {M}.objects.update_or_create(name="kept", defaults={{"count": 5}})',
    "{M}.objects.filter(pk={x}.pk).delete()",
    "box.value = {x}",
    "box.value.save()",
    "{x} = box.value",
    "rows.append({x})",
    "rows[-1].save()",
    "{x} = rows.pop()",
    "save = {x}.save\nsave()",
    "name = name + name",
    "transaction.on_commit({x}.save)",
    "return",
)
PARENTAL = ("parent.save()",)
BLOCKS = (
    "if flag:\nBODY",
    "if not flag:\nBODY",
    "if flag:\nBODY\nelse:\nBODY",
    "if {x}.pk:\nBODY",
    "if {x}.pk is None:\nBODY",
    "if {x}._state.adding:\nBODY\nelse:\nBODY",
    "for _ in range(2):\nBODY",
    "for {x} in (one, two):\nBODY",
    "for {x} in rows:\nBODY",
    "with transaction.atomic():\nBODY",
    "try:\nBODY\nexcept Exception:\nBODY",
    "try:\nBODY\nfinally:\nBODY",
    "try:\n    with transaction.atomic():\nDEEP\n        raise ValueError\nexcept ValueError:\nBODY",
    "with suppress(Exception), transaction.atomic():\nBODY",
)  # fmt: skip
MARKS = {"BODY": "    ", "DEEP": "        "}  # where other statements stand, and how deep
END = "return [[o.pk is None, o._state.adding, o.name, o.count] for o in (one, two)]"


@st.composite
def programs(draw: st.DrawFn, model: str) -> str:
    """The lines of a program, without its head and end."""
    lines = [
        draw(st.sampled_from(MAKERS)).replace("{x}", x).replace("{row}", row)
        for x, row in (("one", "{first}"), ("two", "{second}"))
    ]
    known = (*STATEMENTS, *(() if model in BARE else PARENTAL), *BLOCKS)
    return "\n".join([*lines, *inside(draw, known, draw(st.integers(2, 6)), DEPTH)])


def inside(draw: st.DrawFn, known: Sequence[str], count: int, depth: int) -> list[str]:
    """The lines of so many of the known statements; `depth`: how many blocks may be around one."""
    lines: list[str] = []
    fitting = [text for text in known if depth or not _is_block(text)]
    for _ in range(count):
        text = draw(st.sampled_from(fitting))
        if "{x}" in text:
            x, y = draw(st.sampled_from((("one", "two"), ("two", "one"))))
            text = text.replace("{x}", x).replace("{y}", y)
        for line in text.splitlines():
            if line not in MARKS:
                lines.append(line)
                continue
            inner = inside(draw, known, draw(st.integers(1, 3)), depth - 1)
            lines += indent("\n".join(inner), MARKS[line]).splitlines()
    return lines


def _is_block(text: str) -> bool:
    return any(line in MARKS for line in text.splitlines())


def write(site: Site, number: int, shape: Shape) -> str:
    """The function of a program, below the helpers that it calls."""
    known = words(site, shape)
    known["second"] = "hurry" if known["first"] == "rush" else "second"
    head = [f'parent = {known["P"]}.objects.get(name="first")'] if known["P"] else ["parent = None"]
    if known["P"] and known["p"] in known["new"]:
        head.append(f"{known['p']} = parent")
    body = "\n".join([*head, "rows, box = [], Box()", site.context.format(**known), END])
    made = known["new"].replace(f"={known['p']}", "=parent") if known["P"] else known["new"]
    text = f"def site_{number}(name, names, flag):\n{indent(body, '    ')}\n"
    helpers = []
    for name, helper in HELPERS.items():
        if f"{name}(" in text:
            text = text.replace(f"{name}(", f"{name}_{number}(")
            written = helper.format(**known, made=made)
            helpers.append(written.replace(f"def {name}(", f"def {name}_{number}(", 1))
    return "\n\n".join([*helpers, text])


def smaller(text: str) -> Iterator[str]:
    """The program without a line, or without a block."""
    lines = text.splitlines()
    for first in range(len(lines)):
        depth = _depth(lines[first])
        last = first + 1
        while last < len(lines) and _depth(lines[last]) > depth:
            last += 1
        without = lines[:first] + lines[last:]
        bare = lines[:first] + [line[4:] for line in lines[first + 1 : last]] + lines[last:]
        for found in (without, bare) if last > first + 1 else (without,):
            if _compiles("\n".join(found)):
                yield "\n".join(found)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `{M}(...)` looks like a set that is called
            compile(f"def run():\n{indent(text, '    ')}\n", "program", "exec")
    except SyntaxError:
        return False
    return True
