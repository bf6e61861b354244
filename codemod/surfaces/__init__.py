"""The ways a signal fires, one file each.

A surface is a module with `name`, `find(project)` and `rewrite(site, work, desk)`; see
`surfaces.site.Surface`. A new one is a new file and an entry here.

What several surfaces ask has its rooms: `calls` what a call in the code is, `objects` what is known
of an object that is saved, `removing` and `many_to_many` what deletes and changes of relations
share, `placing` where in the code a call goes.
"""

from __future__ import annotations

from typing import cast

from codemod.surfaces import (
    admin_inline,
    auto_one_to_one,
    baker,
    delete_method,
    factory,
    file_field,
    formset,
    generic_relation,
    generic_view,
    get_or_create,
    handed_on,
    hook_elsewhere,
    manager_create,
    model_admin,
    model_delete,
    model_form,
    model_save,
    nested_serializer,
    package_calls,
    package_classes,
    packages,
    queryset_delete,
    related_add,
    relation_add,
    relation_admin,
    relation_clear,
    relation_create,
    relation_elsewhere,
    relation_form,
    relation_handed_on,
    relation_remove,
    relation_serializer,
    relation_set,
    rest_framework,
    routed_view,
    save_override,
    sent_by_hand,
    serializer_call,
    serializer_override,
    through_rows,
    unbound,
    unhandled,
)
from codemod.surfaces.site import Surface

SURFACES: tuple[Surface, ...] = tuple(
    cast(Surface, module)
    for module in (
        model_save,
        save_override,
        unbound,
        file_field,
        manager_create,
        get_or_create,
        related_add,
        model_form,
        generic_view,
        formset,
        model_admin,
        admin_inline,
        rest_framework,
        routed_view,
        hook_elsewhere,
        serializer_override,
        serializer_call,
        nested_serializer,
        model_delete,
        queryset_delete,
        generic_relation,
        through_rows,
        delete_method,
        factory,
        baker,
        packages,
        package_classes,
        relation_add,
        relation_remove,
        relation_set,
        relation_clear,
        relation_create,
        relation_form,
        relation_admin,
        relation_serializer,
        relation_elsewhere,
        sent_by_hand,
        package_calls,
        auto_one_to_one,
        handed_on,
        relation_handed_on,
        unhandled,
    )
)
