"""What is left without purpose where statements go.

if settings.SEARCH:                                 (gone)
    from shop.signals import index
    post_save.connect(index, sender=Page)

def ready(self):                                    (gone)
    from . import signals
    post_save.connect(signals.index, sender=Page)

class Notices:                                      (gone)
    @receiver(post_save, sender=Page)
    def notify(sender, instance, **kwargs): ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from codemod.facts.nodes import is_text
from codemod.facts.tables import FileFacts
from codemod.plan.reading.names import is_bare_return
from codemod.project.project import Project

IMPORTS = (ast.Import, ast.ImportFrom)


def widened(
    facts: FileFacts, statements: list[ast.stmt], staying: Collection[ast.stmt] = ()
) -> list[ast.stmt]:
    """The statements, or what stands around them and is left without purpose: loops, conditions,
    a `try` for an import that goes, a guard above the last of a function. `staying`: imports that
    have a purpose of their own."""
    found = list(statements)
    for node in reversed([*ast.walk(facts.tree)]):  # inner ones first
        if not isinstance(node, (ast.For, ast.If, ast.With, ast.Try)):
            continue
        body, orelse = node.body, getattr(node, "orelse", [])
        if isinstance(node, ast.If) and all(any(s is f for f in found) for s in orelse):
            body = [*body, *orelse]
        elif orelse or getattr(node, "finalbody", []):
            continue
        left = [s for s in body if not any(s is f for f in found)]
        gone = [s for s in body if any(s is f for f in found)]
        if not gone or not all(isinstance(s, (ast.Assign, ast.Pass, *IMPORTS)) for s in left):
            continue
        if any(s is kept for s in left for kept in staying):
            continue
        imported = {
            alias.asname or alias.name.split(".")[0]
            for s in left
            if isinstance(s, IMPORTS)
            for alias in s.names
        }
        if not imported <= {n.id for s in gone for n in ast.walk(s) if isinstance(n, ast.Name)}:
            continue  # such an import may be there for what it loads
        bound = imported | {
            n.id for s in left for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }  # fmt: skip
        going = {m for s in (node, *found) for m in ast.walk(s)}
        outside = {
            n.id for n in ast.walk(_scope(facts, node))
            if isinstance(n, ast.Name) and n not in going
        }  # fmt: skip
        if not bound & outside:
            found = [s for s in found if not any(s is b for b in body)]
            found.append(node)
    found = [s for one in found for s in _written_apart(facts, one)]
    for function in facts.functions:
        block = function.node.body
        end = len(block)
        while end and any(block[end - 1] is s for s in found):
            end -= 1
        while 0 < end < len(block) and _only_leaves(block[end - 1]):
            end -= 1
            found.append(block[end])
    return found


def with_empty_classes(
    project: Project, removed: Mapping[str, list[ast.stmt]]
) -> dict[str, list[ast.stmt]]:
    """The statements that go, by file, and the classes whose last methods are among them and that
    nothing names any more."""
    found = {path: [*statements] for path, statements in removed.items()}
    for path, statements in removed.items():
        for cls in project.known(path).classes:
            gone = [s for s in cls.node.body if s in statements]
            if (
                gone
                and _is_bare(cls.node, gone)
                and not _is_named(project, path, cls.node, removed)
            ):
                found[path] = [*(s for s in found[path] if s not in gone), cls.node]
    return found


def _is_bare(node: ast.ClassDef, gone: Collection[ast.stmt]) -> bool:
    """Whether a class is its own, and has nothing but a docstring beside some statements."""
    left = [s for s in node.body if s not in gone and not isinstance(s, ast.Pass)]
    return not (node.bases or node.keywords or node.decorator_list) and all(map(is_text, left))


def _is_named(
    project: Project, path: str, node: ast.ClassDef, removed: Mapping[str, list[ast.stmt]]
) -> bool:
    """Whether a class of a file is named outside of itself, and of statements that go."""
    word = re.compile(rf"\b{node.name}\b")
    for other in project.paths:
        mentioned = len(word.findall(project.text(other)))
        if not mentioned:
            continue
        facts = project.facts(other)
        if facts is None:
            return True  # it can't be read
        lines = facts.lines
        inside = [node] if other == path else []
        apart = (s for s in removed.get(other, ()) if s not in node.body)
        going = (lines.source(lines.span(s)) for s in (*inside, *apart))
        if mentioned > sum(len(word.findall(text)) for text in going):
            return True
    return False


def _scope(facts: FileFacts, node: ast.stmt) -> ast.AST:
    """Where a name that a statement binds is read: the innermost function around it, or, where
    that says that names are another's, and outside of functions, the whole file."""
    around = [f.node for f in facts.functions if any(node is n for n in ast.walk(f.node))]
    inner = min(around, key=lambda f: len([*ast.walk(f)]), default=facts.tree)
    says = any(isinstance(n, (ast.Global, ast.Nonlocal)) for n in ast.walk(inner))
    return facts.tree if says else inner


def mentions(facts: FileFacts, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
    """The statements beside an import that name what it binds and do nothing with it, so that
    linters find it used: `assert shop.signals`."""
    bound = {alias.asname or alias.name for alias in node.names}
    blocks = (
        block
        for owner in ast.walk(facts.tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(owner, name, None), list) and node in block
    )
    return [s for block in blocks for s in block if _named(s) in bound]


def _named(statement: ast.stmt) -> str | None:
    """The dotted name that is all there is to a statement."""
    match statement:
        case ast.Expr(ast.Name() | ast.Attribute() as named):
            return ast.unparse(named)
        case ast.Assert(ast.Name() | ast.Attribute() as named, None):
            return ast.unparse(named)
    return None


def _written_apart(facts: FileFacts, statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statement; of an `elif`, which can't go without its `if`, what stands in it."""
    if not _is_elif(facts, statement):
        yield statement
        return
    assert isinstance(statement, ast.If)
    for inner in (*statement.body, *statement.orelse):
        yield from _written_apart(facts, inner)


def _is_elif(facts: FileFacts, statement: ast.stmt) -> bool:
    start = facts.lines.span(statement)
    return isinstance(statement, ast.If) and facts.lines.source(start).startswith("elif")


def _only_leaves(statement: ast.stmt) -> bool:
    """Whether this is `if settings.TESTING: return` and asks nothing that has an effect."""
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and len(statement.body) == 1
        and is_bare_return(statement.body[0])
        and not any(isinstance(n, (ast.Call, ast.NamedExpr)) for n in ast.walk(statement.test))
    )


def is_hollow(node: ast.FunctionDef | ast.AsyncFunctionDef, removed: list[ast.stmt]) -> bool:
    """Whether only a docstring, imports for what goes, and `super().ready()` would be left."""
    left = [s for s in node.body if not any(s is r for r in removed)]
    used = {n.id for s in left for n in ast.walk(s) if isinstance(n, ast.Name)}
    for statement in left:
        if isinstance(statement, ast.Pass):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if ast.unparse(statement).removeprefix("return ") == "super().ready()":
            continue
        if isinstance(statement, IMPORTS):
            names = {(a.asname or a.name).split(".")[0] for a in statement.names}
            once = {n.id for r in removed for n in ast.walk(r) if isinstance(n, ast.Name)}
            if names <= once and not names & used:
                continue
        return False
    return True
