"""One receiver on its way to a decision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from codemod.plan.excused import is_test
from codemod.plan.services.service import Service
from codemod.plan.silences.events import Silence
from codemod.project.receivers import FoundReceiver
from codemod.values.account import M2M, Connection, Reason, Receiver

# What follows from others that stay.
CONSEQUENCES = frozenset(("receiver-order", "shared-state"))


@dataclass
class Case:
    """One receiver on its way to a decision."""

    found: FoundReceiver
    services: tuple[Service, ...]  # several if it is split by the action of m2m_changed
    untouchable: bool  # not even its body moves
    reasons: list[Reason] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)
    # The models whose own `save()` alone may call it, and the tracker of theirs that it asks.
    inside: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Case:
        """The same, to be decided over once more."""
        return replace(self, reasons=[*self.reasons], notes=[*self.notes], inside={**self.inside})

    @property
    def service(self) -> Service | None:
        """The service that its body becomes, the first if there are several."""
        return self.services[0] if self.services else None

    @property
    def goes(self) -> bool:
        """Whether nothing holds it back."""
        return self.service is not None and not self.reasons

    @property
    def moves(self) -> bool:
        """Whether its body becomes a service, be it gone or a delegate then."""
        return self.service is not None and not self.untouchable

    @property
    def delegates(self) -> bool:
        """Whether it stays, and calls the service."""
        return self.moves and bool(self.reasons)

    @property
    def receiver(self) -> Receiver:
        """The receiver."""
        return self.found.receiver

    @property
    def never_runs(self) -> bool:
        """Whether it stays, and Django never calls it."""
        codes = {reason.code for reason in self.reasons}
        return "never-loaded" in codes or ("name-lost" in codes and _is_lost(self.found))

    def runs_on_load(self, connection: Connection) -> bool:
        """Whether loading a fixture of the sender runs it: raw saves, and what they add (9.1)."""
        if connection.signal == M2M:
            return any(s.handler.actions & {"pre_add", "post_add"} for s in self.services)
        handlers = [s.handler for s in self.services]
        return any(h.acts_on_raw for h in handlers) or not any(h.ignores_raw for h in handlers)

    def block(self, code: str, text: str = "", file: str = "", line: int = 0) -> None:
        """Tell why it has to stay."""
        reason = Reason(code, text, file, line)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def hold(
        self, code: str, text: str, file: str, line: int, *, accepted: Collection[str]
    ) -> None:
        """Tell why it has to stay; of an accepted code, what differs if it goes."""
        tell = self.note if code in accepted else self.block
        tell(code, text, file, line)

    def silence(
        self, place: Silence, signal: str, fires: bool | None, accepted: Collection[str]
    ) -> None:
        """Tell where all receivers of a signal are taken away, if it `fires` meanwhile; for a
        test, and where that isn't sure (None), it is a difference."""
        tested = is_test(place.file) and not is_test(self.receiver.file)
        if fires is None or (fires and tested):
            self.note("silenced", signal, place.file, place.line)
        elif fires:
            code = "muted-calls" if place.region else "disconnected"
            self.hold(code, signal, place.file, place.line, accepted=accepted)

    def leave(self, code: str, text: str = "") -> None:
        """Leave it alone, body and all."""
        self.untouchable = True
        self.block(code, text)

    def note(self, code: str, text: str = "", file: str = "", line: int = 0) -> None:
        """Tell what differs if it goes."""
        reason = Reason(code, text, file, line)
        if reason not in self.notes:
            self.notes.append(reason)


def _is_lost(found: FoundReceiver) -> bool:
    """Whether the name of a handler surely means something else later on, and no connection holds
    the handler: signals hold them weakly."""
    function = found.function
    if function is None or any(k.arg == "weak" for made in found.made for k in made.node.keywords):
        return False
    named = [binding.node for binding in function.outer.bindings[function.node.name]]
    straight = all(any(node is s for s in found.facts.tree.body) for node in named)
    return straight and named[-1] is not function.node
