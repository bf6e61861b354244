"""What is known to be wrong, with the reason. A gap that is closed makes its test fail: it goes.

A case of `CASE_GAPS` shows the right result, which the tool misses today. The steps of
`BEHAVIOUR_GAPS` do something else after the migration, and should not.
"""

# By the name of a case of `tests/cases`.
CASE_GAPS: dict[str, str] = {
    "moving_along": "a comment behind a constant is lost on the way",
    "moving_out_of_a_package": "imports inside a body are relative to the module that it leaves",
    "view_base": "the subclasses get the call again",
    "view_drops_the_response": "what super() returns is given a name that nobody uses: refused",
}

# By the name of a project of `tests/behaviour/projects`, and the step.
BEHAVIOUR_GAPS: dict[str, dict[str, str]] = {
    "admin_base": {
        "add": "the call before the save comes ahead of what the base's save_model() sets",
        "special": "an admin class inherits the override of one for another model, a proxy",
    },
    "both_moments": {
        "place": "a second connection with a dispatch_uid of its own ran the handler once more",
        "build": "the same",
    },
    "caught_in_atomic": {
        "delete": "Django's delete marks the outer transaction for rollback; with the block left "
        "out, the object is gone although its service failed",
    },
    "class_method_builds": {
        "build": "`Order.create(...)` is taken for the manager's create(), which saves",
    },
    "created": {
        "given_pk": "`_state.adding` does not tell whether a given key has a row",
    },
    "deserialized": {
        "load": "a deserialized object's save() does not pass the model's",
    },
    "drf_base": {
        "other": "perform_create() calls that of its base in the project: the service runs twice",
    },
    "form_in_init": {
        "late": "`form.instance = ...` is not looked at",
        "positional": "`instance` passed by position is not looked at",
        "several": "a second `form.save()` of the same form is an update",
    },
    "get_or_update": {
        "price_without_defaults": "a hit of update_or_create() without defaults saves nothing",
    },
    "in_models_save": {
        "notes": "an empty update_fields fires nothing, but passes the model's save()",
    },
    "inheritance": {
        "badges": "a new key on a fetched object makes a new row",
        "countries": "`_state.adding` does not tell whether a given key has a row",
        "delete_animals": "deleting parents deletes their children: the child's receiver ran",
        "delete_dog_as_animal": "the same",
        "delete_dog": "the child's receiver ran while the parent's row was there",
        "delete_dogs": "the same",
    },
    "mixin_before_pre_save": {
        "create": "the call before the save comes ahead of what the mixin's form_valid() sets",
    },
    "needs_the_key": {
        "delete": "a property and a reverse relation of the instance need the key",
        "delete_caught": "the same",
    },
    "own_key": {
        "force": "`force_update=True` of an object that was built here is an update",
        "rename": "a changed key of the model's own makes a new row",
    },
    "relative_imports": {
        "place": "imports inside a body are relative to the module that it leaves",
    },
    "same_name_once": {
        "place": "two services of one name at one site: both calls reach the same",
    },
    "save_by_name": {
        "by_name": '`getattr(order, "save")()` is no site',
    },
    "save_overrides": {
        "card": "an empty update_fields fires nothing, and others come as a frozenset",
    },
    "save_passed_on": {
        "on_commit": "`order.save` without a call is no site",
        "passed": "the same",
    },
    "saved_before": {
        "by_a_class": "a class of the project that is given the object may save it",
        "deleted_and_saved": "saved again after its deletion, it is new",
        "from_dict": "unpacked arguments may hold a key that has a row",
        "in_a_list": "bulk_create() gives the object a row",
        "set_by_name": '`setattr(order, "pk", None)` makes it new',
    },
    "update_fields": {
        "deferred": "Django passes the loaded fields for an object with deferred ones",
        "edit": "the signal passes a frozenset, the service gets the list of the call",
        "edit_nothing": "an empty update_fields, known only when it runs, fires nothing",
        "edit_set": "the signal passes a frozenset, the service gets the set of the call",
        "visit": "the signal passes a frozenset, the service gets the list of the call",
    },
    "views": {
        "delete_verb": "the HTTP verb DELETE does not pass form_valid()",
        "extends": "form_valid() calls that of its base in the project: the service runs twice",
        "inherits": "the same",
    },
}

# By the name of a test of `tests/cli/test_migrate.py`.
CLI_GAPS = {
    "test_only_of_a_name_that_no_receiver_has": "a typo in --only is not noticed",
    "test_app_that_is_not_there": "a typo in --app is not noticed",
    "test_folder_of_one_app": "if PATH is a package itself, its module is called `__init__`",
    "test_project_in_a_folder_of_the_repository": "the diff's paths are relative to PATH; below "
    "a repository's root, `git apply` skips them all",
    "settings: code": "a code that is accepted in pyproject.toml need not exist",
    "settings: table": "`tool` or `tool.unsignal` that is no table ends in a traceback",
}
