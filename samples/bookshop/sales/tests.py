from datetime import timedelta
from decimal import Decimal
from io import StringIO
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from catalog.models import Author, Book
from sales.models import Invoice, Order, Statistic


class SalesTestCase(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("root"))
        self.printed = StringIO()
        stdout = patch("sys.stdout", self.printed)
        stdout.start()
        self.addCleanup(stdout.stop)
        author = Author.objects.create(name="Ann")
        price = Decimal("9.50")
        self.book = Book.objects.create(title="Rye", author=author, price=price)
        self.data = {
            "name": "Bob",
            "email": "bob@example.com",
            "book": self.book.pk,
            "quantity": 2,
        }
        self.printed.truncate(0)
        self.printed.seek(0)

    def place_order(self):
        response = self.client.post(reverse("sales:place_order"), self.data)
        self.assertRedirects(response, reverse("sales:thanks"))
        return Order.objects.get()

    def sold(self):
        return Statistic.objects.get(name="books sold").value

    def assertHandled(self, order, amount):
        """Everything that belongs to a new order has been done, once."""
        self.assertEqual(order.reference, f"O-{order.pk:06}")
        invoice = Invoice.objects.get(order=order)
        self.assertEqual(invoice.amount, Decimal(amount))
        self.assertEqual(invoice.due_date, timezone.localdate() + timedelta(days=30))
        line = f"Invoice for {order.reference}: {invoice.amount}\n"
        self.assertEqual(self.printed.getvalue().count(line), 1)


class NewOrderTests(SalesTestCase):
    def test_shop(self):
        self.assertHandled(self.place_order(), "19.00")
        self.assertEqual(self.sold(), 2)

    def test_order_again(self):
        first = self.place_order()
        response = self.client.post(reverse("sales:order_again", args=[first.pk]))
        second = Order.objects.latest("pk")
        self.assertRedirects(response, reverse("sales:order_detail", args=[second.pk]))
        self.assertHandled(second, "19.00")
        self.assertEqual(self.sold(), 4)

    def test_admin(self):
        self.client.post(reverse("admin:sales_order_add"), self.data)
        self.assertHandled(Order.objects.get(), "19.00")
        self.assertEqual(self.sold(), 2)

    def test_standing_orders(self):
        call_command("place_standing_orders", "Ann")
        self.assertHandled(Order.objects.get(name="City Library"), "9.50")
        self.assertEqual(self.sold(), 1)

    def test_import(self):
        with NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("name,email,title,quantity\nCleo,c@example.com,Rye,3\n")
            file.flush()
            call_command("import_orders", file.name)
        self.assertHandled(Order.objects.get(name="Cleo"), "28.50")
        self.assertEqual(self.sold(), 3)

    def test_an_order_survives_broken_statistics(self):
        Statistic.objects.all().delete()
        with self.assertLogs("sales", level="ERROR") as logs:
            order = self.place_order()
        self.assertHandled(order, "19.00")
        self.assertIn(f"Could not count order {order.reference}", logs.output[0])


class OldOrderTests(SalesTestCase):
    def setUp(self):
        super().setUp()
        self.order = self.place_order()

    def assertNothingNew(self):
        self.assertEqual(Invoice.objects.count(), 1)
        self.assertEqual(self.printed.getvalue().count("Invoice for"), 1)
        self.assertEqual(self.sold(), 2)

    def test_shipping(self):
        self.client.post(reverse("sales:ship_order", args=[self.order.pk]))
        self.order.refresh_from_db()
        self.assertTrue(self.order.shipped)
        self.assertNothingNew()

    def test_paying(self):
        invoice = Invoice.objects.get()
        self.client.post(reverse("sales:pay_invoice", args=[invoice.pk]))
        invoice.refresh_from_db()
        self.assertTrue(invoice.paid)
        self.assertNothingNew()

    def test_admin_change(self):
        url = reverse("admin:sales_order_change", args=[self.order.pk])
        self.client.post(url, self.data | {"name": "Robert"})
        self.order.refresh_from_db()
        self.assertEqual(self.order.name, "Robert")
        self.assertNothingNew()

    def test_admin_action(self):
        self.client.post(
            reverse("admin:sales_order_changelist"),
            {"action": "mark_as_shipped", "_selected_action": [self.order.pk]},
        )
        self.order.refresh_from_db()
        self.assertTrue(self.order.shipped)
        self.assertNothingNew()


class InvoiceTests(SalesTestCase):
    def test_an_invoice_from_the_admin_is_announced_too(self):
        order = self.place_order()
        Invoice.objects.all().delete()
        self.client.post(
            reverse("admin:sales_invoice_add"),
            {"order": order.pk, "amount": "5.00", "due_date": "2030-01-31"},
        )
        line = f"Invoice for {order.reference}: 5.00\n"
        self.assertTrue(self.printed.getvalue().endswith(line))
