"""What stands in a handler: its signature and its body."""

from __future__ import annotations

from codemod.values.codes import Code

HANDLERS = (
    Code(
        "async-handler",
        "The handler is a coroutine",
        "Its callers would have to await it.",
        "async def index(sender, instance, **kwargs)",
        "Make it a plain function.",
    ),
    Code(
        "odd-signature",
        "The handler's signature can't become a service's",
        "Positional-only or star parameters, one that no signal passes, or a generator.",
        "def index(*args, **kwargs)",
        "Name the parameters: sender, instance, created, **kwargs.",
    ),
    Code(
        "odd-body",
        "The handler binds its own arguments",
        "Renaming or folding them could change which value is read.",
        "instance = instance.parent",
        "Use another local name.",
    ),
    Code(
        "does-nothing",
        "The handler does nothing",
        "There is no work that a service could do.",
        "def log_order(sender, **kwargs): pass",
        "Remove the receiver.",
    ),
    Code(
        "connects-itself",
        "The handler connects itself",
        "A service is no receiver, and the signal would call it.",
        "post_delete.connect(remove_files, sender=Image)  # in remove_files() itself",
        "Connect it once, and keep it from its own deletes with an argument or an attribute.",
    ),
    Code(
        "forwards-kwargs",
        "The handler hands on **kwargs",
        "The service has no signal arguments to hand on.",
        "other(sender, instance, **kwargs)",
        "Pass the arguments that are needed by name.",
    ),
    Code(
        "reads-signal",
        "The handler reads `signal`",
        "It is about the signal itself.",
        "if kwargs['signal'] is post_delete:",
        "Split the handler, one for each signal.",
    ),
    Code(
        "reads-sender",
        "The handler reads `sender` of a delete",
        "A cascade sends the concrete class, so the type of the instance is no substitute.",
        "log(sender.__name__)",
        "Use the model's name.",
    ),
    Code(
        "reads-raw",
        "The handler does more with `raw` than leave",
        "A service is never called for raw saves.",
        "log(instance, raw=raw)",
        "Return early if raw.",
    ),
    Code(
        "reads-using",
        "The handler reads `using`, which its object can't tell",
        "A new object has no database before the save; where there are routers, or a delete names its database, an old one may have another than the operation.",
        "Model.objects.using(using)",
        "Use instance._state.db, where it does.",
    ),
    Code(
        "forgets-changes",
        "The handler asks a tracker what the save changes",
        "FieldTracker and its like forget it when the save is over, before a service is called; only before 4.1 of django-model-utils does it last to the end of the model's own save().",
        'if instance.tracker.has_changed("state"):',
        "Compare in the model's save(), before super().save(), or in a pre_save receiver.",
    ),
    Code(
        "until-commit",
        "It puts off what needs the key of the object that goes",
        "delete() clears the key at the end of its transaction. What a pre_delete receiver puts off until then still sees it, a call before the delete doesn't. What a post_delete receiver puts off sees it unless the caller has a transaction of its own; a call after the delete always does. A receiver of the same deletes that stays for this keeps the others.",
        "transaction.on_commit(lambda: unindex.delay(instance.pk))",
        "Take the key at once: transaction.on_commit(partial(unindex.delay, instance.pk)).",
        acceptable=True,
    ),
    Code(
        "several-signals",
        "Arguments that only some of its signals pass",
        "The body depends on `created`, which only post_save sends, or on `update_fields`, which no delete has.",
        "@receiver([post_save, post_delete], ...)\ndef f(..., created=None)",
        "Split the handler, one for each signal.",
    ),
    Code(
        "changes-ids",
        "It changes what a relation gets",
        "Django adds or removes the ids that are in `pk_set` when all receivers have run; nothing but a receiver can change that set.",
        "if action == 'pre_add':\n    pk_set.discard(instance.default_id)",
        "Leave out what is not wanted where the objects are added or removed.",
    ),
)
