"""What frameworks put where: views, forms, admins, serializers; and the veto."""

from __future__ import annotations

import textwrap

import pytest

from codemod.project.project import Project

from .helpers import facts_of, of
from .test_types import HEAD, MODELS, one, seen, text

VIEWS = """
from django import forms
from django.contrib import admin
from django.views.generic import CreateView, DeleteView, UpdateView
from rest_framework import serializers, viewsets

class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["customer"]

class PlainForm(forms.Form):
    tag = forms.ModelChoiceField(queryset=Tag.objects.all())

class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    see(OrderForm())", "OrderForm"),
        ("def f():\n    see(OrderForm().save(commit=False))", "Order"),
        ("def f():\n    see(OrderForm().instance)", "Order"),
        ("def f():\n    see(OrderForm().cleaned_data['customer'])", "Customer"),
        ("def f():\n    see(PlainForm().cleaned_data.get('tag'))", "Tag"),
        ("class V(CreateView):\n    model = Order\n    def m(self):\n        see(self.object)",
         "Order"),
        ("class V(UpdateView):\n    queryset = Order.objects.all()\n"
         "    def m(self):\n        see(self.get_object())", "Order"),
        ("class V(UpdateView):\n    form_class = OrderForm\n"
         "    def form_valid(self, form):\n        see(form)", "OrderForm"),
        ("class V(CreateView):\n    model = Order\n"
         "    def form_valid(self, form):\n        see(form.instance)", "Order"),
        ("class V(DeleteView):\n    def get_queryset(self):\n        return Line.objects.all()\n"
         "    def m(self):\n        see(self.object)", "Line"),
        ("class A(admin.ModelAdmin):\n    def save_model(self, request, obj, form, change):\n"
         "        see(obj)\nadmin.site.register(Order, A)", "Order"),
        ("@admin.register(Order, Line)\nclass A(admin.ModelAdmin):\n"
         "    def delete_queryset(self, request, queryset):\n        see(queryset)",
         "Line*|Order*"),
        ("def close(modeladmin, request, queryset):\n    see(queryset)\n"
         "@admin.register(Order)\nclass A(admin.ModelAdmin):\n    actions = [close]", "Order*"),
        ("class S(OrderSerializer):\n    def update(self, instance, validated_data):\n"
         "        see((instance, self.instance, validated_data['customer']))",
         "(Order, Order, Customer)"),
        ("class S(OrderSerializer):\n    def update(self, bought, data):\n        see(bought)",
         "Order"),
        ("class S(OrderSerializer):\n    def update(self, instance, validated_data):\n"
         "        see(instance)\nclass T(S):\n    class Meta:\n        model = Line", "Line|Order"),
        ("class V(viewsets.ModelViewSet):\n    serializer_class = OrderSerializer\n"
         "    def perform_create(self, serializer):\n        see(serializer.save())", "Order"),
        ("class V(viewsets.ModelViewSet):\n    queryset = Order.objects.all()\n"
         "    def perform_destroy(self, instance):\n        see(instance)", "Order"),
        ("def f(data):\n    LineSet = forms.inlineformset_factory(Order, Line)\n"
         "    see(LineSet(data).save())", "[Line]"),
        ("def f(data, old):\n    kind = Order if old else Line\n"
         "    see(forms.modelform_factory(kind)(data).save())", "Line|Order"),
        ("def f(data):\n    see(forms.modelform_factory(Order, form=OrderForm)(data))",
         "OrderForm"),
        ("def f(data, base):\n    form = forms.modelform_factory(Order, form=base)(data)\n"
         "    see((form.instance, form.kept, form.data))", "(Order, ?, other)"),
        ("Made = forms.modelform_factory(Order)\nclass F(Made):\n    pass\n"
         "def f(data):\n    see(F(data).save())", "Order"),
        ("class F(forms.modelform_factory(Order)):\n    pass\n"
         "def f(data):\n    see(F(data).save())", "Order"),
        ("class M:\n    @classmethod\n    def m(cls, ids):\n"
         "        see((cls.Meta.model.objects.filter(pk__in=ids), cls._meta.model.objects))",
         "(?, ?)"),
        ("from model_bakery import baker\ndef f(old):\n    kind = Order if old else Line\n"
         "    see(baker.make(kind))", "Line|Order"),
        ("class A(admin.ModelAdmin):\n    form = forms.modelform_factory(Line)\n"
         "    def save_model(self, request, obj, form, change):\n        see(form.save())\n"
         "admin.site.register(Line, A)", "Line"),
        ("def f(data):\n    for form in forms.modelformset_factory(Line)(data):\n"
         "        see(form.instance)", "Line"),
        ("from django.db import models\nclass Ms(models.Manager):\n"
         "    def bulk_create(self, objs, **kwargs):\n"
         "        for row in objs:\n            see(row)\n"
         "class Sale(models.Model):\n    objects = Ms()", "Sale"),
    ],
)  # fmt: skip
def test_framework(code: str, expected: str) -> None:
    assert one(VIEWS + code + "\n") == expected


def vetoed(code: str, label: str = "shop.Order") -> bool:
    """Whether the last call of a method in a module can't be of a model."""
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": HEAD + code}
    project: Project = of(files)
    facts = facts_of(project, "shop/code.py")
    names = ("save", "delete", "create", "get_or_create")
    call = [c for c in facts.calls if c.name in names][-1]
    return not project.could_be(call, facts, label)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    x.is_valid()\n    x.save()",
        "def f(x):\n    x.save('name.png')",
        "def f(x, path):\n    x.save(path)",
        "def f(x):\n    x.save(commit=False)",
        "def f(x):\n    print(x.nonsense)\n    x.delete()",
        "def f(x):\n    x.thing.nonsense()\n    x.thing.save()",
        "def f(x):\n    x.create(colour='red')",
        "def f(x, y):\n    data = {'user': y, 'using': None}\n    x.save(**data)",
    ],
)
def test_what_speaks_against(code: str) -> None:
    assert vetoed(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    x.save()",
        "def f(x):\n    x.customer.name\n    x.line_set.all()\n    x.touch()\n    x.save()",
        "def f(x):\n    x.save(using='other', update_fields=['customer'])",
        "def f(x):\n    x.save(force)",
        "def f(x):\n    x.marked = 1\n    x.marked\n    x.save()",
        "def f(x):\n    x.get_or_create(customer_id=3, customer__name='x', defaults={})",
        "def f(x):\n    x.create(**fields)",
        "def f(x):\n    data = {'using': None}\n    x.save(**data)",
        "def f(x, data):\n    x.save(**data)",
    ],
)
def test_what_does_not(code: str) -> None:
    assert not vetoed(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    if hasattr(x, 'author'):\n        tell(x.author)\n    x.save()",
        "def f(x):\n    try:\n        x.a\n    except AttributeError:\n        y\n    x.save()",
        "def f(x):\n    try:\n        x.a\n    except (E, AttributeError):\n        y\n"
        "    x.save()",
    ],
)
def test_what_is_not_needed_speaks_against_nothing(code: str) -> None:
    assert not vetoed(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from allauth.account.adapter import DefaultAccountAdapter\n"
         "class Adapter(DefaultAccountAdapter):\n    def set_password(self, user, password):\n"
         "        see(user)", "User"),
        ("from allauth.account.adapter import DefaultAccountAdapter\n"
         "class Adapter(DefaultAccountAdapter):\n    def save_user(self, request, x, form):\n"
         "        see(super().save_user(request, x, form))", "User"),
        ("class Adapter:\n    def set_password(self, user, password):\n        see(user)", "?"),
        # A relation to a package's model is none to a model of the project.
        ("from django.db import models\nfrom pack.models import Key\nclass Log(models.Model):\n"
         "    key = models.ForeignKey(Key, on_delete=models.CASCADE)\n    def m(self):\n"
         "        see(self.key)", "other"),
        ("from django.db import models\nfrom pack.models import Key\nclass Mine(Key):\n    pass\n"
         "class Log(models.Model):\n    key = models.ForeignKey(Key, on_delete=models.CASCADE)\n"
         "    def m(self):\n        see(self.key)", "?"),
        ("from django.db import models\nfrom pack import get_key\nclass Log(models.Model):\n"
         "    key = models.ForeignKey(get_key(), on_delete=models.CASCADE)\n    def m(self):\n"
         "        see(self.key)", "?"),
        ("from django.db import models\nfrom simple_history.models import HistoricalRecords\n"
         "class Log(models.Model):\n    history = HistoricalRecords()\n    def m(self):\n"
         "        see(self.history.first())", "HistoricalLog"),
        ("from django.db import models\nfrom simple_history.models import HistoricalRecords\n"
         "class Log(models.Model):\n    history = HistoricalRecords()\n    def m(self):\n"
         "        see(self.history.first().instance)", "?"),
        ("from django.db import models\nfrom simple_history.models import HistoricalRecords\n"
         "class Log(models.Model):\n    history = HistoricalRecords()\n    def m(self):\n"
         "        see(self.history.most_recent())", "?"),
        ("from django_elasticsearch_dsl import Document\nclass Doc(Document):\n    pass\n"
         "def f():\n    see(Doc.search().filter('term', a=1))", "other"),
        ("from django_elasticsearch_dsl import Document\nclass Doc(Document):\n    pass\n"
         "def f():\n    see(Doc().search().filter('term', a=1).to_queryset())", "?"),
        ("from apps import apps\ndef get_model(app, name):\n    return mystery(app, name)\n"
         "def f():\n    see(get_model('shop', 'Order'))", "type[Order]"),
        ("import jira\ndef f(x):\n    see(jira.JIRA(x).comments(x)[0])", "other"),
    ],
)  # fmt: skip
def test_packages(code: str, expected: str) -> None:
    assert one(code) == expected


