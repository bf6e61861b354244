"""`migrate --commit` and `--interactive`: one receiver after the other."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from codemod.cli.app import app
from codemod.config import Config
from codemod.pipeline import carry_out, run
from codemod.plan.plan import Options, make_plan
from codemod.steps import Staircase, Step
from tests.cli.test_migrate import FILES, tree
from tests.source.conftest import AUTHOR
from tests.source.trees import git, plant
from tests.test_rounds import a_few_at_once

HEADER = (
    "from django.db.models.signals import post_save, pre_save\n"
    "from django.dispatch import receiver\n\n"
    "from .models import Order, Ticket\n"
)


@pytest.fixture(autouse=True)
def _author(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AUTHOR.items():
        monkeypatch.setenv(name, value)


def _project(root: Path, handlers: str = "") -> Path:
    files = {path: text.encode() for path, text in FILES.items()}
    if handlers:
        files["shop/signals.py"] = (HEADER + handlers).encode()
    plant(root, files)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "before")
    return root


def _migrate(*arguments: object, answers: str = "") -> Result:
    return CliRunner().invoke(app, ["migrate", *map(str, arguments)], input=answers)


def _subjects(root: Path) -> list[str]:
    return git(root, "log", "--reverse", "--format=%s").decode().splitlines()[1:]


def test_a_commit_for_each_receiver_ends_where_write_ends(tmp_path: Path) -> None:
    root, written = _project(tmp_path / "a"), _project(tmp_path / "b")

    done = _migrate(root, "--commit")

    assert done.exit_code == 0, done.stderr
    assert _subjects(root) == [
        "Call announce() explicitly instead of on post_save of Order",
        "Call assign() explicitly instead of on post_save of Ticket",
    ]
    assert git(root, "status", "--porcelain") == b""
    assert _migrate(written, "--write").exit_code == 0
    assert tree(root) == tree(written)
    git(root, "checkout", "-q", "HEAD~1")
    halfway = tree(root)
    assert b"def announce(order):" in halfway["shop/services.py"]
    assert b"def assign(sender" in halfway["shop/signals.py"]
    body = git(root, "log", "-1", "--format=%b").decode()
    assert "- shop/views.py:5 manager-create (Order.objects)" in body
    assert "1 rewritten" in body


def test_a_second_round_has_its_commits_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, written = _project(tmp_path / "a"), _project(tmp_path / "b")
    a_few_at_once(monkeypatch, most=1)

    done = _migrate(root, "--commit")

    assert done.exit_code == 0, done.stderr
    assert "2 receivers: 2 retired" in done.stderr
    assert _subjects(root) == [
        "Call announce() explicitly instead of on post_save of Order",
        "Call assign() explicitly instead of on post_save of Ticket",
    ]
    assert _migrate(written, "--write").exit_code == 0
    assert tree(root) == tree(written)
    assert _migrate(root).stdout == ""


def test_what_is_refused_is_not_asked_for_in_a_second_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = "".join(
        f"\n\n@receiver({signal}, sender={model})\ndef {name}(sender, instance, **kwargs):\n"
        "    print(instance.pk)\n"
        for signal, model, name in (
            ("post_save", "Order", "announce"),
            ("post_save", "Ticket", "assign"),
            ("pre_save", "Ticket", "weigh"),
        )
    )
    root = _project(tmp_path, handlers)
    a_few_at_once(monkeypatch, most=2)

    done = _migrate(root, "--interactive", "--commit", answers="n\ny\ny\n")

    assert done.stderr.count("[y,n,a,q,?]") == 3
    assert [subject.split()[1] for subject in _subjects(root)] == ["assign()", "weigh()"]


@pytest.mark.parametrize("arguments", [("--commit", "--allow-dirty"), ("--commit", "--patch", "x")])
def test_commit_wants_a_tree_of_its_own(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _migrate(_project(tmp_path / "a"), *arguments)
    assert done.exit_code == 2
    assert "can't be used with" in done.stderr


def test_commit_refuses_a_dirty_tree_and_one_without_git(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    (root / "notes.txt").write_text("mine\n")
    done = _migrate(root, "--commit")
    assert (done.exit_code, _subjects(root)) == (2, [])
    assert "notes.txt: uncommitted changes (commit them first)" in done.stderr

    bare = plant(tmp_path / "b", {path: text.encode() for path, text in FILES.items()})
    done = _migrate(bare, "--commit")
    assert done.exit_code == 2
    assert "is in no git work tree" in done.stderr


def test_a_commit_that_a_hook_refuses_leaves_the_tree_before_it(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    hook = root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\ngrep -q 'def assign(ticket' shop/services.py || exit 0\n"
                    "echo no tickets today; exit 1\n")  # fmt: skip
    hook.chmod(0o755)

    done = _migrate(root, "--commit")

    assert done.exit_code == 2
    assert "unsignal: git commit: no tickets today" in done.stderr
    assert _subjects(root) == ["Call announce() explicitly instead of on post_save of Order"]
    assert git(root, "status", "--porcelain") == b""


def test_answers_choose_what_the_diff_holds(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    before = tree(root)

    done = _migrate(root, "--interactive", answers="n\n?\ny\n")

    assert done.exit_code == 0, done.stderr
    assert "Migrate shop.signals.announce? [y,n,a,q,?]" in done.stderr
    assert "leave this and all that follow" in done.stderr
    assert "2 receivers: 1 retired, 0 delegating, 1 kept" in done.stderr
    assert "+def assign(ticket):" in done.stdout
    assert "announce(order)" not in done.stdout
    assert tree(root) == before
    subprocess.run(
        ["git", "apply"], cwd=root, input=done.stdout_bytes, check=True, capture_output=True
    )


@pytest.mark.parametrize(
    ("answers", "commits"), [("q\n", 0), ("", 0), ("y\nq\n", 1), ("y\n", 1), ("a\n", 2)]
)
def test_each_answer_may_be_the_last(tmp_path: Path, answers: str, commits: int) -> None:
    root = _project(tmp_path / "a")
    done = _migrate(root, "--interactive", "--commit", answers=answers)
    assert done.exit_code == 0, done.stderr
    assert len(_subjects(root)) == commits
    assert git(root, "status", "--porcelain") == b""


def _steps(root: Path) -> list[Step]:
    stairs = Staircase(run(root, Config(), Options()))
    steps = []
    while (step := stairs.next()) is not None:
        stairs.take(step)
        steps.append(step)
    return steps


def test_each_step_is_what_a_run_for_its_receivers_alone_makes(tmp_path: Path) -> None:
    found = run(_project(tmp_path / "a"), Config(), Options())
    stairs = Staircase(found)
    taken: set[str] = set()
    while (step := stairs.next()) is not None:
        stairs.take(step)
        taken.update(step.names)
        options = replace(found.options, chosen=frozenset(taken))
        plan = make_plan(found.project, options, found.plan.ground)
        alone = carry_out(found.repository, found.project, options, plan)
        assert (step.run.changes, step.run.failures) == (alone.changes, ())
        firings = {d.receiver.name: d.firings for d in alone.plan.decisions}
        assert all(d.firings == firings[d.receiver.name] for d in step.decisions)
    assert len(taken) > 1
    assert stairs.outcome().plan.decisions == found.plan.decisions


def _short(step: Step) -> set[str]:
    return {name.rpartition(".")[2] for name in step.names}


def test_of_two_on_one_signal_the_last_goes_first(tmp_path: Path) -> None:
    handlers = "".join(
        f"\n\n@receiver(post_save, sender=Order)\ndef {name}(sender, instance, **kwargs):\n"
        f"    print('{name}')\n"
        for name in ("first", "second", "third")
    )
    steps = _steps(_project(tmp_path / "a", handlers))
    assert [_short(step) for step in steps] == [{"third"}, {"second"}, {"first"}]
    assert all(not step.run.failures for step in steps)


def test_receivers_that_share_state_go_together(tmp_path: Path) -> None:
    handlers = (
        "\n\n@receiver(pre_save, sender=Order)\ndef remember(sender, instance, **kwargs):\n"
        "    instance._old = Order.objects.filter(pk=instance.pk).first()\n"
        "\n\n@receiver(post_save, sender=Order)\ndef compare(sender, instance, **kwargs):\n"
        "    print(instance._old)\n"
        "\n\n@receiver(post_save, sender=Ticket)\ndef assign(sender, instance, **kwargs):\n"
        "    print(instance.title)\n"
    )
    steps = _steps(_project(tmp_path / "a", handlers))
    assert [_short(step) for step in steps] == [{"remember", "compare"}, {"assign"}]


def test_what_is_refused_keeps_what_depends_on_it(tmp_path: Path) -> None:
    handlers = "".join(
        f"\n\n@receiver(post_save, sender=Order)\ndef {name}(sender, instance, **kwargs):\n"
        f"    print('{name}')\n"
        for name in ("first", "second")
    )
    stairs = Staircase(run(_project(tmp_path / "a", handlers), Config(), Options()))
    step = stairs.next()
    assert step is not None and _short(step) == {"second"}
    stairs.refuse(step.names)
    following = stairs.next()
    assert following is not None and _short(following) == {"first"}
    assert [d.fate.value for d in following.decisions] == ["delegate"]


@pytest.mark.parametrize(("name", "start"), [("r.md", "# Signal receivers"), ("r.json", "{")])
def test_the_report_is_written(tmp_path: Path, name: str, start: str) -> None:
    done = _migrate(_project(tmp_path / "a"), "--report", tmp_path / name)
    assert done.exit_code == 0, done.stderr
    text = (tmp_path / name).read_text()
    assert text.startswith(start)
    assert "announce" in text and text.endswith("\n")
