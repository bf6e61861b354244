"""The classes of Django and its common companions: public name -> direct bases."""

from __future__ import annotations

MODEL = "django.db.models.Model"
MANAGER = "django.db.models.Manager"
BASE_MANAGER = "django.db.models.manager.BaseManager"

_SHORT = {
    "models": "django.db.models",
    "auth": "django.contrib.auth",
    "contrib": "django.contrib",
    "views": "django.views.generic",
    "forms": "django.forms",
    "admin": "django.contrib.admin",
    "drf": "rest_framework",
}

# One class a line, `name: bases`; the first part of a name may be one of the short forms above.
_TABLE = """
models.Manager: models.manager.BaseManager
models.ForeignObject: models.Field
models.ForeignKey: models.ForeignObject
models.OneToOneField: models.ForeignKey
models.ManyToManyField: models.Field
models.TextChoices: models.Choices
models.IntegerChoices: models.Choices
models.Choices: enum.Enum
contrib.contenttypes.fields.GenericRelation: models.ForeignObject

auth.models.BaseUserManager: models.Manager
auth.models.UserManager: auth.models.BaseUserManager
auth.models.AbstractBaseUser: models.Model
auth.models.PermissionsMixin: models.Model
auth.models.AbstractUser: auth.models.AbstractBaseUser, auth.models.PermissionsMixin
auth.models.User: auth.models.AbstractUser
auth.models.Group: models.Model
auth.models.Permission: models.Model
contrib.contenttypes.models.ContentType: models.Model
contrib.sessions.base_session.AbstractBaseSession: models.Model
contrib.sessions.models.Session: contrib.sessions.base_session.AbstractBaseSession
contrib.sites.models.Site: models.Model
contrib.redirects.models.Redirect: models.Model
contrib.flatpages.models.FlatPage: models.Model
admin.models.LogEntry: models.Model

views.TemplateView: views.base.TemplateResponseMixin, views.base.ContextMixin, views.View
views.RedirectView: views.View
views.DetailView: views.detail.SingleObjectTemplateResponseMixin, views.detail.BaseDetailView
views.ListView: views.list.MultipleObjectTemplateResponseMixin, views.list.BaseListView
views.FormView: views.base.TemplateResponseMixin, views.edit.BaseFormView
views.CreateView: views.detail.SingleObjectTemplateResponseMixin, views.edit.BaseCreateView
views.UpdateView: views.detail.SingleObjectTemplateResponseMixin, views.edit.BaseUpdateView
views.DeleteView: views.detail.SingleObjectTemplateResponseMixin, views.edit.BaseDeleteView
views.detail.SingleObjectMixin: views.base.ContextMixin
views.detail.SingleObjectTemplateResponseMixin: views.base.TemplateResponseMixin
views.detail.BaseDetailView: views.detail.SingleObjectMixin, views.View
views.list.MultipleObjectMixin: views.base.ContextMixin
views.list.MultipleObjectTemplateResponseMixin: views.base.TemplateResponseMixin
views.list.BaseListView: views.list.MultipleObjectMixin, views.View
views.edit.FormMixin: views.base.ContextMixin
views.edit.ModelFormMixin: views.edit.FormMixin, views.detail.SingleObjectMixin
views.edit.ProcessFormView: views.View
views.edit.BaseFormView: views.edit.FormMixin, views.edit.ProcessFormView
views.edit.BaseCreateView: views.edit.ModelFormMixin, views.edit.ProcessFormView
views.edit.BaseUpdateView: views.edit.ModelFormMixin, views.edit.ProcessFormView
views.edit.BaseDeleteView: views.edit.DeletionMixin, views.edit.FormMixin, \
views.detail.BaseDetailView
extra_views.ModelFormSetView: views.TemplateView
extra_views.CreateWithInlinesView: views.CreateView
extra_views.UpdateWithInlinesView: views.UpdateView
django_filters.views.FilterView: views.ListView
django_tables2.SingleTableView: views.ListView
django_tables2.views.SingleTableView: views.ListView

forms.Form: forms.BaseForm
forms.BaseModelForm: forms.BaseForm
forms.ModelForm: forms.BaseModelForm
forms.BaseModelFormSet: forms.BaseFormSet
forms.BaseInlineFormSet: forms.BaseModelFormSet
auth.forms.BaseUserCreationForm: forms.ModelForm
auth.forms.UserCreationForm: auth.forms.BaseUserCreationForm
auth.forms.AdminUserCreationForm: auth.forms.UserCreationForm
auth.forms.UserChangeForm: forms.ModelForm
auth.forms.AuthenticationForm: forms.Form
auth.forms.PasswordResetForm: forms.Form
auth.forms.SetPasswordForm: forms.Form
auth.forms.PasswordChangeForm: auth.forms.SetPasswordForm
auth.forms.AdminPasswordChangeForm: forms.Form
allauth.account.forms.SignupForm: allauth.account.forms.BaseSignupForm
allauth.account.forms.BaseSignupForm: forms.Form
bootstrap_modal_forms.forms.BSModalModelForm: forms.ModelForm
parler.forms.TranslatableModelForm: forms.ModelForm
mptt.forms.MPTTAdminForm: forms.ModelForm
treebeard.forms.MoveNodeForm: forms.ModelForm
wagtail.admin.forms.WagtailAdminModelForm: forms.ModelForm
wagtail.admin.forms.WagtailAdminPageForm: wagtail.admin.forms.WagtailAdminModelForm

admin.ModelAdmin: admin.BaseModelAdmin
admin.InlineModelAdmin: admin.BaseModelAdmin
admin.StackedInline: admin.InlineModelAdmin
admin.TabularInline: admin.InlineModelAdmin
contrib.contenttypes.admin.GenericInlineModelAdmin: admin.InlineModelAdmin
contrib.contenttypes.admin.GenericStackedInline: contrib.contenttypes.admin.GenericInlineModelAdmin
contrib.contenttypes.admin.GenericTabularInline: contrib.contenttypes.admin.GenericInlineModelAdmin
contrib.gis.admin.GISModelAdmin: admin.ModelAdmin
contrib.gis.admin.GeoModelAdmin: admin.ModelAdmin
contrib.gis.admin.OSMGeoAdmin: contrib.gis.admin.GeoModelAdmin
auth.admin.UserAdmin: admin.ModelAdmin
auth.admin.GroupAdmin: admin.ModelAdmin
mptt.admin.MPTTModelAdmin: admin.ModelAdmin
mptt.admin.DraggableMPTTAdmin: mptt.admin.MPTTModelAdmin
treebeard.admin.TreeAdmin: admin.ModelAdmin
reversion.admin.VersionAdmin: admin.ModelAdmin
simple_history.admin.SimpleHistoryAdmin: admin.ModelAdmin
import_export.admin.ImportExportModelAdmin: import_export.admin.ImportExportMixin, admin.ModelAdmin
import_export.admin.ExportActionModelAdmin: admin.ModelAdmin
import_export.admin.ImportMixin: import_export.admin.BaseImportMixin
import_export.resources.ModelResource: import_export.resources.Resource
modeltranslation.admin.TranslationAdmin: admin.ModelAdmin
parler.admin.TranslatableAdmin: admin.ModelAdmin
polymorphic.admin.PolymorphicParentModelAdmin: admin.ModelAdmin
polymorphic.admin.PolymorphicChildModelAdmin: admin.ModelAdmin
adminsortable2.admin.SortableAdminMixin: builtins.object
guardian.admin.GuardedModelAdmin: admin.ModelAdmin
unfold.admin.ModelAdmin: admin.ModelAdmin
unfold.admin.StackedInline: admin.StackedInline
unfold.admin.TabularInline: admin.TabularInline
nested_admin.NestedModelAdmin: admin.ModelAdmin
solo.admin.SingletonModelAdmin: admin.ModelAdmin

drf.views.APIView: views.View
drf.generics.GenericAPIView: drf.views.APIView
drf.generics.CreateAPIView: drf.mixins.CreateModelMixin, drf.generics.GenericAPIView
drf.generics.ListAPIView: drf.mixins.ListModelMixin, drf.generics.GenericAPIView
drf.generics.RetrieveAPIView: drf.mixins.RetrieveModelMixin, drf.generics.GenericAPIView
drf.generics.DestroyAPIView: drf.mixins.DestroyModelMixin, drf.generics.GenericAPIView
drf.generics.UpdateAPIView: drf.mixins.UpdateModelMixin, drf.generics.GenericAPIView
drf.generics.ListCreateAPIView: drf.mixins.ListModelMixin, drf.mixins.CreateModelMixin, \
drf.generics.GenericAPIView
drf.generics.RetrieveUpdateAPIView: drf.mixins.RetrieveModelMixin, drf.mixins.UpdateModelMixin, \
drf.generics.GenericAPIView
drf.generics.RetrieveDestroyAPIView: drf.mixins.RetrieveModelMixin, \
drf.mixins.DestroyModelMixin, drf.generics.GenericAPIView
drf.generics.RetrieveUpdateDestroyAPIView: drf.mixins.RetrieveModelMixin, \
drf.mixins.UpdateModelMixin, drf.mixins.DestroyModelMixin, drf.generics.GenericAPIView
drf.viewsets.ViewSet: drf.viewsets.ViewSetMixin, drf.views.APIView
drf.viewsets.GenericViewSet: drf.viewsets.ViewSetMixin, drf.generics.GenericAPIView
drf.viewsets.ReadOnlyModelViewSet: drf.mixins.RetrieveModelMixin, drf.mixins.ListModelMixin, \
drf.viewsets.GenericViewSet
drf.viewsets.ModelViewSet: drf.mixins.CreateModelMixin, drf.mixins.RetrieveModelMixin, \
drf.mixins.UpdateModelMixin, drf.mixins.DestroyModelMixin, drf.mixins.ListModelMixin, \
drf.viewsets.GenericViewSet
drf.serializers.BaseSerializer: drf.serializers.Field
drf.serializers.Serializer: drf.serializers.BaseSerializer
drf.serializers.ListSerializer: drf.serializers.BaseSerializer
drf.serializers.ModelSerializer: drf.serializers.Serializer
drf.serializers.HyperlinkedModelSerializer: drf.serializers.ModelSerializer
drf.authtoken.models.Token: models.Model
rest_framework_gis.serializers.GeoFeatureModelSerializer: drf.serializers.ModelSerializer
drf_writable_nested.serializers.WritableNestedModelSerializer: drf.serializers.ModelSerializer
drf_writable_nested.WritableNestedModelSerializer: drf.serializers.ModelSerializer
rest_flex_fields.FlexFieldsModelSerializer: drf.serializers.ModelSerializer
rest_polymorphic.serializers.PolymorphicSerializer: drf.serializers.Serializer

mptt.models.MPTTModel: models.Model
mptt.models.TreeForeignKey: models.ForeignKey
mptt.models.TreeOneToOneField: models.OneToOneField
mptt.models.TreeManyToManyField: models.ManyToManyField
mptt.models.TreeManager: models.Manager
treebeard.models.Node: models.Model
treebeard.mp_tree.MP_Node: treebeard.models.Node
treebeard.ns_tree.NS_Node: treebeard.models.Node
treebeard.al_tree.AL_Node: treebeard.models.Node
treebeard.mp_tree.MP_NodeManager: models.Manager
treebeard.ns_tree.NS_NodeManager: models.Manager
tree_queries.models.TreeNode: models.Model
polymorphic.models.PolymorphicModel: models.Model
polymorphic.managers.PolymorphicManager: models.Manager
modelcluster.models.ClusterableModel: models.Model
modelcluster.fields.ParentalKey: models.ForeignKey
modelcluster.fields.ParentalManyToManyField: models.ManyToManyField
wagtail.models.Page: treebeard.mp_tree.MP_Node, modelcluster.models.ClusterableModel
wagtail.models.Orderable: models.Model
wagtail.models.Site: models.Model
wagtail.models.Locale: models.Model
wagtail.models.Collection: treebeard.mp_tree.MP_Node
wagtail.models.Revision: models.Model
wagtail.images.models.AbstractImage: models.Model
wagtail.images.models.Image: wagtail.images.models.AbstractImage
wagtail.images.models.AbstractRendition: models.Model
wagtail.documents.models.AbstractDocument: models.Model
wagtail.documents.models.Document: wagtail.documents.models.AbstractDocument
wagtail.snippets.models.TranslatableMixin: models.Model
wagtail.contrib.settings.models.BaseSiteSetting: models.Model
wagtail.contrib.settings.models.BaseGenericSetting: models.Model
wagtail.contrib.forms.models.AbstractForm: wagtail.models.Page
wagtail.contrib.forms.models.AbstractEmailForm: wagtail.contrib.forms.models.AbstractForm
model_utils.models.TimeStampedModel: models.Model
model_utils.models.TimeFramedModel: models.Model
model_utils.models.StatusModel: models.Model
model_utils.models.SoftDeletableModel: models.Model
model_utils.models.UUIDModel: models.Model
model_utils.managers.InheritanceManager: models.Manager
django_extensions.db.models.TimeStampedModel: models.Model
django_extensions.db.models.TitleDescriptionModel: models.Model
django_extensions.db.models.TitleSlugDescriptionModel: models.Model
django_extensions.db.models.ActivatorModel: models.Model
parler.models.TranslatableModel: models.Model
parler.managers.TranslatableManager: models.Manager
hvad.models.TranslatableModel: models.Model
solo.models.SingletonModel: models.Model
taggit.models.TagBase: models.Model
taggit.models.Tag: taggit.models.TagBase
taggit.models.ItemBase: models.Model
taggit.models.CommonGenericTaggedItemBase: taggit.models.ItemBase
taggit.models.GenericTaggedItemBase: taggit.models.CommonGenericTaggedItemBase
taggit.models.GenericUUIDTaggedItemBase: taggit.models.CommonGenericTaggedItemBase
taggit.models.TaggedItemBase: taggit.models.ItemBase
taggit.models.TaggedItem: taggit.models.GenericTaggedItemBase
guardian.models.UserObjectPermissionBase: models.Model
guardian.models.GroupObjectPermissionBase: models.Model
simple_history.models.HistoricalRecords: builtins.object
oauth2_provider.models.AbstractApplication: models.Model
oauth2_provider.models.AbstractAccessToken: models.Model
organizations.abstract.AbstractOrganization: models.Model
organizations.models.Organization: models.Model
safedelete.models.SafeDeleteModel: models.Model
django_lifecycle.LifecycleModel: models.Model
django_lifecycle.models.LifecycleModel: models.Model
ordered_model.models.OrderedModelBase: models.Model
ordered_model.models.OrderedModel: ordered_model.models.OrderedModelBase
softdelete.models.SoftDeleteObject: models.Model
django_prometheus.models.ExportModelOperationsMixin: builtins.object
axes.models.AccessBase: models.Model
allauth.socialaccount.models.SocialAccount: models.Model
allauth.account.models.EmailAddress: models.Model
reversion.models.Version: models.Model
factory.django.DjangoModelFactory: factory.Factory
sortedm2m.fields.SortedManyToManyField: models.ManyToManyField
smart_selects.db_fields.ChainedForeignKey: models.ForeignKey
smart_selects.db_fields.ChainedManyToManyField: models.ManyToManyField
annoying.fields.AutoOneToOneField: models.OneToOneField
cms.models.pluginmodel.CMSPlugin: models.Model
cms.models.CMSPlugin: cms.models.pluginmodel.CMSPlugin
"""