def test_an_object_named_after_a_child_may_be_of_its_siblings() -> None:
    models = """
class Work(models.Model):
    note = models.CharField(max_length=9)
class Job(Work):
    size = models.IntegerField()
class Update(Work):
    pass
"""
    code = "\nfrom shop.models import Job\ndef f(job):\n    job.{field} = 1\n    job.save()\n"
    for field, expected in (("note", {"Work", "Job", "Update"}), ("size", {"Job"})):
        project: Project = of(
            {
                "shop/__init__.py": "",
                "shop/models.py": f"from django.db import models\n{models}",
                "shop/code.py": code.replace("{field}", field),
            }
        )
        facts = facts_of(project, "shop/code.py")
        call = next(c for c in facts.calls if c.name == "save")
        kinds = project.types.owner_of(call, facts).types
        assert {getattr(kind, "cls", "").rpartition(".")[2] for kind in kinds} == expected


SIDES = """
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

class Tag(models.Model):
    name = models.CharField(max_length=9)

class Team(models.Model):
    tags = models.ManyToManyField(Tag)
    groups = models.ManyToManyField(Group)
    def rename(self):
        return self

class Club(Team):
    pass
"""


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("@receiver(m2m_changed, sender=Team.tags.through)\ndef f(sender, instance, **kwargs):"
         "\n    see(instance)", "Club|Tag|Team"),
        ("def f(sender, instance, **kwargs):\n    see(instance)\n"
         "m2m_changed.connect(f, sender=Team.tags.through)", "Club|Tag|Team"),
        ("@receiver(m2m_changed, sender=Team.groups.through)\ndef f(sender, instance, **kwargs):"
         "\n    see(instance.rename())", "Club|Team"),
        ("@receiver(m2m_changed, sender=Team.tags.through)\ndef f(sender, instance, **kwargs):"
         "\n    see(sender)", "?"),
        ("@receiver(m2m_changed, sender=mystery())\ndef f(sender, instance, **kwargs):"
         "\n    see(instance)", "?"),
        ("@receiver(m2m_changed)\ndef f(sender, instance, **kwargs):\n    see(instance)", "?"),
        ("@receiver(m2m_changed, sender=Team.tags.through)\n@receiver(post_save, sender=Club)\n"
         "def f(sender, instance, **kwargs):\n    see(instance)", "Club|Tag|Team"),
    ],
)  # fmt: skip
def test_the_instance_of_a_changed_relation(handler: str, expected: str) -> None:
    files = {"team/__init__.py": "", "team/models.py": f"{SIDES}\n{handler}\n"}
    (answer,) = seen(files, "team/models.py")
    assert ("|".join(sorted(text(of({}), kind) for kind in answer.types)) or "?") == expected


