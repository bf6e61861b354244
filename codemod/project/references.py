"""Every mention of a handler other than its definition and its registrations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from codemod.facts.nodes import last_name
from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.facts.walk import reaches
from codemod.project.receivers import FoundReceiver

if TYPE_CHECKING:
    from codemod.project.project import Project

Kind = Literal["call", "import", "connect", "disconnect", "other", "string"]
_WORD = re.compile(r"\w+")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
#: What fails where a module is missing; `autodiscover_modules()` asks whether there is one.
_LOADERS = ("import_module", "__import__", "import_string")


@dataclass(frozen=True, eq=False)
class Reference:
    """A mention of a handler."""

    receiver: str  # canonical dotted handler name
    kind: Kind
    facts: FileFacts
    node: ast.AST  # the call, the import statement, the name or attribute, the constant
    call: CallSite | None  # for kind "call": the direct call of the handler


def find_references(project: Project, receivers: Sequence[FoundReceiver]) -> tuple[Reference, ...]:
    """Every mention of the receivers that are functions with a name of their own."""
    wanted: dict[str, dict[str, FoundReceiver]] = {}
    for found in receivers:
        name = found.receiver.name.rpartition(".")[2]
        ours = f"{project.module_of(found.facts.path)}."  # not a package's function
        if name.isidentifier() and found.receiver.name.startswith(ours):
            wanted.setdefault(name, {})[found.receiver.name] = found
    references: list[Reference] = []
    if not wanted:
        return ()
    mentions = _mentions(project, set(wanted))
    renamed = re.compile(rf"\b({'|'.join(map(re.escape, sorted(wanted)))})\s+as\s+(\w+)")
    aliases: set[str] = set()
    for path in mentions:  # `import create_invoice as made`, which others may import as `made`
        for name, alias in renamed.findall(project.text(path)):
            wanted[alias] = {**wanted.get(alias, {}), **wanted[name]}
            aliases.add(alias)
    if aliases:
        for path, names in _mentions(project, aliases).items():
            mentions.setdefault(path, set()).update(names)
    for path in project.paths:
        here = mentions.get(path)
        facts = project.facts(path) if here else None
        if here and facts is not None:
            references += _File(project, facts, {n: wanted[n] for n in here}).references()
    return tuple(references)


def _mentions(project: Project, names: set[str]) -> dict[str, set[str]]:
    """The files whose code or strings may name one of some things, each with those it names."""
    found: dict[str, set[str]] = {}
    for name in names:
        for facts in project.naming(name):
            found.setdefault(facts.path, set()).add(name)
    read = {facts.path for facts in project.read()}
    quoted = re.compile(rf"""\.({"|".join(map(re.escape, sorted(names)))})["']""")
    for path in project.paths:
        text = project.text(path)
        here = set(quoted.findall(text))
        if path not in read:
            here |= {name for name in names if name in text}.intersection(_WORD.findall(text))
        if here:
            found.setdefault(path, set()).update(here)
    return found


def module_imports(project: Project, module: str) -> tuple[tuple[FileFacts, Binding], ...]:
    """Every import of a module itself, or of a name of it."""
    last = module.rpartition(".")[2]
    found = []
    for path in project.paths:
        if last not in project.text(path):
            continue
        facts = project.facts(path)
        for binding in facts.imports if facts is not None else ():
            if facts is not None and module in _modules_of(project, facts, binding):
                found.append((facts, binding))
    return tuple(found)


def star_imports(project: Project, module: str) -> tuple[FileFacts, ...]:
    """The files with a `from module import *`, which binds no name of its own."""
    last = module.rpartition(".")[2]
    found = []
    for path in project.paths:
        text = project.text(path)
        facts = project.facts(path) if "import *" in text and last in text else None
        if facts is not None and any(
            _module_name(project, star, facts) == module for star in facts.stars
        ):
            found.append(facts)
    return tuple(found)


