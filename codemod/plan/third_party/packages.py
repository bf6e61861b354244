"""Packages that save and delete models without a line of the project: createsuperuser, login."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codemod.plan.third_party.package_admins import home
from codemod.plan.third_party.package_rows import has_page
from codemod.project.project import Project
from codemod.values.account import (
    DELETE_SIGNALS,
    SAVE_SIGNALS,
    Connection,
    Created,
    Firing,
    Outcome,
)


@dataclass(frozen=True)
class Writer:
    """Something of a package that writes rows of a model."""

    what: str
    signals: tuple[str, ...]
    created: Created | None = None
    needs: str = ""  # a text that some file of the project must hold

    def fires_never(self, only_created: bool | None) -> bool:
        """Whether a receiver that is for new, or for old, objects only ignores what is written."""
        return only_created is not None and self.created == ("false" if only_created else "true")


_USER = (
    Writer("createsuperuser", SAVE_SIGNALS, "true"),
    Writer("login (last_login)", SAVE_SIGNALS, "false"),
    Writer("changepassword and password views", SAVE_SIGNALS, "false"),
    Writer("sign-up with allauth", SAVE_SIGNALS, "true", "allauth"),
    Writer("sign-up with social auth", SAVE_SIGNALS, "true", "social_django"),
    Writer("djoser's views", SAVE_SIGNALS, "dynamic", "djoser"),
    Writer("djoser's views", DELETE_SIGNALS, None, "djoser"),
)
_ADMIN = (  # where a package registers the model itself
    Writer("the package's admin pages", SAVE_SIGNALS, "dynamic", "django.contrib.admin"),
    Writer("the package's admin pages", DELETE_SIGNALS, None, "django.contrib.admin"),
)
_WRITERS: dict[str, tuple[Writer, ...]] = {
    "auth.User": _ADMIN,
    "auth.Group": _ADMIN,
    "auth.Permission": (Writer("remove_stale_contenttypes", DELETE_SIGNALS),),
    "contenttypes.ContentType": (Writer("remove_stale_contenttypes", DELETE_SIGNALS),),
    "sessions.Session": (
        Writer("the session backend", SAVE_SIGNALS, "dynamic"),
        Writer("logout and clearsessions", DELETE_SIGNALS),
    ),
    "sites.Site": (Writer("migrate (the first site)", SAVE_SIGNALS, "true"), *_ADMIN),
    "admin.LogEntry": (Writer("every change in the admin", SAVE_SIGNALS, "true"),),
    "authtoken.Token": (
        Writer("obtain_auth_token and drf_create_token", SAVE_SIGNALS, "true"),
        *_ADMIN,
    ),
}


def is_external(project: Project, connection: Connection) -> bool:
    """Whether a model of a package is what is saved and deleted."""
    label = connection.sender
    if not label or label == "?" or connection.signal == "m2m_changed":
        return False
    return project.models.by_label[label].external


def writers(project: Project, connection: Connection) -> Iterator[Writer]:
    """The package code that fires a connection, as far as it is known."""
    label = connection.sender or ""
    known = _WRITERS.get(label, ())
    if label == project.models.user_label:
        known = (*_USER, *known)
    if not known and is_external(project, connection):
        package = project.models.by_label[label].name.partition(".")[0]
        known = (
            Writer(f"code of the package {package}", SAVE_SIGNALS, "dynamic"),
            Writer(f"code of the package {package}", DELETE_SIGNALS),
        )
    for writer in known:
        if writer in _ADMIN and not has_page(project, label):
            continue
        if connection.signal in writer.signals:
            if not writer.needs or project.has(writer.needs):
                yield writer


def package_firings(
    project: Project, connection: Connection, only_created: bool | None, retires: bool
) -> Iterator[Firing]:
    """The same as entries of the account, which name no line."""
    for writer in writers(project, connection):
        note, outcome = writer.what, Outcome.BLOCKED
        place = home(project, connection.sender or "") if retires else None
        if writer.fires_never(only_created):
            outcome = Outcome.NEVER
        elif writer in _ADMIN and place is not None:
            note, outcome = f"{place.admin}, registered anew in {place.path}", Outcome.REWRITTEN
        yield Firing(
            connection.file, None, connection.signal, connection.sender or "?", "package", "proved",
            writer.created, outcome, "third-party-sender" if outcome is Outcome.BLOCKED else None,
            note,
        )  # fmt: skip


def left_out(project: Project, connection: Connection, only_created: bool | None) -> str:
    """Who fires an external model's receiver and makes no call of the service: for people."""
    closed = home(project, connection.sender or "") is not None
    others = [
        writer.what
        for writer in writers(project, connection)
        if not writer.fires_never(only_created) and not (closed and writer in _ADMIN)
    ]
    return ", ".join([*dict.fromkeys(others), "fixtures and other packages"])
