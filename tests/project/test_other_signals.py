"""Receivers of signals that no model sends are named, those of models are not."""

from __future__ import annotations

from codemod.project import other_signals
from codemod.project.project import Project

SIGNALS = """
from allauth.account.signals import user_signed_up
from django.core import signals
from django.db.models.signals import class_prepared, post_migrate, post_save
from django.dispatch import Signal, receiver

paid = Signal()
channel = Channel()


@receiver(post_save)
def index(sender, **kwargs): ...


@receiver([post_migrate, class_prepared])
def prepare(sender, **kwargs): ...


@receiver(paid)
def thank(sender, **kwargs): ...


@receiver(user_signed_up, dispatch_uid="x")
def greet(sender, **kwargs): ...


signals.request_finished.connect(lambda **kwargs: None)
channel.connect(print)
"""


def test_others() -> None:
    project = Project.build([("shop/__init__.py", ""), ("shop/signals.py", SIGNALS)])
    assert [(o.name, o.signal, o.line) for o in other_signals.find(project)] == [
        ("prepare", "class_prepared", 16),
        ("prepare", "post_migrate", 16),
        ("thank", "paid", 20),
        ("greet", "user_signed_up", 24),
        ("lambda **kwargs: None", "request_finished", 27),
    ]
