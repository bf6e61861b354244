"""A project: all its files' facts, and what they say together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.facts.walk import parse, read_facts
from codemod.project import admins, roles, views
from codemod.project.answers import Answer, Instance, Tier
from codemod.project.apps import App, Apps, model_settings
from codemod.project.classes import Classes, ClassInfo
from codemod.project.comments import told_model
from codemod.project.garbage import collector_paused
from codemod.project.importers import Importers
from codemod.project.imports import imported_modules
from codemod.project.loaded import Loaded
from codemod.project.many_to_many import Relation, relations
from codemod.project.models import Models
from codemod.project.modules import Modules
from codemod.project.receivers import FoundReceiver, Mute, find_mutes, find_receivers
from codemod.project.references import Reference, find_references
from codemod.project.startup import REGISTRY, Startup
from codemod.project.symbols import Symbols
from codemod.project.types import Types
from codemod.project.wanted import is_wanted
from codemod.values.files import Fixture
from codemod.values.stated import Stated

T = TypeVar("T")


class Project:
    """Everything known about a project; made by `Project.build`."""

    symbols: Symbols
    classes: Classes
    models: Models
    apps: Apps

    def __init__(self, files: Sequence[tuple[str, str]], earlier: Project | None = None) -> None:
        self._texts = dict(files)
        self._earlier = earlier
        self._facts: dict[str, FileFacts | None] = {}
        self._read: list[FileFacts] | None = None  # of all files, in order; as far as asked
        self._aside: list[str] = []  # files that are not read at once: they fire nothing
        self._answers: dict[Callable[[Project], Any], Any] = {}
        self._graph: dict[str, frozenset[str]] = {}
        self._admin_entries: tuple[admins.AdminEntry, ...] | None = None
        self._by_word: dict[str, list[FileFacts]] = {}  # the files that were read, by their words
        self._held: dict[str, bool] = {}  # whether any file has a text
        self.fixtures: Mapping[str, Fixture] = {}  # by "app.model" in lower case
        self.settings_templates: Callable[[], Sequence[str]] = tuple  # their texts
        self.pins: Mapping[str, tuple[int, ...]] = {}  # by package, the version it is fixed to
        self.opaque: Mapping[str, str] = {}  # files that could not be decoded -> what can be seen
        self.stated: Stated | None = None  # what a type checker says
        self.unreadable: list[tuple[str, str]] = []
        self.modules = Modules(files)
        self.symbols = Symbols(self.modules, self.facts)

    @classmethod
    def build(cls, files: Sequence[tuple[str, str]], earlier: Project | None = None) -> Project:
        """The project of some Python files, given as (path from the root, text).

        `earlier`: of almost the same files, whose facts serve again.
        """
        with collector_paused():
            project = cls(files, earlier)
            read = []
            for path, text in files:
                if not is_wanted(path, text):
                    project._aside.append(path)
                    project.check(path)
                    continue
                facts = project.facts(path)
                if facts is not None:
                    read.append((project.module_of(path), facts))
            settings = model_settings(files)
            user_model = settings.get("AUTH_USER_MODEL", "auth.User")
            project.classes = Classes(read, project.symbols, user_model)
            project.apps = Apps(files, project.modules, project.classes)
            project.models = Models(
                project.symbols, project.classes, project.modules, project.apps, settings
            )
        return project

    @property
    def paths(self) -> KeysView[str]:
        """The paths of all files."""
        return self._texts.keys()

    def text(self, path: str) -> str:
        """The text of a file."""
        return self._texts[path]

    def facts(self, path: str) -> FileFacts | None:
        """The facts of a file, read when first asked for; None where it can't be read."""
        if path in self._facts:
            return self._facts[path]
        info = self.modules.by_path[path]
        try:
            facts = self._facts_before(path)
            facts = facts or read_facts(path, self._texts[path], info.name, info.is_package)
        except SyntaxError as error:
            facts = None
            self._name(path, error)
        self._facts[path] = facts
        self._read = None
        if facts is not None:
            for word in facts.words():
                self._by_word.setdefault(word, []).append(facts)
        return facts

    def _facts_before(self, path: str) -> FileFacts | None:
        """The facts that the earlier project has of a file, if they are the same."""
        before = self._earlier
        if before is None or before.modules.by_path.get(path) != self.modules.by_path[path]:
            return None
        facts = before._facts.get(path)
        return facts if facts is not None and facts.text == self._texts[path] else None

    def check(self, path: str) -> None:
        """Name a file that doesn't parse; nothing of the others is kept."""
        before, text = self._earlier, self._texts[path]
        if before is not None and before.parses(path) and before.text(path) == text:
            return
        try:
            parse(path, text)
        except SyntaxError as error:
            self._facts[path] = None
            self._name(path, error)

    def parses(self, path: str) -> bool:
        """Whether a file is there and could be parsed."""
        return path in self._texts and self._facts.get(path, path) is not None

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a file, which is not kept for it; None where it can't be read."""
        facts = self._facts.get(path)
        if facts is not None:
            return facts.tree
        try:
            return parse(path, self._texts[path]) if path not in self._facts else None
        except SyntaxError:
            return None

    def _name(self, path: str, error: SyntaxError) -> None:
        self.unreadable.append((path, f"{path}:{error.lineno or 1}: {error.msg}"))

    def known(self, path: str) -> FileFacts:
        """The facts of a file that is known to have been read."""
        facts = self.facts(path)
        assert facts is not None, path
        return facts

    def read(self) -> Iterator[FileFacts]:
        """The facts of the files that were read, in the order of the files."""
        if self._read is None:
            found = (self._facts.get(path) for path in self._texts)
            self._read = [facts for facts in found if facts is not None]
        return iter(self._read)

    def naming(self, name: str) -> list[FileFacts]:
        """The files that were read whose code may use a name, in the order of reading."""
        return self._by_word.get(name, [])

    def calling(self, name: str) -> Iterator[tuple[FileFacts, CallSite]]:
        """The calls of a name in the files that were read, in the order of reading."""
        for facts in self._by_word.get(name, ()):
            for call in facts.named(name):
                yield facts, call

    def not_read(self) -> Iterator[str]:
        """The paths of the files that nothing has asked for so far, migrations left out."""
        return (p for p in self._texts if p not in self._facts and "migrations/" not in p)

    def has(self, text: str) -> bool:
        """Whether any file has a text."""
        if text not in self._held:
            self._held[text] = any(text in each for each in self._texts.values())
        return self._held[text]

    def module_of(self, path: str) -> str:
        """The unique dotted name of a file's module."""
        return self.modules.module_name(path)

    @property
    def unread(self) -> dict[str, str]:
        """Path and text of the files that can't be analysed; they may save anything they name."""
        return {**self.opaque, **{path: self.text(path) for path, _ in self.unreadable}}

    def module_for(self, path: str) -> str:
        """The same for a file that need not exist yet."""
        return self.modules.name_for(path)

    def module_defining(self, dotted: str) -> str | None:
        """The project module that a dotted name is in, or is."""
        while dotted:
            info = self.modules.find(dotted)
            if info is not None:
                return info.name
            dotted = dotted.rpartition(".")[0]
        return None

    def function(self, dotted: str) -> tuple[str, FunctionDef] | None:
        """(path, facts) of the project's function of a canonical name."""
        definition = self.symbols.definition(dotted)
        if definition is None:
            return None
        for function in definition.facts.functions:
            if any(function.node is b.node for b in definition.bindings):
                return definition.facts.path, function
        return None

    @property
    def first_party(self) -> frozenset[str]:
        """The top-level names of the project's own modules."""
        return frozenset(self.modules.tops)

    @cached_property
    def _importers(self) -> Importers:
        return Importers(self, self._aside)

    def exported(self, path: str) -> frozenset[str]:
        """The names that other files import from a file, migrations and all."""
        return self._importers.exported(path)

    def starred(self, path: str, source: str) -> set[str]:
        """The names that a file with `from source import *` may need of it."""
        return self._importers.starred(path, source)

    def sharing(self, path: str) -> frozenset[str]:
        """A file, and those that have all its names by `from x import *`."""
        return self._importers.sharing(path)

    def once(self, question: Callable[[Project], T]) -> T:
        """The answer to a question about all files, worked out when it is first asked."""
        if question not in self._answers:
            self._answers[question] = question(self)
        answer: T = self._answers[question]
        return answer

    def app_of(self, path: str) -> App | None:
        """The app that a file is in: the nearest folder with apps.py, models.py or models/."""
        return self.apps.app_of(path)

    @cached_property
    def receivers(self) -> tuple[FoundReceiver, ...]:
        """Every receiver of an ORM signal."""
        with collector_paused():
            return find_receivers(self)

    @cached_property
    def mutes(self) -> tuple[Mute, ...]:
        """Where receivers are disconnected for a while."""
        with collector_paused():
            return find_mutes(self, self.receivers)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every other mention of the receivers' functions."""
        with collector_paused():
            return find_references(self, self.receivers)

    @cached_property
    def types(self) -> Types:
        """The types of expressions."""
        return Types(self)

    def type_of(self, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
        """What an expression is."""
        return self.types.type_of(expr, scope, facts)

    def owner_of(self, call: CallSite, facts: FileFacts) -> Answer:
        """What `x` is in a call `x.method()`; a comment beside it has the first say."""
        label = told_model(facts, facts.lines.span(call.statement))
        if label is None:
            return self.types.owner_of(call, facts)
        model = self.models.by_label.get(label)
        if model is None:
            return Answer((), Tier.POSSIBLE, f"a comment says {label}, which is no model")
        return Answer((Instance(model.name),), Tier.PROVED, "a comment says so")

    def is_told(self, call: CallSite, facts: FileFacts) -> bool:
        """Whether a comment beside a call `x.method()` says that `x` is an object of a model."""
        return told_model(facts, facts.lines.span(call.statement)) in self.models.by_label

    def could_be(self, call: CallSite, facts: FileFacts, label: str) -> bool:
        """Whether the unknown object of a call may be of a model."""
        return self.types.could_be(call, facts, label)

    @cached_property
    def django_folders(self) -> frozenset[str]:
        """The top-level folders (and files) in which any file names Django."""
        texts = ((facts.path, facts.text) for facts in self.read())
        return frozenset(path.partition("/")[0] for path, text in texts if "django" in text)

    def could_be_rows(self, call: CallSite, facts: FileFacts, label: str) -> bool:
        """Whether the unknown object of a `delete()` may be a queryset or manager of a model."""
        return self.types.could_be_rows(call, facts, label)

    @cached_property
    def known_models(self) -> dict[str, str | None]:
        """The models that `model_of` has found."""
        return {}

    def model_of(self, cls: str) -> str | None:
        """The label of the model that a form, view, serializer, factory or admin is about."""
        return roles.model_of(self, cls)

    def serializers_of(self, cls: str) -> tuple[str, ...]:
        """The serializer classes that a view may use."""
        return views.serializers_of(self, cls)

    def forms_of(self, cls: str) -> tuple[str, ...]:
        """The form classes that a view may use."""
        return views.forms_of(self, cls)

    def admin_entries(self) -> tuple[admins.AdminEntry, ...]:
        """All registrations of models in admin sites."""
        if self._admin_entries is None:
            self._admin_entries = ()  # ends a question that comes back to itself
            self._admin_entries = admins.admin_entries(self)
        return self._admin_entries

    @cached_property
    def admin_withdrawals(self) -> tuple[admins.Withdrawal, ...]:
        """The models whose pages are taken out of the admin's own site."""
        return tuple(admins.withdrawals(self))

    @cached_property
    def _inline_entries(self) -> tuple[admins.InlineEntry, ...]:
        return admins.inline_entries(self)

    def inline_entries(self) -> tuple[admins.InlineEntry, ...]:
        """All inlines with their models and owners."""
        return self._inline_entries

    def resets_pk(self, label: str) -> bool:
        """Whether something that may be of a model gets None as its pk."""
        return roles.resets_pk(self, label)

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """The many-to-many relations by the label of their table."""
        return relations(self.models, self.classes)

    def class_of(self, facts: FileFacts, scope: Scope) -> ClassInfo | None:
        """The class of a class body."""
        return self.types.engine.class_at(scope.node)

    def canonical(self, dotted: str) -> str | None:
        """The canonical name of an absolute dotted name."""
        return self.symbols.canonical(dotted)

    @cached_property
    def loaded(self) -> Loaded:
        """Which modules are loaded, and when."""
        return Loaded(self)

    def imports_of(self, module: str) -> frozenset[str]:
        """The modules that a module needs at import time: see `startup` for `REGISTRY`."""
        known = self._graph.get(module)
        if known is None:
            info = self.modules.find(module)
            known = frozenset()
            text = self.text(info.path) if info is not None else ""
            tree = self.tree(info.path) if info is not None and "import" in text else None
            if info is not None and tree is not None:
                known = imported_modules(info, tree, self.modules)
                known |= self.startup.of_file(info.path, text, tree)
            elif module == REGISTRY:
                known = self.startup.models
            self._graph[module] = known
        return known

    @cached_property
    def startup(self) -> Startup:
        """What modules need of Django while they are imported."""
        return Startup(self)

    def import_graph(self) -> dict[str, frozenset[str]]:
        """For each module the project modules it imports at import time."""
        with collector_paused():
            names = [info.name for info in self.modules.by_path.values()]
            return {name: self.imports_of(name) for name in (*names, REGISTRY)}
