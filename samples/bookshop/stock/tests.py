from io import StringIO
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from catalog.models import Author, Book
from stock.models import StockItem
from stock.signals import warn_when_low


class StockTests(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("root"))
        stdout = patch("sys.stdout", StringIO())
        stdout.start()
        self.addCleanup(stdout.stop)
        author = Author.objects.create(name="Ann")
        self.rye = Book.objects.create(title="Rye", author=author, price=9)
        self.soup = Book.objects.create(title="Soup", author=author, price=4)

    def make_item(self, quantity):
        item = StockItem.objects.create(book=self.rye, quantity=quantity)
        mail.outbox.clear()
        return item

    def import_stock(self, text):
        with NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(text)
            file.flush()
            call_command("import_stock", file.name)

    def subjects(self):
        return [message.subject for message in mail.outbox]

    def test_a_new_item_gets_a_shelf_code(self):
        data = {"book": self.rye.pk, "quantity": 8}
        self.client.post(reverse("stock:item_create"), data)
        item = StockItem.objects.get()
        self.assertEqual(item.shelf_code, f"ANN-{item.pk:04}")
        self.assertEqual(self.subjects(), [])

    def test_low_from_the_start(self):
        data = {"book": self.rye.pk, "quantity": 2}
        self.client.post(reverse("stock:item_create"), data)
        self.assertEqual(self.subjects(), ["Reorder Rye"])
        self.assertEqual(mail.outbox[0].to, ["purchasing@bookshop.example"])

    def test_the_mail_tells_how_many_are_left(self):
        item = StockItem(book=self.rye, quantity=3)
        warn_when_low(StockItem, item)
        self.assertEqual(mail.outbox[0].body, "There are 3 left.")

    def test_a_changed_quantity(self):
        item = self.make_item(8)
        url = reverse("stock:item_update", args=[item.pk])
        self.client.post(url, {"quantity": 6})
        self.assertEqual(self.subjects(), [])
        self.client.post(url, {"quantity": 4})
        self.assertEqual(self.subjects(), ["Reorder Rye"])

    def test_the_shelf_code_is_given_once(self):
        item = self.make_item(8)
        StockItem.objects.update(shelf_code="moved")
        url = reverse("stock:item_update", args=[item.pk])
        self.client.post(url, {"quantity": 6})
        self.assertEqual(StockItem.objects.get().quantity, 6)

    def test_a_small_delivery(self):
        item = self.make_item(0)
        url = reverse("stock:receive_delivery", args=[item.pk])
        self.client.post(url, {"quantity": 3})
        self.assertEqual(self.subjects(), ["Reorder Rye"])
        self.client.post(url, {"quantity": 3})
        self.assertEqual(StockItem.objects.get().quantity, 6)
        self.assertEqual(len(mail.outbox), 1)

    def test_admin(self):
        data = {"book": self.rye.pk, "quantity": 3}
        self.client.post(reverse("admin:stock_stockitem_add"), data)
        item = StockItem.objects.get()
        self.assertEqual(item.shelf_code, f"ANN-{item.pk:04}")
        url = reverse("admin:stock_stockitem_change", args=[item.pk])
        self.client.post(url, data | {"quantity": 1})
        self.assertEqual(self.subjects(), ["Reorder Rye"] * 2)

    def test_the_import_sends_no_mail(self):
        item = self.make_item(8)
        self.import_stock("title,quantity\nRye,1\nSoup,2\n")
        item.refresh_from_db()
        self.assertEqual(item.quantity, 1)
        self.assertEqual(self.subjects(), [])
        new = StockItem.objects.get(book=self.soup)
        self.assertEqual(new.shelf_code, f"ANN-{new.pk:04}")

    def test_after_a_failed_import_there_are_mails_again(self):
        item = self.make_item(8)
        with self.assertRaises(Book.DoesNotExist):
            self.import_stock("title,quantity\nNo such book,1\n")
        url = reverse("stock:item_update", args=[item.pk])
        self.client.post(url, {"quantity": 4})
        self.assertEqual(self.subjects(), ["Reorder Rye"])
