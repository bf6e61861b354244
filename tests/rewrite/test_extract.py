"""New functions made of handlers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from codemod.rewrite.apply import apply
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.extract import extract
from codemod.values.edits import Edit, Move, Replace
from codemod.values.span import Span
from tests.rewrite.helpers import Source, dedent


def make(text: str, edits: list[Edit] | None = None, **names: str) -> str:
    return extract(text, move(Source(text).find("def handler"), edits or [], **names))


def move(function: Span, edits: Sequence[Edit] = (), **names: str) -> Move:
    rename = tuple((names or {"instance": "order"}).items())
    return Move("shop/signals.py", function, (*edits,), "service", "order, *, created", rename)


def test_early_return_docstring_and_comments() -> None:
    before = dedent('''
        x = 1

        # About
        # the handler.
        @receiver(post_save)
        def handler(sender, instance, **kwargs) -> None:
            """Doc.

                more
            """
            if not created:
                return

            if instance.a:
                return None

            # Why.
            b(instance=instance)  # c
            return
        ''')
    after = dedent('''
        # About
        # the handler.
        def service(order, *, created) -> None:
            """Doc.

                more
            """
            if order.a:
                return

            # Why.
            b(instance=order)  # c
        ''')
    source = Source(before)
    assert make(before, [Replace(source.find("if not created"), "")]) == after
    windows = before.replace("\n", "\r\n")
    assert make(windows, [Replace(source.find("if not created"), "")]) == after


def test_first_statement_removed() -> None:
    before = "def handler(x):\n\tif y: return\n\n\ta(instance)\n"
    edits: list[Edit] = [Replace(Source(before).find("if y"), "")]
    assert make(before, edits) == "def service(order, *, created):\n\ta(order)\n"


def test_scopes() -> None:
    before = dedent("""
        async def handler(instance):
            self.instance = f"{instance.a!r} {instance:>{instance.w}}"
            a = [instance for x in instance]
            b = [instance for instance in instance.all()]
            c = lambda instance=instance: instance
            d = lambda x=instance: (x, instance)

            def inner(y=instance):
                return None, instance

            def other():
                instance = 1
                return instance

            for x in instance.all():
                await x.instance(instance)
            instance = None
        """)
    after = dedent("""
        async def service(order, *, created):
            self.instance = f"{order.a!r} {order:>{order.w}}"
            a = [order for x in order]
            b = [instance for instance in order.all()]
            c = lambda instance=order: instance
            d = lambda x=order: (x, order)

            def inner(y=order):
                return None, order

            def other():
                instance = 1
                return instance

            for x in order.all():
                await x.instance(order)
            order = None
        """)
    text = before.replace("async def handler", "def handler").replace("await ", "")
    assert make(text) == after.replace("async ", "").replace("await ", "")
    span = Source(before).find("async def handler")
    assert extract(before, move(span)) == after


def test_name_that_would_be_caught() -> None:
    with pytest.raises(RewriteError):
        make("def handler(instance):\n    return [instance.x for order in y]\n")


def test_nested_handler_comes_to_the_left() -> None:
    before = dedent('''
        class C:
            def ready(self):
                # Note.
                @receiver(s)
                def handler(sender, instance):
                    """Doc.

                    More.
                    """
                    a(
                        instance,
                    )
        ''')
    after = dedent('''
        # Note.
        def service(order, *, created):
            """Doc.

            More.
            """
            a(
                order,
            )
        ''')
    assert make(before) == after


def test_nothing_left() -> None:
    assert make("def handler():\n    return None\n") == (
        "def service(order, *, created):\n    pass\n"
    )


def test_move_from_another_file() -> None:
    source = "@receiver(s)\ndef handler(instance, **kwargs):\n    if x: return\n    a(instance)\n"
    found = Source(source)
    guard = Replace(found.find("if x"), "")
    span, renamed = found.find("def handler"), (("instance", "order"),)
    move = Move("shop/signals.py", span, (guard,), "pay", "order", renamed)
    result = apply(
        "import a\n", [move], module="a", is_package=False, sources={"shop/signals.py": source}
    )
    assert result == "import a\n\n\ndef pay(order):\n    a(order)\n"
    with pytest.raises(RewriteError):
        apply("import a\n", [move], module="a", is_package=False)


def test_what_is_about_signals_or_their_arguments_says_nothing_about_a_service() -> None:
    handler = "@receiver(post_save)\ndef handler(sender, instance, **kwargs):\n    a()\n"
    made = "def service(order, *, created):\n    a()\n"
    assert make(f"x = 1\n# Register signals\n{handler}") == made
    assert make(f"x = 1\n# Stock\n{handler}") == f"# Stock\n{made}"
    pragma = "# pylint: disable=unused-argument\n"
    assert make(f"x = 1\n# Stock\n{pragma}{handler}") == f"# Stock\n{made}"
    for note in (pragma, "# noqa: N805, ARG001\n", "# pylint:disable=no-self-argument,W0613\n"):
        assert make(handler.replace(":\n", f":  {note}", 1)) == made
    assert make(handler.replace(":\n", ":  # noqa: C901\n", 1)) != made
    told = "# This signal is sent for each order that the shop gets\n"
    assert make(f"x = 1\n{told}{handler}") == told + made