def named_imports(project: Project, module: str) -> tuple[tuple[FileFacts, ast.stmt], ...]:
    """Every line `import_module("shop.signals")`, which loads a module and does nothing else."""
    return tuple(
        (facts, statement)
        for facts, mention in mentions_module(project, module)
        for statement in ast.walk(facts.tree)
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and last_name(statement.value.func) == "import_module"
        and mention in statement.value.args[:1]
    )


def is_put_together(project: Project, module: str) -> bool:
    """Whether a file may load a module by a name that it puts together, and fails if there is
    none: `import_module(f"{app}.signals")`."""
    last = re.escape(module.rpartition(".")[2])
    part = re.compile(rf"""["'](?:[^"'\n]*(?:\}}|%s))?\.?{last}["']""")
    return any(
        not any(isinstance(block, ast.Try) and block.handlers for block in call.compounds)
        for path in project.paths
        if any(name in project.text(path) for name in _LOADERS)
        if part.search(project.text(path)) and (facts := project.facts(path)) is not None
        for call in facts.named(*_LOADERS)
    )


def module_names(project: Project, module: str) -> frozenset[str]:
    """What a string may call a module: by its name, or its path from the top."""
    info = project.modules.find(module)
    if info is None:
        return frozenset((module,))
    full = info.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return frozenset((module, full))


def mentions_module(project: Project, module: str) -> tuple[tuple[FileFacts, ast.Constant], ...]:
    """Every string that names a module, or something in it; a `dispatch_uid` names nothing."""
    names = module_names(project, module)
    lasts = {name.rpartition(".")[2] for name in names}
    quoted = re.compile(rf"""["'][\w.]*\b(?:{"|".join(map(re.escape, lasts))})\b""")
    found = []
    for path in project.paths:
        text = project.text(path)
        if not any(last in text for last in lasts) or not quoted.search(text):
            continue
        facts = project.facts(path)
        if facts is None:
            continue
        package = project.modules.by_path[path].package
        relative = {name.removeprefix(package) for name in names if name.startswith(f"{package}.")}
        ids: set[ast.expr] = set()
        for node in ast.walk(facts.tree):
            if isinstance(node, ast.keyword) and node.arg == "dispatch_uid":
                ids.add(node.value)  # above what is in it
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            value = node.value
            if node in ids:
                continue
            inside = _DOTTED.fullmatch(value) and any(value.startswith(f"{n}.") for n in names)
            if value in names or value in relative or inside:
                found.append((facts, node))
    return tuple(found)


def _module_name(project: Project, dotted: str, facts: FileFacts) -> str | None:
    info = project.modules.find(dotted, facts.path)
    return info.name if info is not None else None


def _modules_of(project: Project, facts: FileFacts, binding: Binding) -> set[str]:
    """The modules that an import binding imports itself, or a name of."""
    node = binding.node
    found: set[str | None] = set()
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            if bound == binding.name:
                found.add(_module_name(project, alias.name, facts))
    elif isinstance(node, ast.ImportFrom):
        target = binding.target or ""
        found.add(_module_name(project, target, facts))
        found.add(_module_name(project, target.rpartition(".")[0], facts))
    return {name for name in found if name is not None}


def _lines_with(names: set[str], text: str) -> list[int]:
    """The lines of a text that have one of some words, in order."""
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    lines, line, before = [], 1, 0
    for found in words.finditer(text):
        line += text.count("\n", before, found.start())
        before = found.start()
        lines.append(line)
    return lines


