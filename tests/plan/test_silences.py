"""Where all receivers of a signal are away, and what runs meanwhile."""

from __future__ import annotations

import pytest

from codemod.plan.silences.finder import silences
from codemod.values.account import SIGNALS
from tests.project.helpers import project

HEAD = """
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
import pytest
from django.db.models import signals
from django.db.models.signals import post_save, pre_save

"""

MUTED = """
@contextmanager
def muted(*which):
    kept = [(signal, signal.receivers) for signal in which]
    for signal in which:
        signal.receivers = []
    try:
        yield
    finally:
        for signal, receivers in kept:
            signal.receivers = receivers

"""

PAIR = """
kept = []
def mute(which=post_save):
    kept.append(which.receivers)
    which.receivers = []

def unmute():
    post_save.receivers = kept.pop()

"""


def stretches(code: str, path: str = "shop__work") -> list[str]:
    """The stretches in which a function is called by its name `at_...`, or what isn't told."""
    found = []
    for each in silences(project(**{path: HEAD + code})):
        source = "\n".join(each.facts.lines.source(each.facts.lines.span(s)) for s in each.region)
        names = [word for word in ("at_a", "at_b", "at_c", "at_d") if f"{word}(" in source]
        kind = "?" if not each.region else "" if each.sure else "perhaps "
        told = "all" if len(each.signals) == len(SIGNALS) else " ".join(sorted(each.signals))
        if names or kind == "?":
            found.append(f"{told}: {kind}{' '.join(names)}".strip())
    return sorted(set(found))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (
            "def work():\n"
            "    at_a()\n"
            "    kept, post_save.receivers = post_save.receivers, []\n"
            "    at_b()\n"
            "    post_save.receivers = kept\n"
            "    at_c()",
            ["post_save: at_b"],
        ),
        (
            "def work():\n"
            "    kept = post_save.receivers[:]\n"
            "    try:\n"
            "        at_a()\n"
            "        post_save.receivers.clear()\n"
            "        at_b()\n"
            "    finally:\n"
            "        at_c()\n"
            "        post_save.receivers.extend(kept)\n"
            "        at_d()",
            ["post_save: at_b at_c"],
        ),
        (
            "def work(quiet):\n"
            "    if quiet:\n"
            "        kept, post_save.receivers = post_save.receivers, []\n"
            "    at_a()\n"
            "    if quiet:\n"
            "        post_save.receivers = kept",
            ["post_save: perhaps at_a"],
        ),
        ("def work(letter):\n    letter.receivers = []\n    at_a()", []),
        ("def work(letter):\n    signals.receivers = []\n    at_a()", []),
        ("def work():\n    at_a(post_save.receivers)", []),
        ("class Post:\n    def __init__(self):\n        self.receivers = []  # signals", []),
        ("with patch.object(post_save, 'send'):\n    at_a()", ["post_save: at_a"]),
        ("@patch('django.db.models.signals.pre_save.send')\ndef w(): at_a()", ["pre_save: at_a"]),
        ("@patch('django.db.models.signals.ModelSignal.send')\ndef w(): at_a()", ["all: at_a"]),
        ("with patch('shop.models.pre_save.send'):\n    at_a()", ["pre_save: at_a"]),
        ("with patch('django.dispatch.dispatcher.Signal.send'):\n    at_a()", ["all: at_a"]),
        (
            "with patch.multiple(post_save, send=patch.DEFAULT):\n    at_a()",
            ["post_save: at_a"],
        ),
        ("with patch.multiple(post_save, send=work):\n    at_a()", ["post_save: perhaps at_a"]),
        (
            "with patch.multiple(post_save, receivers=[], use_caching=False):\n    at_a()",
            ["post_save: at_a"],
        ),
        ("with patch.multiple(post_save, use_caching=False):\n    at_a()", []),
        (
            "with patch.multiple('shop.models.post_save', send=lambda *a, **kw: []):\n    at_a()",
            ["post_save: at_a"],
        ),
        ("with patch.multiple('shop.mail.outbox', send=patch.DEFAULT):\n    at_a()", []),
        (  # in the next round, it has been done
            "def work(rows):\n"
            "    for row in rows:\n"
            "        at_a()\n"
            "        if row:\n"
            "            at_b()\n"
            "            post_save.receivers = []\n"
            "        at_c()",
            ["post_save: perhaps at_a at_b", "post_save: perhaps at_c"],
        ),
        (
            "def work():\n"
            "    kept, post_save.receivers = post_save.receivers, []\n"
            "    at_a()\n"
            "    with here():\n"
            "        at_b()\n"
            "        post_save.receivers = kept\n"
            "        at_c()",
            ["post_save: at_a at_b"],
        ),
        (
            "def work():\n"
            "    kept, post_save.receivers = post_save.receivers, []\n"
            "    for each in kept:\n"
            "        at_a()\n"
            "        post_save.receivers = kept",
            ["post_save: perhaps at_a"],
        ),
        (
            "def work():\n"
            "    kept = post_save.receivers\n"
            "    with here():\n"
            "        at_a()\n"
            "        post_save.receivers = []\n"
            "        at_b()\n"
            "    at_c()\n"
            "    post_save.receivers = kept",
            ["post_save: at_b at_c"],
        ),
        (
            "def work(rows):\n"
            "    kept = post_save.receivers\n"
            "    try:\n"
            "        with here():\n"
            "            post_save.receivers = []\n"
            "            at_a()\n"
            "    finally:\n"
            "        post_save.receivers = kept",
            ["post_save: at_a"],
        ),
        (  # it may not be done yet where the error is handled
            "def work(rows):\n"
            "    kept = post_save.receivers\n"
            "    try:\n"
            "        with here():\n"
            "            post_save.receivers = []\n"
            "    except Exception:\n"
            "        at_a()\n"
            "    finally:\n"
            "        post_save.receivers = kept",
            ["post_save: perhaps at_a"],
        ),
        (
            "def work(rows):\n"
            "    kept = post_save.receivers\n"
            "    for row in rows:\n"
            "        at_a()\n"
            "        post_save.receivers = []\n"
            "        at_b()\n"
            "    post_save.receivers = kept",
            ["post_save: at_b", "post_save: perhaps at_a"],
        ),
        (  # it ends with each round
            "def work(rows):\n"
            "    for row in rows:\n"
            "        at_a()\n"
            "        kept, post_save.receivers = post_save.receivers, []\n"
            "        at_b()\n"
            "        post_save.receivers = kept",
            ["post_save: at_b"],
        ),
        ("with patch.object(post_save, 'send_robust'):\n    at_a()", []),  # the ORM calls send()
        (
            "@patch.object(post_save, 'send')\n"
            "class T:\n"
            "    def test_a(self): at_a()\n"
            "    def help(self): at_b()",
            ["post_save: at_a"],
        ),
        ("patcher = patch.object(post_save, 'send')\npatcher.start()", ["post_save: ?"]),
        (MUTED, []),
        (MUTED + "with muted(pre_save):\n    at_a()\nat_b()", ["pre_save: at_a"]),
        (
            MUTED + "def work():\n"
            "    with ExitStack() as stack:\n"
            "        at_a()\n"
            "        stack.enter_context(muted(pre_save))\n"
            "        at_b()\n"
            "    at_c()",
            ["pre_save: at_b"],
        ),
        (MUTED + "@muted(pre_save)\ndef work():\n    at_a()", ["pre_save: at_a"]),
        (MUTED + "@muted(pre_save)\nasync def work():\n    at_a()", ["pre_save: perhaps at_a"]),
        (MUTED + "@muted(pre_save)\n@task\ndef w():\n    at_a()", ["pre_save: perhaps at_a"]),
        (
            MUTED + "def work(which):\n    with muted(which):\n        at_a()",
            ["all: perhaps at_a"],
        ),
        (
            MUTED + "@contextmanager\n"
            "def bulk():\n"
            "    with muted(pre_save):\n"
            "        yield\n"
            "with bulk():\n"
            "    at_a()\n"
            "with muted(post_save):\n"
            "    at_b()",
            ["post_save: at_b", "pre_save: at_a"],
        ),
        (MUTED + "run(muted)", ["all: ?"]),
        (
            "@contextmanager\n"
            "def quiet(which=None):\n"
            "    which = which or [post_save]\n"
            "    for signal in which:\n"
            "        signal.receivers = []\n"
            "    yield\n"
            "with quiet():\n"
            "    at_a()\n"
            "with quiet([pre_save]):\n"
            "    at_b()",
            ["post_save pre_save: perhaps at_b", "post_save: perhaps at_a"],
        ),
        (
            MUTED + "def run(work):\n"
            "    with muted(pre_save):\n"
            "        work()\n"
            "def job():\n"
            "    at_a()\n"
            "run(job)\n"
            "run(lambda: at_b())",
            ["pre_save: at_b", "pre_save: perhaps at_a"],
        ),
        (
            MUTED + "def quiet(work):\n"
            "    def wrapper(*args):\n"
            "        with muted(pre_save):\n"
            "            return work(*args)\n"
            "    return wrapper\n"
            "@quiet\n"
            "def job():\n"
            "    at_a()\n"
            "other = quiet(job)",
            ["pre_save: at_a", "pre_save: perhaps at_a"],
        ),
        (
            "class Quiet:\n"
            "    def __enter__(self):\n"
            "        self.kept, post_save.receivers = post_save.receivers, []\n"
            "    def __exit__(self, *args):\n"
            "        post_save.receivers = self.kept\n"
            "class Quieter(Quiet): ...\n"
            "with Quieter() as quiet:\n"
            "    at_a()",
            ["post_save: at_a"],
        ),
        (
            "class Quiet:\n"
            "    def __enter__(self):\n"
            "        for signal in self.signals:\n"
            "            signal.receivers = []\n"
            "with Quiet():\n"
            "    at_a()",
            ["all: perhaps at_a"],
        ),
        (PAIR, []),
        (
            PAIR + "def work():\n    at_a()\n    mute()\n    at_b()\n    unmute()\n    at_c()",
            ["post_save: at_b"],
        ),
        (
            "def mute(which):\n"
            "    which.receivers = []  # of a signal\n"
            "def unmute(which):\n"
            "    which.receivers = kept.pop(which)\n"
            "def work():\n"
            "    mute(pre_save)\n"
            "    mute(post_save)\n"
            "    at_a()\n"
            "    unmute(pre_save)\n"
            "    at_b()\n"
            "    unmute(post_save)\n"
            "    at_c()",
            ["post_save: at_a at_b", "pre_save: at_a"],
        ),
        (
            "class View:\n    def setup(self):\n        post_save.receivers = []\n        at_a()",
            ["post_save: ?", "post_save: at_a"],
        ),
        (
            "def rows():\n"
            "    kept, post_save.receivers = post_save.receivers, []\n"
            "    yield 1\n"
            "    post_save.receivers = kept",
            ["post_save: ?"],
        ),
        ("post_save.receivers = []", ["post_save: ?"]),
        (
            MUTED + "def work(rows):\n"
            "    with ExitStack() as stack:\n"
            "        if rows:\n"
            "            stack.enter_context(muted(pre_save))\n"
            "        at_a()\n"
            "    at_b()",
            ["pre_save: perhaps at_a"],
        ),
        (
            MUTED + "def work():\n"
            "    stack = ExitStack()\n"
            "    stack.enter_context(muted(pre_save))\n"
            "    at_a()\n"
            "    stack.close()\n"
            "    at_b()",
            ["pre_save: perhaps at_a at_b"],
        ),
        (
            "def work():\n"
            "    with patch.object(post_save, 'receivers', []):\n"
            "        post_save.connect(log)\n"
            "        at_a()",
            ["post_save: perhaps at_a"],
        ),
    ],
)
def test_stretches(code: str, found: list[str]) -> None:
    assert stretches(code) == found


