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
    acceptable: bool = False  # `--accept` migrates in spite of it
    difference: bool = False  # named, does not block
    hazard: bool = False  # about the receiver as it stands, migrated or not

    def text(self) -> str:
        """What `unsignal explain` prints."""
        example = "\n".join(f"    {line}" for line in self.example.splitlines())
        return f"{self.code}: {self.title}\n\n{self.why}\n\n{example}\n\n{self.remedy}"
