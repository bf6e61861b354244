"""Where all receivers of a signal are taken away, and whether it is told what runs meanwhile."""

from __future__ import annotations

import pytest

from codemod.plan.emptied import emptied
from codemod.values.account import SIGNALS
from tests.project.helpers import project

HEAD = """
from unittest.mock import patch
from django.db.models import signals
from django.db.models.signals import post_save, pre_save

"""


@pytest.mark.parametrize(
    ("code", "found", "told"),
    [
        (
            "def work():\n"
            "    kept, post_save.receivers = post_save.receivers, []\n"
            "    run()\n"
            "    post_save.receivers = kept",
            ("post_save",),
            True,
        ),
        ("def work():\n    post_save.receivers.clear()", ("post_save",), False),
        (
            "def work():\n    for one in (pre_save, post_save):\n        del one.receivers[:]",
            ("post_save", "pre_save"),
            False,
        ),
        ("def work(signal):\n    signal.receivers = []\n    signal.receivers = 1", SIGNALS, False),
        ("def work(letter):\n    letter.receivers = []", (), False),
        ("def work(letter):\n    signals.receivers = []", (), False),
        ("@patch.object(post_save, 'send')\ndef work(): ...", ("post_save",), False),
        ("@patch('django.db.models.signals.pre_save.send')\ndef w(): ...", ("pre_save",), False),
        ("@patch('django.db.models.signals.ModelSignal.send')\ndef w(): ...", SIGNALS, False),
        ("def work():\n    return len(post_save.receivers)", (), False),
        (
            "def work():\n    post_save.receivers = []\n    yield\n    post_save.receivers = [1]",
            ("post_save",),
            False,
        ),
    ],
)
def test_places(code: str, found: tuple[str, ...], told: bool) -> None:
    places = emptied(project(shop__work=HEAD + code))
    assert sorted(place.signal for place in places) == sorted(found)
    assert any(place.region for place in places) is told


def test_a_command_runs_in_a_process_of_its_own() -> None:
    code = HEAD + "class Command:\n    def handle(self):\n        post_save.receivers = []\n"
    (place,) = emptied(project(shop__management__commands__clean=code))
    assert place.region
