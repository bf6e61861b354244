"""Calls of packages that save a project's objects in their own code.

    login(request, user)                   ->   login(request, user)
    (django.contrib.auth saves `last_login`)    greet(user)

    PasswordChangeForm(user, data).save()  ->   user = PasswordChangeForm(user, data).save()
    (saves the user)                            greet(user)

    self.client.login(username="ann")      the test client saves `last_login` too
    user.check_password(raw)               saves the password if its hash is out of date
    super().save_user(request, user, form) django-allauth creates the user
    root.add_child(name="x")               django-treebeard creates the node
    node.move_to(target)                   django-mptt saves the node
    task.up()                              django-ordered-model saves the row
    order.save_dirty_fields()              django-dirtyfields saves what has changed
    order.save_without_historical_record()     django-simple-history saves it

They are recognised by what is called. Where the object has no name, or is written at another
moment than the call tells, a site blocks; the model's own `save()` covers them all. A user of
django.contrib.auth has none: then it is one more write from outside the project.
`login()` saves once, with `update_fields`, at its end (SEMANTICS 9.5).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Instance, Manager, Other, QuerySet, Tier, Type
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.arriving import is_last
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement, keep
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import Where

name = "package-call"
CODE = "package-saves"
_Note = Literal["", "login", "returned"]


@dataclass(frozen=True)
class Api:
    """A method of a package's class that saves: the object itself, or the user."""

    base: str
    methods: tuple[str, ...]
    created: Created | None
    user: bool = False  # what is saved is a user, whatever the object is
    returned: bool = False  # it returns what it has saved


# Functions that save the user (SEMANTICS 9.5 for Django's).
FUNCTIONS: dict[str, Created] = {
    "django.contrib.auth.login": "false",
    "django.contrib.auth.alogin": "false",
    "django.contrib.auth.authenticate": "false",
    "django.contrib.auth.aauthenticate": "false",
    "allauth.account.utils.perform_login": "false",
    "allauth.account.utils.complete_signup": "false",
    "allauth.socialaccount.helpers.complete_social_login": "dynamic",
}
_FORMS = "django.contrib.auth.forms."
_ALLAUTH = "allauth.account."
_SOCIAL = "allauth.socialaccount."
_NODE = "treebeard.models.Node"
_MPTT = "mptt.models.MPTTModel"
APIS = (
    Api("django.contrib.auth.models.AbstractBaseUser",
        ("check_password", "acheck_password"), "false", user=True),
    Api(f"{_FORMS}SetPasswordForm", ("save",), "false", user=True, returned=True),
    Api(f"{_FORMS}AdminPasswordChangeForm", ("save",), "false", user=True, returned=True),
    Api(f"{_FORMS}AuthenticationForm", ("is_valid", "full_clean", "clean"), "false", user=True),
    Api(f"{_ALLAUTH}forms.BaseSignupForm", ("save", "try_save"), "true", user=True),
    Api(f"{_ALLAUTH}forms.LoginForm", ("login",), "false", user=True),
    Api(f"{_ALLAUTH}forms.ChangePasswordForm", ("save",), "false", user=True),
    Api(f"{_ALLAUTH}forms.ResetPasswordKeyForm", ("save",), "false", user=True),
    Api(f"{_ALLAUTH}adapter.DefaultAccountAdapter", ("save_user",), "true", user=True),
    Api(f"{_ALLAUTH}adapter.DefaultAccountAdapter",
        ("login", "authenticate", "set_password"), "false", user=True),
    Api(f"{_SOCIAL}adapter.DefaultSocialAccountAdapter", ("save_user",), "true", user=True),
    Api(f"{_SOCIAL}forms.SignupForm", ("save", "try_save"), "true", user=True),
    Api(_NODE, ("add_root", "add_child", "add_sibling"), "true"),
    Api("treebeard.mp_tree.MP_Node", ("delete",), "false"),  # a parent's count of children
    Api("treebeard.al_tree.AL_Node", ("move",), "false"),  # others move rows by SQL
    Api(_NODE, ("load_bulk",), "true"),
    Api(_MPTT, ("move_to", "insert_at", "insert_node", "move_node"), "dynamic"),
    Api("dirtyfields.DirtyFieldsMixin", ("save_dirty_fields",), "dynamic"),
    Api("ordered_model.models.OrderedModelBase",
        ("above", "below", "bottom", "down", "swap", "to", "top", "up"), "false"),
    # django-simple-history gives it to every model with a history.
    Api("django.db.models.Model", ("save_without_historical_record",), "dynamic"),
)  # fmt: skip
METHODS = frozenset(method for api in APIS for method in api.methods)
LOGIN = ("django.contrib.auth.login", "django.contrib.auth.alogin")
AUTHENTICATING = ("django.contrib.auth.authenticate", "django.contrib.auth.aauthenticate")
# Backends of Django, django-auth-ldap, mozilla-django-oidc, djangosaml2, django-cas-ng and social
# auth: `authenticate()` creates a user whom they don't know yet.
BACKENDS = (
    "RemoteUserBackend", "LDAPBackend", "OIDCAuthenticationBackend", "Saml2Backend", "CASBackend",
    "social_core.backends",
)  # fmt: skip
_CLIENT = ("login", "alogin", "force_login", "aforce_login")
_NAMES = frozenset(dotted.rpartition(".")[2] for dotted in FUNCTIONS).union(_CLIENT)
# Views that save the user on their own (SEMANTICS 9.5), with the methods that lead there.
POSTED = ("dispatch", "post", "form_valid")
VIEWS: dict[str, Created] = {
    "django.contrib.auth.views.LoginView": "false",
    "django.contrib.auth.views.PasswordChangeView": "false",
    "django.contrib.auth.views.PasswordResetConfirmView": "false",
    f"{_ALLAUTH}views.LoginView": "false",
    f"{_ALLAUTH}views.SignupView": "dynamic",
    f"{_ALLAUTH}views.PasswordChangeView": "false",
    f"{_ALLAUTH}views.PasswordResetFromKeyView": "false",
    f"{_SOCIAL}views.SignupView": "dynamic",
}


