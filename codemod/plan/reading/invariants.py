"""Work that only touches its own instance: an invariant of the model, whose place is its `save()`.

    @receiver(pre_save, sender=Order)                 class Order(models.Model):
    def note_status(sender, instance, **kwargs):          def save(self, *args, **kwargs):
        old = Order.objects.get(pk=instance.pk)   ->          note_status(self)
        if old.status != instance.status:                     super().save(*args, **kwargs)
            instance.history += [instance.status]

It may read what it likes, and changes nothing else: no rows, no other object, nothing outside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.deletes.written import WRITING
from codemod.plan.reading.features import GENERIC, is_instance, uses, walk
from codemod.plan.reading.handler import Handler
from codemod.project.answers import Manager, QuerySet
from codemod.project.model_tables import FOREIGN, Field
from codemod.project.project import Project
from codemod.surfaces.calls import found

# Modules whose functions compute and touch nothing of the database.
PURE = (
    "builtins.", "django.utils.", "datetime.", "hashlib.", "json.", "math.", "random.", "re.",
    "secrets.", "string.", "time.", "unicodedata.", "uuid.", "decimal.", "os.path.", "bleach.",
    "markdown.", "django.conf.settings", "django.core.exceptions.", "itertools.", "textwrap.",
)  # fmt: skip
# Methods of managers and querysets that only read.
READS = frozenset(
    "get filter exclude all using exists count first last earliest latest aggregate annotate "
    "values values_list order_by distinct only defer select_related prefetch_related".split()
)
OUTSIDE = frozenset("send delay apply_async open close read write connect".split())
_DISPLAY = re.compile(r"get_(\w+)_display")  # of a field with choices
_NO_FIELD = ("ManyToManyField", *GENERIC)


def only_touches_itself(
    handler: Handler, scope: Scope, facts: FileFacts, project: Project, model: str
) -> bool:
    """Whether the work writes fields of its own instance, reads and computes, nothing else.

    `scope` is the handler's.
    """
    fields = project.models.by_label[model].fields
    if handler.hides_instance:
        return False
    for node, parent in uses(handler):
        if not isinstance(parent, ast.Attribute) or parent.value is not node:
            return False
        field = fields.get(parent.attr) or fields.get(_field_behind(parent.attr))
        if parent.attr not in ("pk", "id") and (field is None or field.kind in _NO_FIELD):
            return False
    for node in walk(handler):
        if isinstance(node, (ast.Await, ast.Import, ast.ImportFrom, ast.With, ast.AsyncWith)):
            return False
        if isinstance(node, ast.Call) and not _changes_nothing(node, scope, facts, project, fields):
            return False
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            if not is_instance(node.value, handler):
                return False
    return True


def _field_behind(attribute: str) -> str:
    """The field of `customer_id` and `get_status_display`."""
    display = _DISPLAY.fullmatch(attribute)
    return display[1] if display is not None else attribute.removesuffix("_id")


def _changes_nothing(
    call: ast.Call, scope: Scope, facts: FileFacts, project: Project, fields: Mapping[str, Field]
) -> bool:
    """Whether a call is a calculation, or a query that reads."""
    function = call.func
    if isinstance(function, ast.Attribute) and _DISPLAY.fullmatch(function.attr):
        return True
    resolved = project.symbols.resolve(function, scope, facts)
    if not isinstance(function, ast.Attribute):
        if resolved is None:  # a builtin
            return isinstance(function, ast.Name) and function.id not in facts.scope.bindings
        return "." not in resolved or f"{resolved}.".startswith(PURE)
    answer = project.type_of(function.value, scope, facts)
    if any(isinstance(kind, (Manager, QuerySet)) for kind in answer.types):
        return function.attr in READS
    if found.instances(project, answer):
        return False
    if resolved is not None:
        return f"{resolved}.".startswith(PURE)
    # A method of a field's value or of a local: strings and dates, unless it is the ORM's.
    related = (
        isinstance(node, ast.Attribute)
        and (field := fields.get(node.attr)) is not None
        and field.kind in FOREIGN
        for node in ast.walk(function.value)
    )
    known = answer.known or not any(related)
    return known and function.attr not in READS | WRITING | OUTSIDE
