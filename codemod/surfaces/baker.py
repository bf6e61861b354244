"""model_bakery, mixer and django-dynamic-fixture: a saved object of a model, by its name.

    member = baker.make(Member)                   ->   member = baker.make(Member)
                                                       issue_card(member)

    members = baker.make("club.Member", _quantity=3)
->  members = baker.make("club.Member", _quantity=3)
    for member in members:
        issue_card(member)

Recognised: `baker.make`, `mixer.blend`, `G` and `get`; `prepare` saves nothing, and neither does
`_bulk_create=True` fire (SEMANTICS 9.12). Fires created=True, outside any transaction.
Objects that a maker makes on its own for relations have no name here, and `prepare` saves them if
asked to: they block, and so do recipes, makers that are handed on, and those that may be told
`_quantity` by what they unpack.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Collection, Instance, Tier
from codemod.project.model_tables import FOREIGN, Field
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.taken import handed
from codemod.surfaces.placing.statements import keep, over
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Insert, Where

name = "baker"

TOGETHER = "made-together"

MAKERS = (
    "model_bakery.baker.make",
    "model_mommy.mommy.make",
    "mixer.backend.django.mixer.blend",
    "django_dynamic_fixture.G",
    "django_dynamic_fixture.get",
    "ddf.G",
    "ddf.get",
)
RECIPES = (
    "model_bakery.baker.make_recipe", "model_mommy.mommy.make_recipe",
    "model_bakery.baker.Baker", "model_bakery.baker.Baker.create", "model_mommy.mommy.Mommy",
    "factory.make_factory", "factory.create", "factory.create_batch", "factory.generate",
    "factory.generate_batch", "factory.simple_generate", "factory.simple_generate_batch",
)  # fmt: skip
# These save nothing but, if asked, what the object points to.
PREPARERS = ("model_bakery.baker.prepare", "model_mommy.mommy.prepare")
RECIPE = ("model_bakery.recipe.Recipe", "model_mommy.recipe.Recipe")
NESTED = ("django_dynamic_fixture.F", "ddf.F")
CYCLES = ("mixer.backend.django.mixer.cycle",)
PACKAGES = frozenset(dotted.partition(".")[0] for dotted in (*MAKERS, *RECIPES))


def find(project: Project) -> Iterator[Site]:
    """Every call that makes objects of a model."""
    if not any(map(_imports_makers, project.read())):
        return
    for facts in project.read():
        for call in facts.named(*_names(facts)):
            dotted = project.symbols.resolve(call.node.func, call.scope, facts)
            if dotted in MAKERS:
                yield from _made(project, facts, call)
            elif dotted in PREPARERS:
                yield from _prepared(project, facts, call)
            elif dotted in RECIPES or _is_recipe(project, facts, call):
                yield _site(facts, call, (), "made after a recipe", "factory")
    for taken in handed(project, ("make", "blend", "make_recipe")):
        facts, node = taken.facts, taken.node
        makes = project.symbols.resolve(node, taken.scope, facts) in (*MAKERS, *RECIPES)
        if makes and not _is_named(facts, node):
            yield Site(
                name, facts.path, facts.lines.span(node), (), SAVE_SIGNALS, Tier.POSSIBLE, "true",
                "made by whoever gets the maker", code="factory", call=taken.call,
            )  # fmt: skip


def _is_named(facts: FileFacts, maker: ast.expr) -> bool:
    """Whether a name of the module stands for a maker, which `find` follows."""
    bindings = (b for bound in facts.scope.bindings.values() for b in bound)
    return any(binding.value is maker for binding in bindings)


def _imports_makers(facts: FileFacts) -> bool:
    targets = (*facts.stars, *(binding.target or "" for binding in facts.imports))
    used = PACKAGES.intersection(target.partition(".")[0] for target in targets)
    if used != {"factory"}:
        return bool(used)
    return any(dotted in facts.text or dotted in targets for dotted in RECIPES)


def _names(facts: FileFacts) -> set[str]:
    """The names under which a file may call a maker, also what its module makes of them."""
    names = {dotted.rpartition(".")[2] for dotted in (*MAKERS, *PREPARERS, *RECIPES)}
    others = {
        name
        for name, bindings in facts.scope.bindings.items()
        for binding in bindings
        if (binding.target or "").rpartition(".")[2] in names
        or (isinstance(binding.value, ast.Attribute) and binding.value.attr in names)
    }
    return names | others


def _made(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    answer = project.type_of(call.node, call.scope, facts)
    items = [
        t for kind in answer.types for t in (kind.of if isinstance(kind, Collection) else (kind,))
    ]
    labels = [
        project.models.by_class[t.cls].label
        for t in items
        if isinstance(t, Instance) and t.cls in project.models.by_class
    ]
    models = tuple(dict.fromkeys(labels))
    if not models:
        yield _site(facts, call, (), "made for a test", "factory")
    direct = tuple(m for m in models if not found.overrides(project, m, "save"))
    bulk = found.is_literal(found.keyword(call.node, "_bulk_create"), True)
    if direct:
        told = any(k.arg is None for k in call.node.keywords) and project.once(_hands_quantity)
        code = "factory" if told else None
        yield _site(facts, call, direct, answer.reason, code, never=bulk)
    for label in sorted(_besides(project, facts, call, models)):
        if not found.overrides(project, label, "save"):
            yield _site(facts, call, (label,), "made for a relation", "factory")


def _prepared(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`baker.prepare(Line, _save_related=True)`, which saves what the line points to."""
    saved = found.keyword(call.node, "_save_related")
    if saved is None or found.is_literal(saved, False):
        return
    models = found.instances(project, project.type_of(call.node, call.scope, facts))
    if not models:
        yield _site(facts, call, (), "made for a test", "factory")
    for label in sorted(_besides(project, facts, call, models)):
        if not found.overrides(project, label, "save"):
            yield _site(facts, call, (label,), "made for a relation", "factory")