def find(project: Project) -> Iterator[Site]:
    """Every such call, and every view of a package that saves the user."""
    user = project.models.user_label
    for facts in project.read():
        for call in facts.named(*METHODS):
            if isinstance(call.node.func, ast.Attribute):
                yield from _method(project, facts, call, call.node.func.value)
        aliases = {b.name for b in facts.imports if b.target in FUNCTIONS}
        for call in facts.named(*_NAMES.union(aliases)):
            function = call.node.func
            dotted = project.symbols.resolve(function, call.scope, facts) or ""
            if dotted in LOGIN and _user_of(call) is not None:
                yield from _site(
                    project, facts, call, _Save(user, "false", "login()", note="login")
                )
                continue
            if dotted in FUNCTIONS:
                created, what = FUNCTIONS[dotted], f"{dotted.rpartition('.')[2]}()"
                if dotted in AUTHENTICATING and project.once(_makes_users):
                    created = "dynamic"
            elif isinstance(function, ast.Attribute) and _of_tests(call, function.value):
                created, what = "false", "the test client's login"
            else:
                continue
            yield from _site(project, facts, call, _Save(user, created, what))
    for cls in project.classes:
        view = next((v for v in project.classes.mro(cls.name) if v in VIEWS), None)
        if view is not None:
            save = _Save(user, VIEWS[view], view.rpartition(".")[2])
            yield from _site(project, cls.facts, cls, save)


def _makes_users(project: Project) -> bool:
    """Whether the project names a backend that may create a user, in its settings or as a base."""
    return any(name in facts.text for facts in project.read() for name in BACKENDS)


def _of_tests(call: CallSite, owner: ast.expr) -> bool:
    """`self.client.login(username=..., password=...)`, `client.force_login(user)`."""
    if call.name in ("force_login", "aforce_login"):
        return True
    last = last_name(owner)
    named = last.lower().endswith("client") or any(k.arg == "password" for k in call.node.keywords)
    return call.name in ("login", "alogin") and not call.node.args and named


