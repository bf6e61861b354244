"""Bases, method resolution order and members of classes."""

from __future__ import annotations

import ast

from codemod.project.classes import ClassInfo
from tests.project.helpers import of, project

MODEL = "django.db.models.Model"


def test_mro_and_subclasses() -> None:
    code = """
        from django.db import models
        class Base(models.Model): pass
        class Left(Base): pass
        class Right(Base): pass
        class Both(Left, Right): pass
        """
    made = of({"a.py": code, "b.py": "import a\nclass Far(a.Both): pass"}).classes
    assert made.mro("b.Far") == ("b.Far", "a.Both", "a.Left", "a.Right", "a.Base", MODEL)
    assert made.is_subclass("b.Far", MODEL)
    assert not made.is_subclass("b.Far", "django.forms.Form")
    assert set(made.subclasses("a.Left")) == {"a.Both", "b.Far"}
    assert set(made.subclasses(MODEL)) == {"a.Base", "a.Left", "a.Right", "a.Both", "b.Far"}


def test_orders_that_do_not_exist_and_circles() -> None:
    made = project(
        a="""
        class A: pass
        class B(A): pass
        class Odd(A, B): pass
        class Self(Self): pass
        """,
        b="from c import C\nclass B(C): pass",
        c="from b import B\nclass C(B): pass",
    ).classes
    assert made.mro("a.Odd") == ("a.Odd", "a.A", "a.B")
    assert set(made.mro("b.B")) == {"b.B", "c.C"}
    assert made.mro("a.Self") == ("a.Self",)


def test_a_base_that_is_made_of_itself() -> None:
    code = "from django import forms\nF = forms.modelform_factory(O, form=F)\nclass G(F): pass"
    assert project(a=code).classes.mro("a.G") == ("a.G", "a.F")


def test_external_hierarchies() -> None:
    code = """
        from django.contrib.auth.forms import UserCreationForm
        from django.contrib.auth.models import AbstractUser
        from django.contrib.auth.admin import UserAdmin
        from django.views import generic
        from rest_framework import viewsets
        from wagtail.models import Page
        class Form(UserCreationForm): pass
        class User(AbstractUser): pass
        class Admin(UserAdmin): pass
        class Create(generic.CreateView): pass
        class View(viewsets.ModelViewSet): pass
        class Home(Page): pass
        """
    made = of({"a.py": code}).classes
    assert made.is_subclass("a.Form", "django.forms.ModelForm")
    assert made.is_subclass("a.User", MODEL)
    assert made.is_subclass("a.Admin", "django.contrib.admin.ModelAdmin")
    assert made.is_subclass("a.Create", "django.views.generic.edit.ModelFormMixin")
    assert made.is_subclass("a.View", "rest_framework.mixins.CreateModelMixin")
    assert made.is_subclass("a.Home", MODEL)


def test_bases_that_are_not_plain_names() -> None:
    code = """
        import six
        from typing import Generic
        from django.db import models
        from django.contrib.auth import get_user_model
        User = get_user_model()
        Q = models.QuerySet
        Made = models.Manager.from_queryset(Q)
        class A(models.Manager["X"], Generic[T]): pass
        class B(six.with_metaclass(Meta, models.Model)): pass
        class C(models.Manager.from_queryset(Q)): pass
        class D(Made): pass
        class E(factory("x")): pass
        class F(User): pass
        class G(get_user_model()): pass
        """
    made = of({"a.py": code}).classes

    def bases(name: str) -> tuple[str, ...]:
        info = made.get(name)
        assert info is not None
        return info.bases

    assert bases("a.A") == ("django.db.models.Manager", "typing.Generic")
    assert bases("a.B") == (MODEL,)
    assert bases("a.C") == ("django.db.models.Manager", "django.db.models.QuerySet")
    assert bases("a.D") == ("a.Made", *bases("a.C"))
    assert bases("a.E") == ("?.factory('x')",)
    assert bases("a.F") == bases("a.G") == ("django.contrib.auth.models.User",)


def test_members() -> None:
    code = """
        class Base:
            limit = 1
            hidden = 2
            def save(self): pass
            def other(self): pass
            class Meta:
                model = "x"
                fields = "y"
        class Child(Base):
            def hidden(self): pass
            save = None
        class Options(Child):
            class Meta(Child.Meta):
                fields = "z"
        class Bare(Child):
            class Meta: pass
        """
    made = of({"a.py": code}).classes

    def value(found: tuple[ClassInfo, ast.expr] | None) -> tuple[str, str] | None:
        return (found[0].name, ast.unparse(found[1])) if found is not None else None

    method = made.method("a.Options", "other")
    assert method is not None and (method[0].name, method[1].qualname) == ("a.Base", "Base.other")
    assert made.method("a.Options", "save") is None
    assert value(made.attribute("a.Options", "limit")) == ("a.Base", "1")
    assert made.attribute("a.Options", "hidden") is None
    assert value(made.meta("a.Options", "fields")) == ("a.Options.Meta", "'z'")
    assert value(made.meta("a.Options", "model")) == ("a.Base.Meta", "'x'")
    assert value(made.meta("a.Child", "model")) == ("a.Base.Meta", "'x'")
    assert made.meta("a.Bare", "model") is None


def test_what_a_body_deletes() -> None:
    code = """
        class Order:
            def save(self): pass
            def clean(self): pass
            del save, total
        """
    made = project(a=code).classes
    assert made.method("a.Order", "save") is None
    assert made.method("a.Order", "clean") is not None
    order = made.get("a.Order")
    assert order is not None and order.definition.given == {"clean"}
