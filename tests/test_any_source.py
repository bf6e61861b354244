"""Any module that parses: nothing crashes over it, and what is not migrated keeps its bytes."""

from __future__ import annotations

import ast
import textwrap

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemod.facts.walk import read_facts
from codemod.plan.plan import Options, make_plan
from codemod.project.project import Project
from codemod.source.files import decode, encode

MODELS = (
    "from django.db import models\n\n\n"
    "class Order(models.Model):\n    total = models.IntegerField()\n"
)

names = st.sampled_from(["order", "Order", "x", "self", "kwargs", "instance", "created", "save"])
atoms = names | st.sampled_from(["None", "1", "'text'", "...", "lambda: 0", "Order.objects"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, names).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(inner, st.lists(inner, max_size=2)).map(lambda p: f"({p[0]})({', '.join(p[1])})"),
        st.tuples(inner, names, inner).map(lambda p: f"({p[0]}).{p[1]}(**{{'a': {p[2]}}})"),
        st.tuples(names, inner).map(lambda p: f"({p[0]} := {p[1]})"),
        two.map(lambda p: f"[{p[0]} for x in {p[1]}]"),
        two.map(lambda p: f"({p[0]} if {p[1]} else 0)"),
        two.map(lambda p: f"({p[0]})[{p[1]}]"),
        two.map(lambda p: f"{{{p[0]}: {p[1]}, **x}}"),
        two.map(lambda p: f"({p[0]}, *({p[1]},))"),
        inner.map(lambda e: f"(await {e})"),
        inner.map(lambda e: f"(yield {e})"),
    )


expressions = st.recursive(atoms, _compound, max_leaves=6)
simple = st.one_of(
    expressions,
    st.tuples(names, expressions).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(names, names, expressions).map(lambda p: f"{p[0]}.{p[1]} = {p[2]}"),
    st.tuples(names, names).map(lambda p: f"{p[0]}, *{p[1]} = x"),
    expressions.map(lambda e: f"return {e}"),
    names.map(lambda n: f"del {n}"),
    names.map(lambda n: f"global {n}"),
    st.sampled_from(
        [
            "from .models import Order",
            "from shop.models import *",
            "import shop.models as save",
            "pass",
            "order = Order(total=1); order.save()",
            "post_save.connect(handle, sender=Order)",
            "Order.objects.all().delete()",
        ]
    ),
)
HEADS = (
    "if x:",
    "for order in Order.objects.all():",
    "while x:",
    "with x as order:",
    "def handle(sender, instance, created=False, **kwargs):",
    "@receiver(post_save, sender=Order)\ndef handle(sender, instance, **kwargs):",
    "async def go(self, order: Order):",
    "class Order2(Order):",
    "class Form(ModelForm):",
    "try:",
    "match x:\n  case Order(total=save):",
    "match x:\n  case {'a': True | None, **save}:",
)


def _block(parts: tuple[str, list[str]]) -> str:
    head, body = parts
    deeper = 8 if head.startswith("match") else 4
    text = f"{head}\n" + textwrap.indent("\n".join(body), " " * deeper)
    return f"{text}\nfinally:\n    pass" if head == "try:" else text


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(HEADS), st.lists(inner, min_size=1, max_size=3)).map(_block)


modules = st.lists(st.recursive(simple, _nested, max_leaves=8), max_size=6).map(
    lambda parts: (
        "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n"
        + "\n".join(parts)
        + "\n"
    )
)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@given(modules.filter(_parses))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_module_is_too_odd_for_a_plan(text: str) -> None:
    facts = read_facts("shop/odd.py", text, "shop.odd", is_package=False)
    assert facts.text == text

    files = [("shop/__init__.py", ""), ("shop/models.py", MODELS), ("shop/odd.py", text)]
    plan = make_plan(Project.build(files), Options())

    assert {entry.path for entry in plan.edits} <= {
        "shop/models.py",
        "shop/odd.py",
        "shop/services.py",
    }
    data = text.encode()
    file = decode("shop/odd.py", data)
    assert encode(file, file.text) == data
