"""Record which receivers a project has, and what fires them while its own tests run.

    cd PROJECT && python .../record_truth.py OUT.json manage.py test
    cd PROJECT && python .../record_truth.py OUT.json -m pytest -p no:xdist

To be run with the project's own Python (3.11 or newer), in the folder that is to be scanned. It
needs nothing but the standard library and the project's Django, of which it wraps `Signal.connect`
and `Signal.send`; the rest of the command line is run unchanged, in this process. OUT.json is what
`truth_registry.py` and `truth_firings.py` compare with our scan:

- `registry`: the connections of the model signals whose function lies in the project, one a row.
  `phase` is "setup" for those that are there when the first test database is made, after the URL
  configuration was imported; "tests" for those that the tests make. `sender` is a model's label or
  null; "?abstract:...", "?class:..." and "?object:..." are no model that can be saved.
- `firings`: the calls of these receivers, counted. `origin` is the innermost expression of the
  project that was being executed, `second` the next one outwards, `api` the function that it
  called, `trigger` the function of a package that decides `kind`, the way of writing. `site` says
  how the expression names the write: "direct", "override" (a `super()` call in an override),
  "delegated" (to code of a package) or "none".

Only what ran is seen, and a receiver after one that raised is counted all the same.
"""

from __future__ import annotations

import inspect
import json
import os
import runpy
import sys
from collections import Counter
from functools import cached_property, partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

SIGNALS = (
    "pre_init",
    "post_init",
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
)

# The functions that tell the way of writing, by the end of their file and their name. The
# outermost of them below the project's expression decides.
TRIGGERS: dict[tuple[str, str], str] = {
    ("django/db/models/base.py", "Model.save"): "save",
    ("django/db/models/base.py", "Model.asave"): "save",
    ("django/db/models/base.py", "Model.save_base"): "save_base",
    ("django/db/models/base.py", "Model.delete"): "delete",
    ("django/db/models/base.py", "Model.adelete"): "delete",
    ("django/db/models/query.py", "QuerySet.create"): "create",
    ("django/db/models/query.py", "QuerySet.get_or_create"): "get_or_create",
    ("django/db/models/query.py", "QuerySet.update_or_create"): "update_or_create",
    ("django/db/models/query.py", "QuerySet.delete"): "queryset.delete",
    ("django/db/models/fields/files.py", "FieldFile.save"): "fieldfile.save",
    ("django/db/models/fields/files.py", "FieldFile.delete"): "fieldfile.delete",
    ("django/forms/models.py", "BaseModelForm.save"): "form.save",
    ("django/forms/models.py", "BaseModelForm._save_m2m"): "form.save",
    ("django/forms/models.py", "BaseModelFormSet.save"): "formset.save",
    ("django/views/generic/edit.py", "ProcessFormView.post"): "cbv",
    ("django/views/generic/edit.py", "BaseDeleteView.post"): "cbv",
    ("django/views/generic/edit.py", "DeletionMixin.delete"): "cbv",
    ("django/views/generic/edit.py", "DeletionMixin.post"): "cbv",
    ("django/views/generic/edit.py", "ModelFormMixin.form_valid"): "cbv",
    ("django/contrib/auth/models.py", "UserManager.create_user"): "create_user",
    ("django/contrib/auth/models.py", "UserManager.create_superuser"): "create_user",
    ("django/contrib/auth/models.py", "update_last_login"): "login(update_last_login)",
    ("django/core/serializers/base.py", "DeserializedObject.save"): "fixture/loaddata",
    ("django/core/management/commands/migrate.py", "Command.handle"): "migrate",
    ("rest_framework/serializers.py", "BaseSerializer.save"): "serializer.save",
    ("rest_framework/serializers.py", "ListSerializer.save"): "serializer.save",
    ("rest_framework/serializers.py", "ModelSerializer.create"): "serializer.save",
    ("rest_framework/serializers.py", "ModelSerializer.update"): "serializer.save",
}

# Whole files and packages that tell the way of writing.
PLACES = (
    ("django/contrib/admin/", "admin"),
    ("django/contrib/", "contrib"),
    ("rest_framework/mixins.py", "drf-view-mixin"),
    ("factory/", "factory:factory_boy"),
    ("model_bakery/", "factory:model_bakery"),
    ("mixer/", "factory:mixer"),
    ("django_dynamic_fixture/", "factory:django_dynamic_fixture"),
)
PAST = object()
RELATED = "django/db/models/fields/related_descriptors.py"
HANDLERS = "django/core/handlers/"
FIRST_WRITES = frozenset({"save", "create", "get_or_create", "update_or_create", "delete"})

