"""What goes on within a model's save after `post_save` was sent, before `save()` returns.

    def save_base(self, *args, **kwargs):          a receiver asks `instance.changed`: what this
        super().save_base(*args, **kwargs)         save changes; after order.save() it is empty
        self.changed = {}

So do the `save()` methods of packages, which store translations, child relations or attributes
after Django's, switch schemas or run hooks; one that is not known may do as much.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile

from codemod.project.external_classes import MODEL
from codemod.project.project import Project

# Packages, and classes of them, whose models do nothing of note once Django has saved an object.
_QUIET = (
    "abc.", "builtins.", "django.", "enum.", "typing.", "typing_extensions.",
    "adminsortable.", "adminsortable2.", "allauth.", "axes.", "cms.", "dirtyfields.",
    "django_extensions.", "django_prometheus.", "?.ExportModelOperationsMixin(",
    "django_softdelete.", "django_xworkflows.", "guardian.", "model_utils.", "modelsearch.",
    "morango.", "mptt.", "natural_keys.", "oauth2_provider.", "ordered_model.", "organizations.",
    "polymorphic.", "rest_framework.", "rest_framework_api_key.", "reversion.", "rules.",
    "safedelete.", "simple_history.", "soft_delete_it.", "softdelete.", "taggit.", "tree_queries.",
    "treebeard.", "wagtail.contrib.", "wagtail.documents.", "wagtail.images.", "wagtail.search.",
    "wagtail.snippets.", "wagtail.models.BaseSiteSetting", "wagtail.models.Collection",
    "wagtail.models.DraftStateMixin", "wagtail.models.Locale", "wagtail.models.LockableMixin",
    "wagtail.models.Orderable", "wagtail.models.PreviewableMixin", "wagtail.models.RevisionMixin",
    "wagtail.models.Site", "wagtail.models.TranslatableMixin", "wagtail.models.WorkflowMixin",
)  # fmt: skip


def goes_on(project: Project, cls: str) -> bool:
    """Whether work after a save of a class may see what the rest of it did: of a `save_base()` of
    the project, or of a package that is not known to be quiet."""
    bases = takewhile(lambda name: name != MODEL, project.classes.mro(cls))
    strange = (b for b in bases if project.classes.get(b) is None and not b.startswith(_QUIET))
    return any(True for _ in (*strange, *_rest(project, cls)))


def told_anew(project: Project, cls: str) -> Iterator[str]:
    """The attributes of an object that the rest of a `save_base()` sets, or is told by."""
    pending, seen = [*_rest(project, cls)], set[str]()
    while pending:
        node = pending.pop()
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Attribute) or not isinstance(inner.value, ast.Name):
                continue
            if inner.value.id != "self" or inner.attr in seen:
                continue
            seen.add(inner.attr)
            method = project.classes.method(cls, inner.attr)
            if method is not None:
                pending += method[1].node.body
            elif isinstance(inner.ctx, (ast.Store, ast.Del)) or isinstance(node, ast.withitem):
                yield inner.attr


def surrounds(project: Project, cls: str, method: str, *, before: bool, after: bool) -> bool:
    """Whether a base of a class does something of its own in a method that it hands on: around
    the call, `before` or `after` it. `transaction.atomic()` and what catches errors are around."""
    for info in project.classes.before_framework(cls, method):
        own = info.definition.methods.get(method) if info.name != cls else None
        if own is None:
            continue
        calls = [n for n in ast.walk(own) if isinstance(n, ast.Call) and _is_call(n, method)]
        if own.decorator_list or (any(True for _ in _behind(own, method)) and after):
            return True
        for node in own.body:
            upper = calls and node.lineno < calls[0].lineno
            if isinstance(node, ast.Try) and upper:
                return True
            if before and upper and not isinstance(node, (ast.With, ast.If)) and not _tells(node):
                return True
    return False


def _rest(project: Project, cls: str) -> Iterator[ast.AST]:
    """What the project's own `save_base()` of a class does once Django's is over."""
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        own = info.definition.methods.get("save_base") if info is not None else None
        if own is not None:
            yield from _behind(own, "save_base")


def _behind(own: ast.FunctionDef | ast.AsyncFunctionDef, method: str) -> Iterator[ast.AST]:
    """What a method does once the base's of the same name is over."""
    done = [
        node.end_lineno or 0
        for node in ast.walk(own)
        if isinstance(node, ast.Call) and _is_call(node, method)
    ]
    last = max(done, default=0)
    for node in ast.walk(own):
        if isinstance(node, ast.stmt) and node.lineno > last and not _tells(node):
            yield node
        if isinstance(node, (ast.With, ast.AsyncWith)):
            if node.lineno <= last <= (node.end_lineno or 0):
                yield from node.items


def _is_call(node: ast.Call, method: str) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == method


def _tells(node: ast.stmt) -> bool:
    """Whether a statement only ends the method."""
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, (ast.Name, ast.Constant))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, ast.Pass)