def _hands_quantity(project: Project) -> bool:
    """Whether something other than a maker is told `_quantity`, and may unpack it for one."""
    makers = (*MAKERS, *PREPARERS, *RECIPES)
    for facts in project.read():
        if "_quantity" not in facts.text:
            continue
        if '"_quantity"' in facts.text or "'_quantity'" in facts.text:
            return True
        for call in facts.calls:
            if any(k.arg == "_quantity" for k in call.node.keywords):
                dotted = project.symbols.resolve(call.node.func, call.scope, facts)
                if dotted not in makers and not _is_recipe(project, facts, call):
                    return True
    return False


def _besides(
    project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]
) -> set[str]:
    """The models of which a maker makes objects on its own, or because a word asks for them."""
    needed: set[str] = set()
    given = _words(call.node)
    pending = [(label, given) for label in models]
    while pending:
        label, words = pending.pop()
        model = project.models.by_label.get(label)
        for name_, field in model.fields.items() if model is not None else ():
            if field.target not in project.models.by_label:
                continue
            asked = list(_asked(project, facts, call, words, name_))
            if field.kind in FOREIGN:
                if not asked and field.target not in needed and _left(field, words):
                    asked = [{}] if "_fill_optional" in given or _required(project, field) else []
            elif not asked and found.is_literal(words.get("make_m2m"), True):
                asked = [{}]
            if name_ in words and field.through is not None and not field.auto_through:
                needed.add(field.through)
            for nested in asked:
                needed.add(field.target)
                pending.append((field.target, nested))
    return needed


Words = dict[str | None, ast.expr]


def _words(call: ast.Call) -> Words:
    return {keyword.arg: keyword.value for keyword in call.keywords}


