"""Models of Django and well-known packages that projects use without defining them."""

from __future__ import annotations

from codemod.project.model_tables import Field, Manager, Model

# `label class` then indented fields: `name kind [target on_delete related_name]`.
_TABLE = """
auth.User django.contrib.auth.models.User
    id AutoField
    @user
auth.Group django.contrib.auth.models.Group
    id AutoField
    name CharField
    permissions ManyToManyField auth.Permission
auth.Permission django.contrib.auth.models.Permission
    id AutoField
    name CharField
    content_type ForeignKey contenttypes.ContentType CASCADE
    codename CharField
contenttypes.ContentType django.contrib.contenttypes.models.ContentType
    id AutoField
    app_label CharField
    model CharField
sessions.Session django.contrib.sessions.models.Session
    session_key CharField
    session_data TextField
    expire_date DateTimeField
sites.Site django.contrib.sites.models.Site
    id AutoField
    domain CharField
    name CharField
admin.LogEntry django.contrib.admin.models.LogEntry
    id AutoField
    action_time DateTimeField
    user ForeignKey AUTH_USER_MODEL CASCADE
    content_type ForeignKey contenttypes.ContentType SET_NULL
    object_id TextField
    object_repr CharField
    action_flag PositiveSmallIntegerField
    change_message TextField
redirects.Redirect django.contrib.redirects.models.Redirect
    id AutoField
    site ForeignKey sites.Site CASCADE
flatpages.FlatPage django.contrib.flatpages.models.FlatPage
    id AutoField
    url CharField
    sites ManyToManyField sites.Site
authtoken.Token rest_framework.authtoken.models.Token
    key CharField
    user OneToOneField AUTH_USER_MODEL CASCADE auth_token
    created DateTimeField
account.EmailAddress allauth.account.models.EmailAddress
    id AutoField
    user ForeignKey AUTH_USER_MODEL CASCADE
    email EmailField
    verified BooleanField
    primary BooleanField
socialaccount.SocialAccount allauth.socialaccount.models.SocialAccount
    id AutoField
    user ForeignKey AUTH_USER_MODEL CASCADE
    provider CharField
    uid CharField
taggit.Tag taggit.models.Tag
    id AutoField
    name CharField
    slug SlugField
taggit.TaggedItem taggit.models.TaggedItem
    id AutoField
    tag ForeignKey taggit.Tag CASCADE taggit_taggeditem_items
    content_type ForeignKey contenttypes.ContentType CASCADE taggit_taggeditem_tagged_items
django_celery_beat.PeriodicTask django_celery_beat.models.PeriodicTask
    id AutoField
    name CharField
    interval ForeignKey django_celery_beat.IntervalSchedule CASCADE
    crontab ForeignKey django_celery_beat.CrontabSchedule CASCADE
django_celery_beat.IntervalSchedule django_celery_beat.models.IntervalSchedule
    id AutoField
django_celery_beat.CrontabSchedule django_celery_beat.models.CrontabSchedule
    id AutoField
wagtailcore.Page wagtail.models.Page
    id AutoField
    title CharField
    slug SlugField
    content_type ForeignKey contenttypes.ContentType SET pages
    owner ForeignKey AUTH_USER_MODEL SET_NULL owned_pages
wagtailcore.Site wagtail.models.Site
    id AutoField
    root_page ForeignKey wagtailcore.Page CASCADE sites_rooted_here
wagtailimages.Image wagtail.images.models.Image
    id AutoField
wagtaildocs.Document wagtail.documents.models.Document
    id AutoField
"""

_BASE_USER = "password CharField\nlast_login DateTimeField"
_PERMISSIONS = """
is_superuser BooleanField
groups ManyToManyField auth.Group - user_set
user_permissions ManyToManyField auth.Permission - user_set
"""
_USER = """
username CharField
first_name CharField
last_name CharField
email EmailField
is_staff BooleanField
is_active BooleanField
date_joined DateTimeField
"""

