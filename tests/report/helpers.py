"""An inventory with one of everything, made by hand."""

from __future__ import annotations

from codemod.values.account import Connection, Decision, Fate, Firing, Outcome, Reason, Receiver
from codemod.values.files import Unreadable
from codemod.values.inventory import Entry, Inventory, Step, Write
from codemod.values.span import Span

FILE = "shop/signals.py"
SAVES = ("pre_save", "post_save")


def firing(line: int, outcome: Outcome = Outcome.REWRITTEN, code: str | None = None) -> Firing:
    return Firing(
        "shop/views.py", Span(line, 4, line, 20), "post_save", "shop.Order", "model-save",
        "proved", "true", outcome, code, "Order(...)",
    )  # fmt: skip


def without_line(surface: str, code: str | None, note: str, file: str = FILE) -> Firing:
    outcome = Outcome.BLOCKED if code else Outcome.NEVER
    return Firing(
        file, None, "post_save", "shop.Order", surface, "proved", None, outcome, code, note
    )


def entry(
    name: str,
    line: int,
    fate: Fate,
    connections: tuple[Connection, ...],
    firings: tuple[Firing, ...] = (),
    reasons: tuple[Reason, ...] = (),
    hazards: tuple[Reason, ...] = (),
    writes: tuple[Write, ...] = (),
    app: str = "shop",
) -> Entry:
    receiver = Receiver(f"shop.signals.{name}", FILE, line, Span(line, 0, line + 2, 9), connections)
    keeps = fate is Fate.KEEP
    service = None if keeps else f"shop.services.{name}"
    path = None if keeps else "shop/services.py"
    return Entry(
        app, Decision(receiver, fate, reasons, (), firings, service, path), hazards, writes
    )


def inventory() -> Inventory:
    return Inventory(
        (
            entry(
                "bill", 12, Fate.RETIRE,
                (Connection("post_save", "shop.Order", FILE, 11, "decorator"),),
                (firing(40), firing(30, Outcome.NEVER), without_line("raw-load", None, "none")),
                hazards=tuple(
                    Reason("bypassed-by-bulk", f"update() number {n} | x", "shop/work.py", n)
                    for n in range(1, 7)
                ),
                writes=(Write("shop.Invoice", SAVES, "true", FILE, 13, 13),),
            ),
            entry(
                "again", 20, Fate.DELEGATE,
                (
                    Connection("post_save", "shop.Invoice", FILE, 18, "decorator", order=1),
                    Connection("post_delete", "shop.Invoice", FILE, 19, "connect", order=2),
                ),
                (
                    firing(50, Outcome.BLOCKED, "possible-site"),
                    firing(51),
                    without_line("raw-load", "raw-load", "fixtures", "shop/fixtures/a.json"),
                ),
                (Reason("possible-site", "its type is not known", "shop/views.py", 50),),
                (Reason("recursion", "its save fires it again", FILE, 22),),
                (
                    Write("shop.Order", SAVES, "false", FILE, 22, 22),
                    Write("shop.Stat", (), None, "shop/work.py", 3, 23, "tally"),
                ),
            ),
            entry(
                "log", 30, Fate.KEEP,
                (
                    Connection("post_save", None, FILE, 29, "decorator", order=3),
                    Connection("post_save", "?", FILE, 29, "connect", 'models["a"]', order=4),
                ),
                (
                    Firing(
                        FILE, None, "post_save", "*", "any-sender", "proved", None,
                        Outcome.BLOCKED, "any-sender",
                    ),
                ),
                (Reason("any-sender", "", FILE, 29), Reason("any-sender", "b", FILE, 30)),
                app="",
            ),
        ),
        (
            (
                Step("shop.signals.bill", "shop.Invoice"),
                Step("shop.signals.again", "shop.Order"),
            ),
        ),
        (Unreadable("shop/old.py", "3: invalid syntax"),),
    )  # fmt: skip
