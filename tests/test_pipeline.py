"""A receiver whose migration fails a check is withdrawn, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from codemod import changes
from codemod.config import Config
from codemod.pipeline import ATTEMPTS, Run, read_repository, run
from codemod.plan.plan import Options
from codemod.values.account import Fate
from codemod.values.edits import Edit
from codemod.values.failures import Failure
from tests.source.trees import git, plant

NAMES = [f"note_{number}" for number in range(6)]

Check = Callable[[Mapping[str, str]], tuple[Failure, ...]]


def notes(root: Path) -> Path:
    """A project with a receiver, a model and a view of each name."""
    models = "from django.db import models\n\n\n"
    handlers = (
        "from django.db.models.signals import post_save\n"
        "from django.dispatch import receiver\n\nfrom . import models\n"
    )
    views = "from . import models\n\n\n"
    for number, name in enumerate(NAMES):
        models += f"class Order{number}(models.Model):\n    pass\n\n\n"
        handlers += (
            f"\n\n@receiver(post_save, sender=models.Order{number})\n"
            f"def {name}(sender, instance, **kwargs):\n    print(instance)\n"
        )
        views += f"def view_{number}(request):\n    models.Order{number}().save()\n\n\n"
    files = {"__init__": "", "models": models, "signals": handlers, "views": views}
    return plant(root, {f"shop/{name}.py": text.encode() for name, text in files.items()})


def _refusing(monkeypatch: pytest.MonkeyPatch, check: Check) -> None:
    monkeypatch.setattr(changes, "run_checks", lambda result, _: check(result.after))


def _kept(found: Run) -> dict[str, tuple[str, ...]]:
    return {
        decision.receiver.name.rpartition(".")[2]: tuple(r.text for r in decision.reasons)
        for decision in found.plan.decisions
        if decision.fate is Fate.KEEP
    }


@pytest.mark.parametrize("bad", [{"note_0"}, {"note_3"}, {"note_5"}, {"note_1", "note_4"}])
def test_only_the_culprits_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: set[str]
) -> None:
    def check(after: Mapping[str, str]) -> tuple[Failure, ...]:
        services = after.get("shop/services.py", "")
        return tuple(
            Failure("names", "shop/services.py", 3, f"no {name}")
            for name in sorted(bad)
            if f"def {name}(" in services
        )

    _refusing(monkeypatch, check)
    found = run(notes(tmp_path), Config(), Options())

    assert found.failures == ()
    kept = _kept(found)
    assert set(kept) == bad
    assert all(f"no {name}" in text for name, (text,) in kept.items())
    services = next(c.after for c in found.changes if c.path == "shop/services.py")
    assert services is not None
    for name in NAMES:
        assert (f"def {name}(".encode() in services) == (name not in bad)


def test_two_that_only_fail_together_are_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(after: Mapping[str, str]) -> tuple[Failure, ...]:
        services = after.get("shop/services.py", "")
        if "def note_1(" in services and "def note_4(" in services:
            return (Failure("cycles", "shop/services.py", 0, "import cycle"),)
        return ()

    _refusing(monkeypatch, check)
    found = run(notes(tmp_path), Config(), Options())

    assert found.failures == ()
    assert set(_kept(found)) == {"note_4"}


def test_a_failure_of_no_file_of_theirs_is_looked_for_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(after: Mapping[str, str]) -> tuple[Failure, ...]:
        if "note_2" in after.get("shop/services.py", ""):
            return (Failure("cycles", "other/models.py", 0, "import cycle"),)
        return ()

    _refusing(monkeypatch, check)

    assert set(_kept(run(notes(tmp_path), Config(), Options()))) == {"note_2"}


def test_a_failure_in_the_file_of_another_is_looked_for_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(after: Mapping[str, str]) -> tuple[Failure, ...]:
        if "note_2" in after.get("shop/services.py", ""):
            return (Failure("names", "other/work.py", 1, "a name is missing"),)
        return ()

    root = notes(tmp_path)
    work = "from shop import models\n\n\ndef work():\n    models.Order4().save()\n"
    plant(root, {"other/__init__.py": b"", "other/work.py": work.encode()})
    _refusing(monkeypatch, check)

    assert set(_kept(run(root, Config(), Options()))) == {"note_2"}


def test_the_search_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def check(after: Mapping[str, str]) -> tuple[Failure, ...]:
        nonlocal calls
        calls += 1
        return (Failure("syntax", "shop/services.py", 1, "never right"),)

    _refusing(monkeypatch, check)
    found = run(notes(tmp_path), Config(), Options())

    assert (found.failures, found.changes) == ((), ())
    assert set(_kept(found)) == set(NAMES)
    assert calls < ATTEMPTS


def test_a_change_that_nobody_planned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = changes.apply

    def astray(text: str, edits: Sequence[Edit], **options: Any) -> str:
        new = real(text, edits, **options)
        if "note_3(" not in new:
            return new
        return new.replace("def view_1(request):", "def view_1(request, force):")

    monkeypatch.setattr(changes, "apply", astray)
    found = run(notes(tmp_path), Config(), Options())

    assert found.failures == ()
    ((name, (text,)),) = _kept(found).items()
    words = "shop/views.py:11: not planned: def view_1(request, force): (strays)"
    assert (name, text) == ("note_3", words)


def test_a_comment_that_gets_lost_with_a_module_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = changes.apply

    def losing(text: str, edits: Sequence[Edit], **options: Any) -> str:
        new = real(text, edits, **options)
        return new.replace("    # Of 3.\n", "") if "def note_3(order" in new else new

    root = notes(tmp_path)
    handlers = root / "shop" / "signals.py"
    head = "def note_3(sender, instance, **kwargs):\n"
    handlers.write_text(handlers.read_text().replace(head, f"{head}    # Of 3.\n"))
    monkeypatch.setattr(changes, "apply", losing)
    found = run(root, Config(), Options())

    assert found.failures == ()
    ((name, (text,)),) = _kept(found).items()
    assert name == "note_3"
    assert text == "shop/signals.py:24: lost comment: # Of 3. (elsewhere)"


def test_syntax_that_is_newer_than_this_python_in_what_moves(tmp_path: Path) -> None:
    models = """\
