"""A function that deletes an object of a package's model with all that goes with it.

    def delete_user(user):
        \"\"\"Delete a user with all that goes with it.\"\"\"
        with transaction.atomic():
            uploads = list(user.upload_set.all())
            user.delete()
            for upload in uploads:
                release_quota(upload)

A model of the project has its own `delete()` for that (`delete_hubs`). Written where lines of the
project delete users in several places; each of them changes one word. It lives in the app that
deletes most of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from codemod.plan.decide import Decider
from codemod.plan.deletes.cascades import is_foreign
from codemod.plan.excused import is_test
from codemod.plan.services.new_function import InNew
from codemod.plan.services.service import app_folder, path_of, room_for
from codemod.project.project import Project
from codemod.surfaces import model_delete, queryset_delete
from codemod.surfaces.calls import found
from codemod.surfaces.placing.statements import is_statement
from codemod.surfaces.removing.cascade import collect
from codemod.surfaces.site import Lines, Site
from codemod.values.edits import AddImport, Append, Edit
from codemod.values.span import Span

SURFACES = (model_delete.name, queryset_delete.name)


def deleters(project: Project, sites: Iterable[Site]) -> dict[str, str]:
    """The functions by model: for those of packages that are deleted in several places."""
    places: dict[str, list[Site]] = {}
    for site in sites:
        if site.surface in SURFACES and len(site.models) == 1 and not site.never:
            places.setdefault(site.models[0], []).append(site)
    designed = {
        label: _design(project, label, members)
        for label, members in places.items()
        if len(members) > 1 and is_foreign(project, label)
    }
    return {label: dotted for label, dotted in designed.items() if dotted is not None}


def deleter_edits(decider: Decider) -> list[tuple[str, Edit]]:
    """The functions that some site calls."""
    edits: list[tuple[str, Edit]] = []
    for label, dotted in sorted(decider.desk.deleters.items()):
        calling = _calling(decider, label)
        if calling:
            edits += _written(decider, dotted, calling)
    return edits


def deleter_imports(decider: Decider) -> dict[str, set[str]]:
    """The modules that each of their modules will import for them."""
    found: dict[str, set[str]] = {}
    for label, dotted in decider.desk.deleters.items():
        module = dotted.rpartition(".")[0]
        for site in _calling(decider, label)[:1]:
            work = decider.roster.work(site)
            for cascade in work.cascades if work is not None else ():
                model = decider.project.models.by_label[cascade.model].name
                names = [model, *(c.service for c in (*cascade.before, *cascade.after))]
                found.setdefault(module, set()).update(n.rpartition(".")[0] for n in names)
        found.get(module, set()).discard(module)
    return found


def _calling(decider: Decider, label: str) -> list[Site]:
    """The sites that call the function of a model."""
    calling = []
    for site in decider.sites:
        if site.surface in SURFACES and site.models == (label,) and site.call:
            work = decider.roster.work(site)
            if work and model_delete.is_whole(work, site.call):
                calling.append(site)
    return calling


def _written(decider: Decider, dotted: str, calling: list[Site]) -> list[tuple[str, Edit]]:
    """The function, with its imports."""
    module, _, name = dotted.rpartition(".")
    label = calling[0].models[0]
    noun = found.variable((label,))
    path = path_of(decider.project, module)
    place = Site(
        model_delete.name, path, Span(1, 0, 1, 0), (label,), calling[0].signals, calling[0].tier
    )
    work = decider.roster.work(calling[0])
    assert work is not None
    inner = InNew(decider.desk, decider.project, {noun})
    lines = Lines(inner, place)
    children = collect(work, lines, noun)
    assert children is not None
    kept = any(
        site.call is not None and not is_statement(site.call)
        for site in calling
        if site.surface == model_delete.name
    )
    body = [*children.collect, *children.before, *children.first]
    body += [f"{'result = ' if kept else ''}{noun}.delete()", *children.after]
    text = [
        f"def {name}({noun}):",
        f'    """Delete {found.with_article(found.noun(label))} with all that goes with it."""',
        "    with transaction.atomic():",
        *(f"        {line}" for line in body),
        *(["    return result"] if kept else []),
    ]
    needed = [AddImport("django.db", "transaction"), *lines.imports]
    return [*((path, edit) for edit in needed), (path, Append("\n".join(text)))]


def _design(project: Project, label: str, sites: list[Site]) -> str | None:
    """The whole name of the function for one model; None where there is no room for it."""
    own = [site for site in sites if not is_test(site.file)] or sites
    folders = Counter(app_folder(project, site.file) for site in own)
    (folder, package), _ = folders.most_common(1)[0]
    name = f"delete_{found.noun(label)}"
    room = room_for(project, folder, package, name)
    return f"{room[0]}.{name}" if room is not None else None
