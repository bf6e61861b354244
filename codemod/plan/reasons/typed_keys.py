"""Keys that somebody may type over: the next save makes a row of an object that was fetched.

    class Order(models.Model):                          class OrderForm(forms.ModelForm):
        id = models.UUIDField(                              class Meta:
            primary_key=True, default=uuid4                     fields = "__all__"
        )

Nobody does, as a rule, so forms and pages don't ask the database for a key that has a default; and
a serializer has not set it yet where it could be asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.project import Project
from codemod.project.views import UPDATE, objects_of
from codemod.surfaces.objects.flow import AUTO
from codemod.surfaces.objects.held_keys import open_keys
from codemod.surfaces.objects.shown_fields import FORM
from codemod.surfaces.relation_serializer import SERIALIZER, saved_by_views


def typed_over(project: Project, label: str) -> tuple[str, int] | None:
    """(file, line) of the first class that writes a key which nothing asks the database about."""
    key = project.models.by_label[label].pk
    automatic = key is None or key.kind in AUTO
    return None if automatic else next(_places(project, label), None)


def _places(project: Project, label: str) -> Iterator[tuple[str, int]]:
    for info in project.classes:
        for holder in (FORM, SERIALIZER, *UPDATE):
            if project.classes.is_subclass(info.name, holder) and _writes(
                project, label, info.name, holder
            ):
                yield info.file, info.definition.node.lineno
    for inline in project.inline_entries():
        if inline.model == label and _writes_any(project, label, inline.cls):
            yield from _place(project, inline.cls)
    for entry in project.admin_entries():
        if entry.model == label and open_keys(project, label, entry.cls or "", made_up=True):
            yield entry.file, entry.node.lineno


def _writes(project: Project, label: str, cls: str, holder: str) -> bool:
    """Whether a form, a serializer or a view of a model writes such a key of an object."""
    if holder in UPDATE:
        made = not project.forms_of(cls) and label in objects_of(project, cls)
        return made and open_keys(project, label, cls, made_up=True)
    if project.model_of(cls) != label:
        return False
    if holder == FORM:
        return open_keys(project, label, cls, made_up=True)
    return _writes_any(project, label, cls) and cls in project.once(saved_by_views)


def _writes_any(project: Project, label: str, cls: str) -> bool:
    """Whether a class writes a key of an object, with a default or without one."""
    return any(open_keys(project, label, cls, made_up=made_up) for made_up in (True, False))


def _place(project: Project, cls: str) -> Iterator[tuple[str, int]]:
    info = project.classes.get(cls)
    if info is not None:
        yield info.file, info.definition.node.lineno