class _File:
    """The mentions in one file."""

    def __init__(
        self, project: Project, facts: FileFacts, wanted: dict[str, dict[str, FoundReceiver]]
    ) -> None:
        self.project, self.facts, self.wanted = project, facts, wanted
        self.names = {name for receivers in wanted.values() for name in receivers}
        self.calls = {id(site.node.func): site for site in facts.calls}
        self.own: set[int] = set()  # nodes of registrations: no references
        for receivers in wanted.values():
            for found in receivers.values():
                for made in found.made:
                    if made.facts is facts:
                        self.own.update(id(node) for node in ast.walk(made.node))
        self.locals = set(wanted)  # and what they are imported as
        for binding in facts.imports:
            if (binding.target or "").rpartition(".")[2] in wanted:
                self.locals.add(binding.name)
        self.parents: dict[int, CallSite] = {}
        for site in facts.calls:
            if site.name in ("connect", "disconnect"):
                for node in ast.walk(site.node):
                    self.parents.setdefault(id(node), site)

    def references(self) -> Iterator[Reference]:
        """All of them, in no special order within the file."""
        yield from self._imports()
        yield from self._exported()
        yield from self._walk(self.facts.tree, self.facts.scope)

    def _imports(self) -> Iterator[Reference]:
        seen: set[tuple[int, str]] = set()
        for binding in self.facts.imports:
            if (binding.target or "").rpartition(".")[2] not in self.wanted:
                continue
            name = self.project.symbols.canonical(binding.target or "", self.facts.path)
            if name in self.names and (id(binding.node), name) not in seen:
                seen.add((id(binding.node), name))
                yield Reference(name, "import", self.facts, binding.node, None)

    def _exported(self) -> Iterator[Reference]:
        """The entries of `__all__`."""
        for binding in self.facts.scope.bindings.get("__all__", ()):
            for node in ast.walk(binding.value) if binding.value is not None else ():
                if isinstance(node, ast.Constant) and node.value in self.wanted:
                    self.own.add(id(node))
                    name = self._name(str(node.value), self.facts.scope)
                    if name is not None:
                        yield Reference(name, "import", self.facts, node, None)

    def _walk(self, node: ast.AST, scope: Scope) -> Iterator[Reference]:
        pending = [(node, scope, _lines_with(self.locals, self.facts.text))]
        while pending:
            node, scope, lines = pending.pop()
            if not reaches(node, lines):
                continue
            if isinstance(node, (ast.Name, ast.Attribute)):
                found = self._mention(node, scope)
                if found is not None:
                    yield found
                    continue
            elif isinstance(node, ast.Constant):
                yield from self._string(node)
                continue
            if isinstance(node, ast.JoinedStr):  # before Python 3.12 with wrong positions inside
                lines = [*range(node.lineno, (node.end_lineno or node.lineno) + 1)]
            pending += ((*each, lines) for each in self.facts.below(node, scope))

    def _mention(self, node: ast.Name | ast.Attribute, scope: Scope) -> Reference | None:
        last = node.id if isinstance(node, ast.Name) else node.attr
        if last not in self.locals or id(node) in self.own:
            return None
        if not isinstance(node.ctx, ast.Load):
            return None
        name = self._name(node, scope)
        if name is None:
            return None
        site = self.calls.get(id(node))
        if site is not None:
            return Reference(name, "call", self.facts, site.node, site)
        around = self.parents.get(id(node))
        if around is not None:
            kind: Kind = "connect" if around.name == "connect" else "disconnect"
            return Reference(name, kind, self.facts, node, None)
        return Reference(name, "other", self.facts, node, None)

    def _name(self, expr: ast.expr | str, scope: Scope) -> str | None:
        """The handler that an expression names."""
        name = self.project.symbols.resolve(expr, scope, self.facts)
        if name is None and isinstance(expr, ast.Attribute) and isinstance(expr.value, ast.Name):
            if expr.value.id in ("self", "cls"):
                owner = scope.class_()
                if owner is not None:
                    module = self.project.module_of(self.facts.path)
                    found = self.project.classes.method(f"{module}.{owner.qualname}", expr.attr)
                    if found is not None:
                        name = f"{found[0].name}.{expr.attr}"
        return name if name in self.names else None

    def _string(self, node: ast.Constant) -> Iterator[Reference]:
        """`mock.patch("shop.signals.create_invoice")`."""
        value = node.value
        if not isinstance(value, str) or id(node) in self.own or "." not in value:
            return
        if value.rpartition(".")[2] not in self.wanted or not _DOTTED.fullmatch(value):
            return
        name = self.project.symbols.canonical(value, self.facts.path)
        if name in self.names:
            yield Reference(name, "string", self.facts, node, None)
