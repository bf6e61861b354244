"""Methods of Django and Django REST framework that don't hand on to a further base.

class Order(models.Model, Stamped):     `Stamped.save()` never runs: `Model.save()` calls no
    ...                                 `super()` (django/db/models/base.py)
"""

from __future__ import annotations

from codemod.project.external_classes import full_name

# One class a line, `name: methods`, with the short forms of `external_classes`.
_TABLE = """
models.Model: save asave delete adelete save_base full_clean clean

views.edit.FormMixin: form_valid get_form
views.edit.BaseDeleteView: form_valid
views.edit.DeletionMixin: delete
views.detail.SingleObjectMixin: get_object get_queryset

forms.BaseModelForm: save
forms.BaseModelFormSet: save save_new save_existing delete_existing

admin.ModelAdmin: save_form save_model delete_model delete_queryset save_formset save_related
admin.BaseModelAdmin: get_queryset

drf.mixins.CreateModelMixin: create perform_create
drf.mixins.UpdateModelMixin: update perform_update
drf.mixins.DestroyModelMixin: destroy perform_destroy
drf.generics.GenericAPIView: get_object get_queryset get_serializer_class
drf.serializers.BaseSerializer: save create update
drf.serializers.ModelSerializer: create update
"""


def _read(table: str) -> dict[str, frozenset[str]]:
    rows = (line.partition(":") for line in table.strip().splitlines() if line)
    return {full_name(name): frozenset(methods.split()) for name, _, methods in rows}


#: The methods by the class that has them.
ENDING = _read(_TABLE)
