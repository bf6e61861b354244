"""One receiver on its way to a decision."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codemod.plan.services import Service
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
        return any(reason.code in ("never-loaded", "name-lost") for reason in self.reasons)

    def runs_on_load(self, connection: Connection) -> bool:
        """Whether loading a fixture of the sender runs it: raw saves, and what they add (9.1)."""
        if connection.signal == M2M:
            return any(s.handler.actions & {"pre_add", "post_add"} for s in self.services)
        return not any(s.handler.ignores_raw for s in self.services)

    def block(self, code: str, text: str = "", file: str = "", line: int = 0) -> None:
        """Tell why it has to stay."""
        reason = Reason(code, text, file, line)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def note(self, code: str, text: str = "", file: str = "", line: int = 0) -> None:
        """Tell what differs if it goes."""
        reason = Reason(code, text, file, line)
        if reason not in self.notes:
            self.notes.append(reason)
