"""One public name for each name that Django and its companions offer under several."""

from __future__ import annotations

_MODELS = """
    Model Manager QuerySet Prefetch Q F Field AutoField BigAutoField SmallAutoField
    BigIntegerField BinaryField BooleanField CharField CommaSeparatedIntegerField DateField
    DateTimeField DecimalField DurationField EmailField FileField FilePathField FloatField
    ForeignKey ForeignObject GenericIPAddressField ImageField IntegerField IPAddressField JSONField
    ManyToManyField ManyToManyRel ManyToOneRel NullBooleanField OneToOneField OneToOneRel
    PositiveBigIntegerField PositiveIntegerField PositiveSmallIntegerField SlugField
    SmallIntegerField TextField TimeField URLField UUIDField GeneratedField OrderWrt
    CASCADE DO_NOTHING PROTECT RESTRICT SET SET_DEFAULT SET_NULL ProtectedError RestrictedError
    Choices IntegerChoices TextChoices Aggregate Avg Count Max Min StdDev Sum Variance
    Case Exists Expression ExpressionWrapper Func OuterRef RowRange Subquery Value ValueRange When
    Window WindowFrame BaseConstraint CheckConstraint UniqueConstraint Deferrable Index Lookup
    Transform FilteredRelation ObjectDoesNotExist aprefetch_related_objects
    prefetch_related_objects
    PointField PolygonField MultiPolygonField LineStringField MultiPointField GeometryField
    MultiLineStringField GeometryCollectionField RasterField
"""
_VIEWS = """
    View TemplateView RedirectView ArchiveIndexView YearArchiveView MonthArchiveView
    WeekArchiveView DayArchiveView TodayArchiveView DateDetailView DetailView FormView CreateView
    UpdateView DeleteView ListView GenericViewError
"""
_FORMS = """
    Form BaseForm ModelForm BaseModelForm ModelFormMetaclass model_to_dict fields_for_model
    modelform_factory modelformset_factory inlineformset_factory BaseModelFormSet BaseInlineFormSet
    BaseFormSet formset_factory ModelChoiceField ModelMultipleChoiceField ALL_FIELDS Field CharField
    IntegerField DateField TimeField DateTimeField DurationField RegexField EmailField FileField
    ImageField URLField BooleanField NullBooleanField ChoiceField MultipleChoiceField ComboField
    MultiValueField FloatField DecimalField SplitDateTimeField GenericIPAddressField FilePathField
    JSONField SlugField TypedChoiceField TypedMultipleChoiceField UUIDField ValidationError
"""
_ADMIN = """
    ModelAdmin BaseModelAdmin InlineModelAdmin StackedInline TabularInline AdminSite site register
    action display autodiscover HORIZONTAL VERTICAL ShowFacets
"""
_SERIALIZERS = """
    BaseSerializer Serializer ListSerializer ModelSerializer HyperlinkedModelSerializer
    Field BooleanField CharField ChoiceField DateField DateTimeField DecimalField DictField
    DurationField EmailField FileField FilePathField FloatField HiddenField HStoreField
    IPAddressField ImageField IntegerField JSONField ListField ModelField MultipleChoiceField
    ReadOnlyField RegexField SerializerMethodField SlugField TimeField URLField UUIDField
    CreateOnlyDefault CurrentUserDefault HyperlinkedIdentityField HyperlinkedRelatedField
    ManyRelatedField PrimaryKeyRelatedField RelatedField SlugRelatedField StringRelatedField
    ValidationError
"""

_FACTORY = """
    Factory SubFactory RelatedFactory RelatedFactoryList post_generation PostGeneration
    LazyAttribute LazyFunction Sequence Iterator Faker Trait Maybe SelfAttribute
"""
_MPTT = "MPTTModel TreeForeignKey TreeOneToOneField TreeManyToManyField TreeManager"
_WAGTAIL = "Page Orderable Site Collection Revision Locale PageManager PageQuerySet"