@pytest.mark.parametrize(
    "code",
    [
        "@contextmanager\n"
        "def muted(on):\n"
        "    if not on:\n"
        "        yield\n"
        "        return\n"
        "    kept, post_save.receivers = post_save.receivers, []\n"
        "    try:\n"
        "        yield\n"
        "    finally:\n"
        "        post_save.receivers = kept\n"
        "with muted(True):\n"
        "    at_a()",
        MUTED + "@contextmanager\n"
        "def bulk(on):\n"
        "    if on:\n"
        "        with muted(post_save):\n"
        "            yield\n"
        "    else:\n"
        "        yield\n"
        "with bulk(True):\n"
        "    at_a()",
        MUTED + "def bulk(on):\n"
        "    if not on:\n"
        "        return nullcontext()\n"
        "    return muted(post_save)\n"
        "with bulk(True):\n"
        "    at_a()",
        "class Quiet:\n"
        "    def __enter__(self):\n"
        "        if self.off:\n"
        "            return self\n"
        "        self.kept, post_save.receivers = post_save.receivers, []\n"
        "    def __exit__(self, *args):\n"
        "        post_save.receivers = self.kept\n"
        "with Quiet() as quiet:\n"
        "    at_a()",
        PAIR + "def mute_if(on):\n"
        "    if not on:\n"
        "        return\n"
        "    post_save.receivers = []\n"
        "def work(on):\n"
        "    mute_if(on)\n"
        "    at_a()\n"
        "    unmute()",
        "class Quiet:\n"
        "    def __enter__(self):\n"
        "        self.kept, post_save.receivers = post_save.receivers, []\n"
        "class Loud(Quiet):\n"
        "    def __enter__(self): ...\n"
        "with Loud():\n"
        "    at_a()",
        MUTED + "class Job:\n"
        "    def quiet(self):\n"
        "        return muted(post_save)\n"
        "    def run(self):\n"
        "        with self.quiet():\n"
        "            at_a()\n"
        "class LoudJob(Job):\n"
        "    def quiet(self):\n"
        "        return nullcontext()",
        MUTED + "class Job:\n"
        "    def quiet(self):\n"
        "        return muted(post_save)\n"
        "class LoudJob(Job):\n"
        "    def quiet(self):\n"
        "        return nullcontext()\n"
        "def work(job: Job):\n"
        "    with job.quiet():\n"
        "        at_a()",
        "def work():\n"
        "    for signal in (post_save,):\n"
        "        if signal in busy:\n"
        "            continue\n"
        "        signal.receivers = []\n"
        "    at_a()",
        "def work():\n"
        "    try:\n"
        "        check()\n"
        "        kept, post_save.receivers = post_save.receivers, []\n"
        "    except ValueError:\n"
        "        at_a()\n"
        "    finally:\n"
        "        post_save.receivers = kept",
        MUTED + "def run(work, on):\n"
        "    if not on:\n"
        "        return work()\n"
        "    with muted(post_save):\n"
        "        return work()\n"
        "run(lambda: at_a(), True)",
        MUTED + "def quiet(work):\n"
        "    if busy:\n"
        "        return work\n"
        "    def wrapper(*args):\n"
        "        with muted(post_save):\n"
        "            return work(*args)\n"
        "    return wrapper\n"
        "@quiet\n"
        "def job():\n"
        "    at_a()",
    ],
)
def test_the_way_to_a_switch_may_end_before_it(code: str) -> None:
    assert stretches(code) == ["post_save: perhaps at_a"]


