"""Creating an object through a manager, a queryset or a reverse relation.

    Order.objects.create(total=3)          ->   order = Order.objects.create(total=3)
                                                create_invoice(order)

    Article.objects.create(title="x")      ->   article = Article(title="x")
    (work before the save)                      set_slug(article)
                                                article.save()

    lambda: Game.objects.create(name="x")  ->   lambda: create_game(name="x")
    (once a model has such a function, all its plain creations use it)

    order = await Order.objects.acreate()  ->  order = await Order.objects.acreate()
                                               await sync_to_async(create_invoice)(order)

Recognised: `create()`, `create_user()` and their like of a manager or queryset whose class does
not define the method in the project (then the line inside it is the one that fires).
Fires pre_save and post_save, created=True, outside any transaction (SEMANTICS 2.1, 2.10, 2.16).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import ClassRef, Manager
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects.own_rows import CODE, runs_own
from codemod.surfaces.placing.statements import Kept, inserted, keep
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Edit, Insert, Replace, Where

name = "manager-create"

METHODS = (
    "create",
    "acreate",
    "create_user",
    "create_superuser",
    "acreate_user",
    "acreate_superuser",
)


def find(project: Project) -> Iterator[Site]:
    """Every `create()` on something that is, or may be, a manager."""
    for facts, call, answer, direct in found.through_managers(project, *METHODS):
        own = runs_own(project, facts, call, answer)
        if own:
            continue  # the line within it fires
        related = any(isinstance(t, Manager) and t.related == "m2m" for t in answer.types)
        yield Site(
            name,
            facts.path,
            facts.lines.span(call.node),
            direct,
            SAVE_SIGNALS,
            answer.tier,
            "true",
            answer.reason,
            code=CODE if own is None else None,
            mixed=found.is_mixed(project, answer, direct),
            call=call,
            note="many-to-many" if related else "",
        )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Keep the object and call with it; open `create` where work goes before the save."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    awaited = isinstance(call.parents[-1], ast.Await)
    if call.name.startswith("acreate") is not awaited:
        return Blocked("async-site")  # a coroutine that is kept, or a creation that is none
    creator = desk.creator(site.models[0]) if len(site.models) == 1 else None
    if creator is not None and not work.before and _is_plain(site, desk):
        lines = Lines(desk, site)
        return lines.placed([Replace(facts.lines.span(call.node.func), lines.name(creator))])
    kept = keep(call, facts, desk.free_name(site, found.variable(site.models)), Where.ABOVE)
    if kept is None:
        return Blocked("expression")
    lines = Lines(desk, site, awaited=awaited)
    values = {"created": "True", "update_fields": "None"}
    before = lines.calls(work.before, kept.target, values)
    after = lines.calls(work.after, kept.target, values)
    if before:
        opened = _opened(site, kept, desk)
        if isinstance(opened, Blocked):
            return opened
        edits = [
            *opened,
            *inserted(kept.anchor, before, kept.where),
            Insert(kept.anchor, f"{kept.target}.save()", kept.where),
        ]
    else:
        edits = [*kept.edits]
    edits += inserted(kept.anchor, after, kept.where)
    return lines.placed(edits)


def _is_plain(site: Site, desk: Desk) -> bool:
    """Whether the call is `Model.objects.create(name=value, ...)`."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    manager = call.node.func.value
    if not isinstance(manager, ast.Attribute) or manager.attr != "objects" or call.node.args:
        return False
    if call.name != "create":
        return False
    answer = desk.project.type_of(manager.value, call.scope, desk.project.known(site.file))
    return any(isinstance(kind, ClassRef) for kind in answer.types)


def _opened(site: Site, kept: Kept, desk: Desk) -> list[Edit] | Blocked:
    """Edits that turn `Order.objects.create(...)` into `Order(...)`, the value kept."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    project = desk.project
    facts = project.known(site.file)
    manager = call.node.func.value
    if not isinstance(manager, ast.Attribute) or len(site.models) != 1 or call.name != "create":
        return Blocked("create-with-pre-save")
    answer = project.type_of(manager.value, call.scope, facts)
    if not any(isinstance(t, ClassRef) for t in answer.types) or call.node.args:
        return Blocked("create-with-pre-save")
    keys = {k.arg for k in call.node.keywords}
    pk = project.models.by_label[site.models[0]].pk
    if keys & {"pk", "id", pk.name if pk is not None else "id"}:
        return Blocked("create-with-pre-save")
    if kept.where is Where.ABOVE:  # the creation moves above its statement as text
        source = facts.lines.source(facts.lines.span(call.node))
        function = facts.lines.source(facts.lines.span(call.node.func))
        cls = facts.lines.source(facts.lines.span(manager.value))
        text = f"{kept.target} = {cls}{source[len(function) :]}"
        replaced = [e for e in kept.edits if isinstance(e, Replace)]
        return [Insert(kept.anchor, text, kept.where), *replaced]
    cls = facts.lines.source(facts.lines.span(manager.value))
    return [*kept.edits, Replace(facts.lines.span(call.node.func), cls)]
