"""Handlers: guards fold, arguments are told apart."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from codemod.facts.walk import read_facts
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.handlers import analyse
from codemod.plan.reading.names import condition

TRIED = "try:\n    if kwargs['raw']:\n        return\nexcept KeyError:\n    pass"
SIGNATURE = "sender, instance, created, raw=False, **kwargs"


def handler(body: str, signature: str = SIGNATURE) -> Handler:
    text = f"def h({signature}):\n" + "".join(f"    {x}\n" for x in dedent(body).splitlines())
    facts = read_facts("signals.py", text, "signals", False)
    return analyse(facts.functions[0], facts.lines)


@pytest.mark.parametrize(
    ("body", "only_created", "ignores_raw"),
    [
        ("if created:\n    work(instance)", True, False),
        ("if not created:\n    return\nwork(instance)", True, False),
        ("if not created:\n    return None\nwork(instance)", True, False),
        ("if created:\n    return\nwork(instance)", False, False),
        ("if created is False:\n    return\nwork(instance)", True, False),
        ("if created == True:\n    work(instance)", True, False),
        ("if kwargs['created']:\n    work(instance)", True, False),
        ("if kwargs.get('created', False):\n    work(instance)", True, False),
        ("if raw:\n    return\nwork(instance)", None, True),
        ("if raw or not created:\n    return\nwork(instance)", True, True),
        ("if created and not raw:\n    work(instance)", True, True),
        ("if not created or kwargs['raw']:\n    return\nwork(instance)", True, True),
        (f"{TRIED}\nwork(instance)", None, True),
        (f"{TRIED}\nif created:\n    work(instance)", True, True),
        (f"{TRIED}", None, False),
        (f"{TRIED.replace('Key', 'Value')}\nwork(instance)", None, False),
        ("if raw:\n    return\nif created:\n    work(instance)", True, True),
        ("if created:\n    if not raw:\n        work(instance)", True, True),
        ("work(instance)", None, False),
        ("if created:\n    work(instance)\nelse:\n    other(instance)", None, False),
        ("if created:\n    work(instance)\nlog(instance)", None, False),
        ("prepare()\nif not created:\n    return\nwork(instance)", None, False),
        ("if created:\n    if created is False:\n        work(instance)", True, False),
    ],
)
def test_guards(body: str, only_created: bool | None, ignores_raw: bool) -> None:
    found = handler(body)
    assert (found.only_created, found.ignores_raw) == (only_created, ignores_raw)


def test_a_guard_with_another_condition_keeps_it() -> None:
    found = handler("if created and instance.paid:\n    work(instance)")
    assert found.only_created is True
    assert [getattr(edit, "code", None) for edit in found.edits] == ["instance.paid"]
    assert found.arguments == frozenset()


@pytest.mark.parametrize(
    ("guard", "kept", "asked"),
    [
        ("if x and not raw and (a or b):", "x and (a or b)", ["not raw"]),
        ("if not raw and (a or b):", "a or b", ["not raw"]),
        ("if x and created and (a and b):", "x and (a and b)", ["created"]),
        ("if x and not raw and (a if b else c):", "x and (a if b else c)", ["not raw"]),
        ("if x and not raw and a == b:", "x and a == b", ["not raw"]),
        ("if not raw and (\n    a or\n    b\n):", "(a or\n    b)", ["not raw"]),
        ("if not raw and call(\n    a\n):", "call(\n    a\n)", ["not raw"]),
    ],
)
def test_terms_keep_their_parentheses(guard: str, kept: str, asked: list[str]) -> None:
    found = handler(f"{guard}\n    work(instance)")
    assert [getattr(edit, "code", None) for edit in found.edits] == [kept]
    assert list(found.conditions) == asked


@pytest.mark.parametrize(
    ("guard", "asked"),
    [
        ("if raw and created:", "not (raw and created)"),
        ("if not (raw and created):", "raw and created"),
        ("if not (raw or created):", "(raw or created)"),
        ("if created == 1:", "created != 1"),
        ("if created:", "not created"),
    ],
)
def test_the_opposite_of_a_guard(guard: str, asked: str) -> None:
    facts = read_facts("m.py", f"{guard}\n    pass\n", "m", False)
    statement = facts.tree.body[0]
    assert isinstance(statement, ast.If)
    assert condition(statement.test, facts.lines, negated=True) == asked


def test_uses() -> None:
    found = handler("log(instance, created, using=kwargs['using'], sender=sender)")
    assert found.arguments == {"created", "using"}
    assert found.reads("sender") and not found.reads("signal")
    assert not found.forwards


@pytest.mark.parametrize(
    "body", ["other(sender, instance, **kwargs)", "kwargs['mine']", "kwargs.update(x=1)"]
)
def test_forwarding(body: str) -> None:
    assert handler(body).forwards


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("instance = instance.parent", None),
        ("sender = sender.parent", "odd-body"),
        ("sender = instance.sender\nprint(sender)", None),
        ("if instance:\n    sender = 1\nprint(sender)", "odd-body"),
        ("created = created or 1", None),
        ("global x\nx = instance", "odd-body"),
        ("yield instance", "odd-signature"),
        ("work(instance)", None),
    ],
)
def test_strange(body: str, code: str | None) -> None:
    assert handler(body).strange == code


def test_a_parameter_that_no_signal_passes() -> None:
    signature = "sender, instance, user=None, **kwargs"
    assert handler("work(instance, user)", signature).strange == "odd-signature"
    assert handler("work(instance)", signature).strange is None
