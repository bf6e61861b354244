"""A function that creates an object with all that goes with it.

    def create_game(**fields):
        \"\"\"Create a game with all that goes with it.\"\"\"
        game = Game.objects.create(**fields)
        add_board(game)
        return game

Written where `Game.objects.create(...)` stands in a lambda, a comprehension or another place
that can't be split: there one word changes, and order and laziness stay by construction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemod.plan.case import CONSEQUENCES
from codemod.plan.decide import Decider
from codemod.plan.services.new_function import NewFunction
from codemod.plan.services.service import app_folder, room_for
from codemod.plan.work import Slot
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import ServiceCall
from codemod.values.edits import AddImport, Append, Edit

SURFACE = "manager-create"


def turn_to_creators(decider: Decider) -> bool:
    """Give a creator to models that are created in expressions. Returns whether it may help."""
    turned = False
    for case in decider.cases.values():
        for reason in list(case.reasons):
            if reason.code != "expression":
                continue
            for site in decider.sites:
                if site.surface != SURFACE or len(site.models) != 1:
                    continue
                if (site.file, site.span.line) != (reason.file, reason.line):
                    continue
                creator = _design(decider.project, site.models[0])
                if creator is not None:
                    decider.desk.creators[site.models[0]] = creator.dotted
                    case.reasons.remove(reason)
                    turned = True
                    break
    if turned:
        for case in decider.cases.values():
            if all(reason.code in CONSEQUENCES for reason in case.reasons):
                case.reasons.clear()
    return turned


def creator_edits(decider: Decider) -> list[tuple[str, Edit]]:
    """The functions that are called by some site."""
    edits: list[tuple[str, Edit]] = []
    for label in sorted(decider.desk.creators):
        creator = _design(decider.project, label)
        calls = [
            c for c in decider.roster.calls(Slot(label, "post_save")) if c.only_created is not False
        ]
        if creator is None or not calls or Slot(label, "post_save") in decider.roster.hubs:
            continue
        model = decider.project.models.by_label[label]
        module, _, cls = model.name.rpartition(".")
        noun = found.variable((label,))
        lines = []
        for call in calls:
            home, _, name = call.service.rpartition(".")
            values = {"created": "True", "update_fields": "None"}
            lines.append(f"{name}({call.arguments(noun, values)})")
            if home != creator.module:
                edits.append((creator.path, AddImport(home, name)))
        made = found.with_article(found.noun(label))
        text = [
            f"def {creator.name}(**fields):",
            f'    """Create {made} with {_what_comes(noun, calls)}."""',
            f"    {noun} = {cls}.objects.create(**fields)",
            *(f"    {line}" for line in lines),
            f"    return {noun}",
        ]
        edits.append((creator.path, AddImport(module, cls)))
        edits.append((creator.path, Append("\n".join(text))))
    return edits


MAKES = re.compile(r"(add|build|create|issue|make|open)_(?P<noun>\w+)")


def _what_comes(noun: str, calls: Sequence[ServiceCall]) -> str:
    """What services that only make things make beside an object: "its board and its score"."""
    made = [MAKES.fullmatch(call.service.rpartition(".")[2]) for call in calls]
    if len(made) > 2 or not all(made):
        return "all that goes with it"
    nouns = [match["noun"].removeprefix(f"{noun}_") for match in made if match is not None]
    return " and ".join(f"its {each.replace('_', ' ')}" for each in nouns)


def _design(project: Project, label: str) -> NewFunction | None:
    model = project.models.by_label.get(label)
    if model is None or model.external or (model.managers and "objects" not in model.managers):
        return None
    folder, package = app_folder(project, model.file)
    name = f"create_{found.noun(label)}"
    room = room_for(project, folder, package, name)
    return NewFunction(name, *room) if room is not None else None