def test_far_away_callers_are_not_followed() -> None:
    callers = "".join(f"def f{n + 1}(): f{n}()\n" for n in range(8))
    assert stretches(PAIR + "def f0(): mute()\n" + callers) == ["post_save: ?"]


def test_a_decorator_is_read_outside_of_its_function() -> None:
    assert stretches("@patch.object(post_save, 'send')\ndef work(post_save): at_a()") == [
        "post_save: at_a"
    ]


def test_a_decorator_may_name_what_it_decorates() -> None:
    code = (
        "def quiet(work):\n"
        "    print(work.__name__)\n"
        "    @wraps(work)\n"
        "    def wrapper(*args):\n"
        "        with muted(post_save):\n"
        "            return work(*args)\n"
        "    return wrapper\n"
        "@quiet\n"
        "def job():\n"
        "    at_a()"
    )
    assert stretches(MUTED + code) == ["post_save: at_a"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (
            PAIR + "class T:\n"
            "    def setUp(self):\n"
            "        at_a()\n"
            "        mute()\n"
            "        at_b()\n"
            "    def tearDown(self): unmute()\n"
            "    def test_it(self): at_c()\n"
            "    def help(self): at_d()",
            ["post_save: at_b", "post_save: at_c"],
        ),
        (
            PAIR + "class T:\n"
            "    def setUp(self): mute()\n"
            "    def test_it(self): at_a()\n"
            "    def test_loud(self):\n"
            "        unmute()\n"
            "        at_b()",
            ["post_save: perhaps at_a at_b"],
        ),
        (
            PAIR + "def setup_module():\n"
            "    mute()\n"
            "def teardown_module():\n"
            "    unmute()\n"
            "def test_it(): at_a()\n"
            "def help(): at_b()",
            ["post_save: at_a"],
        ),
        (
            "def test_it(monkeypatch):\n"
            "    at_a()\n"
            "    monkeypatch.setattr(post_save, 'receivers', [])\n"
            "    at_b()",
            ["post_save: at_b"],
        ),
        (
            "@pytest.fixture\n"
            "def quiet(monkeypatch):\n"
            "    monkeypatch.setattr(post_save, 'receivers', [])\n"
            "def test_it(quiet): at_a()\n"
            "def test_loud(): at_b()",
            ["post_save: at_a"],
        ),
        (
            "def mute(monkeypatch):\n"
            "    monkeypatch.setattr(post_save, 'receivers', [])\n"
            "def test_it(monkeypatch):\n"
            "    mute(monkeypatch)\n"
            "    at_a()\n",
            ["post_save: ?", "post_save: at_a"],
        ),
        (
            MUTED + "@pytest.fixture\n"
            "def quiet():\n"
            "    with muted(pre_save):\n"
            "        yield\n"
            "@pytest.fixture\n"
            "def order():\n"
            "    return at_a()\n"
            "def test_it(quiet, order): at_b()\n"
            "def test_loud(order): at_c()\n"
            "@pytest.mark.usefixtures('quiet')\n"
            "def test_marked(): at_d()",
            ["pre_save: at_b at_d", "pre_save: perhaps at_a"],
        ),
        (
            MUTED + "class TestIt:\n"
            "    @pytest.fixture(autouse=True)\n"
            "    def quiet(self):\n"
            "        with muted(pre_save):\n"
            "            yield\n"
            "    def test_it(self): at_a()\n"
            "def test_loud(): at_b()",
            ["pre_save: at_a"],
        ),
    ],
)
def test_stretches_of_tests(code: str, found: list[str]) -> None:
    assert stretches(code, "shop__test_work") == found


