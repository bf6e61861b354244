"""What `read_facts` reads off one file."""

from __future__ import annotations

import ast
import sys
import textwrap

import pytest

from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.facts.walk import absolute_name, read_facts


def read(code: str, module: str = "shop.views", is_package: bool = False) -> FileFacts:
    return read_facts("shop/views.py", textwrap.dedent(code), module, is_package)


def scope(facts: FileFacts, qualname: str) -> Scope:
    (found,) = [s for s in facts.scopes.values() if s.qualname == qualname]
    return found


def only(facts: FileFacts, name: str, where: str = "") -> Binding:
    (binding,) = scope(facts, where).bindings[name]
    return binding


def call(facts: FileFacts, name: str) -> CallSite:
    (found,) = [c for c in facts.calls if c.name == name]
    return found


def kinds(nodes: tuple[ast.AST, ...]) -> list[str]:
    return [type(node).__name__ for node in nodes]


def test_imports_are_absolute() -> None:
    facts = read("""
        import os.path, a.b as c
        from . import models
        from .models import Order as O
        from ..core import x
        from django.db.models import *
        from .forms import *
        def f():
            from .late import y
        """)
    targets = {b.name: b.target for b in facts.imports}
    assert targets == {
        "os": "os",
        "c": "a.b",
        "models": "shop.models",
        "O": "shop.models.Order",
        "x": "core.x",
        "y": "shop.late.y",
    }
    assert facts.stars == ("django.db.models", "shop.forms")
    assert "y" in scope(facts, "f").bindings and "y" not in facts.scope.bindings


def test_relative_import_in_a_package() -> None:
    facts = read("from .order import Order\nfrom ..x import y", "a.shop.models", True)
    assert [b.target for b in facts.imports] == ["a.shop.models.order.Order", "a.shop.x.y"]
    assert absolute_name("a", 2, "b") == "b"
    assert absolute_name("a", 5, None) == ""


def test_unpacking_paths() -> None:
    facts = read("a, (b, c) = v\nd, *e, f = w\nfor i, (x, y) in z: pass\nwith o as (p, q): pass")
    assert (only(facts, "c").path, only(facts, "a").path) == ((1, 1), (0,))
    assert only(facts, "e").value is None
    assert only(facts, "f").path == (-1,)
    assert (only(facts, "y").kind, only(facts, "y").path) == ("loop", (1, 1))
    assert (only(facts, "q").kind, only(facts, "q").path) == ("with", (1,))


def test_every_kind_of_binding() -> None:
    facts = read("""
        n: int = 1
        m: "Order"
        n += 2
        del n
        try: pass
        except ValueError as error: pass
        if (w := f()): pass
        match v:
            case {"a": one, **rest}: pass
            case [first, *others] as whole: pass
            case True | None: pass
        def g(a, b=1, /, c: int = 2, *args, d=3, **kwargs): pass
        class C: x = 1
        """)
    assert [b.kind for b in facts.scope.bindings["n"]] == ["annotation", "augmented", "delete"]
    assert only(facts, "m").value is None and only(facts, "m").annotation is not None
    found = {name: only(facts, name).kind for name in facts.scope.bindings if name != "n"}
    assert found == {
        "m": "annotation", "error": "except", "w": "walrus", "one": "match", "rest": "match",
        "first": "match", "others": "match", "whole": "match", "g": "function", "C": "class",
    }  # fmt: skip
    params = scope(facts, "g").bindings
    assert list(params) == ["a", "b", "c", "d", "args", "kwargs"]
    assert ast.unparse(only(facts, "d", "g").value or ast.Constant(0)) == "3"
    assert only(facts, "a", "g").value is None
    assert only(facts, "x", "C").kind == "assign"


def test_global_and_nonlocal_bind_elsewhere() -> None:
    facts = read("""
        def f():
            global g
            g = 1
            n = 1
            def inner():
                nonlocal n
                n = 2
        """)
    assert only(facts, "g").kind == "assign"
    assert len(scope(facts, "f").bindings["n"]) == 2
    assert "n" not in scope(facts, "f.<locals>.inner").bindings
    assert scope(facts, "f").outer == frozenset({"g"})


def test_scopes_of_evaluation() -> None:
    facts = read("""
        @decorate()
        class A(base(), metaclass=meta()):
            @wrap()
            def m(self, a=default(), *, b=keyword()) -> returned():
                inside()
            rows = [element(x) for x in first() for y in second(x) if cond(y)]
            key = lambda o, p=lam_default(): lam_body(o)
        """)
    where = {c.name: c.scope.qualname for c in facts.calls}
    assert where == {
        "decorate": "", "base": "", "meta": "",
        "wrap": "A", "default": "A", "keyword": "A", "returned": "A", "inside": "A.m",
        "first": "A", "element": "A.<listcomp>", "second": "A.<listcomp>", "cond": "A.<listcomp>",
        "lam_default": "A", "lam_body": "A.<lambda>",
    }  # fmt: skip
    assert only(facts, "y", "A.<listcomp>").kind == "loop"
    method = scope(facts, "A.m")
    assert method.class_() is scope(facts, "A") and method.function() is method
    assert [s.qualname for s in method.chain()] == ["A.m", ""]