def _method(project: Project, facts: FileFacts, call: CallSite, owner: ast.expr) -> Iterator[Site]:
    """A method of one of the classes, on an object, a class, a manager, or by `super()`."""
    sure = Tier.PROVED
    if found.is_super(owner):
        classes = _by_super(project, facts, call)
    else:
        answer = project.type_of(owner, call.scope, facts)
        sure = answer.tier
        classes = [
            cls
            for kind in answer.types
            if (cls := _class(project, kind)) and not project.classes.method(cls, call.name)
        ]
    saved: dict[tuple[str, Created | None, _Note], str] = {}
    for cls in classes:
        for api in APIS:
            if call.name in api.methods and project.classes.is_subclass(cls, api.base):
                label = project.models.user_label if api.user else _label(project, cls)
                returned = api.returned and not call.node.args and not call.node.keywords
                note: _Note = "returned" if returned and not found.is_super(owner) else ""
                if label is not None:
                    what = f"{api.base.rpartition('.')[2]}.{call.name}()"
                    saved[label, api.created, note] = what
    for (label, created, note), what in saved.items():
        yield from _site(project, facts, call, _Save(label, created, what, sure, note))


def _user_of(call: CallSite) -> ast.expr | None:
    """The user that `login(request, user)` is given, under a name, in a line of its own."""
    given = found.keyword(call.node, "user", 1)
    awaited = isinstance(call.parents[-1], ast.Await)
    if awaited is not (call.name == "alogin") or not is_statement(call):
        return None
    return given if given is not None and is_stable(given) else None


def _by_super(project: Project, facts: FileFacts, call: CallSite) -> list[str]:
    """The classes whose objects reach the package's method by a `super()` call."""
    scope = call.scope.class_()
    owner = project.class_of(facts, scope) if scope is not None else None
    if owner is None:
        return []
    users = project.classes.heirs(owner.name)
    return [cls for cls in users if is_last(project, owner.name, cls, call.name)]


def _class(project: Project, kind: Type) -> str | None:
    """The class of an object, of a manager's objects, or a class itself."""
    if isinstance(kind, (Instance, ClassRef)):
        return kind.cls
    if isinstance(kind, (Manager, QuerySet)):
        model = project.models.by_label.get(kind.model)
        return model.name if model is not None else None
    return kind.what if isinstance(kind, Other) else None


def _label(project: Project, cls: str) -> str | None:
    model = project.models.by_class.get(cls)
    return model.label if model is not None and not model.abstract else None


@dataclass(frozen=True)
class _Save:
    """What code of a package saves; with a note, a call of the work can stand behind it."""

    label: str
    created: Created | None
    what: str  # the code
    tier: Tier = Tier.PROVED
    note: _Note = ""


def _site(
    project: Project, facts: FileFacts, place: CallSite | ClassInfo, save: _Save
) -> Iterator[Site]:
    if found.overrides(project, save.label, "save"):
        return  # the line within it fires
    node = place.node if isinstance(place, CallSite) else place.definition.node
    yield Site(
        name,
        facts.path,
        facts.lines.span(node),
        (save.label,),
        SAVE_SIGNALS,
        save.tier,
        save.created,
        f"{save.what} saves it",
        code=None if save.note else _code(project, save.label),
        note=save.note,
        call=place if isinstance(place, CallSite) else None,
        cls=place if isinstance(place, ClassInfo) else None,
        fields=frozenset(["last_login"]) if save.note == "login" else None,
    )


def _code(project: Project, label: str) -> str:
    """One write more from outside for a model of a package, which `--accept` is about."""
    model = project.models.by_label.get(label)
    return "third-party-sender" if model is None or model.external else CODE


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Call for the user that logs in, and for what a form returns."""
    call, code = site.call, site.code or _code(desk.project, site.models[0])
    if site.code or work.before or call is None:
        return Blocked(code)
    facts = desk.project.known(site.file)
    lines = Lines(desk, site, awaited=isinstance(call.parents[-1], ast.Await))
    values = {"created": "False", "update_fields": "None"}
    if site.note == "login":
        user, statement = _user_of(call), facts.lines.span(call.statement)
        if user is None:
            return Blocked(code)
        fields = '["last_login"]'
        values |= {"update_fields": fields, "frozen_fields": f"frozenset({fields})"}
        text = lines.calls(work.after, facts.lines.source(facts.lines.span(user)), values)
        return lines.placed(inserted(statement, text))
    if not lines.calls(work.after, "_", values):
        return Placed()
    named = desk.free_name(site, found.variable(site.models), "saved_user")
    kept = keep(call, facts, named, Where.ABOVE)
    if kept is None:
        return Blocked("expression")
    text = lines.calls(work.after, kept.target, values)
    edits = inserted(kept.anchor, text, kept.where)
    return lines.placed([*kept.edits, *edits])
