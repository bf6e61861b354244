"""How code names things in a function of its own, whose module may not exist yet."""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass, field

from codemod.plan.desk import PlanDesk
from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.edits import AddImport, Edit
from codemod.values.span import Span


@dataclass(frozen=True)
class NewFunction:
    """A function that services get beside them."""

    name: str
    module: str
    path: str

    @property
    def dotted(self) -> str:
        """Module and name."""
        return f"{self.module}.{self.name}"


@dataclass
class InNew:
    """A desk for such a function."""

    desk: PlanDesk
    project: Project
    taken: set[str]  # names of the function
    names: dict[str, str] = field(default_factory=dict)  # what they mean

    def reference(
        self, file: str, service: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        named = self.desk.reference(file, service, None)
        if named is None or self.names.setdefault(named[0], service) == service:
            return named
        home, _, name = service.rpartition(".")  # two classes of one name
        called = f"{home.split('.')[0].title().replace('_', '')}{name}"
        return called, (AddImport(home, name, called),)

    def model(
        self, file: str, label: str, site: Span | None
    ) -> tuple[str, tuple[Edit, ...]] | None:
        model = self.project.models.by_label[label]
        known = self.project.classes.get(model.name) is not None or model.external
        return self.reference(file, model.name, site) if known else None

    def deletes_alone(self, label: str) -> bool:
        return self.desk.deletes_alone(label)

    def free_name(self, site: Site, wanted: str, *otherwise: str) -> str | None:
        if wanted == "_":
            return wanted  # for what nothing reads, as often as it is needed
        for name in (wanted, *otherwise):
            free = name not in self.taken | self.desk.service_names
            if free and not keyword.iskeyword(name) and not hasattr(builtins, name):
                self.taken.add(name)
                return name
        return None

    def creator(self, label: str) -> str | None:
        return None

    def deleter(self, label: str) -> str | None:
        return self.desk.deleter(label)

    def changer(self, site: Site) -> str | None:
        return None

    def collector(self) -> str | None:
        return self.desk.collector()