@pytest.mark.parametrize(
    ("patched", "sure"),
    [
        ("'send'", True),
        ("'send', lambda *args, **kwargs: []", True),
        ("'send', lambda *args, **kwargs: post_save.send(*args)", False),
        ("'send', Mock(return_value=[])", True),
        ("'send', Mock(wraps=post_save.send)", False),
        ("'send', new=idle", True),
        ("'send', new=spy", False),
        ("'send', wraps=post_save.send", False),
        ("'send', side_effect=post_save.send", False),
        ("'receivers', []", True),
        ("'receivers', list()", True),
        ("'receivers', post_save.receivers[:1]", False),
    ],
)
def test_patched_signals_may_go_on(patched: str, sure: bool) -> None:
    spies = "def idle(*args): return []\ndef spy(*args): return sent(*args)\n"
    code = f"{spies}def work():\n    with patch.object(post_save, {patched}):\n        at_a()"
    assert stretches(code) == [f"post_save: {'' if sure else 'perhaps '}at_a"]


@pytest.mark.parametrize(
    ("switch", "sure"),
    [
        ("post_save.receivers = []", True),
        ("post_save.receivers[:] = []", True),
        ("post_save.receivers = [each for each in kept if each is not log]", False),
        ("post_save.receivers = [log]", False),
        ("post_save.receivers[:1] = []", False),
        ("post_save.receivers.clear()", True),
        ("post_save.receivers.pop()", False),
        ("del post_save.receivers[:]", True),
        ("del post_save.receivers[0]", False),
    ],
)
def test_receivers_may_be_left(switch: str, sure: bool) -> None:
    code = (
        "def work():\n"
        "    kept = post_save.receivers[:]\n"
        f"    {switch}\n"
        "    at_a()\n"
        "    post_save.receivers = kept"
    )
    assert stretches(code) == [f"post_save: {'' if sure else 'perhaps '}at_a"]


