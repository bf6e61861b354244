"""Names through imports, re-exports, stars and aliases."""

from __future__ import annotations

import pytest

from codemod.project.django_names import public_name
from tests.project.helpers import of, project, resolve

SHOP = {
    "shop/__init__.py": "",
    "shop/models/__init__.py": """
        from .order import Order, Order as Bestellung
        from .stars import *
        from .loop import Endless
        """,
    "shop/models/order.py": """
        from django.db import models
        class Order(models.Model):
            class Status(models.TextChoices):
                OPEN = "open"
            Kind = Status
        Alias = Order
        """,
    "shop/models/stars.py": """
        from django.db.models import *
        __all__ = ["Tag"]
        class Tag(Model): pass
        class Hidden(Model): pass
        """,
    "shop/models/loop.py": "from shop.models import Endless",
    "shop/signals.py": """
        from django.dispatch import Signal, receiver as hook
        paid = Signal()
        receiver2 = hook
        """,
    "shop/views.py": """
        import shop.models
        import shop.models as m
        from django.contrib.auth import get_user_model
        from . import models, signals
        from .models import Order, Bestellung, Tag
        from .models.order import Alias
        try:
            from fast import dumps
        except ImportError:
            from json import dumps
        if FLAG:
            from a import either
        else:
            from b import either
        if TYPE_CHECKING:
            from typed import Checked
        else:
            Checked = Order
        try:
            from maybe import Maybe
        except ImportError:
            Maybe = None
        User = get_user_model()
        def view(request, Tag):
            LocalOrder = Order
            x = Order()
            Order2 = models.Order
            for item in x: pass
            class Inner: pass
        """,
}
VIEWS = "shop/views.py"
ORDER = "shop.models.order.Order"


@pytest.mark.parametrize(
    ("code", "where", "expected"),
    [
        ("Order", "", ORDER),
        ("Bestellung", "", ORDER),
        ("Alias", "", ORDER),
        ("models.Order", "", ORDER),
        ("m.Order", "", ORDER),
        ("shop.models.Order", "", ORDER),
        ("shop.models.order.Order", "view", ORDER),
        ("models", "", "shop.models"),
        ("Order.Status", "", f"{ORDER}.Status"),
        ("Order.Kind.OPEN", "", f"{ORDER}.Status.OPEN"),
        ("Order.objects", "", f"{ORDER}.objects"),
        ("Tag", "", "shop.models.stars.Tag"),
        ("Tag", "view", None),
        ("models.Hidden", "", None),
        ("models.Endless", "", None),
        ("LocalOrder", "view", ORDER),
        ("Order2", "view", ORDER),
        ("x", "view", None),
        ("item", "view", None),
        ("Inner", "view", "shop.views.view.<locals>.Inner"),
        ("view", "", "shop.views.view"),
        ("dumps", "", "fast.dumps"),
        ("either", "", None),
        ("Checked", "", ORDER),
        ("Maybe", "", "maybe.Maybe"),
        ("User", "", "shop.views.User"),
        ("signals.paid", "", "shop.signals.paid"),
        ("signals.receiver2", "", "django.dispatch.receiver"),
        ("isinstance", "", "builtins.isinstance"),
        ("nowhere", "", None),
        ("request.user", "view", None),
        ("Order().save", "", None),
    ],
)
def test_resolve(code: str, where: str, expected: str | None) -> None:
    assert resolve(of(SHOP), VIEWS, code, where) == expected


def test_names_from_an_outside_star() -> None:
    made = of(SHOP)
    assert resolve(made, "shop/models/stars.py", "Model") == "django.db.models.Model"
    assert resolve(made, "shop/models/stars.py", "Strange") is None


def test_dotted_text_and_definition() -> None:
    made = of(SHOP)
    facts = made.facts(VIEWS)
    assert facts is not None
    assert made.symbols.resolve("models.Order", facts.scope, facts) == ORDER
    assert made.symbols.resolve("shop.models.Tag", facts.scope, facts) == "shop.models.stars.Tag"
    definition = made.symbols.definition(f"{ORDER}.Status.OPEN")
    assert definition is not None and definition.binding.kind == "assign"
    assert made.symbols.definition("django.db.models.Model") is None


def test_a_class_body_sees_what_is_around_until_it_binds_a_name() -> None:
    models = """
        from django.conf import settings
        from django.db import models
        class Asset(models.Model):
            parent = models.ForeignKey("self", models.CASCADE)
            owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
            settings = models.JSONField(default=dict)
            other = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
        """
    asset = of({"shop/models.py": models}).models.by_label["shop.Asset"]
    assert asset.fields["owner"].target == "auth.User"
    assert asset.fields["other"].target is None


def test_class_bodies_are_no_scope_for_methods() -> None:
    code = """
        from b import Thing
        class A:
            Thing = 1
            other = Thing
            def m(self): pass
        """
    made = of({"a.py": code})
    assert resolve(made, "a.py", "Thing", "A.m") == "b.Thing"
    assert resolve(made, "a.py", "Thing", "A") == "a.A.Thing"


def test_star_imports_in_a_circle() -> None:
    made = project(a="from b import *\nclass A: pass", b="from a import *\nclass B: pass")
    assert resolve(made, "a.py", "B") == "b.B"
    assert resolve(made, "b.py", "A") == "a.A"
    assert resolve(made, "a.py", "C") is None


def test_an_unreadable_file_keeps_its_names() -> None:
    made = project(a="class (:", b="from a import X\nclass B(X): pass")
    assert resolve(made, "b.py", "X") == "a.X"
    assert made.unreadable == [("a.py", "a.py:1: invalid syntax")]


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("django.db.models.base.Model", "django.db.models.Model"),
        ("django.contrib.gis.db.models.Model", "django.db.models.Model"),
        ("django.db.models.fields.related.ForeignKey", "django.db.models.ForeignKey"),
        ("django.db.models.signals.post_save", "django.db.models.signals.post_save"),
        ("django.dispatch.dispatcher.receiver", "django.dispatch.receiver"),
        ("django.views.generic.edit.CreateView", "django.views.generic.CreateView"),
        ("django.views.generic.edit.FormMixin", "django.views.generic.edit.FormMixin"),
        ("django.forms.models.ModelForm", "django.forms.ModelForm"),
        ("django.contrib.admin.options.ModelAdmin", "django.contrib.admin.ModelAdmin"),
        ("django.contrib.auth.base_user.AbstractBaseUser",
         "django.contrib.auth.models.AbstractBaseUser"),
        ("django.db.models.base.Model.DoesNotExist", "django.db.models.Model.DoesNotExist"),
        ("os.path.join", "os.path.join"),
    ],
)  # fmt: skip
def test_public_names(name: str, public: str) -> None:
    assert public_name(name) == public
