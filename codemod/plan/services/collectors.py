"""The function that lists what goes with objects, where no query of the project's has it all.

    def deleted_with(objects, *models):
        \"""List the rows of each model that Django deletes together with objects.\"""
        using = router.db_for_write(models[0])
        own, found = NestedObjects(using=using), NestedObjects(using=using)
        own.collect(objects, collect_related=False)
        found.collect(objects)
        return [
            sorted(found.data[model].difference(own.data[model]), key=attrgetter("pk"))
            for model in models
        ]

`NestedObjects` is what the admin's page for deleting asks: the collector that `delete()` itself
uses, told to fetch all rows instead of deleting some unseen (django/contrib/admin/utils.py). It
lives in the app that deletes most of what takes rows along in such ways. Rows are listed in the
order in which Django sends pre_delete (SEMANTICS 3.6). The objects themselves and their multi-table
parents (3.11) have calls of their own; one that also goes with another is among the rows where it
is deleted as a proxy (3.13).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from codemod.plan.decide import Decider, Placement
from codemod.plan.excused import is_test
from codemod.plan.services.service import app_folder, path_of, services_of
from codemod.surfaces.removing.cascade import FUNCTION, NAME
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import AddImport, AddMethod, Append, Edit, Insert, NewClass, Replace

IMPORTS = (
    AddImport("operator", "attrgetter"),
    AddImport("django.contrib.admin.utils", "NestedObjects"),
    AddImport("django.db", "router"),
)


def collector(decider: Decider) -> str | None:
    """Where the function would live, by its whole name; None where it is taken, or of no use."""
    decider.fill(decider.retiring())
    deleting = [
        site.file
        for site in decider.sites
        if site.signals is DELETE_SIGNALS and site.models and not site.never
        if (work := decider.roster.work(site)) is not None and any(c.deep for c in work.cascades)
    ]
    own = [file for file in deleting if not is_test(file)] or deleting
    folders = Counter(app_folder(decider.project, file) for file in own)
    if not folders:
        return None
    (folder, package), _ = folders.most_common(1)[0]
    module, path = services_of(decider.project, folder, package)
    taken = path in decider.project.paths and NAME in decider.project.known(path).scope.bindings
    return None if taken else f"{module}.{NAME}"


def collector_edits(
    decider: Decider, placements: Iterable[Placement], helpers: Iterable[tuple[str, Edit]]
) -> list[tuple[str, Edit]]:
    """The function, if anything that is written calls it."""
    dotted = decider.desk.collecting
    written = [edit for placement in placements for _, edit in placement.placed.edits]
    written += [edit for _, edit in helpers]
    if dotted is None or not any(_calls(edit) for edit in written):
        return []
    path = path_of(decider.project, dotted.rpartition(".")[0])
    return [*((path, edit) for edit in IMPORTS), (path, Append(FUNCTION.strip()))]


def _calls(edit: Edit) -> bool:
    code = ""
    if isinstance(edit, (AddMethod, Append, Insert, Replace)):
        code = edit.code
    elif isinstance(edit, NewClass):
        code = edit.method
    return re.search(rf"\b{NAME}\(", code) is not None
