"""What other code does to a receiver: sends its signal, disconnects it, owns its model.

    post_save.send(sender=Order, instance=order)          sent-by-hand
    post_save.disconnect(create_invoice, sender=Order)    disconnected
    @receiver(post_save, sender=User)                     third-party-sender
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.hazards.view import View
from codemod.plan.packages import writers
from codemod.values.account import Reason


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """All three, for every receiver, functions or not."""
    by_hand = [site for site in view.sites if site.code == "sent-by-hand"]
    for found in view.project.receivers:
        receiver = found.receiver
        for connection in receiver.connections:
            for site in by_hand:
                if connection.signal in site.signals and connection.sender in site.models:
                    text = f"{connection.signal} of {connection.sender} is sent by hand"
                    yield receiver.name, Reason("sent-by-hand", text, site.file, site.span.line)
            if connection.sender in (None, "?"):
                continue
            label = connection.sender or ""
            model = view.project.models.by_label.get(label)
            if model is not None and model.external:
                what = ", ".join(dict.fromkeys(w.what for w in writers(view.project, connection)))
                text = f"{label} belongs to a package" + (f"; also saved by {what}" if what else "")
                yield receiver.name, Reason(
                    "third-party-sender", text, connection.file, connection.line
                )
    for mute in view.project.mutes:
        if mute.receiver != "?":
            until = ""
            if mute.region and mute.reconnect is not None:
                until = f" until line {mute.reconnect.node.lineno}"
            text = f"disconnected from {mute.signal}{until}"
            line = mute.disconnect.node.lineno
            yield mute.receiver, Reason("disconnected", text, mute.facts.path, line)
