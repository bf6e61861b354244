"""Which fields of a model a form, a page of the admin or a serializer shows to be filled in."""

from __future__ import annotations

import ast

from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.registrations.terms import Reader, Term
from codemod.surfaces.calls import found

FORM = "django.forms.ModelForm"


def shows(project: Project, form: str, field: str) -> bool:
    """Whether a form or serializer may have a field of its model."""
    included = project.classes.meta(form, "fields") or project.classes.attribute(form, "fields")
    excluded = project.classes.meta(form, "exclude")
    if included is not None:
        named = listed(project, *included)
        if named is not None and field not in named:
            return project.classes.attribute(form, field) is not None
    if excluded is None:
        return True
    return not _names(excluded[1], field) and field not in (listed(project, *excluded) or ())


def _names(fields: ast.expr, field: str) -> bool:
    return isinstance(fields, (ast.List, ast.Tuple)) and any(
        isinstance(e, ast.Constant) and e.value == field for e in fields.elts
    )


def on_page(project: Project, admin: str, field: str) -> bool:
    """Whether the pages of an admin class show a field of its model, not only to be read, in a form
    of Django's own making (ModelAdmin.get_form() of django/contrib/admin/options.py)."""
    own = form_of(project, admin)
    if own is not None and project.model_of(own) is not None and not _names_fields(project, admin):
        if not shows(project, own, field):
            return False
    for option in ("exclude", "readonly_fields"):
        value = project.classes.attribute(admin, option)
        if value is not None and field in _texts(value[1]):
            return False
    for option in ("fields", "fieldsets"):
        value = project.classes.attribute(admin, option)
        if value is None or project.classes.method(admin, f"get_{option}") is not None:
            continue
        texts = listed(project, *value) or (_texts(value[1]) if _is_literal(value[1]) else ())
        if texts and field not in texts:
            return False
    return True


def is_read_only(project: Project, serializer: str, field: str) -> bool:
    """Whether the options of a serializer say that a field which it does not declare itself is
    only to be read."""
    extra = project.classes.meta(serializer, "extra_kwargs")
    options = _entries(_entries(extra[1] if extra is not None else None).get(field))
    if found.is_literal(options.get("read_only"), True):
        return True
    listed_ones = project.classes.meta(serializer, "read_only_fields")
    return listed_ones is not None and _names(listed_ones[1], field)


def _entries(node: ast.expr | None) -> dict[str, ast.expr]:
    """The entries of a dictionary that is written out."""
    if not isinstance(node, ast.Dict) or None in node.keys:
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {str(getattr(key, "value", "")): value for key, value in pairs}


def form_of(project: Project, admin: str) -> str | None:
    """The model form of the project that an admin class names."""
    form = project.classes.attribute(admin, "form")
    own = project.symbols.resolve(form[1], form[0].scope, form[0].facts) if form else None
    return own if own is not None and project.classes.is_subclass(own, FORM) else None


def _names_fields(project: Project, cls: str) -> bool:
    """Whether an admin says which fields its pages have, whatever its form says."""
    options = ("fields", "fieldsets", "exclude")
    return any(
        project.classes.attribute(cls, option) is not None
        or project.classes.method(cls, f"get_{option}") is not None
        for option in options
    )


def listed(project: Project, holder: ClassInfo, value: ast.expr) -> frozenset[str] | None:
    """The texts in a list of a class, `[*Parent.Meta.fields, "players"]`; None where not all of
    them can be told."""
    if isinstance(value, (ast.List, ast.Tuple)) and not value.elts:
        return frozenset()
    reader = Reader(project)
    items = reader.elements(Term(value, holder.scope, holder.facts))
    texts = [reader.constant(item) for item in items or ()]
    known = [text for text in texts if isinstance(text, str)]
    return frozenset(known) if items is not None and len(known) == len(items) else None


def _texts(value: ast.expr) -> set[str]:
    constants = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
    return {text for text in constants if isinstance(text, str)}


def _is_literal(value: ast.expr) -> bool:
    names = (ast.Starred, ast.BinOp, ast.Attribute, ast.ListComp)
    return not any(isinstance(n, names) for n in ast.walk(value))
