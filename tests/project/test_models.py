"""Models, their fields and the relations between them."""

from __future__ import annotations

import pytest

from tests.project.helpers import label, of

SHOP = {
    "manage.py": "",
    "site/__init__.py": "",
    "site/settings.py": "INSTALLED_APPS = ['shop']\nAUTH_USER_MODEL = 'people.User'\n",
    "people/__init__.py": "",
    "people/models.py": """
        from django.contrib.auth.models import AbstractUser
        class User(AbstractUser):
            class Meta:
                swappable = "AUTH_USER_MODEL"
        """,
    "base/__init__.py": "",
    "base/models.py": """
        from django.conf import settings
        from django.db import models
        class Stamped(models.Model):
            owner = models.ForeignKey(
                settings.AUTH_USER_MODEL, models.SET_NULL, related_name="%(app_label)s_%(class)ss"
            )
            note = models.TextField()
            parent = models.ForeignKey("self", on_delete=models.CASCADE, related_name="+")
            near = models.ForeignKey("Tag", on_delete=models.PROTECT, related_name="near_%(class)s")
            class Meta:
                abstract = True
        """,
    "shop/__init__.py": "",
    "shop/apps.py": """
        from django.apps import AppConfig
        class ShopConfig(AppConfig):
            name = "shop"
            label = "store"
        """,
    "shop/models/__init__.py": "from .order import *\nfrom .tag import Tag",
    "shop/models/tag.py": """
        from django.db.models import CharField, Model
        class Tag(Model):
            name = CharField(primary_key=True, max_length=9, default="")
        """,
    "shop/models/order.py": """
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Group
        from django.contrib.contenttypes.fields import GenericRelation
        from django.db import models
        from base.models import Stamped
        from .tag import Tag
        class OrderQuerySet(models.QuerySet): pass
        class OrderManager(models.Manager): pass
        Made = OrderManager.from_queryset(OrderQuerySet)
        class Order(Stamped):
            note = None
            tags = models.ManyToManyField[Tag, "Tagged"](Tag)
            watchers = models.ManyToManyField(
                "people.user", through="Watch", related_name="watched"
            )
            objects = OrderManager()
            rows = OrderQuerySet["Order"].as_manager()
            made = Made()
            called = OrderManager.from_queryset(OrderQuerySet["Order"])()
        class Watch(models.Model):
            order = models.ForeignKey[Order](Order, models.CASCADE)
            user = models.OneToOneField(get_user_model(), on_delete=models.SET(None))
        class Invoice(models.Model):
            order = models.OneToOneField("store.Order", on_delete=models.CASCADE)
            friends = models.ManyToManyField("self")
            groups = models.ManyToManyField(Group, through=None, related_name="+")
            things = GenericRelation("Thing")
        class Rush(Order):
            extra = models.IntegerField()
        class Late(Order):
            class Meta:
                proxy = True
        class LateRush(Late):
            pass
        """,
    "shop/views.py": """
        from django.apps import apps
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Group, User as Old
        from shop import models
        from shop.models import Order
        User = get_user_model()
        Got = apps.get_model("store", "Order")
        class View:
            model = Order
        def f():
            Model, Other = apps.get_model("store.Order"), apps.get_model("store", "tag")
            mixed = Order
            mixed = Other
            app = apps.get_app_config("store")
        """,
    "other/__init__.py": "",
    "other/models.py": "from django.db import models\nclass Order(models.Model): pass",
    "other/use.py": "from shop.views import Got, User",
}


def test_labels() -> None:
    models = of(SHOP).models
    own = {name for name, model in models.by_label.items() if not model.external}
    assert own == {
        "people.User", "store.Tag", "store.Order", "store.Watch", "store.Invoice", "store.Rush",
        "store.Late", "store.LateRush", "other.Order",
    }  # fmt: skip
    assert models.by_class["shop.models.order.Order"] is models.by_label["store.Order"]
    assert models.by_class["base.models.Stamped"].abstract
    assert models.get("STORE.order") is models.by_label["store.Order"]
    assert models.by_label["auth.Group"].external
    assert models.user_label == "people.User"
    user = models.by_label["people.User"]
    assert user.swappable == "AUTH_USER_MODEL"
    assert user.fields["groups"].target == "auth.Group" and "email" in user.fields
    assert user.managers["objects"].cls == "django.contrib.auth.models.UserManager"


