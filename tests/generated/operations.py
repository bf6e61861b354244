"""Expressions that save or delete, as text: what they need beforehand, and themselves.

In the texts `{M}` is the model, `{m}` its noun, `{P}` and `{p}` those of its foreign key, `{many}`
the reverse side of that key; `{new}` are the arguments that make an object.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.generated.models import accessor
from tests.generated.spec import Shape, Site


@dataclass(frozen=True)
class Operation:
    """An expression that fires."""

    surface: str
    expression: str
    setup: tuple[str, ...] = ()
    parent: bool = False  # needs the object that the foreign key points to
    only: tuple[str, ...] = ()  # models
    tags: bool = False  # changes the relation between orders and tags
    managers: tuple[str, ...] = ()  # that have what it calls

    @property
    def awaits(self) -> bool:
        """Whether it stands in a coroutine."""
        return self.expression.startswith("await ")


FETCH = '{m} = {M}.objects.get(name="{first}")'
AFETCH = '{m} = await {M}.objects.aget(name="{first}")'
MAKE = "{m} = {M}({new})"
FORM = "form = {M}Form({data})"
FORM_EDIT = "form = {M}Form({data}, instance={m})"
SERIALIZER = "serializer = {M}Serializer(data={data})"
VALID = "serializer.is_valid(raise_exception=True)"
COUNT = "{m}.count = 2"
TAG = 'tag = Tag.objects.get(name="first")'
OTHER = 'tag = Tag.objects.get(name="second")'
ATAG = 'tag = await Tag.objects.aget(name="second")'
ORDERS = ("Order", "OpenOrder", "RushOrder")
PLAIN = ("Order", "Line", "Owner")
IDLE = ("queryset", "own_query", "writes")  # managers of a queryset with a method `idle()`


def _relation(surface: str, expression: str, *setup: str) -> Operation:
    fetch = AFETCH if expression.startswith("await ") else FETCH
    return Operation(surface, expression, (fetch, *setup), only=ORDERS, tags=True)


OPERATIONS = {
    "save_new": Operation("save", "{m}.save()", (MAKE,), True),
    "save_fetched": Operation("save", "{m}.save()", (FETCH, COUNT)),
    "save_chain": Operation("save", "{M}({new}).save()", (), True),
    "save_of_a_query": Operation("save", '{M}.objects.get(name="{first}").save()'),
    "save_force_insert": Operation("save", "{m}.save(force_insert=True)", (MAKE,), True),
    "save_perhaps_new": Operation(
        "save", "{m}.save()", ("{m} = {M}.objects.filter(name=name).first() or {M}({new})",), True
    ),
    "save_twice": Operation("save", "{m}.save()", (MAKE, "{m}.save()", COUNT), True),
    "save_copy": Operation(
        "save", "{m}.save()", (FETCH, "{m}.pk = None", "{m}._state.adding = True")
    ),
    "save_iterated": Operation(
        "save", "{m}.save()", ("for {m} in {M}.objects.all():", "    {m}.count += 1")
    ),
    "save_rows_or_new": Operation(
        "save", "{m}.save()",
        ("for {m} in [{M}({new})] if flag else {M}.objects.all():", "    {m}.count += 1"), True,
    ),
    "save_fields": Operation("update-fields", '{m}.save(update_fields=["count"])', (FETCH, COUNT)),
    "save_fields_tuple": Operation(
        "update-fields", '{m}.save(update_fields=("count", "name"))', (FETCH, COUNT)
    ),
    "save_fields_set": Operation(
        "update-fields", '{m}.save(update_fields={{"name"}})', (FETCH, "{m}.name = name")
    ),
    "save_fields_variable": Operation(
        "update-fields", "{m}.save(update_fields=fields)", (FETCH, COUNT, 'fields = ["count"]')
    ),
    "save_fields_perhaps": Operation(
        "update-fields",
        "{m}.save(update_fields=fields)",
        (FETCH, COUNT, 'fields = ["count"] if flag else []'),
    ),
    "save_fields_none": Operation("update-fields", "{m}.save(update_fields=None)", (FETCH, COUNT)),
    "save_fields_empty": Operation("update-fields", "{m}.save(update_fields=[])", (FETCH,)),
    "save_deferred": Operation(
        "save", "{m}.save()", ('{m} = {M}.objects.only("count").get(name="{first}")', COUNT)
    ),
    "save_passed": Operation("save-in-a-function", "store({m})", (MAKE,), True),
    "save_method": Operation(
        "model-method", "{m}.rename(name)", (FETCH,), only=("Order", "Line", "OpenOrder")
    ),
    "create": Operation("create", "{M}.objects.create({new})", (), True),
    "create_unpacked": Operation(
        "create", "{M}.objects.create(**fields)", ('fields = {{"name": name, "{p}": {p}}}',), True,
        only=("Order", "Line"),
    ),
    "create_related": Operation(
        "related-create", "{p}.{many}.create(name=name)", (), True, only=("Order", "Line")
    ),
    "create_named": Operation(
        "manager-method", "{M}.objects.create_named(name, {p})", (), True, only=("Order",),
        managers=("creates", "builds", "queryset", "own_query", "writes"),
    ),
    "get_or_create": Operation(
        "get-or-create", "{M}.objects.get_or_create(name=name, defaults={defaults})", (), True
    ),
    "get_or_create_hit": Operation(
        "get-or-create", '{M}.objects.get_or_create(name="{first}", defaults={defaults})', (), True
    ),
    "get_or_create_related": Operation(
        "get-or-create", "{p}.{many}.get_or_create(name=name)", (), True, only=("Order", "Line")
    ),
    "update_or_create": Operation(
        "update-or-create", "{M}.objects.update_or_create(name=name, defaults={defaults})", (), True
    ),
    "update_or_create_hit": Operation(
        "update-or-create",
        '{M}.objects.update_or_create(name="{first}", defaults={{"count": 4}})',
    ),
    "update_or_create_bare": Operation(
        "update-or-create", '{M}.objects.update_or_create(name="{first}")'
    ),
    "create_by_default": Operation("create", "{M}._default_manager.create({new})", (), True),
    "create_using": Operation("create", '{M}.objects.using("default").create({new})', (), True),
    "create_got": Operation(
        "create", 'apps.get_model("shop", "{M}").objects.create({new})', (), True
    ),
    "create_of_its_type": Operation("create", "type({m}).objects.create({new})", (FETCH,), True),
    "create_of_an_alias": Operation("create", "model.objects.create({new})", ("model = {M}",), True),
    "create_filtered": Operation(
        "create", "{M}.objects.filter(count=1).create({new})", (), True, only=("Order", "Line")
    ),
    "create_own_query": Operation("create", "{M}.objects.idle().create({new})", (), True,
                                  only=("Order",), managers=IDLE),
    "save_own_query": Operation("save", "{m}.save()", ("for {m} in {M}.objects.idle():", "    {m}.count += 1"),
                                only=("Order",), managers=IDLE),
    "delete_own_query": Operation("queryset-delete", "{M}.objects.idle().delete()", only=("Order",),
                                  managers=IDLE),
    "close_query": Operation("queryset-method", "{M}.objects.idle().close()", only=("Order",),
                             managers=("writes",)),
    "drop_query": Operation("queryset-method", "{M}.objects.idle().drop()", only=("Order",),
                            managers=("writes",)),
    "rename_query": Operation("queryset-method", "{M}.objects.idle().rename(name)", only=("Order",),
                              managers=("writes",)),
    "create_all": Operation("queryset-method", "{M}.objects.create_all([name], {p})", (), True,
                            only=("Order",), managers=("writes",)),
    "save_past": Operation("save-past", "super({M}, {m}).save()", (FETCH, COUNT), only=PLAIN),
    "save_past_new": Operation("save-past", "super({M}, {m}).save()", (MAKE,), True, only=PLAIN),
    "delete_past": Operation("delete-past", "super({M}, {m}).delete()", (FETCH,), only=PLAIN),
    "save_mapped": Operation("handed-on", "list(map({M}.save, {M}.objects.all()))"),
    "save_in_bulk": Operation("save", "{M}.objects.in_bulk()[{m}.pk].save()", (FETCH,)),
    "save_method_of_one": Operation("save-in-a-function", "{m}.save() or {m}", (FETCH, COUNT)),
    "update_or_create_related": Operation(
        "update-or-create", "{p}.{many}.update_or_create(name=name, defaults={{\"count\": 3}})",
        (), True, only=("Order", "Line"),
    ),
    "update_or_create_defaults": Operation(
        "update-or-create",
        "{M}.objects.update_or_create(name=name, defaults={{\"count\": 2}}, create_defaults={defaults})",
        (), True,
    ),
    "update_or_create_variable": Operation(
        "update-or-create", "{M}.objects.update_or_create(name=name, defaults=fields)",
        ("fields = {defaults}",), True,
    ),
    "get_or_create_object": Operation(
        "get-or-create", "{M}.objects.get_or_create(name=name, defaults={defaults})[0]", (), True
    ),
    "bulk_update": Operation("bulk", '{M}.objects.bulk_update([{m}], ["count"])', (FETCH, COUNT),
                             only=PLAIN),
    "form_instance": Operation(
        "save", "form.instance.save()", (FETCH, FORM_EDIT, "form.full_clean()"), True
    ),
    "serializer_many": Operation(
        "serializer", "serializer.save()",
        ("serializer = {M}Serializer(data=[{data}, {data}], many=True)", VALID), True,
    ),
    "serializer_partial": Operation(
        "serializer", "serializer.save()",
        (FETCH, 'serializer = {M}Serializer({m}, data={{"count": 4}}, partial=True)', VALID),
    ),
    "save_parent": Operation("save", "{m}.{p}.save()", (FETCH,), only=("Order", "Line")),
    "save_or_404": Operation(
        "save", "{m}.save()", ('{m} = get_object_or_404({M}, name="{first}")', COUNT)
    ),
    "save_last": Operation("save", "{m}.save()", ('{m} = {M}.objects.order_by("name").last()', COUNT)),
    "save_by_key": Operation(
        "save", "{m}.save()", ("{m} = {{o.pk: o for o in {M}.objects.all()}}[{M}.objects.first().pk]",)
    ),
    "save_related_rows": Operation(
        "save", "{m}.save()", ("for {m} in {p}.{many}.all():", "    {m}.count += 1"), True,
        only=("Order", "Line"),
    ),
    "save_unbound": Operation("save", "{M}.save({m})", (FETCH, COUNT)),
    "delete_or_404": Operation("delete", '{m}.delete()', ('{m} = get_object_or_404({M}, name="{first}")',)),
    "delete_related_row": Operation(
        "delete", "{p}.{many}.first().delete()", (), True, only=("Order", "Line")
    ),
    "delete_in_bulk": Operation(
        "queryset-delete", "{M}.objects.filter(pk__in=[{m}.pk]).delete()", (FETCH,)
    ),
    "notes_remove": Operation("generic", "order.notes.remove(note)", (FETCH,), True),
    "notes_clear": Operation("generic", "order.notes.clear()", (), True),
    "notes_set": Operation("generic", "order.notes.set([note])", (FETCH,), True),
    "notes_add": Operation("generic", "order.notes.add(note, bulk=False)", (MAKE,), True),
    "bulk_create": Operation("bulk", "{M}.objects.bulk_create([{M}({new})])", (), True,
                             only=("Order", "Line", "Owner")),
    "update": Operation("bulk", '{M}.objects.filter(name="{first}").update(count=3)'),
    "add_related": Operation(
        "related-add", "{p}.{many}.add({m}, bulk=False)", (MAKE,), True, only=("Order", "Line")
    ),
    "form_new": Operation("form", "form.save()", (FORM, "form.full_clean()"), True),
    "form_edit": Operation(
        "form", "form.save()", (FETCH, FORM_EDIT, "form.full_clean()"), True
    ),
    "form_uncommitted": Operation(
        "form-uncommitted", "{m}.save()",
        (FORM, "form.full_clean()", "{m} = form.save(commit=False)", COUNT), True,
    ),
    "form_or_object": Operation(
        "form", "thing.save()",
        (FETCH, FORM_EDIT, "form.full_clean()", "thing = form if flag else {m}"), True,
    ),
    "form_with_save": Operation(
        "form-own-save", "form.save()",
        ("form = Counting{M}Form({data})", "form.full_clean()"), True, only=("Order", "Line"),
    ),
    "serializer_new": Operation("serializer", "serializer.save()", (SERIALIZER, VALID), True),
    "serializer_edit": Operation(
        "serializer", "serializer.save()",
        (FETCH, "serializer = {M}Serializer({m}, data={data})", VALID), True,
    ),
    "serializer_extra": Operation(
        "serializer", "serializer.save(count=8)", (SERIALIZER, VALID), True
    ),
    "formset": Operation(
        "formset", "formset.save()",
        ("formset = {M}FormSet(rows({M}, name, {pk}))", "formset.is_valid()"), True,
        only=("Line", "Owner"),
    ),
    "delete": Operation("delete", "{m}.delete()", (FETCH,)),
    "delete_chain": Operation("delete", '{M}.objects.get(name="{first}").delete()'),
    "delete_first": Operation("delete", "{M}.objects.first().delete()"),
    "delete_passed": Operation("delete-in-a-function", "remove({m})", (FETCH,)),
    "delete_many": Operation("queryset-delete", "{M}.objects.filter(count=0).delete()"),
    "delete_found": Operation(
        "queryset-delete", "found.delete()", ('found = {M}.objects.exclude(name="second")',)
    ),
    "delete_row_or_rows": Operation(
        "queryset-delete", "found.delete()",
        (
            'found = {M}.objects.filter(name="{first}")',
            "found = found.first() if flag and found else found",
        ),
    ),
    "delete_related": Operation(
        "queryset-delete", "{p}.{many}.all().delete()", (), True, only=("Order", "Line")
    ),
    "delete_iterated": Operation(
        "delete", "{m}.delete()", ("for {m} in {M}.objects.filter(count=0):", "    count()")
    ),
    "factory": Operation("factory", "{M}Factory({new})", (), True, only=("Order", "Line", "Owner")),
    "factory_batch": Operation(
        "factory", "{M}Factory.create_batch(2, {new})", (), True, only=("Order", "Line", "Owner")
    ),
    "factory_sub": Operation(
        "factory", "Sub{M}Factory(name=name)", only=("Order", "Line")
    ),
    "factory_late": Operation(
        "factory", "Late{M}Factory({new})", (), True, only=("Order", "Line", "Owner")
    ),
    "factory_build": Operation(
        "factory", "{M}Factory.build({new})", (), True, only=("Order", "Line", "Owner")
    ),
    "asave_new": Operation("coroutine-save", "await {m}.asave()", (MAKE,), True),
    "asave_fetched": Operation("coroutine-save", "await {m}.asave()", (AFETCH, COUNT)),
    "asave_fields": Operation(
        "coroutine-save", 'await {m}.asave(update_fields=["count"])', (AFETCH, COUNT)
    ),
    "acreate": Operation("coroutine-create", "await {M}.objects.acreate({new})", (), True),
    "acreate_related": Operation(
        "coroutine-create", "await {p}.{many}.acreate(name=name)", (), True, only=("Order", "Line")
    ),
    "aget_or_create": Operation(
        "coroutine-get-or-create",
        "await {M}.objects.aget_or_create(name=name, defaults={defaults})", (), True,
    ),
    "aupdate_or_create": Operation(
        "coroutine-get-or-create",
        'await {M}.objects.aupdate_or_create(name="{first}", defaults={{"count": 4}})',
    ),
    "asave_iterated": Operation(
        "coroutine-save", "await {m}.asave()",
        ("async for {m} in {M}.objects.all():", "    {m}.count += 1"),
    ),
    "asave_handed_on": Operation(
        "handed-on", "await sync_to_async({m}.save)()", (AFETCH, COUNT)
    ),
    "aget_or_create_related": Operation(
        "coroutine-get-or-create", "await {p}.{many}.aget_or_create(name=name)", (), True,
        only=("Order", "Line"),
    ),
    "abulk_create": Operation(
        "bulk", "await {M}.objects.abulk_create([{M}({new})])", (), True, only=("Line", "Owner")
    ),
    "adelete": Operation("coroutine-delete", "await {m}.adelete()", (AFETCH,)),
    "adelete_many": Operation(
        "coroutine-delete", "await {M}.objects.filter(count=0).adelete()"
    ),
    "tags_add": _relation("relation-add", "{m}.tags.add(tag)", OTHER),
    "tags_add_again": _relation("relation-add", "{m}.tags.add(tag)", TAG),
    "tags_add_key": _relation("relation-add", "{m}.tags.add(tag.pk)", OTHER),
    "tags_add_many": _relation("relation-add", "{m}.tags.add(*Tag.objects.all())"),
    "tags_remove": _relation("relation-remove", "{m}.tags.remove(tag)", TAG),
    "tags_remove_absent": _relation("relation-remove", "{m}.tags.remove(tag)", OTHER),
    "tags_set": _relation("relation-set", "{m}.tags.set([tag])", OTHER),
    "tags_set_same": _relation("relation-set", "{m}.tags.set([tag])", TAG),
    "tags_set_all": _relation("relation-set", "{m}.tags.set(Tag.objects.all())"),
    "tags_set_none": _relation("relation-set", "{m}.tags.set([])"),
    "tags_set_clearing": _relation("relation-set", "{m}.tags.set([tag], clear=True)", OTHER),
    "tags_clear": _relation("relation-clear", "{m}.tags.clear()"),
    "tags_create": _relation("relation-create", "{m}.tags.create(name=name)"),
    "tags_get_or_create": _relation("relation-create", "{m}.tags.get_or_create(name=name)"),
    "tags_reverse_add": _relation("relation-add", "tag.{orders}.add({m})", OTHER),
    "tags_reverse_remove": _relation("relation-remove", "tag.{orders}.remove({m})", TAG),
    "tags_reverse_set": _relation("relation-set", "tag.{orders}.set([{m}])", OTHER),
    "tags_reverse_clear": _relation("relation-clear", "tag.{orders}.clear()", TAG),
    "tags_of_form": Operation(
        "form-relation", "form.save_m2m()",
        (FORM, "form.full_clean()", "{m} = form.save(commit=False)", "{m}.save()"), True,
        only=ORDERS, tags=True,
    ),
    "tags_of_edited_form": Operation(
        "form-relation", "form.save_m2m()",
        (FETCH, FORM_EDIT, "form.full_clean()", "{m} = form.save(commit=False)"), True,
        only=ORDERS, tags=True,
    ),
    "tags_aadd": _relation("coroutine-relation", "await {m}.tags.aadd(tag)", ATAG),
    "tags_aremove": _relation("coroutine-relation", "await {m}.tags.aremove(tag)", ATAG),
    "tags_aset": _relation("coroutine-relation", "await {m}.tags.aset([tag])", ATAG),
    "tags_aclear": _relation("coroutine-relation", "await {m}.tags.aclear()"),
}  # fmt: skip
NOTES = (
    "notes_remove", "notes_clear", "notes_set", "notes_add", "save_new", "save_fetched", "save_chain",
    "save_of_a_query", "save_iterated", "save_fields", "save_last", "save_or_404", "create",
    "create_related", "create_using", "create_got", "create_of_an_alias", "delete", "delete_chain",
    "delete_passed", "delete_many", "delete_found", "delete_related", "delete_iterated",
    "delete_related_row", "delete_in_bulk", "bulk_create", "update", "asave_new", "acreate",
    "adelete",
)  # fmt: skip
PARENTS = {"Line": "Order", "Note": "Order"}  # all other models that have one have an Owner
BARE = ("Owner", "Document")


def fits(site: Site, shape: Shape) -> bool:
    """Whether the operation exists for the model."""
    operation = OPERATIONS[site.operation]
    if site.model == "Note" or operation.surface == "generic":
        return site.model == "Note" and site.operation in NOTES
    if operation.only and site.model not in operation.only:
        return False
    if operation.managers and shape.manager not in operation.managers:
        return False
    if operation.tags:
        return shape.tags
    if site.operation == "bulk_create":
        return site.model != "Order" or shape.base != "multi_table"
    if site.operation == "save_copy":
        uuid = shape.uuid_owner if site.model == "Owner" else shape.uuid_order
        return not uuid and site.model in ("Order", "Line", "Owner") and shape.base != "multi_table"
    return True


def words(site: Site, shape: Shape) -> dict[str, str]:
    """What stands for the braces."""
    noun = site.model.lower() if site.model not in ("OpenOrder", "RushOrder") else "order"
    parent = "" if site.model in BARE else PARENTS.get(site.model, "Owner")
    key = parent.lower()
    extra = f", {key}={key}" if parent else ""
    data = f', "{key}": {key}.pk' if parent else ""
    return {
        "M": site.model,
        "first": "rush" if site.model == "RushOrder" else "first",
        "m": noun,
        "P": parent,
        "p": key,
        "orders": accessor(shape, "Order"),
        "many": accessor(shape, site.model if site.model in PARENTS else "Order"),
        "new": f"name=name{extra}",
        "data": f'{{"name": name, "count": 1{data}}}',
        "defaults": f'{{"{key}": {key}}}' if parent else '{"count": 6}',
        "pk": f"{key}.pk" if parent else "None",
    }


def write(site: Site, shape: Shape) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """(made once, made each time, the expression)."""
    operation, known = OPERATIONS[site.operation], words(site, shape)
    pre: tuple[str, ...] = ()
    if operation.parent and known["P"]:
        get = "await {P}.objects.aget" if operation.awaits else "{P}.objects.get"
        pre = (f'{known["p"]} = {get.format(**known)}(name="first")',)
    setup = tuple(line.format(**known) for line in operation.setup)
    return pre, setup, operation.expression.format(**known)
