"""Views, forms, serializers and factories made of a package's class that nothing is known of.

    class OrderCreate(ModalCreateView):    may save an Order
        model = Order

    class OrderForm(FancyModelForm):       may save an Order where it is saved
        class Meta:
            model = Order

What the base is called says what it may do; that it does can't be told, so these sites are
possible ones. The model's own `save()` covers them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemod.project.answers import ClassRef, Tier
from codemod.project.classes import ClassInfo
from codemod.project.external_classes import EXTERNAL_BASES
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.packages import SAVERS
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

name = "package-class"

SAVING = re.compile(
    r"(Add|Change|Create|Edit|Form|Update|Wizard)\w*View$|ViewSet$"
    r"|ModelForm$|Serializer$|Factory$|Mutation$|Resource$|FormSet$"
)
DELETING = re.compile(r"(Delete|Destroy|Remove)\w*View$|ViewSet$|FormSet$")
# Classes that other surfaces know how to read, and those of Django's that save nothing.
KNOWN = (
    *SAVERS,
    "django.forms.ModelForm",
    "django.forms.BaseModelFormSet",
    "django.views.generic.edit.ModelFormMixin",
    "django.views.generic.edit.DeletionMixin",
    "django.contrib.admin.ModelAdmin",
    "rest_framework.mixins.CreateModelMixin",
    "rest_framework.mixins.UpdateModelMixin",
    "rest_framework.mixins.DestroyModelMixin",
    "rest_framework.serializers.ModelSerializer",
    "factory.django.DjangoModelFactory",
    "django.db.models.Model",
)
OPEN = ("django.", "rest_framework.", "factory.", "builtins.")


def find(project: Project) -> Iterator[Site]:
    """Every class of the project that has such a base and a model."""
    for cls in project.classes:
        strange = [base for base in project.classes.mro(cls.name)[1:] if _is_strange(project, base)]
        if not strange or project.classes.is_subclass(cls.name, *KNOWN):
            continue
        for pattern, signals in ((SAVING, SAVE_SIGNALS), (DELETING, DELETE_SIGNALS)):
            base = next((b for b in strange if pattern.search(b)), None)
            label = _model(project, cls) if base is not None else None
            if label is not None and base is not None:
                yield from _site(project, cls, base, label, signals)


def _is_strange(project: Project, base: str) -> bool:
    """Whether a base is of a package, not in the tables, and may write."""
    known = project.classes.get(base) is not None or base in EXTERNAL_BASES
    return not known and not base.startswith(OPEN) and "ReadOnly" not in base


def _model(project: Project, cls: ClassInfo) -> str | None:
    """The model that a class is about, by what it says itself."""
    label = project.model_of(cls.name)
    for option in ("model", "queryset", "form_class", "serializer_class"):
        said = project.classes.attribute(cls.name, option) if label is None else None
        if said is None:
            continue
        info, value = said
        answer = project.type_of(value, info.scope, info.facts)
        labels: list[str | None] = [*found.queried(answer)]
        for kind in answer.types:
            if isinstance(kind, ClassRef):
                model = project.models.by_class.get(kind.cls)
                labels.append(model.label if model is not None else project.model_of(kind.cls))
        label = next((known for known in labels if known is not None), None)
    return label


def _site(
    project: Project, cls: ClassInfo, base: str, label: str, signals: tuple[str, ...]
) -> Iterator[Site]:
    method = "save" if signals is SAVE_SIGNALS else "delete"
    if found.overrides(project, label, method):
        return  # the line within it fires
    yield Site(
        name,
        cls.file,
        cls.facts.lines.span(cls.definition.node),
        (label,),
        signals,
        Tier.POSSIBLE,
        "dynamic" if signals is SAVE_SIGNALS else None,
        f"{base.removeprefix('?.')} may {method} it",
        cls=cls,
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: nothing is known of the base."""
    return Blocked("possible-site")