def test_fields() -> None:
    models = of(SHOP).models
    order = models.by_label["store.Order"]
    assert list(order.fields) == ["tags", "watchers", "owner", "parent", "near", "id"]
    owner = order.fields["owner"]
    assert (owner.kind, owner.target, owner.on_delete) == ("ForeignKey", "people.User", "SET_NULL")
    assert (owner.related_name, owner.model) == ("store_orders", "store.Order")
    assert owner.file == "base/models.py"
    assert order.fields["parent"].target == "store.Order"
    assert order.fields["near"].target == "store.Tag"
    assert order.fields["tags"].through == "store.Order_tags" and order.fields["tags"].auto_through
    watchers = order.fields["watchers"]
    assert (watchers.through, watchers.target) == ("store.Watch", "people.User")
    watch = models.by_label["store.Watch"].fields
    assert (watch["user"].target, watch["user"].on_delete) == ("people.User", "SET")
    invoice = models.by_label["store.Invoice"].fields
    assert invoice["friends"].symmetrical and invoice["things"].kind == "GenericRelation"
    tag = models.by_label["store.Tag"].fields
    assert tag["name"].primary_key and tag["name"].default and "id" not in tag
    assert models.by_class["base.models.Stamped"].fields["note"].kind == "TextField"


def test_managers() -> None:
    models = of(SHOP).models
    prefix = "shop.models.order."
    found = {
        name: (manager.cls, manager.queryset)
        for name, manager in models.by_label["store.Order"].managers.items()
    }
    assert found == {
        "objects": (f"{prefix}OrderManager", None),
        "rows": ("django.db.models.Manager", f"{prefix}OrderQuerySet"),
        "made": (f"{prefix}Made", f"{prefix}OrderQuerySet"),
        "called": (f"{prefix}OrderManager", f"{prefix}OrderQuerySet"),
    }
    assert models.by_label["store.Rush"].managers["rows"].model == f"{prefix}Order"
    assert models.by_label["store.Tag"].managers["objects"].cls == "django.db.models.Manager"


def test_inheritance() -> None:
    models = of(SHOP).models
    rush, late = models.by_label["store.Rush"], models.by_label["store.Late"]
    assert rush.parents == ("store.Order",)
    link = rush.fields["order_ptr"]
    assert link.parent_link and link.target == "store.Order" and "id" in rush.fields
    assert rush.fields["tags"].model == "store.Order"
    assert late.proxy and late.proxy_for == "store.Order" and late.parents == ()
    assert models.by_label["store.LateRush"].parents == ("store.Order",)
    assert set(models.subclasses("store.Order")) == {"store.Rush", "store.Late", "store.LateRush"}


def test_relations() -> None:
    models = of(SHOP).models
    found = models.relations("store.Order")
    assert {name: (r.model, r.field.name, r.kind) for name, r in found.items()} == {
        "watch_set": ("store.Watch", "order", "fk"),
        "invoice": ("store.Invoice", "order", "o2o"),
        "rush": ("store.Rush", "order_ptr", "o2o"),
        "laterush": ("store.LateRush", "order_ptr", "o2o"),
    }
    assert "watch_set" in models.relations("store.Rush")
    assert "watch_set" in models.relations("store.Late")
    assert set(models.relations("people.User")) == {
        "store_orders", "watched", "watch", "logentry_set", "auth_token", "emailaddress_set",
        "socialaccount_set", "owned_pages",
    }  # fmt: skip
    assert models.relations("store.Tag")["order_set"].kind == "m2m"
    assert "" not in models.relations("store.Order")
    assert "parent" in {field.name for field in models.pointing_to("store.Order")}


