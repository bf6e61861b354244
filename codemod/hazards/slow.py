"""Work that makes every save wait: mail, HTTP, subprocesses, whole tables.

@receiver(post_save, sender=Comment)
def tell(sender, instance, **kwargs):
    send_mail(...)                       slow-work
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite
from codemod.hazards.view import Reached, Subject, View
from codemod.project.answers import Instance
from codemod.values.account import Reason

_MAIL = "sends mail"
_HTTP = "makes an HTTP request"
_PROCESS = "runs another program"
FUNCTIONS = {
    **dict.fromkeys(
        ("send_mail", "send_mass_mail", "mail_admins", "mail_managers"),
        ("django.core.mail.", _MAIL),
    ),
    **dict.fromkeys(
        ("get", "post", "put", "patch", "delete", "head", "request"), ("requests.", _HTTP)
    ),
    "urlopen": ("urllib.request.", _HTTP),
    "urlretrieve": ("urllib.request.", _HTTP),
    **dict.fromkeys(
        ("run", "call", "check_call", "check_output", "Popen"), ("subprocess.", _PROCESS)
    ),
    "system": ("os.", _PROCESS),
    "sleep": ("time.", "sleeps"),
}
_ALSO = {name: ("httpx.", _HTTP) for name in ("get", "post", "put", "patch", "delete", "request")}
_MESSAGES = (
    "django.core.mail.EmailMessage",
    "django.core.mail.EmailMultiAlternatives",
    "django.core.mail.message.EmailMessage",
    "django.core.mail.message.EmailMultiAlternatives",
)
_WRITES = ("save", "create", "get_or_create", "update_or_create", "delete")


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Slow calls, and loops over whole tables that write."""
    for subject in view.subjects:
        for reached in view.reached(subject):
            if not reached.now or reached.depth > 2:
                continue
            for call in view.calls_now(reached.facts, reached.function):
                what = _what(view, call, reached)
                if what:
                    text = f"{ast.unparse(call.node.func)}() {what}"
                    yield subject.name, reached.place(subject, "slow-work", call.node, text)
            if not reached.via:
                yield from _loops(view, subject)


def _what(view: View, call: CallSite, reached: Reached) -> str:
    name = view.project.symbols.resolve(call.node.func, call.scope, reached.facts)
    for table in (FUNCTIONS, _ALSO):
        prefix, what = table.get(call.name, ("?", ""))
        if name is not None and name.startswith(prefix) and what:
            return what
    if call.name == "email_user" and isinstance(call.node.func, ast.Attribute):
        return _MAIL  # of django.contrib.auth's AbstractUser
    if call.name == "send" and isinstance(call.node.func, ast.Attribute):
        answer = view.sure(call.node.func.value, call, reached.facts)
        for kind in answer.types if answer is not None else ():
            what = str(getattr(kind, "what", getattr(kind, "cls", "")))
            if what in _MESSAGES:
                return _MAIL
        if _is_message(view, call.node.func.value, call, reached):
            return _MAIL
    return ""


def _is_message(view: View, expr: ast.expr, call: CallSite, reached: Reached) -> bool:
    """`EmailMessage(...)`, or a name bound to nothing else."""
    if isinstance(expr, ast.Name):
        bound = view.project.symbols.bindings(expr.id, call.scope)
        if bound is None or len(bound[1]) != 1 or bound[1][0].value is None:
            return False
        expr = bound[1][0].value
    if not isinstance(expr, ast.Call):
        return False
    return view.project.symbols.resolve(expr.func, call.scope, reached.facts) in _MESSAGES


def _loops(view: View, subject: Subject) -> Iterator[tuple[str, Reason]]:
    """`for user in User.objects.all(): ...save()`."""
    for node in subject.walk():
        if not isinstance(node, ast.For) or not isinstance(node.iter, ast.Call):
            continue
        source = node.iter.func
        if not isinstance(source, ast.Attribute) or source.attr not in ("all", "iterator"):
            continue
        chain = ast.unparse(node.iter)
        if not chain.endswith(
            (".objects.all()", ".objects.all().iterator()", ".objects.iterator()")
        ):
            continue
        scope = subject.facts.scopes[subject.function.node]
        element = view.project.type_of(node.iter, scope, subject.facts)
        if not element.known or any(isinstance(k, Instance) for k in element.types):
            continue
        calls = (inner for part in node.body for inner in ast.walk(part))
        if any(
            isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute) and c.func.attr in _WRITES
            for c in calls
        ):
            text = f"writes in a loop over all of {chain}"
            yield subject.name, subject.reason("slow-work", node, text)