def _asked(
    project: Project, facts: FileFacts, call: CallSite, words: Words, field: str
) -> Iterator[Words]:
    """The words for each object that `bill__title="x"`, `bill=F()` and `bills=[F()]` make."""
    deeper: Words = {
        word.removeprefix(f"{field}__"): value
        for word, value in words.items()
        if word is not None and word.startswith(f"{field}__")
    }
    if deeper:
        yield deeper
    value = words.get(field)
    for item in value.elts if isinstance(value, (ast.List, ast.Tuple)) else (value,):
        if isinstance(item, ast.Call):
            if project.symbols.resolve(item.func, call.scope, facts) in NESTED:
                yield _words(item)
        elif isinstance(item, ast.Constant) and item is value and type(item.value) is int:
            yield {}


def _left(field: Field, words: Words) -> bool:
    """Whether it is left to the maker what a foreign key points to."""
    return not (field.default or field.name in words or f"{field.name}_id" in words)


def _required(project: Project, field: Field) -> bool:
    if field.on_delete == "SET_NULL":
        return False
    model = project.models.by_label.get(field.model)
    declared = project.classes.attribute(model.name, field.name) if model is not None else None
    value = declared[1] if declared is not None else None
    return not (
        isinstance(value, ast.Call) and found.is_literal(found.keyword(value, "null"), True)
    )


def _is_recipe(project: Project, facts: FileFacts, call: CallSite) -> bool:
    """`member_recipe.make()`, `member_recipe.extend(name="x").make()`,
    `mixer.cycle(5).blend(Member)`."""
    function = call.node.func
    saves = call.name in ("make", "blend") or found.keyword(call.node, "_save_related") is not None
    if not isinstance(function, ast.Attribute) or not saves:
        return False
    recipe = function.value
    while isinstance(recipe, ast.Call):
        made = project.symbols.resolve(recipe.func, call.scope, facts)
        if made in (*RECIPE, *CYCLES):
            return True
        if not isinstance(recipe.func, ast.Attribute) or recipe.func.attr != "extend":
            return False
        recipe = recipe.func.value
    if not isinstance(recipe, (ast.Name, ast.Attribute)) or call.name == "blend":
        return False
    last = ast.unparse(recipe).rpartition(".")[2]
    bindings = facts.scope.bindings.get(last, ())
    values = [b.value.func for b in bindings if isinstance(b.value, ast.Call)]
    targets = [b.target or "" for b in bindings if b.kind == "import"]
    return any(project.symbols.resolve(v, facts.scope, facts) in RECIPE for v in values) or any(
        "recipe" in target for target in targets
    )


def _site(
    facts: FileFacts,
    call: CallSite,
    models: tuple[str, ...],
    reason: str,
    code: str | None,
    never: bool = False,
) -> Site:
    return Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        models,
        SAVE_SIGNALS,
        Tier.PROVED if models else Tier.POSSIBLE,
        "true",
        reason,
        code=code,
        never=never,
        call=call,
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Keep what was made and call with it, or with each of several."""
    call = site.call
    assert call is not None
    if work.before:
        return Blocked("create-with-pre-save")
    lines = Lines(desk, site)
    values = {"created": "True", "update_fields": "None"}
    if not lines.calls(work.after, "_", values):
        return Placed()
    facts = desk.project.known(site.file)
    item = desk.free_name(site, found.variable(site.models))
    if item is None:
        return Blocked("name-taken")
    answer = desk.project.type_of(call.node, call.scope, facts)
    many = any(isinstance(kind, Collection) for kind in answer.types)
    named = desk.free_name(site, found.plural(item)) if many else item
    kept = keep(call, facts, named, Where.ABOVE)
    if kept is None:
        return Blocked("expression")
    after = lines.calls(work.after, item if many else kept.target, values)
    text = over(lines, item, kept.target, after) if many else after
    edits = [*kept.edits, Insert(kept.anchor, "\n".join(text), kept.where)]
    return lines.placed(edits, (TOGETHER,) if many else ())