@pytest.mark.parametrize(
    ("code", "where", "expected"),
    [
        ("Order", "", "store.Order"),
        ("models.Order", "", "store.Order"),
        ("models.order.Order", "", "store.Order"),
        ("'store.Order'", "", "store.Order"),
        ("'store.order'", "", "store.Order"),
        ("'Order'", "", None),
        ("settings.AUTH_USER_MODEL", "", "people.User"),
        ("getattr(settings, 'AUTH_USER_MODEL', 'auth.User')", "", "people.User"),
        ("get_user_model()", "", "people.User"),
        ("User", "", "people.User"),
        ("User", "f", "people.User"),
        ("Old", "", "auth.User"),
        ("Got", "", "store.Order"),
        ("apps.get_model('store.Order')", "", "store.Order"),
        ("apps.get_model(app_label='store', model_name='Order')", "", "store.Order"),
        ("apps.get_app_config('store').get_model('order')", "", "store.Order"),
        ("Model", "f", "store.Order"),
        ("Other", "f", "store.Tag"),
        ("mixed", "f", None),
        ("app", "f", None),
        ("View.model", "", "store.Order"),
        ("Order.tags.through", "", "store.Order_tags"),
        ("models.Order.watchers.through", "", "store.Watch"),
        ("Order()", "", None),
        ("Order.objects", "", None),
        ("[Order][0]", "", None),
    ],
)
def test_label_of(code: str, where: str, expected: str | None) -> None:
    assert label(of(SHOP), "shop/views.py", code, where) == expected


def test_label_through_another_module() -> None:
    made = of(SHOP)
    assert label(made, "other/use.py", "Got") == "store.Order"
    assert label(made, "other/use.py", "User") == "people.User"


def test_app_labels() -> None:
    made = of(
        {
            "manage.py": "",
            "proj/__init__.py": "",
            "proj/apps.py": """
                from django.apps import AppConfig
                class Config(AppConfig):
                    name = "proj"
                """,
            "proj/models.py": "from django.db import models\nclass A(models.Model): pass",
            "proj/settings.py": "INSTALLED_APPS = ['proj', 'proj.sub']",
            "proj/sub/__init__.py": "",
            "proj/sub/models.py": "from django.db import models\nclass B(models.Model): pass",
            "proj/part/__init__.py": "",
            "proj/part/models.py": """
                from django.db import models
                class C(models.Model): pass
                class D(models.Model):
                    class Meta:
                        app_label = "given"
                """,
        }
    )
    own = {name for name, model in made.models.by_label.items() if not model.external}
    assert own == {"proj.A", "sub.B", "proj.C", "given.D"}
    app = made.app_of("proj/sub/views/x.py")
    assert app is not None and (app.label, app.package, app.folder) == (
        "sub",
        "proj.sub",
        "proj/sub",
    )
    assert made.app_of("manage.py") is None


def test_unknown_bases_and_lookalikes() -> None:
    code = """
        from django import forms
        from django.db import models
        from package.models import AbstractKey, Strange
        from oscar.apps.order.abstract_models import AbstractOrder
        if TYPE_CHECKING:
            class Stub(models.Model): pass
        else:
            Stub = object
        class A(Strange):
            name = models.CharField()
        class Order(AbstractOrder): pass
        class Key(AbstractKey):
            class Meta(AbstractKey.Meta): pass
        class Mixin:
            name = models.CharField()
        class C(Mixin, models.Model): pass
        class F(forms.Form):
            name = forms.CharField()
        class T(models.TextChoices):
            X = "x"
        """
    made = of({"shop/models.py": code}).models
    own = {name for name, model in made.by_label.items() if not model.external}
    assert own == {"shop.A", "shop.Order", "shop.Key", "shop.C"}
    assert list(made.by_label["shop.C"].fields) == ["id"]


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ("if X: to = ForeignKey(A)\n    else: to = ForeignKey(B)", None),
        ("to = ForeignKey(A)\n    if X: to = ForeignKey(B)", None),
        ("if X: to = ForeignKey(A)\n    else: to = ForeignKey('A', null=True)", "shop.A"),
        ("if X: to = ForeignKey(A)\n    else: to = None", "shop.A"),
        ("to = ForeignKey(B)\n    to = ForeignKey(A)", "shop.A"),
    ],
)
def test_what_a_condition_leads_to(fields: str, target: str | None) -> None:
    code = "from django.db.models import ForeignKey, Model\n"
    code += f"class A(Model): pass\nclass B(Model): pass\nclass C(Model):\n    {fields}\n"
    found = of({"shop/__init__.py": "", "shop/models.py": code}).models.by_label["shop.C"]
    assert found.fields["to"].target == target


