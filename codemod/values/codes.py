"""What a code says of itself; the codes are in `codes/`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A reason why a receiver stays, a difference where it goes, or a hazard that it is."""

    code: str
    title: str
    why: str
    example: str
    remedy: str
    final: bool = False  # no service is possible, or asked for: `--accept` refuses it
    difference: bool = False  # named, does not block
    hazard: bool = False  # about the receiver as it stands, migrated or not

    def text(self) -> str:
        """What `unsignal explain` prints."""
        example = "\n".join(f"    {line}" for line in self.example.splitlines())
        parts = [f"{self.code}: {self.title}", self.why, example, self.remedy]
        if self.is_acceptable:
            parts.append(f"`--accept {self.code}` migrates in spite of it, and names it.")
        return "\n\n".join(parts)

    @property
    def is_acceptable(self) -> bool:
        """Whether a receiver may go in spite of it, if the user says so."""
        return not (self.final or self.difference or self.hazard)
