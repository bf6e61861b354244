"""Imports added and removed."""

from __future__ import annotations

import pytest

from codemod.rewrite.apply import apply
from codemod.rewrite.unused import remove_unused
from codemod.values.edits import AddImport, Edit, NewClass, Replace
from tests.rewrite.helpers import Source, check, dedent, run

SERVICE = AddImport("shop.services", "pay")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "from .services import pay\n"),
        ("x = 1\n", "from .services import pay\n\nx = 1\n"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom .services import pay\n\nx = 1\n'),
        ('"""Doc."""\ndef f(): ...\n',
         '"""Doc."""\n\nfrom .services import pay\n\n\ndef f(): ...\n'),
        ("# coding: utf-8\n\ndef f(): ...\n",
         "# coding: utf-8\n\nfrom .services import pay\n\n\ndef f(): ...\n"),
        ("from shop.models import A\n",
         "from shop.models import A\nfrom shop.services import pay\n"),
        ("from .models import A\nfrom .views import b\n",
         "from .models import A\nfrom .services import pay\nfrom .views import b\n"),
        ("from .services import pay\n", "from .services import pay\n"),
        ("from shop.base import B\n\nfrom shop.a import z\nfrom shop.a import A\n\n"
         "from shop.services.old import ask\n",
         "from shop.base import B\n\nfrom shop.a import z\nfrom shop.a import A\n\n"
         "from shop.services import pay\nfrom shop.services.old import ask\n"),
        ("from shop.services import pay\n", "from shop.services import pay\n"),
        ("from .services import ask, zip\n", "from .services import ask, pay, zip\n"),
        ("from .services import zip, ask  # c\n", "from .services import zip, ask, pay  # c\n"),
        ("from .services import (\n    Order,\n    ask,  # one\n)\n",
         "from .services import (\n    Order,\n    ask,  # one\n    pay,\n)\n"),
        ("from .services import (\n    ask,  # one\n    zip\n)\n",
         "from .services import (\n    ask,  # one\n    pay,\n    zip\n)\n"),
        ("from .services import (\n    Order\n)\n",
         "from .services import (\n    Order,\n    pay\n)\n"),
        ("from .services import " + ", ".join(f"some_name_{n}" for n in range(5)) + "\n",
         "from .services import (\n    pay,\n"
         + "".join(f"    some_name_{n},\n" for n in range(5)) + ")\n"),
        ("from .services import pay as p\n",
         "from .services import pay as p\nfrom .services import pay\n"),
        ("import os\n\nimport django\n\n# Ours\nfrom .zeta import z\n",
         "import os\n\nimport django\n\n# Ours\nfrom .services import pay\nfrom .zeta import z\n"),
        ("import os\nfrom django.db import models\n\nx = 1\n",
         "import os\nfrom django.db import models\nfrom .services import pay\n\nx = 1\n"),
        ("from __future__ import annotations\n\nx = 1\n",
         "from __future__ import annotations\n\nfrom .services import pay\n\nx = 1\n"),
        ("from .signals import pay, x\n", "from .services import pay\nfrom .signals import x\n"),
        ("if TYPE_CHECKING:\n    from .services import pay\n",
         "from .services import pay\n\nif TYPE_CHECKING:\n    from .services import pay\n"),
        ("try:\n    from .services import pay\nexcept ImportError:\n    pay = None\n",
         "try:\n    from .services import pay\nexcept ImportError:\n    pay = None\n"),
        ("import django\n\ndjango.setup()\n\nfrom .models import A\n",
         "import django\n\ndjango.setup()\n\nfrom .models import A\nfrom .services import pay\n"),
        ("import django\n\ndjango.setup()\n\nfrom django.apps import apps\n",
         "import django\n\ndjango.setup()\n\nfrom django.apps import apps\n\n"
         "from .services import pay\n"),
        ("import django\n\ndjango.setup()\nA = get_model()\n",
         "import django\n\ndjango.setup()\n\nfrom .services import pay\n\nA = get_model()\n"),
        ("from .tools import a\nsys.path.append(a)\nfrom .models import A\n",
         "from .tools import a\nsys.path.append(a)\nfrom .models import A\n"
         "from .services import pay\n"),
        ("from .models import A\n\nA.register()\n\nx = 1\n",
         "from .models import A\nfrom .services import pay\n\nA.register()\n\nx = 1\n"),
    ],
)  # fmt: skip
def test_add(before: str, after: str) -> None:
    assert run(before, [SERVICE]) == after


def test_a_section_of_its_own_for_django() -> None:
    before = (
        "# Django\nfrom django.core.files import File\nfrom django.urls import reverse\n\n"
        "# Third Party\nimport requests\n"
    )
    after = before.replace(
        "from django.urls", "from django.db import transaction\nfrom django.urls"
    )
    assert run(before, [AddImport("django.db", "transaction")]) == after


@pytest.mark.parametrize(
    ("edit", "module", "before", "line"),
    [
        (AddImport("shop", "services"), "shop.views", "", "from . import services"),
        (AddImport("shop.services", "a", "b"), "shop.views", "", "from .services import a as b"),
        (AddImport("billing.services", "a"), "shop.views", "from .x import y\n",
         "from billing.services import a"),
        (AddImport("shop.services", "a"), "shop.views.orders", "from ..models import y\n",
         "from ..services import a"),
        (AddImport("shop.services", "a"), "shop.tests.test_x", "from shop.models import y\n",
         "from shop.services import a"),
        (AddImport("proj.billing.services", "a"), "proj.shop.views", "from .x import y\n",
         "from proj.billing.services import a"),
        (AddImport("copy", None), "shop.views", "", "import copy"),
        (AddImport("os.path", None, "p"), "shop.views", "", "import os.path as p"),
    ],
)  # fmt: skip
def test_written_form(edit: AddImport, module: str, before: str, line: str) -> None:
    assert line in run(before, [edit], module=module).splitlines()


