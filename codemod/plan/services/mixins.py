"""One mixin where several classes of an app would each get the same methods (`--mixins`).

    class OrderCreate(CreateView):           class CreateInvoiceMixin:
        model = Order                            def form_valid(self, form):
                                                     response = super().form_valid(form)
        def form_valid(self, form):   ->             create_invoice(self.object)
            response = ...                           return response
            create_invoice(self.object)
            return response                  class OrderCreate(CreateInvoiceMixin, CreateView):
                                                 model = Order

A method of the first base is the next one in the order of resolution after the class's own, so
it runs where the method of the class would have run.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codemod.plan.decide import Placement
from codemod.plan.desk import PlanDesk
from codemod.plan.services.service import app_folder
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import Placed
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import AddBase, AddImport, AddMethod, Append, Edit
from codemod.values.span import Span

MODULE = "mixins"
# The surfaces whose classes may share, and what tells two mixins for one service apart.
KINDS = {
    "generic-view": "View",
    "rest-framework": "ViewSet",
    "model-admin": "Admin",
    "admin-inline": "Admin",
    "relation-admin": "Admin",
}


@dataclass(frozen=True)
class Gain:
    """A class that gets methods, with the placements that give them."""

    file: str
    anchor: Span
    placements: tuple[Placement, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """The code of the methods."""
        edits = (e for p in self.placements for _, e in p.placed.edits)
        return tuple(dict.fromkeys(e.code for e in edits if isinstance(e, AddMethod)))

    @property
    def imports(self) -> frozenset[AddImport]:
        """The imports that they need."""
        edits = (e for p in self.placements for _, e in p.placed.edits)
        return frozenset(e for e in edits if isinstance(e, AddImport))


def share(
    project: Project, desk: PlanDesk, placements: Sequence[Placement]
) -> tuple[tuple[Placement, ...], list[tuple[str, Edit]]]:
    """The placements, with a mixin in place of methods that two or more classes would get, and
    the edits that write the mixins."""
    alike: dict[tuple[tuple[str, str], object], list[Gain]] = defaultdict(list)
    for gain in _gains(placements):
        alike[app_folder(project, gain.file), (gain.methods, gain.imports)].append(gain)
    changed: dict[int, Placed] = {}
    taken: set[str] = set()
    written: list[tuple[str, Edit]] = []
    for ((folder, package), _), gains in alike.items():
        if len(gains) < 2:
            continue
        path = f"{folder}/{MODULE}.py" if folder not in ("", ".") else f"{MODULE}.py"
        module = f"{package}.{MODULE}".lstrip(".")
        name = _name(project, gains, path, taken)
        if name is None or not _may_import(project, desk, gains, path, module):
            continue
        taken.add(name)
        written += [(path, edit) for edit in sorted(gains[0].imports, key=str)]
        written.append((path, Append(_code(name, gains[0]), like=gains[0].file)))
        for gain in gains:
            changed |= {id(placement): Placed() for placement in gain.placements}
            first = gain.placements[0]
            edits = (gain.file, AddBase(gain.anchor, name)), (gain.file, AddImport(module, name))
            changed[id(first)] = Placed(edits)
    left = tuple(replace(p, placed=changed[id(p)]) if id(p) in changed else p for p in placements)
    return left, written


def _gains(placements: Sequence[Placement]) -> Iterator[Gain]:
    """The classes that only get methods of their own, none of which others add to."""
    members_of: dict[tuple[str, Span], list[Placement]] = defaultdict(list)
    for placement in placements:
        for path, edit in placement.placed.edits:
            if isinstance(edit, AddMethod):
                members_of[path, edit.anchor].append(placement)
    for (file, anchor), members in members_of.items():
        gain = Gain(file, anchor, tuple(dict.fromkeys(members)))
        heads = [code.partition("(")[0] for code in gain.methods]
        plain = all(p.site.surface in KINDS for p in members) and all(
            path == file
            and (
                (isinstance(edit, AddMethod) and edit.anchor == anchor)
                or (isinstance(edit, AddImport) and edit.local_to is None)
            )
            for placement in members
            for path, edit in placement.placed.edits
        )
        if plain and len(set(heads)) == len(heads):
            yield gain


def _name(project: Project, gains: list[Gain], path: str, taken: set[str]) -> str | None:
    """`CreateInvoiceMixin`, `OrderMixin` for several services; None if others have the name."""
    placements = gains[0].placements
    services = sorted({s for p in placements for s in p.work.services})
    site = placements[0].site
    stem = _camel(services[0].rpartition(".")[2])
    if len(services) > 1:
        stem = site.models[0].rpartition(".")[2]
    kind = KINDS[site.surface]
    verb = {"true": "Create", "false": "Update"}.get(site.created or "", "")
    files = {path, *(gain.file for gain in gains)}
    bound = {
        name for file in files if file in project.paths for name in project.known(file).binders
    }
    for name in (f"{stem}Mixin", f"{stem}{kind}Mixin", f"{stem}{verb}{kind}Mixin"):
        if name not in bound and name not in taken:
            return name
    return None


def _may_import(
    project: Project, desk: PlanDesk, gains: list[Gain], path: str, module: str
) -> bool:
    """Whether the mixin's module can have its imports, and the classes' files that module."""
    if any(edit.module == module for edit in gains[0].imports):
        return False
    if path not in project.paths:
        return True
    facts = project.known(path)
    for edit in gains[0].imports:
        name = edit.alias or edit.name or edit.module
        meaning = f"{edit.module}.{edit.name}" if edit.name else edit.module
        if not desk.is_free(facts, name, meaning, None) or desk.reaches(edit.module, module):
            return False
    return not any(desk.reaches(module, project.module_of(gain.file)) for gain in gains)


def _code(name: str, gain: Gain) -> str:
    """The class, with the methods in the order in which they are added."""
    sites = [placement.site for placement in gain.placements]
    services = dict.fromkeys(s for p in gain.placements for s in sorted(p.work.services))
    called = " and ".join(f"{service.rpartition('.')[2]}()" for service in services)
    deletes = {site.signals is DELETE_SIGNALS for site in sites}
    how = " or ".join("deleted" if it else "saved" for it in sorted(deletes))
    noun = found.variable(sites[0].models).replace("_", " ")
    methods = "\n\n".join(textwrap.indent(code, "    ") for code in gain.methods)
    return f'class {name}:\n    """Calls {called} for the {noun} that is {how}."""\n\n{methods}'


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