def test_a_fixture_is_for_what_is_below_its_conftest() -> None:
    fixture = "@pytest.fixture\ndef quiet():\n    with muted(pre_save):\n        yield\n"
    test = "def test_it(quiet):\n    save()\n"
    made = project(shop__conftest=HEAD + MUTED + fixture, shop__test_a=test, bar__test_b=test)
    assert [s.file for s in silences(made) if s.sure and s.line == 2] == ["shop/test_a.py"]


def test_a_command_runs_in_a_process_of_its_own() -> None:
    code = HEAD + "class Command:\n    def handle(self):\n        post_save.receivers = []\n"
    (silence,) = silences(project(shop__management__commands__clean=code))
    assert silence.region


SILENT = """
def work(rows):
    kept, post_save.receivers = post_save.receivers, []
    {}
    {}
"""
BACK = "post_save.receivers = kept"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (SILENT.format("at_a()", BACK), True),
        (SILENT.format("if rows: return", BACK), True),
        (SILENT.format("assert rows", BACK), True),
        (SILENT.format("post_save.sender_receivers_cache.clear()", BACK), False),
        (SILENT.format("rows = []", BACK), False),
        (SILENT.format("try: at_a()", f"finally: {BACK}"), False),
        (SILENT.format("at_a()", f"try: at_b()\n    finally: {BACK}"), True),
        (SILENT.format("try: at_a()\n    except E: at_b()\n    else: at_c()", BACK), True),
        (
            SILENT.format(
                "try: at_a()\n    except E: at_b()\n    else: at_c()", f"finally: {BACK}"
            ),
            False,
        ),
        (SILENT.format("at_a()", f"try: {BACK}\n    finally: at_b()"), True),
        (MUTED + "with muted(post_save): at_a()", False),
        (
            MUTED.replace("try:", "if which:").replace("finally:", "if which:")
            + "with muted(post_save): at_a()",
            True,
        ),
        (PAIR + "def work():\n    mute()\n    at_a()\n    unmute()", True),
        (PAIR + "def work():\n    mute()\n    try: at_a()\n    finally: unmute()", False),
        ("with patch.object(post_save, 'send'): at_a()", False),
    ],
)
def test_what_an_error_leaves_silent(code: str, expected: bool) -> None:
    found = [each for each in silences(project(shop__work=HEAD + code)) if each.region]
    assert any(each.open for each in found) is expected
