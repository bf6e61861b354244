"""Jobs that are queued before the transaction is committed.

@receiver(post_save, sender=Upload)
def convert(sender, instance, **kwargs):
    convert_upload.delay(instance.pk)      no-on-commit: a worker may look before the row is there
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite
from codemod.hazards.view import Reached, View
from codemod.values.account import Reason

_QUEUES = ("django_rq.enqueue", "django_q.tasks.async_task", "django_q.tasks.schedule")
_METHODS = ("delay", "apply_async", "enqueue")  # Celery; django.tasks, RQ


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Jobs queued inside the save."""
    for subject in view.subjects:
        for reached in view.reached(subject):
            if not reached.now or reached.depth > 2:
                continue
            for call in view.calls_now(reached.facts, reached.function):
                if _queues(view, call, reached):
                    text = f"{ast.unparse(call.node.func)}() is not in transaction.on_commit"
                    yield subject.name, reached.place(subject, "no-on-commit", call.node, text)


def _queues(view: View, call: CallSite, reached: Reached) -> bool:
    function = call.node.func
    if isinstance(function, ast.Attribute) and function.attr in _METHODS:
        if view.target(call, reached.facts, reached.cls) is not None:
            return False  # the project's own, which is looked into
        # A method of the row itself, or of a manager, is no task.
        answer = view.project.type_of(function.value, call.scope, reached.facts)
        return not any(
            type(kind).__name__ in ("Instance", "Manager", "QuerySet") for kind in answer.types
        )
    return view.project.symbols.resolve(function, call.scope, reached.facts) in _QUEUES