def test_package_imports_from_itself() -> None:
    assert run("", [SERVICE], module="shop", is_package=True) == "from .services import pay\n"


def test_local_imports() -> None:
    before = dedent('''
        def f():
            """Doc."""

            a()


        def g(): b()


        def h():
            from .services import ask

            c()


        def i():
            # Why.
            d()


        def j():

            e()
        ''')
    after = dedent('''
        def f():
            """Doc."""

            from .services import pay

            a()


        def g():
            from .services import pay

            b()


        def h():
            from .services import ask, pay

            c()


        def i():
            from .services import pay

            # Why.
            d()


        def j():
            from .services import pay

            e()
        ''')
    source = Source(before)
    edits: list[Edit] = [
        AddImport("shop.services", "pay", local_to=source.find(f"def {name}")) for name in "fghij"
    ]
    check(before, edits, after)


def test_one_name_a_line() -> None:
    before = "from shop.models import Order\nfrom shop.models import Receipt\n"
    after = (
        "from shop.models import Order\nfrom shop.models import Receipt\n"
        "from shop.services import ask\nfrom shop.services import pay\n"
    )
    edits: list[Edit] = [AddImport("shop.services", name) for name in ("pay", "ask")]
    assert run(before, edits, module="desk.views") == after


def test_sections_given() -> None:
    before = "from django.db import models\n\nfrom orders import x\n"
    first_party = frozenset({"orders", "billing"})
    edits = [AddImport("billing", "y")]
    result = apply(before, edits, module="shop.a", is_package=False, first_party=first_party)
    assert result == "from django.db import models\n\nfrom billing import y\nfrom orders import x\n"


@pytest.mark.parametrize(
    ("before", "gone", "after"),
    [
        ("import a\nimport b\n\na.b()\nx = 1\n", "a.b()", "import b\n\nx = 1\n"),
        ("from m import (\n    a,  # one\n    b,  # two\n)\n\na(b)\nb()\n", "a(b)",
         "from m import (\n    b,  # two\n)\n\nb()\n"),
        ("from m import (\n    b,  # one\n    a,  # two\n)\n\na(b)\nb()\n", "a(b)",
         "from m import (\n    b,  # one\n)\n\nb()\n"),
        ("from m import a, b\n\na()\nb()\n", "b()", "from m import a\n\na()\n"),
        ("from m import (\n    a,\n    b,\n)\n\na()\nb()\n", "b()", "from m import a\n\na()\n"),
        ("from m import (\n    a, b\n)\n\na()\nb()\n", "b()", "from m import a\n\na()\n"),
        ("from m import a\n\n\ndef f(x: 'a'): ...\n\n\na()\n", "a()",
         "from m import a\n\n\ndef f(x: 'a'): ...\n"),
        ("from m import a  # noqa\n\na()\nb()\n", "a()", "from m import a  # noqa\n\nb()\n"),
        ("from m import a as a\n\na()\nb()\n", "a()", "from m import a as a\n\nb()\n"),
        ("from m import a\n\n__all__ = ['a']\na()\n", "a()",
         "from m import a\n\n__all__ = ['a']\n"),
        ("def ready():\n    from m import a\n    a()\n    b()\n", "a()", "def ready():\n    b()\n"),
        ("def f():\n    from m import a\n    a()\n\n\ndef g(a):\n    a.x\n", "a()",
         "def f():\n    pass\n\n\ndef g(a):\n    a.x\n"),
        ("from m import a\n\n\ndef g(a):\n    a.x\n\n\na()\n", "a()",
         "def g(a):\n    a.x\n"),
        ("try:\n    import a\nexcept E:\n    a = 0\na()\nb()\n", "a()",
         "try:\n    import a\nexcept E:\n    a = 0\nb()\n"),
        ("from t import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import A\n\nx: 'A' = 1\nb()\n",
         "x: 'A' = 1", "b()\n"),
        ("# Ours\nfrom a import a\nfrom b import b\n\na()\nb()\n", "a()",
         "# Ours\nfrom b import b\n\nb()\n"),
    ],
)  # fmt: skip
def test_unused(before: str, gone: str, after: str) -> None:
    assert run(before, [Replace(Source(before).find(gone), "")]) == after


def test_unused_but_exported() -> None:
    before, after = "from m import a\na()\n", "from m import a\n"
    assert remove_unused(before, after, frozenset({"a"})) == after
    assert remove_unused(before, after) == ""
    assert remove_unused(after, after) == after


def test_new_classes_of_one_registration() -> None:
    before = "from django.contrib import admin\n\nadmin.site.register([A, B, C])\n"
    after = dedent("""
        from django.contrib import admin

        admin.site.register([A, C])


        @admin.register(B)
        class BAdmin(admin.ModelAdmin):
            def one(self): ...

            def two(self): ...
        """)
    anchor = Source(before).find("admin.site.register([A, B, C])")
    header = "@admin.register(B)\nclass BAdmin(admin.ModelAdmin):"
    edits: list[Edit] = [
        NewClass(
            anchor, header, f"def {name}(self): ...", "admin.site.register", "B", ("A", "B", "C")
        )
        for name in ("one", "two")
    ]
    check(before, edits, after)
