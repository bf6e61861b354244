"""Packages that save a project's objects by themselves.

    class BookResource(ModelResource):     django-import-export saves a Book for each row,
                                           django-tastypie those of requests, and deletes some
    AUTH_USER_MODEL = "people.User"        django.contrib.auth saves users: login(),
                                           createsuperuser, password forms
    class HomePage(Page):                  Wagtail's editor saves pages
    class Topic(MP_Node):                  django-treebeard saves the parent of what is deleted
    class Draft(SafeDeleteModel):          its delete() saves, and deletes on some terms only

There is no line of the project's to put a call beside, so these sites block; the model's own
`save()` covers them all. For the calls of packages that save see `package_calls`.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.answers import ClassRef, Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created

name = "package"

# Classes whose subclasses save the objects of a model: that of `Meta`, of an option, ...
SAVERS = (
    "import_export.resources.ModelResource",
    "import_export.admin.ImportMixin",
    "import_export.admin.ImportExportMixin",
    "import_export.admin.ImportExportModelAdmin",
    "extra_views.ModelFormSetView",
    "extra_views.InlineFormSetView",
    "extra_views.InlineFormSetFactory",
    "extra_views.InlineFormSet",
    "extra_views.generic.GenericInlineFormSetFactory",
    "extra_views.generic.GenericInlineFormSetView",
    "graphene_django.forms.mutation.DjangoModelFormMutation",
    "graphene_django.rest_framework.mutation.SerializerMutation",
    "wagtail.admin.viewsets.model.ModelViewSet",
    "wagtail.snippets.views.snippets.SnippetViewSet",
    "wagtail.contrib.modeladmin.options.ModelAdmin",
    "wagtail_modeladmin.options.ModelAdmin",
)
# Subclasses that save and delete rows of the queryset, or the `object_class`, in their `Meta`.
RESOURCES = ("tastypie.resources.ModelResource", "tastypie.resources.NamespacedModelResource")
# Models of these bases are saved by the package's own editors.
BASES = ("wagtail.models.Page", "wagtail.core.models.Page", "cms.models.CMSPlugin")
# Of these, other objects are saved when one is deleted, whoever deletes it.
TREES = ("treebeard.mp_tree.MP_Node",)
# Their `delete()` marks the row, with a save, and deletes it on some terms only.
SOFT = (
    "safedelete.models.SafeDeleteModel", "model_utils.models.SoftDeletableModel",
    "softdelete.models.SoftDeleteObject", "django_softdelete.models.SoftDeleteModel",
    "soft_delete_it.models.SoftDeleteModel", "django_soft_delete.models.SoftDeleteModel",
)  # fmt: skip
CODE = "package-saves"


def find(project: Project) -> Iterator[Site]:
    """Every site of these kinds."""
    for cls in project.classes:
        if project.classes.is_subclass(cls.name, *SAVERS):
            yield from _site(project, cls, project.model_of(cls.name))
        elif project.classes.is_subclass(cls.name, *RESOURCES):
            for label in _served(project, cls):
                yield from _site(project, cls, label)
                yield from _site(project, cls, label, None, DELETE_SIGNALS)
    for model in project.models.all():
        known = project.classes.get(model.name)
        if model.abstract or known is None:
            continue
        edited = project.classes.is_subclass(model.name, *BASES)
        if model.label == project.models.user_label or edited:
            yield from _site(project, known, model.label)
        elif project.classes.is_subclass(model.name, *TREES):
            yield from _site(project, known, model.label, "false")
        elif project.classes.is_subclass(model.name, *SOFT):
            yield from _site(project, known, model.label, "false")
            yield from _site(project, known, model.label, None, DELETE_SIGNALS)


def _served(project: Project, cls: ClassInfo) -> tuple[str, ...]:
    """The models whose rows a resource serves, by its `Meta`."""
    labels: list[str] = []
    for option in ("queryset", "object_class"):
        said = project.classes.meta(cls.name, option)
        if said is not None:
            answer = project.type_of(said[1], said[0].scope, said[0].facts)
            labels += found.queried(answer)
            labels += [
                model.label
                for kind in answer.types
                if isinstance(kind, ClassRef)
                and (model := project.models.by_class.get(kind.cls)) is not None
            ]
    return tuple(dict.fromkeys(labels))


def _site(
    project: Project,
    cls: ClassInfo,
    label: str | None,
    created: Created | None = "dynamic",
    signals: tuple[str, ...] = SAVE_SIGNALS,
) -> Iterator[Site]:
    if signals is SAVE_SIGNALS and label is not None and found.overrides(project, label, "save"):
        return
    yield Site(
        name,
        cls.file,
        cls.facts.lines.span(cls.definition.node),
        (label,) if label else (),
        signals,
        Tier.PROVED if label else Tier.POSSIBLE,
        created,
        "saved by a package",
        code=CODE,
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: there is no line to put a call beside."""
    return Blocked(CODE)
