"""Drive the sample bookshop through every line that saves or deletes, print what happened.

    python tests/sample_effects.py PROJECT_DIR

The effects go to stdout as JSON. The same project gives the same JSON on every run,
before and after its receivers have become services; only "tag_counts" may move, because
that receiver reads tags which a form has not saved yet.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

PASSWORD = "oUt8-and-1n"


def set_up(project):
    """Make the project importable and give it an empty in-memory database."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(project))
    os.chdir(project)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bookshop.settings"

    from bookshop import settings

    settings.DATABASES["default"]["NAME"] = ":memory:"
    # Only the shop's own migrations are part of the scenario.
    contrib = ("admin", "auth", "contenttypes", "sessions")
    settings.MIGRATION_MODULES = dict.fromkeys(contrib)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    import django
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)
    call_command("migrate", run_syncdb=True, verbosity=0)


class Shop:
    """Somebody at the shop's pages, and a record of what the pages did besides."""

    def __init__(self, deletions):
        from django.contrib.auth.models import User
        from django.test import Client

        self.client = Client()
        self.root = User.objects.create_superuser("root", "root@example.com", PASSWORD)
        self.client.force_login(self.root)
        self.steps = []
        self.deletions = deletions

    def post(self, name, data=None, *args, client=None):
        """POST to the page with that URL name and insist that it was accepted."""
        from django.urls import reverse

        url = reverse(name, args=args)
        response = (client or self.client).post(url, data or {})
        assert response.status_code == 302, response.content.decode()[-3000:]
        self.note(name)
        return response

    def select(self, name, action, *chosen):
        """Run an action of an admin list on the chosen rows."""
        data = {"action": action, "_selected_action": chosen, "post": "yes"}
        self.post(name, data)

    def command(self, name, *args):
        from django.core.management import call_command

        call_command(name, *args, stdout=io.StringIO())
        self.note(name)

    def import_file(self, command, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            path.write_text(text)
            self.command(command, str(path))

    def note(self, step):
        """Take down what a later step could overwrite."""
        from blog.models import Post
        from catalog.models import Author
        from stock.models import StockItem

        codes = StockItem.objects.values_list("shelf_code", flat=True)
        self.steps.append(
            {
                "step": step,
                "num_books": dict(Author.objects.values_list("name", "num_books")),
                "slugs": sorted(Post.objects.values_list("title", "slug")),
                "shelf_codes": list(codes),
                # Rows that are deleted together have no order.
                "forgotten": sorted(self.deletions),
            }
        )
        self.deletions.clear()


def outcome(function, *args, **kwargs):
    """The name of the exception the call raised, or "ok"."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__
    return "ok"


@contextlib.contextmanager
def little_stack():
    """Let endless recursion end soon."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(500)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def accounts(shop):
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    visitor = Client()
    ann = {"username": "ann"} | passwords
    shop.post("accounts:sign_up", ann, client=visitor)
    shop.post("accounts:profile", {"bio": "Reads."}, client=visitor)
    shop.post("accounts:logout", client=visitor)
    login = {"username": "ann", "password": PASSWORD}
    shop.post("accounts:login", login, client=visitor)
    eve = {"username": "eve", "usable_password": "true"} | passwords
    shop.post("admin:auth_user_add", eve)
    call_command(
        "createsuperuser",
        username="boss",
        email="boss@example.com",
        interactive=False,
        verbosity=0,
    )
    eve = User.objects.get(username="eve").pk
    delete = "admin:auth_user_delete", {"post": "yes"}, eve
    with little_stack():
        return {
            "close": outcome(shop.post, "accounts:close_account", client=visitor),
            "delete": outcome(shop.post, *delete),
        }


def catalog(shop):
    from catalog.models import Author, Book, Genre, Tag

    for name in ("old", "rare", "signed"):
        shop.post("admin:catalog_tag_add", {"name": name})
    old, rare, signed = Tag.objects.order_by("pk").values_list("pk", flat=True)

    shop.post("catalog:add_author", {"name": "Ann"})
    shop.post("admin:catalog_author_add", {"name": "Bob"})
    ann = Author.objects.get(name="Ann").pk
    bob = Author.objects.get(name="Bob").pk
    shop.post("catalog:author_update", {"name": "Anna"}, ann)
    shop.post("admin:catalog_author_change", {"name": "Bobby"}, bob)

    crime = Genre.objects.get(name="Crime").pk

    def data(title, author, *tags):
        book = {"title": title, "author": author, "tags": tags}
        return book | {"genre": crime, "price": "9.50"}

    # Every update moves the book and changes its tags, so that no count is right by luck.
    pages = [
        ("Function", "catalog:add_book", "catalog:edit_book"),
        ("Class", "catalog:book_create", "catalog:book_update"),
        ("Admin", "admin:catalog_book_add", "admin:catalog_book_change"),
    ]
    tag_counts = {}
    for title, add, change in pages:
        shop.post(add, data(title, ann, old, rare))
        book = Book.objects.get(title=title)
        counts = [book.tag_count]
        for tags in (old, rare, signed), (old,):
            shop.post(change, data(title, bob, *tags), book.pk)
            book.refresh_from_db()
            counts.append(book.tag_count)
        tag_counts[title] = counts

    for title in ("Kept", "First", "Second", "Third", "Fourth", "Fifth"):
        shop.post("catalog:add_book", data(title, ann))
    pk = dict(Book.objects.values_list("title", "pk"))
    shop.post("catalog:withdraw_book", {}, pk["First"])
    shop.post("catalog:book_delete", {}, pk["Second"])
    shop.post("admin:catalog_book_delete", {"post": "yes"}, pk["Third"])
    chosen = pk["Fourth"], pk["Fifth"]
    shop.select("admin:catalog_book_changelist", "delete_selected", *chosen)

    rows = "title,author,price\nImported,Anna,4.00\nToo,Bobby,5.00\n"
    shop.import_file("import_books", rows)
    shop.command("discount_genre", "Crime")
    return {"tag_counts": tag_counts}


def blog(shop):
    from blog.models import Comment, Post

    def data(title, **kwargs):
        return {"title": title, "body": "Text.", "slug": ""} | kwargs

    shop.post("blog:post_create", data("From The Page"))
    shop.post("admin:blog_post_add", data("From The Admin"))
    shop.post("blog:post_create", data("Second Draft"))
    shop.post("blog:post_create", data("Own Slug", slug="mine"))
    pk = dict(Post.objects.values_list("title", "pk"))
    shop.post("blog:post_update", data("Edited Page"), pk["From The Page"])
    shop.post("admin:blog_post_change", data("Edited Admin"), pk["From The Admin"])
    Post.objects.filter(title="Own Slug").update(slug="")
    shop.post("blog:publish_post", {}, pk["Own Slug"])
    Post.objects.filter(title="Second Draft").update(slug="")
    shop.command("publish_drafts")

    comment = {"name": "Bob", "text": "Nice."}
    page = pk["From The Page"]
    shop.client.get(f"/blog/{page}/")
    shop.client.get(f"/blog/{page}/")
    shop.post("blog:add_comment", comment, page)
    shop.post("admin:blog_comment_add", comment | {"post": page})
    first, second = Comment.objects.values_list("pk", flat=True)
    shop.post("blog:comment_update", comment | {"text": "Nicer."}, first)
    shop.post("admin:blog_comment_change", comment | {"post": page}, second)

    for number in range(5):
        shop.post("blog:post_create", data(f"Gone {number}"))
    gone = Post.objects.filter(title__startswith="Gone").order_by("pk")
    gone = list(gone.values_list("pk", flat=True))
    shop.post("blog:post_delete", {}, gone[0])
    shop.post("admin:blog_post_delete", {"post": "yes"}, gone[1])
    shop.select("admin:blog_post_changelist", "delete_selected", gone[2], gone[3])
    Post.objects.filter(pk=gone[4]).update(body="")
    shop.command("purge_drafts")
    shop.post("blog:post_delete", {}, page)  # with its comments


def stock(shop):
    from catalog.models import Book
    from stock.models import StockItem

    pk = dict(Book.objects.values_list("title", "pk"))
    shop.post("stock:item_create", {"book": pk["Function"], "quantity": 9})
    shop.post("stock:item_create", {"book": pk["Class"], "quantity": 1})
    shop.post("admin:stock_stockitem_add", {"book": pk["Admin"], "quantity": 2})
    items = dict(StockItem.objects.values_list("book__title", "pk"))
    shop.post("stock:item_update", {"quantity": 0}, items["Function"])
    shop.post("stock:receive_delivery", {"quantity": 3}, items["Function"])
    shop.post(
        "admin:stock_stockitem_change",
        {"book": pk["Admin"], "quantity": 4},
        items["Admin"],
    )
    shop.import_file("import_stock", "title,quantity\nFunction,1\nKept,2\n")
    failed = outcome(shop.import_file, "import_stock", "title,quantity\nToo,1\nNothing,2\n")
    shop.post("stock:item_update", {"quantity": 1}, items["Class"])
    return {"failed import": failed}


def sales(shop):
    from catalog.models import Book
    from sales.models import Invoice, Order, Statistic

    pk = dict(Book.objects.values_list("title", "pk"))
    data = {"name": "Bob", "email": "bob@example.com", "book": pk["Kept"]}
    shop.post("sales:place_order", data | {"quantity": 1})
    first = Order.objects.get()
    shop.post("sales:order_again", {}, first.pk)
    shop.post("admin:sales_order_add", data | {"quantity": 3})
    shop.command("place_standing_orders", "Bobby")
    rows = "name,email,title,quantity\nCleo,c@example.com,Kept,4\nDan,d@example.com,Too,5\n"
    shop.import_file("import_orders", rows)

    shop.post("sales:ship_order", {}, first.pk)
    shop.post("sales:pay_invoice", {}, first.invoice.pk)
    change = data | {"quantity": 2, "name": "Robert"}
    shop.post("admin:sales_order_change", change, first.pk)
    shop.select("admin:sales_order_changelist", "mark_as_shipped", first.pk)

    Invoice.objects.filter(pk=first.invoice.pk).delete()
    bill = {"order": first.pk, "amount": "5.00", "due_date": "2030-01-31"}
    shop.post("admin:sales_invoice_add", bill)
    change = bill | {"amount": "6.00"}
    again = Invoice.objects.get(order=first).pk
    shop.post("admin:sales_invoice_change", change, again)

    sold = list(Statistic.objects.values_list("name", "value"))
    Statistic.objects.all().delete()
    shop.post("sales:place_order", data | {"quantity": 7})
    return {"sold": sold}


def run():
    from django.apps import apps
    from django.core import mail
    from django.core.cache.backends.locmem import LocMemCache

    deletions, logged = [], []
    delete = LocMemCache.delete

    def record_deletion(self, key, version=None):
        deletions.append(key)
        return delete(self, key, version=version)

    class Recorder(logging.Handler):
        def emit(self, record):
            logged.append([record.levelname, record.getMessage()])

    LocMemCache.delete = record_deletion
    # The shop's own loggers, wherever in the app they live.
    logging.getLogger("sales").addHandler(Recorder())
    logging.getLogger("sales").propagate = False

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        shop = Shop(deletions)
        results = {}
        for part in (accounts, catalog, blog, stock, sales):
            results |= part(shop) or {}

    from accounts.models import LoginRecord, Profile
    from audit.models import AuditEntry
    from blog.models import Post
    from sales.models import Invoice, Order
    from stock.models import StockItem

    def values(model, *fields):
        return [[str(v) for v in row] for row in model.objects.values_list(*fields)]

    rows = {model._meta.label: model.objects.count() for model in apps.get_models()}
    audit = Counter(f"{e.verb} {e.model}" for e in AuditEntry.objects.all())
    invoices = Invoice.objects.order_by("pk")
    today = AuditEntry.objects.earliest("pk").logged_at.date()
    return {
        "tag_counts": results.pop("tag_counts"),
        "results": results,
        "rows": rows,
        "audit": dict(sorted(audit.items())),
        "printed": printed.getvalue().splitlines(),
        "logged": logged,
        "mails": [[m.subject, m.to, m.body] for m in mail.outbox],
        "steps": shop.steps,
        "logins": values(LoginRecord, "user__username", "ip_address"),
        "profiles": sorted(values(Profile, "user__username", "bio")),
        "posts": values(Post, "title", "slug", "published", "views", "author__username"),
        "stock": values(StockItem, "book__title", "quantity", "shelf_code"),
        "orders": values(Order, "name", "reference", "quantity", "shipped"),
        "invoices": [
            [invoice.order.reference, str(invoice.amount), term(invoice, today)]
            for invoice in invoices
        ],
    }


def term(invoice, today):
    """Days until the invoice is due, not exact around midnight; or the fixed date."""
    if invoice.due_date.year == 2030:
        return str(invoice.due_date)
    days = (invoice.due_date - today).days
    return 30 if abs(days - 30) <= 1 else days


def main():
    (project,) = sys.argv[1:]
    set_up(Path(project).resolve())
    json.dump(run(), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
