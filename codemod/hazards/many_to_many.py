"""Receivers that look at many-to-many data before a form has saved it.

@receiver(post_save, sender=Book)
def count_tags(sender, instance, **kwargs):
    n = instance.tags.count()            reads-m2m: forms and the admin set the tags later
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from codemod.hazards.view import View
from codemod.values.account import Reason

_READS = frozenset(
    "all filter exclude count exists first last values values_list get aggregate annotate "
    "order_by iterator in_bulk only defer select_related prefetch_related contains".split()
)


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Reads of the instance's own many-to-many fields in a save."""
    for subject in view.subjects:
        senders = subject.senders("post_save", "pre_save")
        fields: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for label in senders:
            model = view.project.models.by_label.get(label)
            for name, field in model.fields.items() if model is not None else ():
                if field.kind == "ManyToManyField" and (field.auto_through or not field.through):
                    fields.setdefault(name, label)
                    counts[name] += 1
        # With several senders a field that only some have stands behind a test of the type.
        fields = {name: label for name, label in fields.items() if counts[name] == len(senders)}
        seen: set[str] = set()
        for node in subject.walk():
            if not isinstance(node, ast.Attribute) or node.attr not in _READS:
                continue
            holder = node.value
            if not isinstance(holder, ast.Attribute) or holder.attr not in fields:
                continue
            if subject.is_instance(holder.value) and holder.attr not in seen:
                seen.add(holder.attr)
                text = f"reads {fields[holder.attr]}.{holder.attr}, which forms set after the save"
                yield subject.name, subject.reason("reads-m2m", node, text)