@pytest.mark.parametrize(
    ("base", "asked"),
    [
        ("UpdateView", "self.object"),
        ("UpdateView", "self.get_object()"),
        ("DeleteView", "super().get_object()"),
        ("viewsets.ModelViewSet", "self.get_object()"),
        ("forms.ModelForm", "self.instance"),
        ("forms.ModelForm", "super().save()"),
        ("serializers.ModelSerializer", "self.instance"),
    ],
)
@pytest.mark.parametrize(
    ("own", "expected"), [("model = Order", "Line|Order"), ("pass", "Customer|Line")]
)
def test_a_method_runs_for_the_models_of_classes_below_too(
    base: str, asked: str, own: str, expected: str
) -> None:
    def body(line: str) -> str:
        is_view = "View" in base
        return f"    {line}\n" if is_view else f"    class Meta:\n        {line}\n"

    code = f"class Base({base}):\n{body(own)}    def go(self):\n        see({asked})\n"
    others = ("Line",) if "Order" in own else ("Line", "Customer")
    for model in others:
        code += f"class Of{model}(Base):\n{body(f'model = {model}')}"
    assert one(VIEWS + code) == expected


@pytest.mark.parametrize(
    ("body", "asked", "expected"),
    [
        (
            "if self.kind: return LineForm\nreturn super().get_form_class()",
            "form",
            "LineForm|OrderForm",
        ),
        (
            "if self.kind: return LineForm\nreturn super().get_form_class()",
            "form.save()",
            "Line|Order",
        ),
        (
            "return {'a': LineForm, 'b': PlainForm}[self.kind]",
            "self.get_form()",
            "LineForm|PlainForm",
        ),
        ("return load('LineForm')", "form", "OrderForm"),
        ("return self.forms[x](LineForm)", "form", "LineForm|OrderForm"),
    ],
)
def test_a_view_may_use_several_forms(body: str, asked: str, expected: str) -> None:
    code = (
        "class LineForm(forms.ModelForm):\n    class Meta:\n        model = Line\n"
        "class V(UpdateView):\n    model = Order\n    form_class = OrderForm\n"
        f"    def get_form_class(self):\n{textwrap.indent(body, ' ' * 8)}\n"
        f"    def form_valid(self, form):\n        see({asked})\n"
    )
    assert one(VIEWS + code) == expected


