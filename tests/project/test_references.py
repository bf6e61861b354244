"""Every other mention of a handler."""

from __future__ import annotations

import ast
from textwrap import dedent

from codemod.project.project import Project
from codemod.project.references import (
    is_put_together,
    mentions_module,
    module_imports,
    star_imports,
)

SIGNALS = """
from django.db.models.signals import post_save
from django.dispatch import receiver
from shop.models import Order

__all__ = ["create_invoice"]

@receiver(post_save, sender=Order)
def create_invoice(sender, instance, **kwargs):
    pass

post_save.connect(create_invoice, sender=Order, dispatch_uid="x")
"""


def project(**files: str) -> Project:
    """A project of an app `shop`; `a__b` is the file a/b.py."""
    texts = {
        "shop/__init__.py": "",
        "shop/models.py": "from django.db import models\nclass Order(models.Model): pass\n",
        "shop/signals.py": SIGNALS,
    }
    texts |= {name.replace("__", "/") + ".py": dedent(text) for name, text in files.items()}
    return Project.build(sorted(texts.items()))


def mentions(found: Project, file: str) -> list[tuple[str, int]]:
    """(kind, line) of the mentions in a file."""
    assert all(r.receiver == "shop.signals.create_invoice" for r in found.references)
    here = [r for r in found.references if r.facts.path == file]
    return sorted(((r.kind, getattr(r.node, "lineno", 0)) for r in here), key=lambda p: p[::-1])


def test_own_registrations_are_no_references() -> None:
    assert mentions(project(), "shop/signals.py") == [("import", 6)]  # __all__


def test_kinds() -> None:
    found = project(
        shop__hub="from shop.signals import create_invoice as made\n",
        shop__use="""
        from unittest import mock
        from shop import signals
        from shop.hub import made
        from django.db.models.signals import post_save
        made(None, None)
        signals.create_invoice(None, None)
        HANDLERS = [signals.create_invoice]
        post_save.disconnect(made)
        mock.patch("shop.signals.create_invoice")
        mock.patch("shop.hub.made")
        def local(create_invoice):
            create_invoice()
        """,
    )
    assert mentions(found, "shop/hub.py") == [("import", 1)]
    assert mentions(found, "shop/use.py") == [
        ("import", 4),
        ("call", 6),
        ("call", 7),
        ("other", 8),
        ("disconnect", 9),
        ("string", 10),
        ("string", 11),
    ]
    calls = [r for r in found.references if r.kind == "call"]
    assert all(r.call is not None and r.call.node is r.node for r in calls)


def test_modules() -> None:
    found = project(
        shop__apps="""
        from django.apps import AppConfig
        class Shop(AppConfig):
            name = "shop"
            def ready(self):
                import shop.signals
                from . import signals
                from .signals import create_invoice
                import_module("shop.signals")
                import_module(".signals", "shop")
        """,
        shop__all="from shop.signals import *\n",
    )
    imports = module_imports(found, "shop.signals")
    assert [getattr(binding.node, "lineno", 0) for _, binding in imports] == [6, 7, 8]
    strings = mentions_module(found, "shop.signals")
    assert [node.value for _, node in strings] == ["shop.signals", ".signals"]
    assert [facts.path for facts in star_imports(found, "shop.signals")] == ["shop/all.py"]
    assert all(isinstance(node, ast.Constant) for _, node in strings)


def test_a_mention_in_front_of_a_text_that_has_the_name_too() -> None:
    use = """
    from shop.signals import create_invoice
    create_invoice(None, None)
    def late(order):
        return f"create_invoice {order}"
    """
    assert mentions(project(shop__use=use), "shop/use.py") == [("import", 2), ("call", 3)]


def test_names_that_are_put_together() -> None:
    """Of a module that is missing, `import_module()` complains, unless the code is ready for it."""
    loads = "from importlib import import_module\n"
    for code, expected in (
        ('import_module(f"{app}.signals")', True),
        ('import_module("%s.signals" % app)', True),
        ('import_module(".signals", package=app)', True),
        ('for name in ("signals", "tasks"):\n    import_module(f"shop.{name}")', True),
        ('import_module("shop.signals")', False),
        ('import_module(f"{app}.more_signals")', False),
        ('autodiscover_modules("signals")', False),
        ('try:\n    import_module(f"{app}.signals")\nexcept ImportError:\n    pass', False),
    ):
        found = project(shop__loading=loads + code)
        assert is_put_together(found, "shop.signals") == expected, code