def full_name(name: str) -> str:
    """`models.Model` -> `django.db.models.Model`."""
    head, dot, rest = name.strip().partition(".")
    return _SHORT.get(head, head) + dot + rest


def _read(table: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        name, _, bases = line.partition(":")
        if bases:
            found[full_name(name)] = tuple(full_name(base) for base in bases.split(","))
    return found


EXTERNAL_BASES = _read(_TABLE)

_ABSTRACT = """
models.Model auth.models.AbstractBaseUser auth.models.PermissionsMixin auth.models.AbstractUser
contrib.sessions.base_session.AbstractBaseSession mptt.models.MPTTModel treebeard.models.Node
treebeard.mp_tree.MP_Node treebeard.ns_tree.NS_Node treebeard.al_tree.AL_Node
tree_queries.models.TreeNode modelcluster.models.ClusterableModel wagtail.models.Orderable
wagtail.images.models.AbstractImage wagtail.images.models.AbstractRendition
wagtail.documents.models.AbstractDocument wagtail.snippets.models.TranslatableMixin
wagtail.contrib.settings.models.BaseSiteSetting wagtail.contrib.settings.models.BaseGenericSetting
wagtail.contrib.forms.models.AbstractForm wagtail.contrib.forms.models.AbstractEmailForm
model_utils.models.TimeStampedModel model_utils.models.TimeFramedModel
model_utils.models.StatusModel model_utils.models.SoftDeletableModel model_utils.models.UUIDModel
django_extensions.db.models.TimeStampedModel django_extensions.db.models.TitleDescriptionModel
django_extensions.db.models.TitleSlugDescriptionModel django_extensions.db.models.ActivatorModel
polymorphic.models.PolymorphicModel parler.models.TranslatableModel hvad.models.TranslatableModel
solo.models.SingletonModel taggit.models.TagBase taggit.models.ItemBase
taggit.models.CommonGenericTaggedItemBase taggit.models.GenericTaggedItemBase
taggit.models.GenericUUIDTaggedItemBase taggit.models.TaggedItemBase
guardian.models.UserObjectPermissionBase guardian.models.GroupObjectPermissionBase
oauth2_provider.models.AbstractApplication oauth2_provider.models.AbstractAccessToken
organizations.abstract.AbstractOrganization safedelete.models.SafeDeleteModel
django_lifecycle.LifecycleModel django_lifecycle.models.LifecycleModel
ordered_model.models.OrderedModelBase ordered_model.models.OrderedModel
softdelete.models.SoftDeleteObject axes.models.AccessBase
"""

#: External model bases that make no table of their own (the others are models themselves).
EXTERNAL_ABSTRACT = frozenset(full_name(name) for name in _ABSTRACT.split())

_PLAIN = """
django_extensions.db.models.TimeStampedModel: created modified update_modified get_latest_by
django_extensions.db.models.TitleDescriptionModel: title description
django_extensions.db.models.TitleSlugDescriptionModel: title slug description
django_extensions.db.models.ActivatorModel: status activate_date deactivate_date
model_utils.models.TimeStampedModel: created modified
model_utils.models.TimeFramedModel: start end timeframed
model_utils.models.StatusModel: status status_changed tracker
model_utils.models.UUIDModel: id
solo.models.SingletonModel: get_solo set_to_cache clear_cache get_cache_key
"""

#: Model bases of packages of which all is known that they give objects: their attributes and the
#: arguments of their `save()` and `delete()`, beside Django's. None leads to a project's models.
PLAIN_BASES = {
    full_name(name): frozenset(given.split())
    for name, _, given in (line.partition(":") for line in _PLAIN.strip().splitlines())
}
