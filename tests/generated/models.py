"""The models of a generated project, as text."""

from __future__ import annotations

from textwrap import indent

from tests.generated.spec import Shape

BASES = (
    "plain", "abstract", "abstract_save", "abstract_logs", "abstract_tracked", "abstract_twice",
    "multi_table", "mixin", "mixin_save",
)  # fmt: skip
# The save() of an abstract base.
INHERITED = {
    "abstract": "none",
    "abstract_save": "arguments",
    "abstract_logs": "asks_if_new",
    "abstract_tracked": "tracked_in_base",
    "abstract_twice": "atomic",
}
SAVES = {
    "none": "",
    "arguments": """
def save(self, *args, **kwargs):
    self.name = self.name.strip()
    super().save(*args, **kwargs)
""",
    "keywords": """
def save(self, **kwargs):
    super().save(**kwargs)
    self.touched = True
""",
    "returned": """
def save(self, *args, **kwargs):
    if self.name == "refused":
        return None
    return super().save(*args, **kwargs)
""",
    "spelled": """
def save(self, force_insert=False, force_update=False, using=None, update_fields=None):
    super().save(force_insert, force_update, using, update_fields)
""",
    "named": """
def save(self, *args, **kwargs):
    super(MODEL, self).save(*args, **kwargs)
""",
    "asks_if_new": """
def save(self, *args, **kwargs):
    is_new = self.pk is None
    super().save(*args, **kwargs)
    if is_new:
        Log.objects.create(text=self.name)
""",
    "atomic": """
def save(self, *args, **kwargs):
    with transaction.atomic():
        super().save(*args, **kwargs)
        Log.objects.create(text=self.name)
""",
    "tried": """
def save(self, *args, **kwargs):
    try:
        super().save(*args, **kwargs)
    except LookupError:
        self.touched = True
        raise
""",
    "again": """
def save(self, *args, **kwargs):
    super().save(*args, **kwargs)
    if self.count == 2:
        self.count = 4
        super().save(update_fields=["count"])
""",
    "tracked": """
def __init__(self, *args, **kwargs):
    super().__init__(*args, **kwargs)
    self.known = self.__dict__.get("count")

def save(self, *args, **kwargs):
    super().save(*args, **kwargs)
    self.known = self.count
""",
    "tracked_in_base": """
def __init__(self, *args, **kwargs):
    super().__init__(*args, **kwargs)
    self.known = self.__dict__.get("count")

def save_base(self, *args, **kwargs):
    super().save_base(*args, **kwargs)
    self.known = self.count
""",
}
MANAGERS = {
    "none": "",
    "creates": """
class {model}Manager(models.Manager):
    def create_named(self, name, {parent}):
        return self.create(name=name, {parent}={parent})
""",
    "builds": """
class {model}Manager(models.Manager):
    def create_named(self, name, {parent}):
        {noun} = self.model(name=name, {parent}={parent})
        {noun}.save(using=self._db)
        return {noun}
""",
    "queryset": """
class {model}QuerySet(models.QuerySet):
    def idle(self):
        return self.filter(count=0)

    def create_named(self, name, {parent}):
        return self.create(name=name, {parent}={parent})


class {model}Manager(models.Manager.from_queryset({model}QuerySet)):
    pass
""",
    "own_query": """
class {model}QuerySet(models.QuerySet):
    def idle(self):
        return self.filter(count=0)

    def drop_idle(self):
        return self.idle().delete()


class {model}Manager(models.Manager):
    def get_queryset(self):
        return {model}QuerySet(self.model, using=self._db)

    def idle(self):
        return self.get_queryset().idle()

    def create_named(self, name, {parent}):
        return self.create(name=name, {parent}={parent})
""",
    "writes": """
class {model}QuerySet(models.QuerySet):
    def idle(self):
        return self.filter(count=0)

    def close(self):
        for {noun} in self:
            {noun}.count = 9
            {noun}.save()

    def rename(self, name):
        return [{noun}.rename(name) for {noun} in self]

    def drop(self):
        with transaction.atomic():
            for {noun} in self:
                {noun}.delete()

    def create_named(self, name, {parent}):
        return self.get_or_create(name=name, {parent}={parent})[0]

    def create_all(self, names, {parent}):
        return [self.create(name=name, {parent}={parent}) for name in names]


{model}Manager = models.Manager.from_queryset({model}QuerySet)
""",
}
DELETE = """
def delete(self, *args, **kwargs):
    self.count = 9
    return super().delete(*args, **kwargs)
"""
RENAME = """
def rename(self, name):
    self.name = name
    self.save()
"""
NOTE = """
content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
object_id = models.CharField(max_length=40)
order = GenericForeignKey()
"""
GENERIC = (
    "from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation\n"
    "from django.contrib.contenttypes.models import ContentType\n"
)
UUID = "id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)\n"
NAME = "name = models.CharField(max_length=40)\ncount = models.IntegerField(default=0)\n"
TREE = """above = models.ForeignKey(
    "self", null=True, blank=True, on_delete=models.CASCADE, related_name="below"
)
"""
TAGS = "tags = models.ManyToManyField(Tag, blank=True{})\n"


