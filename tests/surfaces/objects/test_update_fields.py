"""What lines that save tell of `update_fields`."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemod.surfaces.objects.update_fields import by_position, perhaps_empty
from tests.project.helpers import of

MODELS = """
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=40)
    cover = models.ImageField()
    back = models.ImageField()

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Order(models.Model):
    back = models.ForeignKey(Book, on_delete=models.CASCADE)
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("book.save()", False),
        ("book.save(False, False, None, fields)", True),
        ("book.save(*data)", True),
        ("book.cover.save(*data)", False),
        ("thing.save(*data, save=False)", False),
        ("getattr(book, name).save(*data)", True),
        ("thing.title.save(*data)", True),
        ("thing.back.save(*data)", True),  # a file, or a book
        ("thing.page.save(*data)", True),
    ],
)
def test_fields_given_by_position(line: str, expected: bool) -> None:
    code = f"def f(book, thing, name, data, fields):\n    {line}\n"
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": code}
    assert by_position(of(files)) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('["title"]', False),
        ("names", True),
        ("[]", True),
        ('names + ["title"]', False),
        ('["title"] + names', False),
        ('names | {"title"}', False),
        ('["title", *names]', False),
        ("[] + names", True),
        ('names - {"title"}', True),
        ('names or ["title"]', True),
    ],
)
def test_fields_that_may_be_none_or_empty(given: str, expected: bool) -> None:
    code = f"from .models import Book\n\n\ndef f(names):\n    Book().save(update_fields={given})\n"
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": code}
    assert perhaps_empty(of(files), ("shop.Book",)) is expected


def test_fields_made_of_each_other() -> None:
    code = """
        from .models import Book

        def f(all):
            names = ["title"]
            names = names if all else ["cover"]
            more = names
            names = more
            Book().save(update_fields=names)
    """
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": dedent(code)}
    assert not perhaps_empty(of(files), ("shop.Book",))