def test_walrus_leaves_the_comprehension() -> None:
    facts = read("def f():\n    return [y for x in a if (y := g(x))]")
    assert only(facts, "y", "f").kind == "walrus"
    assert "y" not in scope(facts, "f.<locals>.<listcomp>").bindings


def test_where_a_call_stands() -> None:
    facts = read("""
        def f(order):
            with atomic():
                try:
                    x = [order.save()]
                except E:
                    handled()
                else:
                    other()
                finally:
                    final()
                if test():
                    pass
                elif second_test():
                    pass
            return not (value := wrapped(inner(k=1, j=deep())))
        """)
    with_, return_ = facts.functions[0].node.body
    assert isinstance(with_, ast.With)
    try_, if_ = with_.body
    assert isinstance(try_, ast.Try) and isinstance(if_, ast.If)
    save = call(facts, "save")
    assert save.statement is try_.body[0] and save.block is try_.body
    assert kinds(save.parents) == ["Assign", "List"]
    assert save.compounds == (with_, try_)
    assert call(facts, "handled").block is try_.handlers[0].body
    assert call(facts, "other").block is try_.orelse
    assert call(facts, "final").block is try_.finalbody
    assert call(facts, "atomic").statement is with_ and call(facts, "atomic").compounds == ()
    assert kinds(call(facts, "atomic").parents) == ["With", "withitem"]
    assert call(facts, "test").statement is if_ and call(facts, "test").block is with_.body
    assert call(facts, "second_test").block is if_.orelse
    deep = call(facts, "deep")
    assert deep.statement is return_ and deep.block is facts.functions[0].node.body
    assert kinds(deep.parents) == ["Return", "UnaryOp", "NamedExpr", "Call", "Call", "keyword"]


def test_a_nested_function_starts_its_own_compounds() -> None:
    facts = read("""
        if flag:
            def f():
                for x in rows():
                    x.save()
            f()
        """)
    assert [type(c).__name__ for c in call(facts, "save").compounds] == ["For"]
    assert [type(c).__name__ for c in call(facts, "f").compounds] == ["If"]
    function = facts.functions[0]
    assert function.block is call(facts, "f").block
    assert call(facts, "rows").statement is function.node.body[0]


def test_classes_and_functions() -> None:
    facts = read("""
        class Order(Model):
            name = CharField()
            total: int = 0
            class Meta:
                abstract = True
            def save(self): pass
        def f():
            class Local: pass
            async def g(): pass
        """)
    assert [c.qualname for c in facts.classes] == ["Order", "Order.Meta", "f.<locals>.Local"]
    assert [f.qualname for f in facts.functions] == ["Order.save", "f", "f.<locals>.g"]
    assert list(facts.classes[0].attributes) == ["name", "total"]
    assert list(facts.classes[0].methods) == ["save"]
    assert facts.functions[0].outer is facts.classes[0].scope


def test_f_strings_subscripts_and_match_are_walked() -> None:
    facts = read("""
        f"{a()!r:{b()}}"
        x[c()].y = d()
        match e():
            case K(v) if g(v): h()
            case True | None: pass
            case False: pass
        async def z():
            async with i() as s, j(): await k()
            async for q in l(): yield m()
        """)
    assert sorted(c.name for c in facts.calls) == list("abcdeghijklm")
    assert kinds(call(facts, "g").parents) == ["Match", "match_case"]


def test_a_long_sum_is_not_too_deep() -> None:
    facts = read("x = " + " + ".join(["f()"] * 150))
    assert len(facts.calls) == 150
    assert kinds(facts.calls[-1].parents) == ["Assign", "BinOp"]


@pytest.mark.parametrize("deep", [" + ".join(["f()"] * 600), "x" + ".y" * 400, "not " * 300 + "x"])
def test_what_nests_too_deeply_is_named_with_its_line(deep: str) -> None:
    with pytest.raises(SyntaxError, match=r"nested too deeply to be read \(a.py, line 2\)"):
        read_facts("a.py", f"import x\ny = {deep}\n", "a", False)


@pytest.mark.parametrize("code", ["def f(:", "x = '\0'", "x = " + "-" * 5000 + "1"])
def test_what_cannot_be_read_is_a_syntax_error(code: str) -> None:
    with pytest.raises(SyntaxError):
        read_facts("a.py", code, "a", False)


def test_bom_crlf_and_form_feed() -> None:
    facts = read_facts("a.py", "\ufeffx = f()\r\n\x0cy = 'é' + g()\r\n", "a", False)
    span = facts.lines.span(call(facts, "g").node)
    assert facts.lines.source(span) == "g()"