# Where a name may be defined or offered -> the module it is usually imported from, and which names.
_MOVED: dict[str, tuple[str, frozenset[str]]] = {
    source: (public, frozenset(names.split()))
    for public, names, sources in (
        (
            "django.db.models",
            _MODELS,
            """
            django.db.models.base django.db.models.fields django.db.models.fields.related
            django.db.models.fields.files django.db.models.fields.json django.db.models.query
            django.db.models.query_utils django.db.models.manager django.db.models.deletion
            django.db.models.aggregates django.db.models.expressions django.db.models.enums
            django.db.models.constraints django.db.models.indexes django.db.models.lookups
            django.db.models.fields.generated
            django.contrib.gis.db.models django.contrib.gis.db.models.fields
            django.contrib.gis.db.models.manager
            """,
        ),
        (
            "django.views.generic",
            _VIEWS,
            """
            django.views.generic.base django.views.generic.dates django.views.generic.detail
            django.views.generic.edit django.views.generic.list django.views
            """,
        ),
        (
            "django.forms",
            _FORMS,
            """
            django.forms.forms django.forms.models django.forms.fields django.forms.formsets
            django.contrib.gis.forms
            """,
        ),
        (
            "django.contrib.admin",
            _ADMIN,
            """
            django.contrib.admin.options django.contrib.admin.sites django.contrib.admin.decorators
            django.contrib.gis.admin
            """,
        ),
        (
            "rest_framework.serializers",
            _SERIALIZERS,
            "rest_framework.fields rest_framework.relations rest_framework.exceptions",
        ),
        ("django.dispatch", "Signal receiver", "django.dispatch.dispatcher"),
        ("django.apps", "AppConfig apps", "django.apps.config django.apps.registry"),
        (
            "django.contrib.auth.models",
            "AbstractBaseUser BaseUserManager",
            "django.contrib.auth.base_user",
        ),
        (
            "django.contrib.contenttypes.fields",
            "GenericForeignKey GenericRelation",
            "django.contrib.contenttypes.generic",
        ),
        ("django.urls", "reverse reverse_lazy resolve", "django.core.urlresolvers"),
        ("factory.django", "DjangoModelFactory mute_signals", "factory"),
        ("factory", _FACTORY, "factory.base factory.declarations factory.helpers"),
        ("mptt.models", _MPTT, "mptt.fields mptt.managers"),
        ("wagtail.models", _WAGTAIL, "wagtail.core.models wagtail.wagtailcore.models"),
        ("polymorphic.models", "PolymorphicModel", "polymorphic"),
        ("import_export.admin", "ImportExportModelAdmin ImportExportMixin", "import_export"),
    )
    for source in sources.split()
}

_RENAMED = {
    "django.dispatch.dispatcher.receiver": "django.dispatch.receiver",
    "django.db.transaction.commit_on_success": "django.db.transaction.atomic",
    "django.db.models.loading.get_model": "django.apps.apps.get_model",
    "django.db.models.get_model": "django.apps.apps.get_model",
    "django.contrib.auth.models.get_user_model": "django.contrib.auth.get_user_model",
    "django.db.models.ObjectDoesNotExist": "django.core.exceptions.ObjectDoesNotExist",
}


def public_name(dotted: str) -> str:
    """The name an external thing is known by here: its most usual import path."""
    renamed = _RENAMED.get(dotted)
    if renamed is not None:
        return renamed
    parts = dotted.split(".")
    # The module is a prefix of the name: `django.db.models.base.Model.objects` has two parts more.
    for depth in range(len(parts) - 1, 0, -1):
        moved = _MOVED.get(".".join(parts[:depth]))
        if moved is not None and parts[depth] in moved[1]:
            return ".".join([moved[0], *parts[depth:]])
    if dotted.startswith("django.contrib.gis.db.models.signals."):
        return dotted.replace("contrib.gis.", "", 1)
    return dotted


def _offered() -> frozenset[str]:
    names = {f"{public}.{name}" for public, group in _MOVED.values() for name in group}
    signals = "pre_init post_init pre_save post_save pre_delete post_delete m2m_changed"
    signals += " class_prepared pre_migrate post_migrate"
    names |= {f"django.db.models.signals.{name}" for name in signals.split()}
    users = "AbstractUser AbstractBaseUser PermissionsMixin User Group Permission UserManager"
    names |= {f"django.contrib.auth.models.{name}" for name in users.split()}
    shortcuts = "render redirect get_object_or_404 get_list_or_404 aget_object_or_404"
    return frozenset(names | {f"django.shortcuts.{name}" for name in shortcuts.split()})


#: Names known to exist, for `from django.db.models import *`.
OFFERED = _offered()
