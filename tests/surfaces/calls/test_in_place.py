"""Functions in the place of Django's save()."""

from __future__ import annotations

import pytest

from codemod.surfaces import sent_by_hand, unhandled
from tests.surfaces.sites import found

CODE = """
from django.db import models
from django.db.models.signals import post_save, pre_save

def test():
    def save(instance, *args, **kwargs):
        if instance.pk:
            return original(instance, *args, **kwargs)
        pre_save.send(sender=type(instance), instance=instance)
        instance._meta.auto_created = True
        instance.save_base(*args, **kwargs)
        post_save.send(sender=type(instance), instance=instance, created=True)
    models.Model.save = save
"""
ALL = ["save_base", "send", "send"]


def firing(code: str) -> list[str]:
    """The calls in a file that are taken to fire."""
    sites = [*found(sent_by_hand, code), *found(unhandled, code)]
    return sorted(s.call.name for s in sites if s.call is not None and not s.never)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("models.Model.save = save", "setattr(models.Model, 'save', save)", []),
        ("models.Model.save = save", "setattr(models.Model, 'clean', save)", ALL),
        ("models.Model.save = save", "other.save = save", ALL),
        ("models.Model.save = save", "models.Model.save = mystery(save)", ALL),
        # Not what a save sends: nothing before it, the same twice, of something else.
        ("pre_save.send(sender=type(instance), instance=instance)", "pass", ["save_base", "send"]),
        ("return original(instance, *args, **kwargs)", "post_save.send(instance=instance)",
         ["send"]),
        ("pre_save.send(", "post_save.send(instance=instance)\n        pre_save.send(",
         ["save_base", "send", "send", "send"]),
        ("instance=instance, created", "instance=other, created", ALL),
        ("post_save.send(", "if args:\n            post_save.send(", ALL),
        # Django's own save_base() sends too.
        ("instance._meta.auto_created = True", "pass", ALL),
    ],
)  # fmt: skip
def test_a_function_in_the_place_of_save(old: str, new: str, expected: list[str]) -> None:
    assert old in CODE
    assert firing(CODE.replace(old, new) if old else CODE) == expected