def write_models(shape: Shape) -> str:
    """The text of shop/models.py."""
    parts = ["import uuid\n\nfrom django.db import models\n"]
    related = ', related_name="{}"' if shape.related_names else ""
    parts.append(_class("Owner", "models.Model", (UUID if shape.uuid_owner else "") + NAME))
    parts.append(_class("Tag", "models.Model", "name = models.CharField(max_length=40)\n"))
    parts.append(_class("Log", "models.Model", "text = models.CharField(max_length=40)\n"))
    base, own = "models.Model", (UUID if shape.uuid_order else "") + NAME
    if shape.base in INHERITED:
        abstract = "\nclass Meta:\n    abstract = True\n"
        base, above = "Named", "models.Model"
        if shape.base == "abstract_twice":
            above = "Kept"
            parts.append(_class("Kept", "models.Model", abstract + SAVES["arguments"]))
        inherited = own + abstract + SAVES[INHERITED[shape.base]]
        parts.append(_class("Named", above, inherited))
        own = ""
    elif shape.base in ("mixin", "mixin_save"):
        base = "Renamed, models.Model"
        rename = RENAME + (SAVES["arguments"] if shape.base == "mixin_save" else "")
        parts.append(_class("Renamed", "", rename).replace("Renamed()", "Renamed"))
    elif shape.base == "multi_table":
        base = "Document"
        parts.append(_class("Document", "models.Model", own))
        own = ""
    foreign = "models.ForeignKey({}, on_delete=models.CASCADE{})\n"
    own += "owner = " + foreign.format("Owner", related.format("orders"))
    own += TAGS.format(related.format("orders")) if shape.tags else ""
    own += TREE if shape.tree else ""
    if shape.manager != "none":
        parts.append(MANAGERS[shape.manager].format(model="Order", noun="order", parent="owner"))
        own += "\nobjects = OrderManager()\n"
    own += 'notes = GenericRelation("Note")\n' if shape.notes else ""
    own += SAVES.get(shape.save, shape.save) + (DELETE if shape.delete else "")
    own += "" if shape.base.startswith("mixin") else RENAME
    parts.append(_class("Order", base, own))
    if shape.proxy:
        parts.append(_class("OpenOrder", "Order", "class Meta:\n    proxy = True\n"))
    if shape.child:
        parts.append(_class("RushOrder", "Order", "hours = models.IntegerField(default=1)\n"))
    line = NAME + "order = " + foreign.format("Order", related.format("lines"))
    parts.append(
        _class("Line", "models.Model", line + SAVES.get(shape.line_save, shape.line_save) + RENAME)
    )
    if shape.notes:
        parts.append(_class("Note", "models.Model", NAME + NOTE))
        parts[0] = parts[0].replace("from django.db", f"{GENERIC}from django.db")
    text = "\n\n".join(part.strip("\n") + "\n" for part in parts)
    if "transaction." in text:
        text = text.replace("import models\n", "import models, transaction\n", 1)
    return text if "uuid." in text else text.removeprefix("import uuid\n\n")


def _class(name: str, base: str, body: str) -> str:
    body = body.replace("MODEL", name)
    return f"class {name}({base}):\n" + indent(body.rstrip("\n") + "\n", "    ")


def model_names(shape: Shape) -> tuple[str, ...]:
    """The models that handlers may be connected to."""
    found = ["Order", "Line", "Owner"]
    found += ["Document"] if shape.base == "multi_table" else []
    found += ["OpenOrder"] if shape.proxy else []
    found += ["RushOrder"] if shape.child else []
    found += ["Note"] if shape.notes else []
    return tuple(found)


def accessor(shape: Shape, model: str) -> str:
    """What the reverse side of the model's foreign key is called."""
    if model == "Note":
        return "notes"
    return f"{model.lower()}s" if shape.related_names else f"{model.lower()}_set"
