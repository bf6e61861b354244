"""Sites whose model nothing tells: of which models they may be."""

from __future__ import annotations

from collections.abc import Collection

from codemod.project.project import Project
from codemod.project.types.veto_rows import could_be_one
from codemod.surfaces import handed_on, hook_elsewhere
from codemod.surfaces.calls import found
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS

VETOED = ("model-save", "model-delete", "manager-create", "get-or-create", "handed-on")
ONE_BY_ONE = (
    "model-delete", "generic-view", "rest-framework", "routed-view", "formset", "admin-inline",
    "model-override",
)  # fmt: skip


def may_fire(project: Project, site: Site, label: str, hubs: Collection[str] = ()) -> bool:
    """Whether a site of unknown model may fire signals of a model's objects by itself.

    An object of a model with a `delete()` of its own fires in there (of `hubs`: will do so).
    """
    if not deletes_one(site):
        return could_be(project, site, label)
    covered = label in hubs or found.overrides(project, label, "delete")
    return (not covered and could_be(project, site, label)) or could_be_rows(project, site, label)


def could_be(project: Project, site: Site, label: str) -> bool:
    """Whether a site of unknown model may be of this one."""
    if site.surface not in VETOED or site.call is None:
        return True  # what speaks against a model is known of plain calls only
    if _is_foreign(project, site):
        return False
    if site.surface == "model-delete" and not could_be_one(site.call):
        return False
    return project.could_be(site.call, project.known(site.file), label)


def could_be_rows(project: Project, site: Site, label: str) -> bool:
    """Whether an unknown `x.delete()` may delete a queryset of a model."""
    return (
        site.surface in ("model-delete", "handed-on")
        and site.call is not None
        and not _is_foreign(project, site)
        and project.could_be_rows(site.call, project.known(site.file), label)
    )


def _is_foreign(project: Project, site: Site) -> bool:
    """Whether a site is in a part of the repository that never names Django: a client."""
    return site.file.partition("/")[0] not in project.django_folders


def deletes_one(site: Site) -> bool:
    """Whether a site deletes by `delete()` of an object, which a model may override.

    Querysets, and the admin's "delete selected", never call it (SEMANTICS 3.4, 7.6).
    """
    if site.signals is not DELETE_SIGNALS:
        return False
    return (
        site.surface in ONE_BY_ONE
        or site.note == "delete_model"
        or (site.surface == handed_on.name and site.note != handed_on.ROWS)
        or (site.surface == hook_elsewhere.name and site.note != hook_elsewhere.ROWS)
        or (site.code == "collector" and bool(site.models))  # in a model's own delete()
    )