# Packages and folders that run code rather than write: no way of writing of their own.
PLAIN = ("django/", "rest_framework/", "_pytest/", "pluggy/", "pytest_django/", "std/")


class Recorder:
    """What is seen of the signals of one process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prefix = str(root) + os.sep
        self.senders: dict[int, Any] = {}
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.phase = "setup"
        self.firings: Counter[str] = Counter()
        self.codes: dict[CodeType, bool] = {}

    # --- connections

    def connected(self, signal: Any, receiver: Any, sender: Any) -> None:
        """Called for each `connect()`: keeps the sender, of which the signal keeps the id only.

        A model as it was at some migration is not kept alive: there are thousands of them.
        """
        past = getattr(sender, "__module__", "") == "__fake__"
        self.senders[id(sender)] = PAST if past else sender
        name = self.name_of(signal)
        if name is not None and self.phase == "tests":
            last = len(signal.receivers) - 1
            self.add(name, last, signal.receivers[last])

    def snapshot(self) -> set[tuple[Any, ...]]:
        """Adds the connections that are there now; which they are."""
        found = {
            self.add(name, order, entry)
            for signal, name in self.signals.items()
            for order, entry in enumerate(signal.receivers)
        }
        return {key for key in found if key is not None}

    def add(self, name: str, order: int, entry: Any) -> tuple[Any, ...] | None:
        """Adds one connection, if it is to be recorded; its key then."""
        row = self.row(name, order, entry)
        if row is None:
            return None
        key = (name, row["receiver"], row["sender"], row["dispatch_uid"])
        self.rows.setdefault(key, row)
        return key

    @cached_property
    def signals(self) -> dict[Any, str]:
        """The model signals, with their names."""
        from django.db.models import signals

        return {getattr(signals, name): name for name in SIGNALS}

    def name_of(self, signal: Any) -> str | None:
        """The name of a model signal; None for any other one, and while there is no Django yet."""
        ready = "django.db.models.signals" in sys.modules
        return self.signals.get(signal) if ready else None

    def row(self, name: str, order: int, entry: Any) -> dict[str, Any] | None:
        """A connection as it goes into the file; None for one of a package or of Django."""
        (receiver_key, sender_id), reference = entry[0], entry[1]
        weak = hasattr(reference, "__callback__")
        outer = reference() if weak else reference
        if outer is None:
            return None
        inner = innermost(outer)
        place = self.place(inner)
        sender = self.senders.get(sender_id)
        if place is None or sender is PAST:
            return None
        code = inner.__code__
        self.codes[code] = True
        qualified = f"{inner.__module__}.{inner.__qualname__}"
        row = {
            "signal": name,
            "receiver": qualified,
            "file": place,
            "line": definition(inner),
            "first_line": code.co_firstlineno,
            "sender": label(sender),
            "order": order,
            "weak": weak,
            "dispatch_uid": receiver_key if isinstance(receiver_key, str) else None,
            "phase": self.phase,
            "in_test": is_test(place),
        }
        outermost = getattr(outer, "__qualname__", type(outer).__qualname__)
        if outermost != inner.__qualname__:
            row["connected_as"] = outermost
        return row

    def place(self, function: Any) -> str | None:
        """The project's file that a function is in."""
        code = getattr(function, "__code__", None)
        return self.own(code.co_filename) if isinstance(code, CodeType) else None

    def own(self, filename: str) -> str | None:
        """A file relative to the project, or None if it is not of the project."""
        inside = filename.startswith(self.prefix) and "site-packages" not in filename
        return filename.removeprefix(self.prefix).replace(os.sep, "/") if inside else None

    # --- firings

    def sent(self, signal: Any, sender: Any, named: dict[str, Any], frame: FrameType) -> None:
        """Called for each `send()` of a model signal."""
        name = self.name_of(signal)
        if name is None:
            return
        live = signal._live_receivers(sender)
        if isinstance(live, tuple):  # Django 5.0 and newer: the synchronous, the asynchronous
            live = [receiver for half in live for receiver in half]
        found = None
        for receiver in live:
            inner = innermost(receiver)
            if self.place(inner) is None:
                continue
            found = found or self.origin(frame)
            row = {
                "signal": name,
                "sender": getattr(getattr(sender, "_meta", None), "label", repr(sender)),
                "receiver": f"{inner.__module__}.{inner.__qualname__}",
                **found,
                **arguments(name, named),
            }
            self.firings[json.dumps(row, sort_keys=True)] += 1

    def origin(self, frame: FrameType | None) -> dict[str, Any]:
        """Where the project was when a signal was sent, and by which code of a package."""
        between: list[CodeType] = []
        while frame is not None and self.own(frame.f_code.co_filename) is None:
            between.append(frame.f_code)
            frame = frame.f_back
        kind, trigger = way(between)
        found: dict[str, Any] = {
            "api": describe(between[-1]) if between else None,
            "trigger": trigger,
            "origin": None,
            "second": None,
            "in_test": False,
            "kind": kind if between else "manual-send",
            "site": "none",
        }
        if frame is None:
            return found if kind == "migrate" else {**found, "kind": "no-project-frame"}
        place = span(frame, self.root)
        outer = frame.f_back
        while outer is not None and self.own(outer.f_code.co_filename) is None:
            outer = outer.f_back
        return {
            **found,
            "origin": place,
            "second": span(outer, self.root) if outer else None,
            "in_test": is_test(place["file"]),
            "in_receiver": frame.f_code in self.codes,
            "site": site(between, kind, expression(frame, place)),
        }

    # --- the file

    def document(self, command: list[str]) -> dict[str, Any]:
        """Everything, as it is written."""
        import django

        present = self.snapshot()
        rows = [
            {**row, "disconnected_by_end_of_tests": True}
            if key not in present and row["phase"] == "setup"
            else row
            for key, row in self.rows.items()
        ]
        return {
            "django": django.get_version(),
            "python": sys.version.partition(" ")[0],
            "command": " ".join(command),
            "registry": rows,
            "firings": [{**json.loads(k), "count": n} for k, n in sorted(self.firings.items())],
        }


