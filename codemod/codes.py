"""Every reason code: what it means, why it matters, the way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A reason why a receiver stays, or a difference that is named where it goes."""

    code: str
    title: str
    why: str
    example: str
    remedy: str
    acceptable: bool = False  # `--accept` migrates in spite of it
    difference: bool = False  # named, does not block

    def text(self) -> str:
        """What `unsignal explain` prints."""
        example = "\n".join(f"    {line}" for line in self.example.splitlines())
        return f"{self.code}: {self.title}\n\n{self.why}\n\n{example}\n\n{self.remedy}"


_ALL = (
    Code("any-sender", "Connected without a sender", "It listens to every model, those of Django and of installed packages too; there is no complete list of call sites.", "@receiver(post_save)", "Nothing to do: a signal is the right tool here."),
    Code("third-party-sender", "The model belongs to a package", "Code outside this repository saves or deletes it: createsuperuser, the package's own views and admin.", "@receiver(post_save, sender=User)", "Accept the code: this repository's own sites then call the service, objects made elsewhere go without.", acceptable=True),
    Code("undecided-sender", "The sender can't be read off the code", "Without the model the call sites are unknown.", "post_save.connect(index, sender=registry[name])", "Connect with the model's name, or a literal list of models."),
    Code("undecided-signal", "The signal can't be read off the code", "Without the signal the call sites are unknown.", "getattr(signals, name).connect(index)", "Connect with the signal's name."),
    Code("conditional-connection", "Connected under a condition", "Whether it runs is decided when the program starts; a call would always run.", "if settings.SEARCH: post_save.connect(index, sender=Page)", "Move the condition into the handler."),
    Code("abstract-sender", "The sender is an abstract model", "No signal is ever sent for an abstract class.", "@receiver(post_save, sender=TimeStamped)", "Remove the receiver: it never runs."),
    Code("unhandled-signal", "A signal that is not migrated yet", "m2m_changed, pre_init and post_init receivers stay.", "@receiver(m2m_changed, sender=Team.players.through)", "Keep the receiver."),
    Code("decorated", "Another decorator wraps the handler", "What the decorator does with the signal's arguments isn't known.", "@receiver(post_save, sender=Page)\n@skip_raw\ndef index(...)", "Move what the decorator does into the handler's body."),
    Code("not-a-function", "The receiver is no plain function", "A lambda, partial, method or object has no body that could move.", "post_save.connect(Indexer(), sender=Page)", "Connect a function of the module."),
    Code("nested-handler", "The handler is defined in a function or class", "It may use names of the scope around it.", "def connect():\n    @receiver(post_save, sender=Page)\n    def index(...)", "Define it at the top of the module."),
    Code("async-handler", "The handler is a coroutine", "Its callers would have to await it.", "async def index(sender, instance, **kwargs)", "Make it a plain function."),
    Code("odd-signature", "The handler's signature can't become a service's", "Positional-only or star parameters, or a generator.", "def index(*args, **kwargs)", "Name the parameters: sender, instance, created, **kwargs."),
    Code("odd-body", "The handler binds its own arguments", "Renaming or folding them could change which value is read.", "instance = instance.parent", "Use another local name."),
    Code("forwards-kwargs", "The handler hands on **kwargs", "The service has no signal arguments to hand on.", "other(sender, instance, **kwargs)", "Pass the arguments that are needed by name."),
    Code("reads-signal", "The handler reads `signal`", "It is about the signal itself.", "if kwargs['signal'] is post_delete:", "Split the handler, one for each signal."),
    Code("reads-sender", "The handler reads `sender` of a delete", "A cascade sends the concrete class, so the type of the instance is no substitute.", "log(sender.__name__)", "Use the model's name."),
    Code("reads-raw", "The handler does more with `raw` than leave", "A service is never called for raw saves.", "log(instance, raw=raw)", "Return early if raw."),
    Code("reads-using", "The handler reads `using` before the save", "The database isn't known to the call sites.", "Model.objects.using(using)", "Use instance._state.db in a post_save handler."),
    Code("reads-origin", "The handler reads `origin`", "Only the signal knows where a delete began.", "if origin is not instance:", "Keep the receiver."),
    Code("several-signals", "Arguments that only some of its signals pass", "The body depends on `created` or `update_fields`, but a delete has neither.", "@receiver([post_save, post_delete], ...)\ndef f(..., created=None)", "Split the handler, one for each signal."),
    Code("kept-by-comment", "Kept by a comment", "`# unsignal: keep` stands beside it.", "# unsignal: keep", "Remove the comment."),
    Code("not-selected", "Not selected", "--only or --app named other receivers.", "unsignal migrate --only index", "Run without the option."),
    Code("possible-site", "A save or delete of an unknown object", "The object may be of the sender's model; a call that is missing there would lose work.", "def store(obj):\n    obj.save()", "Annotate the parameter, or accept the code after reading the sites listed.", acceptable=True),
    Code("several-models", "A site with objects of several models", "The models need different calls.", "for obj in [order, invoice]:\n    obj.save()", "Split the loop."),
    Code("expression", "The call stands inside an expression", "Nothing can be put around it without changing the order of evaluation.", "orders = [Order.objects.create(n=n) for n in names]", "Give the statement its own line."),
    Code("name-taken", "The service's name is taken at a call site", "Another thing of the file has the name, and so has its module.", "from shop.signals import index; def index(request): ...", "Rename one of the two."),
    Code("async-site", "The site is asynchronous", "The service would block the event loop.", "await order.asave()", "Call the service through sync_to_async by hand."),
    Code("create-with-pre-save", "create() with work before the save", "The creation can't be opened into construct, service, save here.", "order.items.create(total=3)", "Write `item = Item(...)` and `item.save()`."),
    Code("get-or-create-with-pre-save", "get_or_create() with work before the save", "The work would have to run inside Django's method.", "Tag.objects.get_or_create(name=name)", "Open the call into get and create."),
    Code("serializer-with-pre-save", "A serializer's save with work before it", "The object exists only inside the serializer's create().", "serializer.save()", "Override create() and update() of the serializer."),
    Code("update-fields", "`update_fields` can't be told at a site", "update_or_create and overridden saves choose it themselves.", "Price.objects.update_or_create(...)", "Use a plain save()."),
    Code("undecided-commit", "form.save(commit=...) with a variable", "Whether it saves isn't known.", "form.save(commit=commit)", "Pass a literal."),
    Code("view-without-model", "A view whose model isn't known", "It saves objects of some model.", "class Edit(UpdateView): ...", "Set `model` or `queryset`."),
    Code("view-overrides-delete", "A view with a deletion of its own", "`delete`, `form_valid` or `perform_destroy` is overridden around it.", "def delete(self, request, *args, **kwargs): ...", "Call the object's delete() there."),
    Code("several-super-calls", "A method that calls super() more than once", "Each of the calls would need its own.", "if x: super().save_model(...) else: super().save_model(...)", "Leave one call."),
    Code("super-outside-override", "super().save() outside of save()", "It skips the class's own save().", "def touch(self): super().save()", "Call self.save()."),
    Code("shared-override", "A save() that several models inherit", "A call there would run for all of them.", "class Base(Model):\n    def save(...): super().save(...)", "Give the model its own save()."),
    Code("serializer-overrides-half", "A serializer with its own create() or update()", "Only one of the two is Django REST framework's.", "def create(self, validated_data): ...", "Save in both, or in neither."),
    Code("package-admin", "An admin class of a package", "It can't be edited.", "admin.site.register(Page, PackageAdmin)", "Register a subclass."),
    Code("custom-admin-site", "A bare registration on another site", "The new class would have to be registered there.", "site.register(Page)", "Write the admin class by hand."),
    Code("admin-overrides-delete-queryset", "An admin class with its own delete_queryset()", "The objects have to be collected first.", "def delete_queryset(self, request, queryset): ...", "Call the service there by hand."),
    Code("admin-inline", "An inline is used outside of an admin class", "Inlines are saved by the save_formset() of the admin that lists them, and that one can't be told.", "UserAdmin.inlines = [ProfileInline]", "List the inline in an admin class of the project."),
    Code("formset-save", "A formset saves in a way that can't be told", "Its class, or the class of its forms, isn't known, or it only edits.", "formset_class(request.POST).save()", "Save with commit=False and loop over the objects."),
    Code("formset-overrides-save", "A formset class with a save of its own", "What it saves and deletes isn't read off it.", "class LineFormSet(BaseInlineFormSet):\n    def save_new(...)", "Call the service there by hand."),
    Code("formset-with-pre-save", "A formset's save with work before it", "The objects are only known while the formset saves them.", "formset.save()", "Save with commit=False and loop over the objects."),
    Code("related-manager", "A related manager saves the objects", "add(bulk=False), remove(bulk=False) and the like.", "author.books.add(book, bulk=False)", "Save the objects one by one."),
    Code("generic-relation", "A generic relation deletes rows", "remove(), clear() and set() delete them.", "post.tags.clear()", "Delete the rows by hand."),
    Code("factory", "A factory makes the objects", "Tests rely on the receiver as part of their set-up.", "OrderFactory()", "Not handled yet.", acceptable=True),
    Code("sent-by-hand", "The project sends the signal itself", "post_save.send() reaches the receiver without a save.", "post_save.send(sender=Order, instance=order)", "Call the service there by hand."),
    Code("cascade", "A parent's delete takes the object along", "No line of text names the child, so no call can stand beside it yet.", "project.delete()  # deletes its uploads", "Delete the children first.", acceptable=True),
    Code("cascade-from-package", "Deleted with an object of a package", "Code outside this repository deletes the parent.", "user.delete()  # deletes its bookings", "Accept the code if it doesn't matter there.", acceptable=True),
    Code("raw-load", "A fixture of the repository holds the model", "loaddata runs the receiver, and never a service.", "fixtures/pages.json", "Return early if raw, or accept the code.", acceptable=True),
    Code("receiver-order", "Another receiver of the model stays", "A service runs after all receivers that stay (before them, for pre_ signals): the order would change.", "two receivers on post_save of Order", "Migrate both, or accept the code.", acceptable=True),
    Code("shared-state", "Another receiver of the model shares its state", "One sets an attribute that the other reads, so both go or neither.", "instance._old = ... in pre_save", "Migrate both."),
    Code("handler-referenced", "The handler is mentioned elsewhere", "It is passed around, or named in a string.", "mock.patch('shop.signals.index')", "Mention the service instead."),
    Code("direct-call", "The handler is called directly", "Its arguments can't be read off the call.", "index(*args)", "Pass the arguments by name."),
    Code("tests-the-guard", "A test calls the handler to see that it does nothing", "The guard is gone after the migration; a tool deletes no test.", "index(Page, page, created=False)", "Remove the test by hand."),
    Code("disconnected", "The receiver is disconnected somewhere", "The stretch in which it is silent can't be told.", "post_save.disconnect(index, sender=Page)", "Reconnect it in a finally of the same function."),
    Code("muted-calls", "A silent stretch calls other functions that save", "They would have to know that they are silent.", "post_save.disconnect(...); import_all(); post_save.connect(...)", "Pass a switch to the function."),
    Code("check-failed", "A check refused the result", "The changed files would not have been sound; this is a defect of the tool, please report it.", "undefined name", "The receiver is left as it is."),
    Code("raw", "Fixtures no longer run it", "The handler had no `raw` guard, so loaddata ran it. No fixture of this repository holds the model.", "manage.py loaddata", "Named difference.", difference=True),
    Code("formset-timing", "It runs after the whole formset", "The handler ran between the saves and deletes of a formset; it now runs when all are done, and a delete's own transaction no longer covers it.", "formset.save()", "Named difference.", difference=True),
    Code("reads-m2m", "It reads many-to-many data", "It ran before a form had set them; at form sites it now runs after.", "instance.tags.count()", "Named difference.", difference=True),
)

CODES = {entry.code: entry for entry in _ALL}
