"""Run a scenario on one side of a migration and print what happened, as JSON.

    python drive.py PROJECT SCENARIO
    python drive.py --serve         (for each line "PROJECT SCENARIO [once]" of stdin, one of JSON)

A server loads Django once and plays each project in a fork of itself.

A scenario is a Python file. Each public function in it is a step: it starts on an empty database,
after `prepare()` where there is one. (`prepare` fires no signal: it uses `bulk_create`.) All steps
run once as they are, then, unless the line says `once`, once for every piece of recorded work with
that work failing.
What is loaded before the first step is what a scenario says, or what its project is like:

    LOADS = "start"     what Django itself loads when it starts: apps, models, ready(), the admin
    LOADS = "urls"      the URLs too; so it is where a project has an apps.py
    LOADS = "all"       every module of each app; so it is where none has

Noted of a step are what it returned or raised, the recorded events, and all rows afterwards.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import re
import sys
import traceback
import uuid
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
CONTRIB = ("admin", "auth", "contenttypes", "messages", "sessions")
MARKS = ("apps.py", "models.py")
KEPT = ("django_content_type", "auth_permission", "sqlite_sequence")


def boot(project: Path, loads: str) -> None:
    """Set Django up for a project: each folder with models or apps.py is an app; load it.

    A `settings.py` beside the apps may change the settings, and a `urls.py` has the URLs.
    """
    own: dict[str, Any] = {}
    if (project / "settings.py").exists():
        exec((project / "settings.py").read_text("utf-8"), own)
    sys.path[:0] = [str(project), str(HERE)]
    apps = apps_of(project)
    configure(apps, own)
    load(project, apps, loads)


def apps_of(project: Path) -> list[str]:
    """The apps of a project."""
    return sorted({path.parent.name for path in project.glob("*/*s.py") if path.name in MARKS})


def loads_of(project: Path, scenario: Path) -> str:
    """What is loaded before the first step."""
    said = re.search(r'^LOADS = "(\w+)"$', scenario.read_text("utf-8"), re.MULTILINE)
    if said is not None:
        return said[1]
    return "urls" if any(project.glob("*/apps.py")) else "all"


def configure(apps: list[str], own: dict[str, Any]) -> None:
    """Set Django up with these apps and settings."""
    import django
    from django.conf import settings

    sys.dont_write_bytecode = True
    sys.modules["urls"] = ModuleType("urls")
    contrib = [f"django.contrib.{app}" for app in CONTRIB]
    listed = own.get("INSTALLED_APPS", apps)
    settings.configure(
        **{
            "ROOT_URLCONF": "urls",
            **{name: value for name, value in own.items() if name.isupper()},
            "INSTALLED_APPS": [*(app for app in contrib if app not in listed), *listed],
        },
        SECRET_KEY="x",
        ALLOWED_HOSTS=["*"],
        DATABASES={
            alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
            for alias in ("default", "archive")
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        MIGRATION_MODULES=dict.fromkeys([*CONTRIB, *apps]),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )
    stand_still()
    django.setup()


def load(project: Path, apps: list[str], loads: str) -> None:
    """Import what is to be loaded besides what Django has, and make the tables that are not there
    yet."""
    from django.core.management import call_command

    for app in apps if loads == "all" else ():
        found = [m.name for m in pkgutil.iter_modules([str(project / app)])]
        for module in sorted(found, key=lambda name: (name not in ("signals", "receivers"), name)):
            importlib.import_module(f"{app}.{module}")
    route(project, loads)
    for alias in ("default", "archive"):
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)


def route(project: Path, loads: str) -> None:
    """Load the project's URLs; the admin's, where it has none."""
    from django.contrib import admin
    from django.urls import clear_url_caches, get_resolver, path

    if (project / "urls.py").exists():
        sys.modules.pop("urls", None)
    else:
        vars(sys.modules["urls"])["urlpatterns"] = [path("admin/", admin.site.urls)]
    clear_url_caches()
    if loads != "start":
        assert get_resolver().url_patterns


def stand_still() -> None:
    """Let the clock stand still, and random keys count from 1."""
    from django.utils import timezone as clock

    numbers = count(1)
    vars(uuid)["uuid4"] = lambda: uuid.UUID(int=next(numbers))
    vars(clock)["now"] = lambda: datetime(2024, 2, 29, tzinfo=timezone.utc)


def steps_of(scenario: ModuleType) -> dict[str, Callable[[], Any]]:
    """The public functions that a scenario itself defines, in order."""
    return {
        name: value
        for name, value in vars(scenario).items()
        if callable(value)
        and getattr(value, "__module__", "") == scenario.__name__
        and not name.startswith("_")
        and name != "prepare"
    }


def empty() -> None:
    """Delete all rows, without a signal."""
    from django.db import connections

    for connection in connections.all():
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if table not in KEPT:
                    cursor.execute(f'DELETE FROM "{table}"')
            cursor.execute("DELETE FROM sqlite_sequence")


def play(scenario: ModuleType, failing: str | None) -> dict[str, Any]:
    """Run all steps; the work named `failing` raises."""
    import probe

    notes = {}
    for name, step in steps_of(scenario).items():
        empty()
        stand_still()
        probe.start()
        getattr(scenario, "prepare", lambda: None)()
        assert not probe.events, f"prepare() fires signals: {probe.events}"
        probe.start(failing)
        try:
            result = step()
            result = getattr(result, "status_code", result)
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        notes[name] = {"result": result, "events": [*probe.events], "rows": probe.tables()}
    return notes


def main(project: Path, scenario: Path, once: bool = False) -> str:
    """Play everything in a project that is loaded; the notes as JSON."""
    spec = importlib.util.spec_from_file_location("scenario", scenario)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    played = {"as it is": play(module, None)}
    works = {e["work"] for note in played["as it is"].values() for e in note["events"]}
    for work in sorted(works if not once else ()):
        played[f"{work} fails"] = play(module, work)
    return json.dumps(played, default=str)


def serve() -> None:
    """Play projects in forks of a process in which Django is set up; an error is a text."""
    sys.path.insert(0, str(HERE))
    configure([], {})
    load(HERE, [], "all")
    warm_up()
    for line in sys.stdin:
        project, scenario, *once = line.split()
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as answer, redirect_stdout(sys.stderr):
                try:
                    answer.write(in_a_fork(Path(project), Path(scenario), bool(once)))
                except BaseException:
                    answer.write(json.dumps(traceback.format_exc()))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            print(answer.read(), flush=True)
        os.wait()


def in_a_fork(project: Path, scenario: Path, once: bool) -> str:
    """Add a project's apps to the Django that is set up, and play it."""
    from django.apps import apps as registry
    from django.conf import settings
    from django.core.management import get_commands

    sys.path.insert(0, str(project))
    apps = apps_of(project)
    settings.MIGRATION_MODULES = dict.fromkeys([*CONTRIB, *apps])
    get_commands.cache_clear()
    registry.set_installed_apps([*(f"django.contrib.{app}" for app in CONTRIB), *apps])
    load(project, apps, loads_of(project, scenario))
    return main(project, scenario, once)


def warm_up() -> None:
    """Import what projects use, so that forks have it already."""
    for name in (
        "django.views.generic",
        "rest_framework.viewsets",
        "rest_framework.test",
        "rest_framework.serializers",
        "factory.django",
        "django.test",
        "actions",
        "probe",
    ):
        with suppress(ImportError):
            importlib.import_module(name)


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        played = Path(sys.argv[1]), Path(sys.argv[2])
        boot(played[0], loads_of(*played))
        print(main(*played))
