"""Differences that are named where a receiver goes; they don't keep it."""

from __future__ import annotations

from codemod.values.codes import Code

DIFFERENCES = (
    Code(
        "in-model-save",
        "In the model's save()",
        "A site that can't call the service, or the number of sites, kept it from being called where the data is written; the model's own save() calls it for every caller.",
        "def save(self, *args, **kwargs):\n    super().save(*args, **kwargs)\n    index(self)",
        "Resolve the site that is named and migrate again. Named difference: save(update_fields=[]) runs it too.",
        difference=True,
    ),
    Code(
        "after-shared-save",
        "After the rest of a shared save()",
        "The model inherits a save() that goes on after Django's; the receiver ran before that, the call runs after it.",
        "class Base(Model):\n    def save(...):\n        super().save(...)\n        self.publish()",
        "Named difference.",
        difference=True,
    ),
    Code(
        "raw",
        "Fixtures no longer run it",
        "The handler had no `raw` guard, so loaddata ran it. No fixture of this repository holds the model.",
        "manage.py loaddata",
        "Named difference.",
        difference=True,
    ),
    Code(
        "test-fixture",
        "Fixtures of tests no longer run it",
        "The handler had no `raw` guard, so loading fixtures ran it. Those that hold the model are named by tests alone.",
        'fixtures = ["test-orders.json"]',
        "Named difference; a test that needs the work calls the service in its setUp().",
        difference=True,
    ),
    Code(
        "formset-timing",
        "It runs after the whole formset",
        "The handler ran between the saves and deletes of a formset; it now runs when all are done, and a delete's own transaction no longer covers it.",
        "formset.save()",
        "Named difference.",
        difference=True,
    ),
    Code(
        "protect-order",
        "The receiver's own refusal comes before Django's",
        "Where both PROTECT and the work refuse a delete, Django's ProtectedError came first; now it is the exception of the work.",
        "raise PermissionDenied   # in work before folder.delete()",
        "Named difference.",
        difference=True,
    ),
    Code(
        "reads-m2m",
        "It reads many-to-many data",
        "It ran before a form had set them; at form sites it now runs after.",
        "instance.tags.count()",
        "Named difference; until then read it where it is set: after save_m2m(), in save_related() of the admin, or in an m2m_changed receiver.",
        difference=True,
    ),
    Code(
        "after-m2m",
        "It runs when many-to-many data are set",
        "A form or serializer saves, then sets them; the handler ran in between. If the work fails, they are stored already.",
        "form.save(); notify(order)   # fields = ['name', 'tags']",
        "Named difference; ATOMIC_REQUESTS or a transaction around both undoes all of it.",
        difference=True,
    ),
    Code(
        "delete-verb",
        "A DeleteView asked with the HTTP verb DELETE",
        "delete() does not pass form_valid(); browsers don't send the verb.",
        "client.delete(url)",
        "Named difference; restrict http_method_names if the project has such clients.",
        difference=True,
    ),
    Code(
        "tests-left",
        "Tests that no longer run it",
        "With --no-tests, call sites in tests are left as they are: what they save goes without the service.",
        "unsignal migrate --no-tests",
        "Named difference; run without the option, or call the service in the tests that need it.",
        difference=True,
    ),
    Code(
        "delete-order",
        "Rows that are deleted together",
        "Services run in the order of the query when the rows are gone, a parent's too; signals "
        "ran from the last key to the first, each child before its parent. Children that go first "
        "are gone for what runs later, and not in the count that the parent's delete() returns.",
        "Order.objects.filter(done=True).delete()",
        "Named difference; it matters only to work that looks at the other rows.",
        difference=True,
    ),
    Code(
        "in-model-delete",
        "Its work goes into the model's own delete()",
        "Some single delete keeps a call from standing beside it, so every one passes the model; "
        "querysets and cascades have calls of their own.",
        "obj.delete()  # of a model that nothing tells",
        "A named place, not a difference: subclasses would inherit it, and there are none.",
        difference=True,
    ),
    Code(
        "around-override",
        "A base class has a delete() too",
        "The work runs around all of it; it ran around the base's super().delete().",
        "def delete(self, *args, **kwargs): super().delete(*args, **kwargs); self.tell()",
        "Named difference; it matters only if the two look at each other.",
        difference=True,
    ),
    Code(
        "set-timing",
        "Work for a relation runs when all of it is set",
        "set() removes, then adds, and a form sets one relation after another; the handler ran in between. A relation of a model to itself has both its rows when the work runs.",
        "team.players.set(players)",
        "Named difference.",
        difference=True,
    ),
    Code(
        "set-once",
        "Work that is the same for removed and added objects runs once",
        "set() ran it after the removal and again after the addition.",
        "cart.products.set(products)",
        "Named difference.",
        difference=True,
    ),
    Code(
        "relation-atomic",
        "One transaction for an object and its relation",
        "Django's own held the change of the relation only: an error in the work now undoes the save, too.",
        "team.players.create(name='a')",
        "Named difference.",
        difference=True,
    ),
)
