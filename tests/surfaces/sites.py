"""What a surface finds in a small project."""

from __future__ import annotations

import textwrap
from types import ModuleType

from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS

APPS = "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n"
MODELS = """
    from django.db import models


    class Bill(models.Model):
        title = models.CharField(max_length=20)


    class Line(models.Model):
        bill = models.ForeignKey(Bill, on_delete=models.CASCADE)
        price = models.IntegerField()


    class Own(models.Model):
        bill = models.ForeignKey(Bill, on_delete=models.CASCADE, null=True)

        def save(self, *args, **kwargs):
            super().save(*args, **kwargs)
    """


TEAMS = """
    from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
    from django.contrib.contenttypes.models import ContentType
    from django.db import models


    class Note(models.Model):
        content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
        object_id = models.PositiveIntegerField()
        content_object = GenericForeignKey()


    class Player(models.Model):
        pass


    class Team(models.Model):
        players = models.ManyToManyField(Player)
        fans = models.ManyToManyField(Player, related_name="+")
        staff = models.ManyToManyField(Player, related_name="+")
        members = models.ManyToManyField(Player, through="Member", related_name="teams")
        notes = GenericRelation(Note)


    class Member(models.Model):
        team = models.ForeignKey(Team, on_delete=models.CASCADE)
        player = models.ForeignKey(Player, on_delete=models.CASCADE)
    """


def found(surface: ModuleType, code: str, path: str = "shop/code.py", **more: str) -> list[Site]:
    """The sites in a file beside the models of a shop."""
    files = {"shop/__init__.py": "", "shop/apps.py": APPS, "shop/models.py": MODELS, path: code}
    files |= {f"shop/{name}.py": text for name, text in more.items()}
    project = Project.build([(p, textwrap.dedent(text)) for p, text in files.items()])
    sites: list[Site] = list(surface.find(project))
    return sites


def told(sites: list[Site]) -> list[str]:
    """`save of shop.Line`, `delete of shop.Line: code`, `save of ?: never`."""
    return [
        f"{'delete' if s.signals is DELETE_SIGNALS else 'save'} of {','.join(s.models) or '?'}"
        + (f": {s.code}" if s.code else "")
        + (": never" if s.never else "")
        for s in sites
    ]
