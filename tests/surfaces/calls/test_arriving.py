"""Whether an object comes to what a base says in its method."""

from __future__ import annotations

import textwrap

import pytest

from codemod.project.project import Project
from codemod.surfaces.calls.arriving import arrives
from tests.surfaces.sites import APPS

MODELS = """
from django.db import models


class Base(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Mixin:
    def other(self):
        {other}


class Order(Mixin, Base):
    def save(self, *args, **kwargs):
        {save}
"""


@pytest.mark.parametrize(
    ("save", "other", "expected"),
    [
        ("super().save()", "pass", True),
        ("self.enqueue()", "pass", False),
        ("self.enqueue()", "super().clean()", False),
        ("self.enqueue()", "super().save()", True),
        ("self.enqueue()", "parent = super()\n        parent.save()", True),
        ("self.enqueue()", "type(self).__bases__[0].save(self)", True),
        ("self.enqueue()", "return map(Base.save, [self])", True),
    ],
)
def test_arrives(save: str, other: str, expected: bool) -> None:
    models = textwrap.dedent(MODELS).format(save=save, other=other)
    files = {"shop/__init__.py": "", "shop/apps.py": APPS, "shop/models.py": models}
    project = Project.build([*files.items()])
    assert arrives(project, "shop.models.Base", "shop.models.Order", "save") is expected
