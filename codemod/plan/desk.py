"""How code names a service where it calls it, and which names are free there."""

from __future__ import annotations

import ast
import builtins
import keyword
from bisect import bisect_right
from dataclasses import dataclass, field

from codemod.facts.nodes import descend, last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.exports import at_runtime
from codemod.project.imports import reaches
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import Site
from codemod.values.edits import AddImport, Edit
from codemod.values.span import Span

# What a name becomes if it is taken.
OTHERWISE = {
    "created": ("is_new", "was_created"),
    "deleted": ("deleted_objects", "removed"),
    "response": ("result",),
}

# What rewritten code may import beside a call, by the names that it uses.
WRITTEN = {
    "Q": "django.db.models.Q",
    "atomic": "django.db.transaction.atomic",
    "copy": "copy.copy",
    "router": "django.db.router",
    "sync_to_async": "asgiref.sync.sync_to_async",
    "transaction": "django.db.transaction",
}

# The parameters of the methods that frameworks call.
HOOK_PARAMETERS = (
    "self", "cls", "request", "obj", "form", "formset", "formsets", "change", "queryset",
    "serializer", "instance", "args", "kwargs", "model_class",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A handler whose body moves, or a helper that comes along: its code will live elsewhere."""

    file: str
    span: Span
    path: str  # where it goes
    module: str
    subject: str = ""  # what `instance` is renamed to


@dataclass
class PlanDesk:
    """Answers surfaces while they write."""

    project: Project
    moved: tuple[Moved, ...]
    # Modules that each services module will import at its top.
    planned: dict[str, set[str]] = field(default_factory=dict)
    creators: dict[str, str] = field(default_factory=dict)  # model label -> dotted function
    deleters: dict[str, str] = field(default_factory=dict)  # the same for its deletes
    changers: dict[Site, str] = field(default_factory=dict)  # of a relation, by the calling site
    collecting: str | None = None  # the function that lists what goes with objects
    delete_hubs: frozenset[str] = frozenset()  # models that get a `delete()` of their own
    services: frozenset[tuple[str, str]] = frozenset()  # (module, name)
    service_names: frozenset[str] = frozenset()
    asked: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # by `local_name`
    shared_names: frozenset[str] = frozenset()  # names of services in more than one module
    names: dict[ast.AST, frozenset[str]] = field(default_factory=dict)
    known_ways: dict[tuple[str, str], bool] = field(default_factory=dict)
    # (file, services module) where delegates make a file import the module as a whole.
    delegating: frozenset[tuple[str, str]] = frozenset()

    def plan(
        self,
        spans: set[tuple[str, Span]],
        planned: dict[str, set[str]],
        delegating: frozenset[tuple[str, str]],
        helpers: tuple[Moved, ...],
    ) -> None:
        """Take over what is settled: the bodies that move, the imports of the services, the files
        that import such a module as a whole, and the helpers that come along."""
        self.delegating = delegating
        self.moved = (*(m for m in self.moved if (m.file, m.span) in spans), *helpers)
        self.planned = planned
        self.known_ways = {}

    def imports_of(self, module: str) -> frozenset[str]:
        """What a module imports, with what a services' module will import."""
        return self.project.imports_of(module) | self.planned.get(module, set())

    def moved_at(self, file: str, span: Span) -> Moved | None:
        """The moving function that holds a place."""
        for moved in self.moved:
            if moved.file == file and moved.span.contains(span):
                return moved
        return None

    def reference(
        self, file: str, service: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        """How code at `site` names a service, and the imports for it. None: it can't.

        `site` is None in a function that is yet to be written: what would be a circle is imported
        in it (`plan.moving.untie`).
        """
        module, _, name = service.rpartition(".")
        if file not in self.project.paths:  # yet to be written
            home = self.project.module_for(file)
            alias = self.local_name(service, home)
            imported = AddImport(module, name, alias if alias != name else None)
            return (name, ()) if home == module else (alias, (imported,))
        moved = self.moved_at(file, site) if site is not None else None
        home = moved.module if moved is not None else self.project.module_of(file)
        if home == module:
            return name, ()
        facts = self.project.known(file)
        resolved = self.project.symbols.resolve(name, facts.scope, facts)
        brought = resolved == service and name not in facts.binders  # by a star import
        if moved is None and brought and name in self._names(facts.tree):
            return name, ()
        local = None
        if site is not None and self.reaches(module, home):
            function = outermost_function(facts, site)
            if function is None:
                return None
            local = facts.lines.span(function)
        package, _, last = module.rpartition(".")
        if (file, module) in self.delegating and moved is None:
            return f"{last}.{name}", (AddImport(package, last, local_to=local),)  # one for both
        alias = self.local_name(service, home)
        if alias != name:
            if not self.is_free(facts, alias, service, site):
                return None
            return alias, (AddImport(module, name, alias, local_to=local),)
        if self.is_free(facts, name, service, site):
            return name, (AddImport(module, name, local_to=local),)
        if package and self.is_free(facts, last, module, site):
            return f"{last}.{name}", (AddImport(package, last, local_to=local),)
        return None

    def creator(self, label: str) -> str | None:
        """The function that creates a model's objects with their work, if there is to be one."""
        return self.creators.get(label)

    def deleter(self, label: str) -> str | None:
        """The function that deletes a model's object with all that goes, if there is to be one."""
        return self.deleters.get(label)

    def changer(self, site: Site) -> str | None:
        """The function that changes a relation with all that goes, if the site is to call one."""
        return self.changers.get(site)

    def deletes_alone(self, label: str) -> bool:
        """Whether the model gets a `delete()` that does nothing but what its rows' going takes."""
        return label in self.delete_hubs and not found.overrides(self.project, label, "delete")

    def collector(self) -> str | None:
        """The function that lists what goes with objects, if there is a place for one."""
        return self.collecting

    def _names(self, node: ast.AST) -> frozenset[str]:
        """Every name that code binds or reads."""
        known = self.names.get(node)
        if known is None:
            known = self.names[node] = frozenset(
                n.id if isinstance(n, ast.Name) else n.arg
                for n in descend(node)
                if isinstance(n, (ast.Name, ast.arg))
            )
        return known

    def model(
        self, file: str, label: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        """How code at `site` names a model's class, and the imports for it. None: it can't."""
        model = self.project.models.by_label[label]
        if self.project.classes.get(model.name) is None and not model.external:
            return None
        if file not in self.project.paths or file == model.file:
            return self.reference(file, model.name, site)
        facts = self.project.known(file)
        named = imported_as(self.project, facts, model.name, site)
        if site is not None and self.moved_at(file, site) is not None:
            if named == imported_as(self.project, facts, model.name):
                return self.reference(file, model.name, site)  # the import may stay behind
        if named is None and label == self.project.models.user_label:
            named = _fetched_as(facts, site)
        if named is not None:
            return named, ()
        name = model.name.rpartition(".")[2]
        for bindings in facts.scope.bindings.values():
            first = bindings[0]
            source = (first.target or "").rpartition(".")[0]
            # A neighbour from `shop.models` shows where classes are imported from.
            if first.kind == "import" and model.name.startswith(f"{source}."):
                dotted = f"{source}.{name}"
                if self.project.symbols.canonical(dotted, file) == model.name:
                    return self.reference(file, dotted, site)
        return self.reference(file, model.name, site)

    def local_name(self, service: str, home: str) -> str:
        """What calls of a service in the module `home` say: its app too, if those of two apps are
        called there by one name and it is not home's own."""
        module, _, name = service.rpartition(".")
        if name not in self.shared_names:
            return name
        asked = self.asked.setdefault((home, name), set())
        asked.add(service)
        package = module.rpartition(".")[0]
        own = package and f"{home}.".startswith(f"{package}.")
        if own or (len(asked) == 1 and (home, name) not in self.services):
            return name
        return f"{module.split('.')[-2] if '.' in module else module}_{name}"

    def reaches(self, start: str, goal: str) -> bool:
        """Whether importing `start` imports `goal`."""
        if (start, goal) not in self.known_ways:
            self.known_ways[start, goal] = reaches(self.imports_of, start, goal)
        return self.known_ways[start, goal]

    def is_free(self, facts: FileFacts, name: str, meaning: str, site: Span | None) -> bool:
        """Whether a file may import `meaning` as `name` for `site`, or for a function that is yet
        to be written: other functions may have a variable of that name."""
        if WRITTEN.get(name, meaning) != meaning:
            return False
        for scope in facts.binders.get(name, ()):
            if scope.kind == "function" and (site is None or not _spans(scope, site)):
                continue
            for binding in scope.bindings[name]:
                if binding.kind == "import" and binding.target is not None:
                    if binding.target == meaning:
                        continue
                    if self.project.symbols.canonical(binding.target, facts.path) == meaning:
                        continue
                if scope.kind == "class":
                    continue  # reached through the class only
                if binding.kind == "function" and self._goes(facts, binding.node):
                    continue
                if binding.kind == "import" and self._is_handler(binding.target):
                    continue
                return False
        return not any(
            self._hides(facts, name, meaning, p) for p in self.project.sharing(facts.path)
        )

    def _hides(self, facts: FileFacts, name: str, meaning: str, sharing: str) -> bool:
        """Whether a name that a file gets would hide another thing in one that has all its names
        by `from shop.models import *`."""
        if sharing == facts.path or facts.exported is not None:
            return False
        other = self.project.known(sharing)
        own = name in other.scope.bindings or self.project.symbols.starred(name, other) is not None
        meant = self.project.symbols.resolve(name, other.scope, other)
        return own and meant != meaning and not self._is_handler(meant)

    def _goes(self, facts: FileFacts, node: ast.AST) -> bool:
        span = facts.lines.span(node) if isinstance(node, ast.stmt) else None
        return span is not None and any(
            m.file == facts.path and m.span.contains(span) for m in self.moved
        )

    def _is_handler(self, target: str | None) -> bool:
        return target is not None and any(
            r.receiver.name == self.project.symbols.canonical(target)
            for r in self.project.receivers
        )

    def free_name(self, site: Site, wanted: str, *otherwise: str) -> str | None:
        """`order`, or one of `otherwise` (`new_order`, ...) if that is taken in the function."""
        facts = self.project.known(site.file)
        scope = site.call.scope.function() if site.call is not None else None
        if scope is not None:
            taken = set(self._names(scope.node))
        elif site.cls is not None:
            taken = {*HOOK_PARAMETERS, *facts.scope.bindings}  # a method that is yet to be written
        else:
            taken = {*self._names(facts.tree), *facts.scope.bindings}
        taken |= self.service_names
        moved = self.moved_at(site.file, site.span)
        if moved is not None:
            taken.add(moved.subject)
        others = otherwise or OTHERWISE.get(wanted, (f"new_{wanted}", f"created_{wanted}"))
        for name in (wanted, *others):
            if name not in taken and not keyword.iskeyword(name) and not hasattr(builtins, name):
                return name
        return None


def imported_as(
    project: Project, facts: FileFacts, cls: str, site: Span | None = None
) -> str | None:
    """How a file names a class that it has imported under another name, or with its module:
    `models.Order`. `site`: where, if it may be imported in a function."""
    canonical, last = project.symbols.canonical, cls.rpartition(".")[2]
    importing = [facts.scope]
    if site is not None:
        importing += [
            function.scope
            for function in facts.functions
            if function.node.lineno <= site.line <= (function.node.end_lineno or 0)
            and facts.lines.span(function.node).contains(site)
        ]
    for scope in reversed(importing):
        for only in (bindings[0] for bindings in scope.bindings.values() if len(bindings) == 1):
            if only.kind != "import" or only.target is None or not at_runtime([only], facts):
                continue
            if (
                scope is not facts.scope
                and site is not None
                and site.line < getattr(only.node, "lineno", 0)
            ):
                continue
            if only.target.rpartition(".")[2] == last and canonical(only.target, facts.path) == cls:
                return only.name
            if cls.startswith(f"{only.target}."):  # else it has the class only for itself
                if canonical(f"{only.target}.{last}", facts.path) == cls:
                    return f"{only.name}.{last}"
    return None


def _fetched_as(facts: FileFacts, site: Span | None) -> str | None:
    """How a file names the user model that it fetches: `User = get_user_model()`."""
    for name, bindings in facts.scope.bindings.items():
        value = bindings[0].value
        if (
            len(bindings) == 1
            and any(bindings[0].node is statement for statement in facts.tree.body)
            and isinstance(value, ast.Call)
            and last_name(value.func) == "get_user_model"
            and not any(
                scope.kind == "function" and (site is None or _spans(scope, site))
                for scope in facts.binders.get(name, ())
            )
        ):
            return name
    return None


def outermost_function(facts: FileFacts, site: Span) -> ast.stmt | None:
    """The outermost function (not a class's body) around a place: imports go to its top."""
    functions = facts.outermost_functions
    index = bisect_right(functions, site.line, key=lambda node: node.lineno) - 1
    if index < 0 or not facts.lines.span(functions[index]).contains(site):
        return None
    return functions[index]


def _spans(scope: Scope, site: Span) -> bool:
    """Whether a place is in a function."""
    node = scope.node
    end = getattr(node, "end_lineno", None) or 0
    return getattr(node, "lineno", 0) <= site.line <= end