from django.db import models


class Order(models.Model):
    email = models.EmailField()
"""
    signals = """\
from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Order

NAMES = {"a": "b"}
LABEL = f"{NAMES["a"]}!"


@receiver(post_save, sender=Order)
def log(sender, instance, created, **kwargs):
    if not created or instance.email == f"{NAMES["a"]}":
        return
    print(LABEL, instance)


def index(sender, instance, **kwargs):
    print(instance)


if settings.NAMES[f"{"a"}"]:
    post_save.connect(index, sender=Order)
"""
    views = """\
from .models import Order

NAMES = {"a": "b"}


def place():
    return Order.objects.create(
        email=f"{NAMES["a"]}",
    ).email
"""
    apps = """\
from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        from . import signals
"""
    files = {"__init__": "", "models": models, "signals": signals, "views": views, "apps": apps}
    plant(tmp_path, {f"shop/{name}.py": text.encode() for name, text in files.items()})

    found = run(tmp_path, Config(), Options())

    assert not found.failures and not _kept(found)
    written = {change.path: (change.after or b"").decode() for change in found.changes}
    assert '== f"{NAMES["a"]}"' in written["shop/services.py"]
    assert "order = Order.objects.create(\n" in written["shop/views.py"]


def test_what_is_in_submodules_was_not_read(tmp_path: Path) -> None:
    used = plant(tmp_path / "used", {"models.py": b"from django.db import models\n"})
    here = plant(tmp_path / "here", {"shop/models.py": b"from django.db import models\n"})
    for root in (used, here):
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "all")
    git(here, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(used), "used")

    repository = read_repository(here, Config())
    assert [file.path for file in repository.files] == ["shop/models.py"]
    assert [entry.file for entry in repository.unreadable] == ["used/models.py"]
