"""Edits among statements and inside expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemod.rewrite.errors import RewriteError
from codemod.values.edits import (
    AddImport,
    AddMethod,
    Append,
    Bind,
    Edit,
    Insert,
    Replace,
    Unwrap,
    Where,
    Wrap,
)
from codemod.values.span import Span
from tests.rewrite.helpers import Source, check, dedent, run


def at(before: str, snippet: str = "y.save()") -> Span:
    return Source(before).find(snippet)


ODD = [
    "",
    "x = 1",
    "x = 1\r\ny = 2\r\n",
    "if x:\n\ty()\n\tif z:\n\t\ta()\n",
    "def f():\n  x\n\x0c\ndef g(): pass",
    "a(); b() ;c();\n",
    "@d\n\n# c\n@e(1,\n  2)\nasync def f(): pass\n",
    "# only a comment",
    "x = (1,\n2)\n\n\n\n# end\n   \n",
    "class A:\n    x = 1\n\n \n",
    "x = 1  \n\n ",
    "\ufeffx = 1\n",
    "class A: pass\n",
    "x = 1 \\\n  + 2\n",
    "if a:\n    pass\n# odd\n  # comment\nelse:  # c\n    b()\n",
]


@pytest.mark.parametrize("text", ODD)
def test_no_edits_no_change(text: str) -> None:
    assert run(text, []) == text


@pytest.mark.parametrize("text", ODD)
def test_appending_keeps_what_is_there(text: str) -> None:
    result = run(text, [Append("z = 1\n")])
    assert result.startswith(text.rstrip(" \n"))
    assert result.endswith("z = 1\r\n" if "\r" in text else "z = 1\n")


@given(
    st.lists(
        st.sampled_from([odd for odd in ODD[1:] if "\ufeff" not in odd]), min_size=1, max_size=4
    )
)
def test_other_statements_keep_their_bytes(parts: list[str]) -> None:
    text = "".join(part if part.endswith("\n") else part + "\n" for part in parts)
    target = text + "y.save()"
    line = len(Source(target).lines.lines)
    result = run(target, [Bind(Span(line, 0, line, 8), "order")])
    assert result == text + "order = y.save()"


@pytest.mark.parametrize(
    ("before", "where", "after"),
    [
        ("if x: y.save()\n", Where.AFTER, "if x:\n    y.save()\n    log(y)\n"),
        ("if x: y.save()  # c\n", Where.BEFORE, "if x:\n    log(y)\n    y.save()  # c\n"),
        ("a(); y.save(); b()\n", Where.AFTER, "a(); y.save()\nlog(y)\nb()\n"),
        ("a(); y.save(); b()\n", Where.BEFORE, "a()\nlog(y)\ny.save(); b()\n"),
        ("y.save()  # c\n", Where.AFTER, "y.save()  # c\nlog(y)\n"),
        ("a()\n\n# c\ny.save()\n", Where.BEFORE, "a()\n\n# c\nlog(y)\ny.save()\n"),
        ("a()\n\n# c\ny.save()\n", Where.ABOVE, "a()\n\n# c\nlog(y)\ny.save()\n"),
        ("a()\n\n# pylint: disable=x\ny.save()\n", Where.BEFORE,
         "a()\n\nlog(y)\n# pylint: disable=x\ny.save()\n"),
        ("a()\n\n# c\ny.save()\n", Where.AFTER, "a()\n\n# c\ny.save()\nlog(y)\n"),
        ("if x:\n\ty.save()\n", Where.AFTER, "if x:\n\ty.save()\n\tlog(y)\n"),
        ("if x:\n  y.save()", Where.AFTER, "if x:\n  y.save()\n  log(y)"),
        ("a()\n\n# c\n\ny.save()\n", Where.BEFORE, "a()\n\n# c\n\nlog(y)\ny.save()\n"),
        ("# c\ny.save()\n", Where.BEFORE, "# c\nlog(y)\ny.save()\n"),
        ("match x:\n    case 1: y.save()\n", Where.AFTER,
         "match x:\n    case 1:\n        y.save()\n        log(y)\n"),
    ],
)  # fmt: skip
def test_insert(before: str, where: Where, after: str) -> None:
    assert run(before, [Insert(at(before), "log(y)", where)]) == after


def test_inserts_in_order_and_wrap() -> None:
    before = dedent("""
        def f():
            a()

            # Why.
            y.save()  # now
            b()
        """)
    after = dedent("""
        def f():
            a()

            # Why.
            one()
            with transaction.atomic():
                two()
                y.save()  # now
                three()
                if x:
                    four()
            b()
        """)
    save = at(before)
    edits: list[Edit] = [
        Insert(save, "three()"),
        Insert(save, "two()", Where.BEFORE),
        Wrap(save, save, "with transaction.atomic():"),
        Insert(save, "if x:\n    four()\n"),
        Insert(save, "one()", Where.ABOVE),
    ]
    check(before, edits, after)


def test_nested_wraps_unwraps_and_inserts() -> None:
    before = dedent("""
        def f():
            # The guard.
            if created:  # only then

                # First.
                for x in y:
                    x.save()
                b()

                # Last words.

            c()
        """)
    after = dedent("""
        def f():
            # First.
            with lock:
                for x in y:
                    with atomic():
                        x.save()
                        log(x)
                b()

                # Last words.

            c()
        """)
    source = Source(before)
    save, guard = source.find("x.save()"), source.find("if created")
    edits: list[Edit] = [
        Wrap(guard, guard, "with lock:"),
        Unwrap(guard),
        Wrap(save, save, "with atomic():"),
        Insert(save, "log(x)"),
    ]
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a()\n# Why.\ny.save()\n", "a()\n# Why.\nwith x:\n    y.save()\n"),
        ("a()\n# noqa: X\ny.save()\n", "a()\nwith x:\n    # noqa: X\n    y.save()\n"),
    ],
)
def test_a_comment_stays_above_a_wrap(before: str, after: str) -> None:
    assert run(before, [Wrap(at(before), at(before), "with x:")]) == after


def test_wrap_of_several_statements_keeps_multi_line_strings() -> None:
    before = dedent('''
        def f():
            a(
                1,
            )
            b("""
        text
            """)
            c()
        ''')
    after = dedent('''
        def f():
            with x:
                a(
                    1,
                )
                b("""
        text
            """)
            c()
        ''')
    source = Source(before)
    assert run(before, [Wrap(source.find("a("), source.find("b("), "with x:")]) == after


@pytest.mark.parametrize(
    ("before", "snippet", "after"),
    [
        ("a()\n# c\ny.save()\nb()\n", "y.save()", "a()\nb()\n"),
        ("a()\n\n# apart\n\n# c\ny.save()\n\nb()\n", "y.save()", "a()\n\n# apart\n\nb()\n"),
        ("a(); y.save(); b()\n", "y.save()", "a(); b()\n"),
        ("a(); y.save()  # c\n", "y.save()", "a()  # c\n"),
        ("if x: y.save()\n", "y.save()", "if x: pass\n"),
        ("if x:\n    y.save()\n", "y.save()", "if x:\n    pass\n"),
        ("def f():\n    y.save()\n\n    b()\n", "y.save()", "def f():\n    b()\n"),
        ("a = 1\n\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n", "def f",
         "a = 1\n\n\ndef g():\n    pass\n"),
        ("a = 1\n\n\n# c\n@d\ndef f():\n    pass\n\n\nb = 2\n", "def f", "a = 1\n\n\nb = 2\n"),
        ("# licence\nimport a\n\n\nb = 2\n", "import a", "# licence\n\n\nb = 2\n"),
        ("import a\n\n\nb = 2\n", "import a", "b = 2\n"),
        ("x()\n# ours\nimport a.b\nimport c\n", "import a.b", "x()\n# ours\nimport c\n"),
        ("x()\n# connects b\nimport a.b\nimport c\n", "import a.b", "x()\nimport c\n"),
        ("x()\n# ours\nimport a.b\n\n# theirs\nimport c\n", "import a.b",
         "x()\n\n# theirs\nimport c\n"),
        ("def f():\n    a()\n\n    # apart\n\n    y.save()\n", "y.save()",
         "def f():\n    a()\n\n    # apart\n"),
        # A heading goes with all that it stands over; a sentence stays.
        ("a()\n\n# -----\n# Signals\n# -----\n\ny.save()\n", "y.save()", "a()\n"),
        ("a()\n\n# One\ny.save()\n\nx.save()\nb()\n", "y.save()",
         "a()\n\n# One\n\nx.save()\nb()\n"),
        ("a()\n\n# One\ny.save()\n\nb()\n", "y.save()", "a()\n\nb()\n"),
        ("a()\n\n# One\n\ny.save()\n\n# Two\n\nb()\n", "y.save()", "a()\n\n# Two\n\nb()\n"),
        ("a()\n\n# One\n\ny.save()\n\nb()\n", "y.save()", "a()\n\n# One\n\nb()\n"),
        ("a()\n\n# Not while the search is down.\n\ny.save()\n", "y.save()",
         "a()\n\n# Not while the search is down.\n"),
        # The end of a file has no blank lines, whatever they were below.
        ("def f():\n    a()\n    \n\ny.save()", "y.save()", "def f():\n    a()\n"),
        ("class A:\n    a = 1\n\n    def ready(self):\n        pass\n\n", "def ready",
         "class A:\n    a = 1\n"),
    ],
)  # fmt: skip
def test_remove(before: str, snippet: str, after: str) -> None:
    assert run(before, [Replace(at(before, snippet), "")]) == after


def test_remove_several_below_a_heading() -> None:
    before = "x()\n# ours\nimport a\nimport b\n\n# theirs\nimport c\n"
    gone = [Replace(at(before, f"import {name}"), "") for name in "ab"]
    assert run(before, gone) == "x()\n\n# theirs\nimport c\n"
    assert run(before, gone[:1]) == "x()\n# ours\nimport b\n\n# theirs\nimport c\n"


def test_replace_statements_keeps_comments() -> None:
    before = "a()\n\n# above\nreturn_ = f()  # beside\nb()\n"
    after = "a()\n\n# above\norder = f()  # beside\nlog(order)\nb()\n"
    check(before, [Replace(at(before, "return_"), "order = f()\nlog(order)\n")], after)


def test_replace_range_by_delegate() -> None:
    before = dedent('''
        @receiver(post_save)
        def f(sender, instance, **kwargs):
            """Doc."""
            if not x:
                return
            # One.
            a()
            b()  # two
        ''')
    after = dedent('''
        @receiver(post_save)
        def f(sender, instance, **kwargs):
            """Doc."""
            if not x:
                return
            # One.
            services.f(instance)
        ''')
    source = Source(before)
    check(before, [Replace(source.find("a()"), "services.f(instance)", source.find("b()"))], after)


@pytest.mark.parametrize(
    ("before", "snippet", "code", "after"),
    [
        ("x = f'{y.save()!r:>{w}}'\n", "w", "z(\"a\")", "x = f'{y.save()!r:>{z(\"a\")}}'\n"),
        ("x = f'{y.save()}'\n", "y.save()", "g('a')", "x = f'{g(\"a\")}'\n"),
        ("x = lambda: y.save()\n", "y.save()", "create(y)", "x = lambda: create(y)\n"),
        ("x = [y.save() for y in z if a]\n", "y.save()", "c(y)", "x = [c(y) for y in z if a]\n"),
        ("@d(y.save())\ndef f(): pass\n", "y.save()", "e", "@d(e)\ndef f(): pass\n"),
        ("a = y.save().b\n", "y.save()", "x or z", "a = (x or z).b\n"),
        ("a = not(y.save())\n", "y.save()", "z", "a = not(z)\n"),
        ("x = await_(y, (a, b))\n", "(a, b)", "(c, d)", "x = await_(y, (c, d))\n"),
        ("order, _ = f()\n", "order, _", "order, created", "order, created = f()\n"),
        ("y.save()  # c\n", "y.save()", "z.save()", "z.save()  # c\n"),
        ("f(a, x=y.save(),  b=1)\n", "y.save()", "z", "f(a, x=z,  b=1)\n"),
        ("f(a, y.save())\n", "y.save()", "", "f(a)\n"),
        ("f(\n    a,\n    y.save(),\n)\n", "y.save()", "", "f(\n    a,\n)\n"),
        ("@a\n@y.save()\ndef f(): pass\n", "y.save()", "", "@a\ndef f(): pass\n"),
        ("é = 'ü', y.save()\n", "y.save()", "z", "é = 'ü', z\n"),
        ("with a(), y.save():\n    pass\n", "y.save()", "", "with a():\n    pass\n"),
    ],
)  # fmt: skip
def test_replace_expression(before: str, snippet: str, code: str, after: str) -> None:
    assert run(before, [Replace(at(before, snippet), code)]) == after


def test_replace_keyword() -> None:
    before = "f(a, created=True)\n"
    keyword = Source(before).keyword("created=True")
    assert run(before, [Replace(keyword, "created=x")]) == "f(a, created=x)\n"
    assert run(before, [Replace(keyword, "")]) == "f(a)\n"


def test_bind() -> None:
    before = "async def f():\n    await f()  # c\n    (g(\n        1))\n    if x: h()\n"
    source = Source(before)
    edits: list[Edit] = [
        Bind(source.find("await f()"), "order"),
        Bind(source.find("(g("), "a, b"),
        Bind(source.find("h()"), "c"),
        Replace(source.find("h()"), "h(commit=False)"),
    ]
    after = "async def f():\n    order = await f()  # c\n    a, b = (g(\n        1))\n"
    check(before, edits, after + "    if x: c = h(commit=False)\n")


def test_unwrap_kinds() -> None:
    before = "if x: a()  # c\nwith y:\n    b()\ntry:\n    c()\nfinally:\n    d()\n"
    source = Source(before)
    edits: list[Edit] = [Unwrap(source.find(start)) for start in ("if", "with", "try")]
    check(before, edits, "a()  # c\nb()\nc()\n")


def test_add_a_method_above_blank_lines_that_are_indented() -> None:
    before = (
        "class A:\n    def get(self):\n        pass\n\n        \n"
        "class B:\n    def get(self):\n        pass\n"
    )
    after = (
        "class A:\n    def get(self):\n        pass\n\n    def save(self):\n        pass\n\n\n"
        "class B:\n    def get(self):\n        pass\n"
    )
    source = Source(before)
    check(before, [AddMethod(source.find("class A"), "def save(self):\n    pass")], after)
    meta = "class A:\n    class Meta:\n        x = 1\n        \n"
    get, save = "    def get(self):\n        pass\n", "    def save(self):\n        pass\n"
    source = Source(meta + get)
    add = AddMethod(source.find("class A"), "def save(self):\n    pass", before=("get",))
    check(meta + get, [add], f"{meta}{save}\n{get}")


def test_a_method_takes_the_place_of_a_pass_without_a_comment() -> None:
    top, save = 'class A:\n    """An A."""\n\n', "    def save(self):\n        pass\n"
    noted = "    # None yet.\n    pass\n"
    for body, left in (("    pass\n", ""), (noted, f"{noted}\n")):
        source = Source(top + body)
        add = AddMethod(source.find("class A"), "def save(self):\n    pass")
        check(source.text, [add], top + left + save)


def test_add_a_method_below_a_comment_on_the_line_above() -> None:
    top, get = "class A:\n    x = 1\n    # An x.\n", "    def get(self):\n        pass\n"
    source = Source(f"{top}\n{get}")
    add = AddMethod(source.find("class A"), "def save(self):\n    pass", before=("get",))
    check(source.text, [add], f"{top}\n    def save(self):\n        pass\n\n{get}")


def test_add_methods() -> None:
    before = dedent("""
        class A:
            x = 1

            def get(self):
                pass

            # About clean.
            @decorated
            def clean(self):
                pass

            # The end.


        class B: pass


        class C:
            def clean(self): ...
        """)
    after = dedent("""
        class A:
            x = 1

            def get(self):
                pass

            def save(self):
                a()

            # About clean.
            @decorated
            def clean(self):
                pass

            # The end.

            def last(self):
                b()


        class B:
            def last(self):
                b()


        class C:
            def save(self):
                a()

            def clean(self): ...
        """)
    source = Source(before)
    save, last = "def save(self):\n    a()\n", "def last(self):\n    b()\n"
    edits: list[Edit] = [
        AddMethod(source.find("class A"), save, before=("clean", "delete")),
        AddMethod(source.find("class A"), last),
        AddMethod(source.find("class B"), last),
        AddMethod(source.find("class C"), save, before=("clean",)),
    ]
    check(before, edits, after)


def test_append() -> None:
    assert run("", [Append("def f():\n    pass")]) == "def f():\n    pass\n"
    assert run('"""Doc."""', [Append("def f(): ...\n")]) == '"""Doc."""\n\n\ndef f(): ...\n'
    two: list[Edit] = [Append("x = 1"), Append("def f(): ...\n")]
    assert run("import a\n", two) == "import a\n\nx = 1\n\n\ndef f(): ...\n"


def test_append_below_imports() -> None:
    edits: list[Edit] = [
        Append("def f(): ..."),
        Append("logger = get()", after_imports=True),
        Append("LIMIT = 1", after_imports=True),
    ]
    new, end = "logger = get()\nLIMIT = 1\n", "\n\ndef f(): ...\n"
    assert run("", edits) == new + end
    assert run("import a\n", edits) == "import a\n\n" + new + end
    assert run("import a\n\nX = 1\n", edits) == "import a\n\n" + new + "\nX = 1\n" + end
    added = [*edits, AddImport("copy", "copy")]
    assert run('"""Doc."""\n', added) == '"""Doc."""\n\nfrom copy import copy\n\n' + new + end


@pytest.mark.parametrize(
    "text",
    [
        "a()\n\n\x0cy.save()\n\x0cb()\n",
        "try:\n    y.save()\nexcept (A, B) :\n    pass\n\x0cb()\n",
    ],
)
def test_bytes_that_libcst_loses(text: str) -> None:
    bound = run(text, [Bind(at(text), "order")])
    assert "order = y.save()" in bound
    assert bound.split("y.save()\n")[1] == text.split("y.save()\n")[1]
    span = Source(text).find("b()")
    assert run(text, [Insert(span, "c()")]) == text + "c()\n"


@pytest.mark.parametrize("end", ["\n\n\t\n", "\n\n ", "\r\n\r\n \r\n"])
def test_lines_at_the_end_that_libcst_loses(end: str) -> None:
    bound = run(f"a()\ny.save(){end}", [Bind(at("a()\ny.save()"), "order")])
    assert bound == f"a()\norder = y.save(){end}"


@pytest.mark.parametrize(
    "edits",
    [
        [Replace(Span(9, 0, 9, 1), "x")],
        [Replace(Span(2, 4, 2, 9), "")],
        [Bind(Span(1, 0, 2, 7), "x")],
        [Wrap(Span(1, 0, 2, 7), Span(2, 4, 2, 7), "with x:")],
        [Replace(Span(1, 0, 2, 7), ""), Insert(Span(2, 4, 2, 7), "b()")],
        [Replace(Span(1, 0, 2, 7), "z()\nz()"), Replace(Span(2, 4, 2, 7), "b()")],
        [Replace(Span(1, 0, 2, 7), "b()\nc()"), Replace(Span(1, 0, 2, 7), "d()\ne()")],
        [Wrap(Span(1, 0, 2, 7), Span(3, 0, 3, 3), "with x:"),
         Wrap(Span(3, 0, 3, 3), Span(4, 0, 4, 3), "with y:")],
        [Replace(Span(1, 0, 2, 7), "z()", Span(3, 0, 3, 3)), Replace(Span(3, 0, 3, 3), "a\nb")],
        [Unwrap(Span(3, 0, 3, 3))],
        [Insert(Span(3, 0, 3, 3), "if")],
    ],
)  # fmt: skip
def test_refused(edits: list[Edit]) -> None:
    source = "if x:\n    a()\nb()\nc()\n"
    if edits == [Replace(Span(2, 4, 2, 9), "")]:
        assert run(source, edits) == "if x:\n    pass\nb()\nc()\n"  # the start is what counts
        return
    with pytest.raises(RewriteError):
        run(source, edits)
