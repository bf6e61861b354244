"""What objects of a model may have: fields, relations, what their classes define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemod.project.external_classes import PLAIN_BASES
from codemod.project.model_tables import FOREIGN, Model
from codemod.project.types import given, trees
from codemod.project.types.assigned import table

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_BASICS = frozenset(
    """
    save asave delete adelete refresh_from_db arefresh_from_db full_clean clean clean_fields
    validate_unique validate_constraints get_deferred_fields serializable_value save_base
    prepare_database_save get_absolute_url unique_error_message date_error_message check from_db
    pk id _meta _state DoesNotExist MultipleObjectsReturned NotUpdated objects _default_manager
    _base_manager get_constraints natural_key
    """.split()
)
# What forms, querysets and storages have, and no object of a model, whatever its bases are.
_CALL_ONLY = frozenset(
    """
    is_valid add_error cleaned_data save_m2m as_p errors has_changed validated_data
    exists filter exclude order_by values_list listdir
    """.split()
)

# What Django's users, and the bases of user models, have of their own (Django 4.2 to 6.0).
_USERS = {
    f"django.contrib.auth.{name}": frozenset(attributes.split())
    for names, attributes in (
        (
            "models.AbstractBaseUser base_user.AbstractBaseUser",
            """
            password last_login is_active REQUIRED_FIELDS USERNAME_FIELD EMAIL_FIELD is_anonymous
            is_authenticated get_username set_password check_password acheck_password
            set_unusable_password has_usable_password get_session_auth_hash
            get_session_auth_fallback_hash get_email_field_name normalize_username _password
            """,
        ),
        (
            "models.PermissionsMixin",
            """
            is_superuser groups user_permissions has_perm ahas_perm has_perms ahas_perms
            has_module_perms ahas_module_perms get_user_permissions aget_user_permissions
            get_group_permissions aget_group_permissions get_all_permissions aget_all_permissions
            """,
        ),
        (
            "models.AbstractUser",
            """
            username first_name last_name email is_staff is_active date_joined username_validator
            get_full_name get_short_name email_user EMAIL_FIELD USERNAME_FIELD REQUIRED_FIELDS
            """,
        ),
        ("models.User", ""),
        ("models.Group", "name permissions user_set"),
        ("models.Permission", "name content_type codename group_set user_set"),
    )
    for name in names.split()
}


def has(
    engine: Engine, model: Model, attr: str, called: bool = False, *, asked: bool = False
) -> bool:
    """Whether an object of a model, or of a subclass, may have an attribute, or a method.

    What leads to a user, and is `asked` for with `hasattr`, is no attribute of users.
    """
    if attr in _BASICS or attr.startswith(("__", "get_next_by_", "get_previous_by_")):
        return True
    users = [model]
    for label in engine.models.subclasses(model.label):
        child = engine.models.get(label)
        if child is not None:
            users.append(child)
    own = called and (attr in _methods(engine) or attr in trees.OBJECTS | trees.SETS)
    own = own or (asked and attr in _to_users(engine))
    if any(_own(engine, user, attr, own) for user in users):
        return True
    # A file that can't be read may hold the model with the relation, or set the attribute.
    return any(attr in engine.project.text(path) for path, _ in engine.project.unreadable)


def _own(engine: Engine, model: Model, attr: str, is_own: bool) -> bool:
    if attr in model.fields or attr in engine.models.relations(model.label):
        return True
    if attr.endswith("_id") and attr[:-3] in model.fields:
        return True
    if attr.startswith("get_") and attr.endswith("_display") and attr[4:-8] in model.fields:
        return True
    if attr.startswith("get_") and attr.endswith("_order"):
        return True
    for name in engine.classes.mro(model.name):
        info = engine.classes.get(name)
        if info is not None:
            if attr in info.scope.bindings or "__getattr__" in info.definition.methods:
                return True
            if attr in table(engine, info):
                return True
        elif name in _USERS:
            # Packages' models point to the user's: relations, which nobody calls.
            if attr in _USERS[name] or not (is_own or attr in _CALL_ONLY):
                return True
        elif is_foreign(engine, name) or name.startswith("django.contrib."):
            if attr not in _CALL_ONLY:
                return True  # it may come from there
        elif attr in PLAIN_BASES.get(name, ()):
            return True
    # Setting a field of some other model is no sign that this one gets such an attribute.
    return attr in given.places(engine) and attr not in field_names(engine)


def is_foreign(engine: Engine, name: str) -> bool:
    """Whether an ancestor is of a package, and may define what can't be seen."""
    if engine.classes.get(name) is not None or name in PLAIN_BASES:
        return False
    return not name.startswith(("django.", "builtins."))


def _methods(engine: Engine) -> frozenset[str]:
    """The names of the methods of the project's classes."""
    known: frozenset[str] | None = engine.tables.get("methods")
    if known is None:
        found = (name for cls in engine.classes for name in cls.definition.methods)
        known = engine.tables["methods"] = frozenset(found)
    return known


def _to_users(engine: Engine) -> frozenset[str]:
    """The names of the fields that lead from the project's models to a user: `author`."""
    known: frozenset[str] | None = engine.tables.get("to users")
    if known is None:
        fields = (field for model in engine.models.all() for field in model.fields.values())
        users = engine.models.user_label
        found = (f.name for f in fields if f.kind in FOREIGN and f.target == users)
        known = engine.tables["to users"] = frozenset(found)
    return known


def field_names(engine: Engine) -> frozenset[str]:
    """The names of all fields of the project's models."""
    known = engine.tables.get("field names")
    if isinstance(known, frozenset):
        return known
    found = frozenset(name for m in engine.models.all() for name in m.fields)
    engine.tables["field names"] = found
    return found
