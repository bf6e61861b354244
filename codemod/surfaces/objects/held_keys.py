"""Whether what a form, a serializer or a page of the admin holds may get another key.

    class Order(models.Model):
        number = models.CharField(primary_key=True)

    class OrderForm(forms.ModelForm):              class OrderForm(forms.ModelForm):
        class Meta:                                    def clean(self):
            fields = ["number", "total"]                   self.instance.pk = 3

An order that was fetched and gets the key of no row makes a new one, a new order that gets the key
of a row changes that (SEMANTICS 1.33, 1.34): only the database tells. Django makes fields for the
keys that are not automatic (AutoFieldMixin.formfield() of django/db/models/fields/__init__.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from codemod.facts.nodes import descend, is_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project
from codemod.project.types.resets import rekeyed
from codemod.surfaces.calls import found
from codemod.surfaces.objects.flow import AUTO, key_names
from codemod.surfaces.objects.renamed import cleans
from codemod.surfaces.objects.shown_fields import FORM, is_read_only, on_page, shows


def typed(project: Project, models: tuple[str, ...], *holders: str) -> bool:
    """Whether forms, or views that make their own, have a field for a key without a default, or
    the model sets one where they check its object."""
    keys = _keys(project, models, made_up=False)
    shown = any(shows(project, holder, key) for holder in holders for key in keys)
    return shown or cleans(project, models)


def typed_on_page(project: Project, models: tuple[str, ...], admin: str | None) -> bool:
    """The same of the pages of an admin class, or of Django's own."""
    keys = _keys(project, models, made_up=False)
    shown = any(admin is None or _is_on_page(project, admin, key) for key in keys)
    return shown or cleans(project, models)


def open_keys(project: Project, label: str, holder: str, *, made_up: bool) -> bool:
    """Whether a form, a serializer, a view or an admin class of a model writes a key that it is
    sent, one with a default or one without."""
    keys = _keys(project, (label,), made_up=made_up)
    return any(_is_open(project, holder, key) for key in keys)


def given(project: Project, models: tuple[str, ...], *names: str, taken: bool = False) -> bool:
    """Whether a class of some names, or a base of it, gives the object that it holds, or that its
    form does, a key: `self.instance.pk = 3`. `taken`: or takes it away."""
    keys = key_names(project, models)
    bases = dict.fromkeys(base for name in names for base in project.classes.mro(name))
    return any(
        is_instance(owner) and (taken or not found.is_literal(value, None))
        for info in map(project.classes.get, bases)
        if info is not None
        for scope in info.scope.inside()
        for owner, value in rekeyed_in(scope, keys)
    )


def rekeyed_in(scope: Scope, keys: Set[str]) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """The objects whose keys a function assigns, by each of their names, and the values:
    `form.instance` where `order = form.instance` has its `order.pk = 3`."""
    for store in scope.stores:
        owner = rekeyed(store.target, keys)
        if owner is not None:
            yield owner, store.value
        for binding in scope.bindings.get(owner.id, ()) if isinstance(owner, ast.Name) else ():
            if binding.kind == "assign" and not binding.path and binding.value is not None:
                yield binding.value, store.value


def is_instance(node: ast.expr | None) -> bool:
    """Whether code names what a form or serializer holds."""
    return isinstance(node, ast.Attribute) and node.attr == "instance"


def renewed_by_form(
    project: Project, facts: FileFacts, scope: Scope, name: str, models: tuple[str, ...]
) -> bool:
    """Whether a function gives the object of a name to a form that may give it another key."""
    for node in descend(scope.node):
        held = found.keyword(node, "instance") if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and is_name(held, name):
            form = project.symbols.resolve(node.func, scope, facts) or ""
            if project.classes.is_subclass(form, FORM):
                if typed(project, models, form) or given(project, models, form, taken=True):
                    return True
    return False


def _keys(project: Project, models: tuple[str, ...], *, made_up: bool) -> list[str]:
    """The fields of some models that are keys, with a default or without one, and not automatic."""
    return [
        field.name
        for label in models
        for field in project.models.by_label[label].fields.values()
        if field.primary_key and field.editable and field.default is made_up
        if field.kind not in AUTO and not field.parent_link
    ]


def _is_open(project: Project, holder: str, key: str) -> bool:
    """Whether a class has a field for a key that is not only to be read."""
    if project.classes.is_subclass(holder, "django.contrib.admin.BaseModelAdmin"):
        return _is_on_page(project, holder, key)
    declared = project.classes.attribute(holder, key)
    made = declared[1] if declared is not None and isinstance(declared[1], ast.Call) else None
    if made is not None and found.is_literal(found.keyword(made, "read_only"), True):
        return False
    return shows(project, holder, key) and not is_read_only(project, holder, key)


def _is_on_page(project: Project, admin: str, key: str) -> bool:
    """Whether the page that changes an object has a field for its key."""
    own = project.classes.method(admin, "get_readonly_fields")
    constants = (
        (n.value for n in ast.walk(own[1].node) if isinstance(n, ast.Constant)) if own else ()
    )
    return key not in constants and on_page(project, admin, key)
