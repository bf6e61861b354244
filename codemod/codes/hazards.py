"""The codes of hazards: what is wrong or risky about a receiver as it stands.

`hazards/` finds them. Some hazards have the code of the reason that they are for a migration
(`reads-m2m`, `shared-state`, `sent-by-hand`, `disconnected`, `third-party-sender`); those are in
the files beside this one.
"""

from __future__ import annotations

from codemod.values.codes import Code

HAZARDS = (
    Code(
        "recursion",
        "It runs itself again",
        "The receiver saves or deletes what it listens to, so Django sends the signal again "
        "from inside. Some condition has to end that; when the condition is changed one day, "
        "the recursion is endless. Every save costs two, and the receivers beside it run "
        "twice.",
        "@receiver(post_save, sender=Order)\n"
        "def total(sender, instance, **kwargs):\n"
        "    instance.total = instance.items.count()\n"
        "    instance.save()",
        "Set the field in a pre_save receiver or in save(), before the row is written; or "
        "write only that column: Order.objects.filter(pk=instance.pk).update(total=...).",
        hazard=True,
    ),
    Code(
        "cycle",
        "Receivers that run each other",
        "A writes a model that B listens to, and B writes the model that A listens to. Nobody"
        " sees that in either file, and it ends only where one of them happens to write "
        "nothing.",
        "post_save of Order -> saves Customer\npost_save of Customer -> saves its orders",
        "Make the steps one function that does both in order, and write with update() where "
        "the other receiver has nothing to add.",
        hazard=True,
    ),
    Code(
        "slow-work",
        "Slow work inside a save",
        "Mail, HTTP requests, other programs and loops over whole tables make every save wait"
        " for them, wherever it stands: in a request, in an import of ten thousand rows, in a"
        " test. If they fail, the save fails; if the transaction is rolled back, the mail is "
        "sent anyway.",
        "@receiver(post_save, sender=Comment)\n"
        "def tell_author(sender, instance, **kwargs):\n"
        "    send_mail(...)",
        "Queue it, and queue it in transaction.on_commit(). Without a queue, call it where a "
        "person waits for it, and not in every save.",
        hazard=True,
    ),
    Code(
        "no-on-commit",
        "Queued before the commit",
        "Inside a transaction a worker may start before the row is visible to it, and finds "
        "nothing; after a rollback it works on a row that never was.",
        "@receiver(post_save, sender=Upload)\n"
        "def convert(sender, instance, **kwargs):\n"
        "    convert_upload.delay(instance.pk)",
        "transaction.on_commit(partial(convert_upload.delay, instance.pk)), or Celery's "
        "delay_on_commit().",
        hazard=True,
    ),
    Code(
        "needs-request",
        "It wants the request",
        "A signal has no request, so a middleware keeps it in a thread-local or context "
        "variable. In a shell, a command, a task or a test there is none: the value is "
        "missing, or is left over from another request.",
        "@receiver(pre_save, sender=Page)\n"
        "def stamp(sender, instance, **kwargs):\n"
        "    instance.editor = get_current_user()",
        "Make it a function with the user as its argument, called where the request is at "
        "hand: save_page(page, editor=request.user).",
        hazard=True,
    ),
    Code(
        "raises",
        "It refuses a save or a delete",
        "The exception comes out of every save() and delete(), also of those that nobody "
        "wrote for it: the admin and most views answer with an error page, a bulk delete "
        "stops in the middle. Bulk operations are not refused at all.",
        "@receiver(pre_delete, sender=Invoice)\n"
        "def keep_paid(sender, instance, **kwargs):\n"
        "    if instance.paid:\n"
        "        raise ValidationError('paid')",
        "Check it in clean(), in the form or in a database constraint; on_delete=PROTECT "
        "keeps what others point to.",
        hazard=True,
    ),
    Code(
        "relies-on-order",
        "It relies on a receiver before it",
        "Receivers run in the order in which they were connected, which is the order of "
        "imports. When a module moves or an import is sorted, this one runs first and finds "
        "nothing.",
        "@receiver(post_save, sender=User)\n"
        "def create_profile(...): Profile.objects.create(user=instance)\n"
        "\n"
        "@receiver(post_save, sender=User)\n"
        "def save_profile(...): instance.profile.save()",
        "Call both from one function, in the order that is meant.",
        hazard=True,
    ),
    Code(
        "bypassed-by-bulk",
        "Bulk operations do not run it",
        "bulk_create(), bulk_update() and update() write rows without sending a signal. An "
        "update is listed where it writes a field that the receiver reads. What the receiver "
        "keeps in step is out of step after that line, unless something there makes up for "
        "it.",
        "Order.objects.filter(cart=cart).update(paid=True)  # no post_save",
        "Call the service there, for the rows that were written; or write down beside the "
        "line why it need not run.",
        hazard=True,
    ),
    Code(
        "not-in-migrations",
        "Data migrations do not run it",
        "apps.get_model() gives historical models, to which no receiver is connected. Rows "
        "that a data migration writes lack what the receiver adds.",
        "def fill(apps, schema_editor):\n"
        "    Order = apps.get_model('shop', 'Order')\n"
        "    Order.objects.create(number=1)",
        "Do the receiver's work in the migration too, with historical models. A migration "
        "that has run everywhere may have left rows to be repaired.",
        hazard=True,
    ),
    Code(
        "derived-value",
        "A column that the database could compute",
        "The receiver keeps a count or sum in step with other rows. Bulk operations, data "
        "migrations and two requests at one time get it out of step, and each save costs more"
        " queries.",
        "author.num_books = author.books.count()\nauthor.save()",
        "Ask for the value where it is needed, with the query that is named, and drop the "
        "column. Keep the column only if sorting or filtering by it is measurably too slow.",
        hazard=True,
    ),
)