# Fields that a model gets from an external abstract base.
_INHERITED = {
    "django.contrib.auth.models.AbstractBaseUser": _BASE_USER,
    "django.contrib.auth.models.PermissionsMixin": _PERMISSIONS,
    "django.contrib.auth.models.AbstractUser": _USER,
    "model_utils.models.TimeStampedModel": "created DateTimeField\nmodified DateTimeField",
    "django_extensions.db.models.TimeStampedModel": "created DateTimeField\nmodified DateTimeField",
    "mptt.models.MPTTModel": "lft PositiveIntegerField\nrght PositiveIntegerField\n"
    "tree_id PositiveIntegerField\nlevel PositiveIntegerField",
    "treebeard.mp_tree.MP_Node": "path CharField\ndepth PositiveIntegerField\n"
    "numchild PositiveIntegerField",
    "polymorphic.models.PolymorphicModel": "polymorphic_ctype ForeignKey contenttypes.ContentType "
    "CASCADE polymorphic_%(app_label)s.%(class)s_set+",
    "taggit.models.TaggedItemBase": "tag ForeignKey taggit.Tag CASCADE "
    "%(app_label)s_%(class)s_items",
}

_MANAGERS = {
    "django.contrib.auth.models.AbstractUser": "django.contrib.auth.models.UserManager",
    "mptt.models.MPTTModel": "mptt.models.TreeManager",
    "treebeard.mp_tree.MP_Node": "treebeard.mp_tree.MP_NodeManager",
    "polymorphic.models.PolymorphicModel": "polymorphic.managers.PolymorphicManager",
    "parler.models.TranslatableModel": "parler.managers.TranslatableManager",
    "wagtail.models.Page": "wagtail.models.PageManager",
}


def inherited_fields(base: str, label: str, user_model: str) -> dict[str, Field]:
    """The fields that an external abstract base gives to the model of a label."""
    text = _INHERITED.get(base)
    return _fields(text.strip().splitlines(), label, user_model) if text else {}


def inherited_manager(base: str) -> Manager | None:
    """The manager `objects` that an external base gives."""
    cls = _MANAGERS.get(base)
    return Manager("objects", cls, model=base) if cls is not None else None


def user_of_a_package(label: str) -> Model:
    """A user model that a package defines, by its usual layout, made of what Django has for it."""
    app, _, name = label.partition(".")
    manager = Manager("objects", "django.contrib.auth.models.UserManager", model=label)
    fields = _fields(
        f"id AutoField\n{_BASE_USER}\n{_PERMISSIONS}\n{_USER}".split("\n"), label, label
    )
    return Model(f"{app}.models.{name}", label, app, fields=fields, managers={"objects": manager})


def external_models(user_model: str) -> list[Model]:
    """The known models; foreign keys to the user go to `user_model`."""
    found: list[Model] = []
    lines = _TABLE.strip().splitlines()
    starts = [index for index, line in enumerate(lines) if not line.startswith(" ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        label, name = lines[start].split()
        rows = [line.strip() for line in lines[start + 1 : end]]
        if rows[-1:] == ["@user"]:
            rows[-1:] = f"{_BASE_USER}\n{_PERMISSIONS}\n{_USER}".split("\n")
        manager = "django.contrib.auth.models.UserManager" if label == "auth.User" else None
        manager = manager or _MANAGERS.get(name, "django.db.models.Manager")
        found.append(
            Model(
                name=name,
                label=label,
                app=label.partition(".")[0],
                fields=_fields(rows, label, user_model),
                managers={"objects": Manager("objects", manager, model=label)},
                swappable="AUTH_USER_MODEL" if label == "auth.User" else None,
            )
        )
    return found


def _fields(rows: list[str], label: str, user_model: str) -> dict[str, Field]:
    app, _, model = label.partition(".")
    fields: dict[str, Field] = {}
    for row in filter(None, rows):
        name, kind, target, on_delete, related = [*row.split(), "", "", ""][:5]
        many = kind == "ManyToManyField"
        if related:
            related = related.replace("%(app_label)s", app.lower())
            related = related.replace("%(class)s", model.lower())
        fields[name] = Field(
            name=name,
            kind=kind,
            model=label,
            cls=f"django.db.models.{kind}",
            target=user_model if target == "AUTH_USER_MODEL" else target or None,
            on_delete=on_delete if on_delete not in ("", "-") else None,
            related_name=related or None,
            through=f"{label}_{name}" if many else None,
            auto_through=many,
            primary_key=kind == "AutoField" or name in ("session_key", "key"),
        )
    return fields
