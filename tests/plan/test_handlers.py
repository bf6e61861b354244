"""Handlers: guards fold, arguments are told apart."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemod.facts.walk import read_facts
from codemod.plan.handler import Handler
from codemod.plan.handlers import analyse

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
