"""What other code does to a receiver: sends its signal, disconnects it, owns its model.

post_save.send(sender=Order, instance=order)          sent-by-hand
post_save.disconnect(create_invoice, sender=Order)    disconnected
@receiver(post_save, sender=User)                     third-party-sender
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.hazards.view import View
from codemod.plan.third_party.packages import is_external, writers
from codemod.project.receivers import Mute
from codemod.values.account import Reason
from codemod.values.inventory import is_test


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """All three, for every receiver, functions or not."""
    by_hand = [site for site in view.sites if site.surface == "sent-by-hand"]
    for found in view.project.receivers:
        receiver = found.receiver
        for connection in receiver.connections:
            for site in by_hand:
                if connection.signal in site.signals and connection.sender in site.models:
                    text = f"{connection.signal} of {connection.sender} is sent by hand"
                    yield receiver.name, Reason("sent-by-hand", text, site.file, site.span.line)
            if is_external(view.project, connection):
                what = ", ".join(dict.fromkeys(w.what for w in writers(view.project, connection)))
                also = f"; also saved by {what}" if what else ""
                text = f"{connection.sender} belongs to a package{also}"
                yield (
                    receiver.name,
                    Reason("third-party-sender", text, connection.file, connection.line),
                )
    yield from _mutes(view)


def _mutes(view: View) -> Iterator[tuple[str, Reason]]:
    """Every place in the code, and the first in the tests."""
    in_tests: dict[str, list[Mute]] = {}
    for mute in view.project.mutes:
        if mute.receiver == "?":
            continue
        if is_test(mute.facts.path):
            in_tests.setdefault(mute.receiver, []).append(mute)
            continue
        until = ""
        if mute.region and mute.reconnect is not None:
            until = f" until line {mute.reconnect.node.lineno}"
        text = f"disconnected from {mute.signal}{until}"
        yield mute.receiver, _disconnected(mute, text)
    for name, mutes in in_tests.items():
        more = f" ({len(mutes)} places)" if len(mutes) > 1 else ""
        yield name, _disconnected(mutes[0], f"disconnected in tests{more}")


def _disconnected(mute: Mute, text: str) -> Reason:
    return Reason("disconnected", text, mute.facts.path, mute.disconnect.node.lineno)