def label(sender: Any) -> str | None:
    """A sender as it goes into the file."""
    from django.db.models import Model

    if sender is None:
        return None
    if not isinstance(sender, type):
        return f"?object:{sender!r}"
    if not issubclass(sender, Model):
        return f"?class:{sender.__module__}.{sender.__qualname__}"
    if sender._meta.abstract:
        return f"?abstract:{sender.__module__}.{sender.__qualname__}"
    return str(sender._meta.label)


def innermost(function: Any) -> Any:
    """The function that others wrap."""
    while True:
        if isinstance(function, partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "__code__"):
            return function
        else:
            called = getattr(type(function), "__call__", None)  # noqa: B004 - its code is wanted
            if not hasattr(called, "__code__"):
                return function
            function = called


def definition(function: Any) -> int:
    """The line of the `def`, below the decorators."""
    lines, first = inspect.getsourcelines(function)
    for offset, line in enumerate(lines):
        if line.lstrip().startswith(("def ", "async def ")):
            return first + offset
    return first


def is_test(path: str) -> bool:
    """Whether a file is of the tests."""
    parts = path.split("/")
    name = parts[-1]
    folders = any(part in ("test", "tests", "testing") for part in parts[:-1])
    return folders or name == "conftest.py" or name.startswith("test") or name.endswith("_test.py")


def arguments(signal: str, named: dict[str, Any]) -> dict[str, Any]:
    """What the receiver is told, as far as it goes into the file."""
    told: dict[str, Any] = {}
    if signal == "post_save":
        told["created"] = bool(named.get("created"))
    if named.get("raw"):
        told["raw"] = True
    if named.get("update_fields") is not None:
        told["update_fields"] = True
    if signal == "m2m_changed":
        told["action"] = named.get("action")
        told["reverse"] = named.get("reverse")
    origin, instance = named.get("origin"), named.get("instance")
    if origin is not None and origin is not instance:
        model = getattr(origin, "model", None)
        if model is None or not isinstance(instance, model):
            told["cascade"] = True
    return told


def describe(code: CodeType) -> str:
    """A function of a package: the end of its file, and its name."""
    path = code.co_filename
    for mark in ("site-packages/", f"python{sys.version_info[0]}.{sys.version_info[1]}/"):
        if mark in path:
            end = path.rpartition(mark)[2]
            return f"{end if mark == 'site-packages/' else 'std/' + end}:{code.co_qualname}"
    return f"{path}:{code.co_qualname}"


