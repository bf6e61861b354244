"""A function that changes a many-to-many relation with all that goes with it.

    team.players.set(players)       ->   set_team_players(team, players)

    def set_team_players(team, players):
        \"\"\"Set the players of a team with all that goes with it.\"\"\"
        with transaction.atomic():
            old = set(team.players.values_list("pk", flat=True))
            team.players.set(players)
            new = set(team.players.values_list("pk", flat=True))
            remove_lockers(team, old - new)
            add_lockers(team, new - old)

Written where services want the ids and many lines of the project change a relation in one way:
else each of them would get this block. It lives in the app whose model defines the relation.
"""

from __future__ import annotations

import ast

from codemod.plan.decide import Decider
from codemod.plan.services.new_function import InNew, NewFunction
from codemod.plan.services.service import app_folder, room_for
from codemod.project.many_to_many import Relation
from codemod.surfaces import relation_add, relation_set
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.ids import hold_objects, ids_in, is_filtered
from codemod.surfaces.many_to_many.relations import REVERSE, Change
from codemod.surfaces.relation_set import Names, compare
from codemod.surfaces.site import Blocked, Lines, Placed, Site, Work
from codemod.values.edits import AddImport, Append, Edit
from codemod.values.span import Span

MANY = 3  # in so many places the block is too much
_VERBS = {relation_set.name: "set", relation_add.name: "add"}


def turn_changers(decider: Decider) -> None:
    """Let the sites call such functions."""
    groups: dict[tuple[str, str], list[Site]] = {}
    for site in decider.sites:
        if _is_plain(decider, site) and isinstance(decider.attempt(site)[0], Placed):
            groups.setdefault((site.models[0], site.surface), []).append(site)
    for (through, surface), sites in groups.items():
        work = decider.roster.work(sites[0])
        alike = [site for site in sites if decider.roster.work(site) == work]
        relation = decider.project.relations[through]
        if len(alike) < MANY or work is None or not _wants_ids(relation, work):
            continue
        made = _design(decider, relation, _VERBS[surface])
        if made is not None and _body(decider, made, alike[0]) is not None:
            decider.desk.changers |= dict.fromkeys(alike, made.dotted)


def changer_edits(decider: Decider) -> list[tuple[str, Edit]]:
    """The functions, with their imports."""
    edits: list[tuple[str, Edit]] = []
    first = {dotted: site for site, dotted in reversed(decider.desk.changers.items())}
    for _, site in sorted(first.items()):
        relation = decider.project.relations[site.models[0]]
        made = _design(decider, relation, _VERBS[site.surface])
        written = _body(decider, made, site) if made is not None else None
        assert made is not None and written is not None  # as when it was planned
        lines, text = written
        needed = [AddImport("django.db", "transaction"), *lines.imports]
        edits += [*((made.path, edit) for edit in needed), (made.path, Append(text))]
    return edits


def changer_imports(decider: Decider) -> dict[str, set[str]]:
    """The modules that each of their modules will import for them."""
    found_imports: dict[str, set[str]] = {}
    for site, dotted in decider.desk.changers.items():
        module = dotted.rpartition(".")[0]
        work = decider.roster.work(site)
        services = {service.rpartition(".")[0] for service in work.services} if work else set()
        found_imports.setdefault(module, set()).update(services - {module})
    return found_imports


def _is_plain(decider: Decider, site: Site) -> bool:
    """Whether a site changes the relation on the side that defines it, by objects alone."""
    call, project = site.call, decider.project
    if site.surface not in _VERBS or call is None or site.never or site.note == REVERSE:
        return False
    if len(site.models) != 1 or call.node.keywords:
        return False
    if not call.node.args or site.models[0] not in project.relations:
        return False
    if site.surface == relation_set.name:
        return len(call.node.args) == 1 and not isinstance(call.node.args[0], ast.Starred)
    facts = project.known(site.file)
    return all(
        hold_objects(project.type_of(argument, call.scope, facts), many=False)
        for argument in call.node.args
    )


def _wants_ids(relation: Relation, work: Work) -> bool:
    """Whether the services are told the ids, and the block can be the same everywhere."""
    calls = (*work.before, *work.after)
    takes = any(call.relation is not None and call.relation.takes_ids for call in calls)
    return takes and not relation.field.symmetrical


def _design(decider: Decider, relation: Relation, verb: str) -> NewFunction | None:
    """The function for a relation; None where there is no room for it."""
    project = decider.project
    model = project.models.by_label.get(relation.field.model)
    if model is None or model.external:
        return None
    folder, package = app_folder(project, model.file)
    name = f"{verb}_{found.noun(model.label)}_{relation.field.name}"
    room = room_for(project, folder, package, name)
    return NewFunction(name, *room) if room is not None else None


def _body(decider: Decider, made: NewFunction, site: Site) -> tuple[Lines, str] | None:
    """The function as code, with what it imports; None where it can't be written."""
    project, desk = decider.project, decider.desk
    relation, work = project.relations[site.models[0]], decider.roster.work(site)
    if work is None:
        return None
    label, field = relation.field.model, relation.field.name
    noun, item = found.variable((label,)), found.variable((relation.other(False),))
    taken = {noun, field}
    inner = InNew(desk, project, taken)
    sets = [
        inner.free_name(site, name, f"{name}_ids") for name in ("old", "new", "removed", "added")
    ]
    old, new, removed, added = sets
    item_name = inner.free_name(site, item)
    if (
        noun == field
        or field in desk.service_names
        or not (old and new and removed and added and item_name)
    ):
        return None
    place = Site(site.surface, made.path, Span(1, 0, 1, 0), site.models, site.signals, site.tier)
    lines = Lines(inner, place)
    change, manager = Change(lines, work, relation, False, noun), f"{noun}.{field}"
    setting = site.surface == relation_set.name
    if setting:
        compared = compare(project, change, manager, Names(old, new, removed, added))
        if isinstance(compared, Blocked) or not compared.after:
            return None
        body = [*compared.before, f"{manager}.set({field})", *compared.after]
    else:
        told = change.takes_ids(*relation_add.ACTIONS)  # else the ids of removals alone matter
        if not told or is_filtered(project, relation.other(False)):
            return None
        pre, post = change.text("pre_add", new), change.text("post_add", new)
        keys = f"{{{item_name}.pk for {item_name} in {field}}}"
        body = [f"{new} = {keys} - {ids_in(manager)}", *pre, f"{manager}.add(*{field})", *post]
    said = f"Set the {field} of" if setting else f"Add {field} to"
    text = [
        f"def {made.name}({noun}, {'' if setting else '*'}{field}):",
        f'    """{said} {found.with_article(found.noun(label))} with all that goes with it."""',
        "    with transaction.atomic():",
        *(f"        {line}" for line in body),
    ]
    return None if lines.unreachable else (lines, "\n".join(text))