def test_a_viewset_may_use_several_serializers() -> None:
    code = (
        "class LineSerializer(serializers.ModelSerializer):\n"
        "    class Meta:\n        model = Line\n"
        "class V(viewsets.ModelViewSet):\n    queryset = Order.objects.all()\n"
        "    serializer_class = OrderSerializer\n"
        "    def get_serializer_class(self):\n"
        "        return LineSerializer if self.action == 'add' else self.serializer_class\n"
        "    def add(self, request):\n        see(self.get_serializer(data=request.data).save())\n"
    )
    assert one(VIEWS + code) == "Line|Order"


def test_a_form_that_a_view_makes_itself() -> None:
    code = (
        "class LineForm(forms.ModelForm):\n    class Meta:\n        model = Line\n"
        "class V(UpdateView):\n    model = Order\n    form_class = OrderForm\n"
        "    def get_form(self, form_class=None):\n"
        "        return LineForm() if self.kind else super().get_form()\n"
        "    def form_valid(self, form):\n        see(form)\n"
    )
    assert one(VIEWS + code) == "LineForm|OrderForm"


_OTHER = "class PartFactory(OrderFactory):\n    class Meta:\n        model = Line\n"


@pytest.mark.parametrize(("below", "expected"), [("", "Order*"), (_OTHER, "?")])
def test_the_model_that_a_factory_knows(below: str, expected: str) -> None:
    code = """
import factory

class OrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Order
"""
    asked = "def f():\n    see(OrderFactory._meta.model.objects.all())\n"
    assert one(code + below + asked) == expected