def way(between: list[CodeType]) -> tuple[str, str | None]:
    """The kind of write and the function that decides it: innermost first, the outermost wins."""
    kind, trigger, http = "other", None, ""
    for code in between:
        text = describe(code)
        file, _, name = text.rpartition(":")
        if file.startswith(HANDLERS):
            http = "http:"
            break
        named = TRIGGERS.get((file, name))
        if named is None:
            named = next((k for place, k in PLACES if file.startswith(place)), None)
            if file.startswith("django/contrib/") and name.rpartition(".")[2] == "dispatch":
                continue  # a mixin of views
            last = name.rpartition(".")[2]
            if file == RELATED and last in ("add", "set", "remove", "clear", "create"):
                named = f"m2m.{last}" if "ManyRelated" in name else f"related.{last}"
            elif named is None and not text.startswith(PLAIN):
                named = "third-party:" + file.partition("/")[0]
            elif named == "contrib":
                named = "contrib:" + file.split("/")[2]
        if named is not None and not (kind == "migrate" and named != "migrate"):
            if named.startswith("contrib:") and kind == "login(update_last_login)":
                continue
            if kind == "fixture/loaddata":
                continue
            if kind == "admin":
                continue
            if named.startswith("third-party:") and kind == "third-party:django":
                continue
            kind, trigger = named, text
    return http + kind, trigger


def site(between: list[CodeType], kind: str, source: str) -> str:
    """How the project's expression names the write."""
    if kind.startswith("http:") or kind in ("fixture/loaddata", "migrate"):
        return "none"
    if source.startswith(("super(", "await super(", "return super(")):
        return "override"
    called = describe(between[-1]) if between else ""
    name = called.rpartition(".")[2]
    writes = name == "manager_method" or name.removeprefix("a") in FIRST_WRITES
    return "direct" if writes and called.startswith("django/") else "delegated"


def span(frame: FrameType, root: Path) -> dict[str, Any]:
    """The expression that a frame is executing: lines from 1, columns as UTF-8 bytes."""
    positions = list(frame.f_code.co_positions())
    index = max(frame.f_lasti, 0) // 2
    line, end_line, col, end_col = positions[index] if index < len(positions) else (None,) * 4
    return {
        "file": Path(frame.f_code.co_filename).relative_to(root).as_posix(),
        "func": frame.f_code.co_qualname,
        "line": line or frame.f_lineno,
        "end_line": end_line or frame.f_lineno,
        "col": col,
        "end_col": end_col,
    }


def expression(frame: FrameType, place: dict[str, Any]) -> str:
    """The source of the expression, from its start to the end of that line."""
    try:
        lines = Path(frame.f_code.co_filename).read_bytes().splitlines()
        return lines[place["line"] - 1][place["col"] or 0 :].decode(errors="replace")
    except (OSError, IndexError):
        return ""


def install(recorder: Recorder) -> None:
    """Wrap Django's `connect` and `send` so that the recorder hears of both."""
    from django.dispatch import Signal

    connect, send = Signal.connect, Signal.send

    def wrapped_connect(self: Any, receiver: Any, sender: Any = None, *args: Any, **kw: Any) -> Any:
        result = connect(self, receiver, sender, *args, **kw)
        recorder.connected(self, receiver, sender)
        return result

    def wrapped_send(self: Any, sender: Any, **named: Any) -> Any:
        from django.db.models import signals

        if self is signals.pre_migrate and recorder.phase == "setup":
            from django.urls import get_resolver

            try:
                _ = get_resolver().url_patterns
            except Exception as error:  # whatever the project's own modules raise
                print(f"record_truth: the URL configuration is not read: {error!r}")
            recorder.snapshot()
            recorder.phase = "tests"
        recorder.sent(self, sender, named, sys._getframe(1))
        return send(self, sender, **named)

    Signal.connect = wrapped_connect
    Signal.send = wrapped_send


def run(command: list[str]) -> None:
    """Run what the rest of the command line says, as Python itself would."""
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path.insert(0, os.path.dirname(os.path.abspath(command[0])))
        runpy.run_path(command[0], run_name="__main__")


def main(out: str, command: list[str]) -> None:
    """Run the command under the recorder and write the file."""
    target = Path(out).resolve()
    sys.path[0] = os.getcwd()
    recorder = Recorder(Path.cwd().resolve())
    install(recorder)
    try:
        run(command)
    finally:
        target.write_text(json.dumps(recorder.document(command), indent=1), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