def test_attributes_and_what_is_stored() -> None:
    facts = read("""
        def f(self, rows):
            self.a, rows[0] = g(self.b.c)
            self.d: int = 1
            for self.e in rows:
                self.f += 1
            def inner():
                self.h = 1
        """)
    function = scope(facts, "f")
    stores = [s for place in function.inside() for s in place.stores]
    assert [(s.kind, ast.unparse(s.target), s.path) for s in stores] == [
        ("assign", "self.a", (0,)),
        ("assign", "rows[0]", (1,)),
        ("annotation", "self.d", ()),
        ("loop", "self.e", ()),
        ("augmented", "self.f", ()),
        ("assign", "self.h", ()),
    ]
    used = {node.attr for place in function.inside() for node in place.attributes}
    assert used == {"a", "b", "c", "d", "e", "f", "h"}


def test_calls_by_name() -> None:
    facts = read("a.save()\nsave(b.delete())\nf()()")
    assert [ast.unparse(c.node) for c in facts.named("delete", "save")] == [
        "b.delete()",
        "a.save()",
        "save(b.delete())",
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of 3.12")
def test_type_parameters() -> None:
    facts = read("class A[T]: pass\ndef f[S](x: S): pass\ntype X = list[int]")
    assert only(facts, "T", "A").kind == only(facts, "S", "f").kind == "param"
    assert only(facts, "X").kind == "assign"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="syntax of 3.11")
def test_exception_groups() -> None:
    facts = read("try: pass\nexcept* E as group: f()")
    assert only(facts, "group").kind == "except"
    assert [type(c).__name__ for c in call(facts, "f").compounds] == ["TryStar"]


EVERY_NODE = """
import a.b
from a import b as c
@deco()
class C(B, metaclass=M):
    x: int = -1 + ~2 - +3
def f(a, /, b=not True, *c, d: "int" = 1, **e) -> int:
    global g
    def h():
        nonlocal a
        yield from a
        return (yield)
    del a.b, a[0], a[1:2:3]
    assert a, b"text"
async def w():
    async for i in a: await i
    async with a as b: pass
    return [i async for i in a]
while a < b <= c != d == e > f >= g is h is not i in j not in k:
    if a and b or c: continue
    else: break
for i in a: x @= 1
with a as b, c: raise X from y
try: x = y = {**a, b: 2, "c": {1, *d}}
except X as e: (x := 5) if y else lambda z: z
else: {i: j for i, j in a if b}, {i for i in a}, (i for i in a), [*a]
finally: f"{a!r:>{b}} text"
match a:
    case 1 | "x" | None | True: pass
    case [A(b, c=d), *e] as f: pass
    case {"a": g, **h}: pass
    case _: pass
1 + 2 - 3 * 4 / 5 // 6 % 7 ** 8 @ 9 << 1 >> 2 | 3 ^ 4 & 5
"""


GROUPS = """
try: pass
except* X: pass
"""


def test_every_kind_of_node_is_walked() -> None:
    code = EVERY_NODE + (GROUPS if sys.version_info >= (3, 11) else "")
    read(code)
    seen = {type(node) for node in ast.walk(ast.parse(code))}
    bases = (ast.expr, ast.stmt, ast.pattern, ast.excepthandler)
    kinds = {kind for base in bases for kind in base.__subclasses__()}
    later = {"TypeAlias", "TemplateStr", "Interpolation"}  # of Python 3.12 and 3.14
    old = {ast.Constant.__name__, "Num", "Str", "Bytes", "NameConstant", "Ellipsis"}
    assert {kind.__name__ for kind in kinds - seen} <= later | old


def test_methods_under_a_condition_are_methods() -> None:
    facts = read("""
        class Order:
            def clean(self): ...
            if settings.AUDIT:
                def save(self): ...
            else:
                try:
                    def delete(self): ...
                except ImportError:
                    pass
            if TYPE_CHECKING:
                def never(self): ...
            class Meta:
                def other(self): ...
    """)
    order = facts.classes[0]
    assert list(order.methods) == ["clean", "save", "delete"]
    assert order.conditional == {"save", "delete"}


@pytest.mark.parametrize("more", ['extend(["b"])', 'append("b")'])
def test_exports_that_are_added_by_a_call_are_not_read(more: str) -> None:
    assert read(f'__all__ = ["a"]\n__all__.{more}').exported is None


def test_each_node_is_in_a_scope() -> None:
    facts = read("""
        @mark(one)
        class Order(Base, key=two):
            three = four

            @quiet(five)
            def close(self) -> six:
                return seven
    """)
    named = {n.id: s.qualname for n, s in facts.nodes() if isinstance(n, ast.Name)}
    assert {name for name, where in named.items() if where == ""} == {"mark", "one", "Base", "two"}
    assert {n for n, where in named.items() if where == "Order"} >= {"three", "four", "five", "six"}
    assert named["seven"] == "Order.close"