FIELDS = """
    from django.contrib.auth.models import User
    from django.db import models
    class RoleField(models.ForeignKey):
        def __init__(self, level=None, *args, **kwargs):
            self.level = level
            kwargs.setdefault("to", "Role")
            kwargs.setdefault("on_delete", models.SET_NULL)
            kwargs["related_name"] = "+"
            super().__init__(*args, **kwargs)
    class OwnerField(models.ForeignKey):
        def __init__(self, to=None, on_delete=models.PROTECT, **kwargs):
            super().__init__(to=User, on_delete=on_delete, **kwargs)
    class ParentField(RoleField):
        def __init__(self, **kwargs):
            kwargs["on_delete"] = models.CASCADE
            super().__init__(**kwargs)
    class LaterField(ParentField):
        def __init__(self, **kwargs):
            kwargs["on_delete"] = models.PROTECT
            super().__init__(**kwargs)
    class KeepingField(models.ForeignKey):
        def __init__(self, to, **kwargs):
            kwargs["on_delete"] = kwargs.get("on_delete", models.SET_NULL)
            kwargs.setdefault("to", to)
            super().__init__(**kwargs)
    class StayingField(models.ForeignKey):
        def __init__(self, to="Role", on_delete=models.SET_NULL, *, related_name="+", **kwargs):
            super().__init__(to, on_delete, related_name=related_name, **kwargs)
    class EitherField(models.ForeignKey):
        def __init__(self, to, **kwargs):
            if kwargs.get("null"):
                kwargs["on_delete"] = models.CASCADE
            super().__init__(to, **kwargs)
    class UpdatingField(models.ForeignKey):
        def __init__(self, **kwargs):
            kwargs.update(on_delete=models.CASCADE, **{"to": "Tag"})
            super().__init__(**kwargs)
    class PerhapsField(models.ForeignKey):
        def __init__(self, *args, **kwargs):
            if kwargs:
                kwargs.setdefault("to", "Role")
                kwargs.setdefault("on_delete", models.SET_NULL)
            super().__init__(*args, **kwargs)
    """


@pytest.mark.parametrize(
    ("declared", "target", "rule", "name"),
    [
        ("RoleField()", "shop.Role", "SET_NULL", "+"),
        ("RoleField('high')", "shop.Role", "SET_NULL", "+"),
        ("RoleField('high', 'Tag', models.CASCADE)", "shop.Tag", "CASCADE", "+"),
        (
            "RoleField(to='Tag', on_delete=models.PROTECT, related_name='x')",
            "shop.Tag",
            "PROTECT",
            "+",
        ),
        ("OwnerField('Tag', models.CASCADE)", "auth.User", "CASCADE", None),
        ("OwnerField()", "auth.User", "PROTECT", None),
        ("ParentField(on_delete=models.PROTECT)", "shop.Role", "CASCADE", "+"),
        ("LaterField()", "shop.Role", "CASCADE", "+"),  # what its base says comes last
        ("KeepingField('Tag', on_delete=models.CASCADE)", "shop.Tag", "CASCADE", None),
        ("KeepingField('Tag')", "shop.Tag", "?", None),
        ("StayingField()", "shop.Role", "SET_NULL", "+"),
        ("StayingField('Tag', models.CASCADE)", "shop.Tag", "CASCADE", "+"),
        ("EitherField('Tag', on_delete=models.PROTECT)", "shop.Tag", "?", None),
        ("UpdatingField(to='Role', on_delete=models.PROTECT)", None, "?", None),
        ("PerhapsField(on_delete=models.CASCADE)", None, "CASCADE", None),
        ("PerhapsField()", None, "?", None),
        ("models.ForeignKey(Tag, **OPTIONS)", "shop.Tag", "?", None),
        ("models.ForeignKey(*[Tag, models.SET_NULL])", None, "?", None),
        ("models.ForeignKey(Tag, models.CASCADE, **OPTIONS)", "shop.Tag", "CASCADE", None),
        ("PerhapsField('Tag', models.CASCADE)", "shop.Tag", "CASCADE", None),
    ],
)
def test_what_a_field_class_gives(
    declared: str, target: str | None, rule: str | None, name: str | None
) -> None:
    code = f"""
        from django.db import models
        from base import fields
        class Role(models.Model): pass
        class Tag(models.Model): pass
        class Order(models.Model):
            field = fields.{declared}
        """
    files = {"base/__init__.py": "", "base/fields.py": FIELDS, "shop/models.py": code}
    field = of({"shop/__init__.py": "", **files}).models.by_label["shop.Order"].fields["field"]
    assert (field.target, field.on_delete, field.related_name) == (target, rule, name)
