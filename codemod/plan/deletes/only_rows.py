"""Deletes that take no row of a model along, since the only one is what has just gone.

    @receiver(post_delete, sender=Profile)
    def delete_user(sender, instance, **kwargs):
        instance.user.delete()          of the one-to-one Profile.user, this was the user's profile

post_delete is sent when the row is gone (django/db/models/deletion.py), and a one-to-one field is
unique.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.facts.tables import CallSite
from codemod.plan.reading.features import is_instance, walk
from codemod.plan.reading.handler import Handler
from codemod.plan.services.service import Service
from codemod.project.project import Project
from codemod.surfaces.site import Site


def gone_before(project: Project, services: Iterable[Service], site: Site) -> tuple[str, str]:
    """The model and the field of a row that has gone before a site deletes what it pointed to, in
    the work for its delete; ("", "") for any other site."""
    for service in services:
        source = service.source
        if site.call is None or source.function is None or source.facts.path != site.file:
            continue
        if site.call.scope is source.function.scope:
            sender = _only_sender(service)
            model = project.models.by_label.get(sender)
            name = _pointer(service.handler, site.call)
            field = model.fields.get(name) if model is not None else None
            if field is not None and field.kind == "OneToOneField" and field.model == sender:
                return (sender, name) if not field.parent_link else ("", "")
    return "", ""


def _only_sender(service: Service) -> str:
    """The model whose deletes a service is for, if it is for nothing else."""
    heard = {(c.signal, c.sender or "") for c in service.source.receiver.connections}
    signal, sender = next(iter(heard))
    return sender if len(heard) == 1 and signal == "post_delete" else ""


def _pointer(handler: Handler, call: CallSite) -> str:
    """The attribute of the instance whose value a call of the work deletes, as it was."""
    assert isinstance(call.node.func, ast.Attribute)
    deleted: ast.expr | None = call.node.func.value
    if isinstance(deleted, ast.Name):
        bindings = call.scope.bindings.get(deleted.id, [])
        plain = len(bindings) == 1 and bindings[0].kind == "assign" and not bindings[0].path
        deleted = bindings[0].value if plain else None
    if not isinstance(deleted, ast.Attribute) or not is_instance(deleted.value, handler):
        return ""
    changed = any(
        isinstance(node, ast.Attribute)
        and node.attr.removesuffix("_id") == deleted.attr
        and not isinstance(node.ctx, ast.Load)
        for node in walk(handler)
    )
    return "" if handler.rebound or changed else deleted.attr
