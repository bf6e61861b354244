"""What `# unsignal:` comments say of the code beside them, or below them.

obj.save()  # unsignal: model=shop.Order     `obj` is an order
order.save()  # unsignal: skip               no service is called here
# unsignal: keep                             this receiver stays as it is
@receiver(post_save, sender=Order)
"""

from __future__ import annotations

import re

from codemod.facts.tables import FileFacts
from codemod.values.span import Span

_COMMENT = re.compile(r"#\s*unsignal:\s*([\w.=-]+)")


def told(facts: FileFacts, span: Span) -> str | None:
    """The word of the comment on one of these lines, or on comment lines directly above."""
    if not facts.is_told:
        return None
    lines = facts.lines.lines
    first = span.line
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    for line in lines[first - 1 : span.end_line]:
        found = _COMMENT.search(line)
        if found is not None:
            return found[1]
    return None


def told_model(facts: FileFacts, span: Span) -> str | None:
    """The label in `# unsignal: model=app.Model`."""
    word = told(facts, span) or ""
    return word.removeprefix("model=") if word.startswith("model=") else None
