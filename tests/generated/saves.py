"""A model's own `save()` with a body of a few drawn lines, as text."""

from __future__ import annotations

from textwrap import indent

from hypothesis import strategies as st

from tests.generated.programs import inside

DEPTH = 2  # blocks within blocks
STARTS = ("is_new = self._state.adding", "is_new = self.pk is None")
SUPER = "super().save(*args, **kwargs)"
STATEMENTS = (
    SUPER,
    SUPER,
    SUPER,
    'super().save(update_fields=["count"])',
    "self.count += 1",
    "self.name = self.name.strip()",
    "Log.objects.create(text=self.name)",
    "type(self).objects.filter(pk=self.pk).update(count=5)",
    'kwargs["force_insert"] = False',
    'kwargs.pop("update_fields", None)',
    "return",
    f"return {SUPER}",
    "if is_new:\nBODY",
    "if not is_new:\nBODY",
    "if is_new:\nBODY\nelse:\nBODY",
    "if self.count > 1:\nBODY",
    'if self.name == "other":\nBODY',
    'if kwargs.get("update_fields"):\nBODY',
    "with transaction.atomic():\nBODY",
    "try:\nBODY\nfinally:\nBODY",
    "try:\nBODY\nexcept LookupError:\nBODY",
)


@st.composite
def saves(draw: st.DrawFn) -> str:
    """The method."""
    lines = [draw(st.sampled_from(STARTS))]
    lines += inside(draw, STATEMENTS, draw(st.integers(0, 3)), DEPTH)
    lines += draw(st.sampled_from(([SUPER], [SUPER], [f"return {SUPER}"], [])))
    body = "\n".join(lines)
    if "save(" not in body:
        body += f"\n{SUPER}"
    return f"\ndef save(self, *args, **kwargs):\n{indent(body, '    ')}\n"
