"""Entries of the style book, edited by hand."""

from __future__ import annotations

from codemod.rewrite.extract import extract
from codemod.rewrite.style import Style, finish, style_of
from codemod.values.edits import (
    AddImport,
    AddMethod,
    Append,
    Bind,
    Edit,
    Insert,
    Move,
    Replace,
    Unwrap,
    Where,
    Wrap,
)
from tests.rewrite.helpers import Source, check, dedent, run


def test_01_views() -> None:
    before = dedent("""
        from django.shortcuts import redirect, render
        from django.views.generic import CreateView, UpdateView

        from .forms import OrderForm
        from .models import Order


        def place_order(request):
            form = OrderForm(request.POST or None)
            if form.is_valid():
                form.save()
                return redirect("/")
            return render(request, "shop/order_form.html", {"form": form})


        class OrderCreate(CreateView):
            model = Order
            fields = ["email", "total"]
            success_url = "/"


        class OrderUpdate(UpdateView):
            model = Order
            fields = ["email", "total"]
            success_url = "/"
        """)
    after = dedent("""
        from django.shortcuts import redirect, render
        from django.views.generic import CreateView, UpdateView

        from .forms import OrderForm
        from .models import Order
        from .services import create_invoice


        def place_order(request):
            form = OrderForm(request.POST or None)
            if form.is_valid():
                order = form.save()
                create_invoice(order)
                return redirect("/")
            return render(request, "shop/order_form.html", {"form": form})


        class OrderCreate(CreateView):
            model = Order
            fields = ["email", "total"]
            success_url = "/"

            def form_valid(self, form):
                response = super().form_valid(form)
                create_invoice(self.object)
                return response


        class OrderUpdate(UpdateView):
            model = Order
            fields = ["email", "total"]
            success_url = "/"
        """)
    source = Source(before)
    method = "def form_valid(self, form):\n    response = super().form_valid(form)\n"
    method += "    create_invoice(self.object)\n    return response\n"
    edits: list[Edit] = [
        Bind(source.find("form.save()"), "order"),
        Insert(source.find("form.save()"), "create_invoice(order)"),
        AddMethod(source.find("class OrderCreate"), method),
        AddImport("shop.services", "create_invoice"),
    ]
    check(before, edits, after)


def test_01_admin() -> None:
    before = dedent("""
        from django.contrib import admin

        from .models import Order

        admin.site.register(Order)
        """)
    after = dedent("""
        from django.contrib import admin

        from .models import Order
        from .services import create_invoice


        @admin.register(Order)
        class OrderAdmin(admin.ModelAdmin):
            def save_model(self, request, obj, form, change):
                super().save_model(request, obj, form, change)
                if not change:
                    create_invoice(obj)
        """)
    source = Source(before)
    code = after[after.index("@admin") :]
    edits: list[Edit] = [
        Replace(source.find("admin.site"), code),
        AddImport("shop.services", "create_invoice"),
    ]
    check(before, edits, after, module="shop.admin")


def test_01_apps() -> None:
    before = dedent("""
        from django.apps import AppConfig


        class ShopConfig(AppConfig):
            name = "shop"

            def ready(self):
                from . import signals  # noqa: F401
        """)
    after = dedent("""
        from django.apps import AppConfig


        class ShopConfig(AppConfig):
            name = "shop"
        """)
    source = Source(before)
    check(before, [Replace(source.find("def ready"), "")], after, module="shop.apps")


SIGNALS_01 = dedent("""
    from django.db.models.signals import post_save
    from django.dispatch import receiver

    from .models import Invoice, Order


    @receiver(post_save, sender=Order)
    def create_invoice(sender, instance, created, **kwargs):
        if created:
            # Free orders get an invoice too: accounting wants the number.
            Invoice.objects.create(order=instance, amount=instance.total)
    """)


def test_01_services() -> None:
    source = Source(SIGNALS_01)
    code = extract(
        SIGNALS_01,
        Move(
            "shop/signals.py",
            source.find("def create_invoice"),
            (Unwrap(source.find("if created:")),),
            "create_invoice",
            "order",
            (("instance", "order"),),
        ),
    )
    after = dedent("""
        from .models import Invoice


        def create_invoice(order):
            # Free orders get an invoice too: accounting wants the number.
            Invoice.objects.create(order=order, amount=order.total)
        """)
    edits: list[Edit] = [Append(code), AddImport("shop.models", "Invoice")]
    assert run("", edits, module="shop.services") == after


def test_03_imports_py() -> None:
    before = dedent("""
        from desk.models import Ticket


        def store(ticket):
            ticket.title = ticket.title.strip()
            ticket.save()
        """)
    after = dedent("""
        from desk.models import Ticket
        from desk.services import log_ticket


        def store(ticket):
            ticket.title = ticket.title.strip()
            created = ticket._state.adding
            ticket.save()
            log_ticket(ticket, created=created)
        """)
    save = Source(before).find("ticket.save()")
    edits: list[Edit] = [
        AddImport("desk.services", "log_ticket"),
        Insert(save, "created = ticket._state.adding", Where.BEFORE),
        Insert(save, "log_ticket(ticket, created=created)"),
    ]
    check(before, edits, after, module="desk.imports")


def test_05_views() -> None:
    before = dedent("""
        from django.shortcuts import get_object_or_404, redirect

        from .models import Document


        def delete_document(request, pk):
            document = get_object_or_404(Document, pk=pk)
            document.delete()
            return redirect("/")


        def purge(request):
            Document.objects.filter(expired=True).delete()
            return redirect("/")
        """)
    after = dedent("""
        from copy import copy

        from django.db import transaction
        from django.shortcuts import get_object_or_404, redirect

        from .models import Document
        from .services import unindex


        def delete_document(request, pk):
            document = get_object_or_404(Document, pk=pk)
            deleted = copy(document)  # delete() clears the pk
            with transaction.atomic():
                document.delete()
                unindex(deleted)
            return redirect("/")


        def purge(request):
            expired = Document.objects.filter(expired=True)
            with transaction.atomic():
                deleted = list(expired)
                expired.delete()
                for document in deleted:
                    unindex(document)
            return redirect("/")
        """)
    source = Source(before)
    one, many = (
        source.find("document.delete()"),
        source.find("Document.objects.filter(expired=True).delete()"),
    )
    edits: list[Edit] = [
        Insert(one, "deleted = copy(document)  # delete() clears the pk", Where.ABOVE),
        Wrap(one, one, "with transaction.atomic():"),
        Insert(one, "unindex(deleted)"),
        Insert(many, "expired = Document.objects.filter(expired=True)", Where.ABOVE),
        Wrap(many, many, "with transaction.atomic():"),
        Insert(many, "deleted = list(expired)", Where.BEFORE),
        Replace(source.find("Document.objects.filter(expired=True)"), "expired"),
        Insert(many, "for document in deleted:\n    unindex(document)"),
        AddImport("copy", "copy"),
        AddImport("django.db", "transaction"),
        AddImport("docs.services", "unindex"),
    ]
    check(before, edits, after, module="docs.views")


def test_05_admin() -> None:
    before = dedent("""
        from django.contrib import admin

        from .models import Document


        @admin.register(Document)
        class DocumentAdmin(admin.ModelAdmin):
            list_display = ["title"]
        """)
    after = dedent("""
        from copy import copy

        from django.contrib import admin
        from django.db import transaction

        from .models import Document
        from .services import unindex


        @admin.register(Document)
        class DocumentAdmin(admin.ModelAdmin):
            list_display = ["title"]

            def delete_model(self, request, obj):
                deleted = copy(obj)  # delete() clears the pk
                super().delete_model(request, obj)
                unindex(deleted)

            def delete_queryset(self, request, queryset):
                with transaction.atomic():
                    deleted = list(queryset)
                    super().delete_queryset(request, queryset)
                    for document in deleted:
                        unindex(document)
        """)
    owner = Source(before).find("class DocumentAdmin")
    target = Source(after)
    edits: list[Edit] = [
        AddMethod(owner, target.lines.source(target.find("def delete_model"))),
        AddMethod(owner, target.lines.source(target.find("def delete_queryset"))),
        AddImport("docs.services", "unindex"),
        AddImport("django.db", "transaction"),
        AddImport("copy", "copy"),
    ]
    check(before, edits, after, module="docs.admin")


def test_10_models() -> None:
    before = dedent("""
        from django.db import models


        class Account(models.Model):
            owner = models.CharField(max_length=40)

            def save(self, *args, **kwargs):
                self.iban = self.iban.replace(" ", "")
                super().save(*args, **kwargs)
                if not self.checked:
                    self.check_iban()
        """)
    after = dedent("""
        from django.db import models

        from .services import open_ledger


        class Account(models.Model):
            owner = models.CharField(max_length=40)

            def save(self, *args, **kwargs):
                self.iban = self.iban.replace(" ", "")
                created = self._state.adding
                super().save(*args, **kwargs)
                if created:
                    open_ledger(self)
                if not self.checked:
                    self.check_iban()
        """)
    save = Source(before).find("super().save(*args, **kwargs)")
    edits: list[Edit] = [
        Insert(save, "created = self._state.adding", Where.BEFORE),
        Insert(save, "if created:\n    open_ledger(self)"),
        AddImport("bank.services", "open_ledger"),
    ]
    check(before, edits, after, module="bank.models")


def test_13_services() -> None:
    before = dedent('''
        from .models import Price, Supplier


        def import_price(sku, amount):
            """Store one line of the supplier's price list."""
            Price.objects.update_or_create(sku=sku, defaults={"amount": amount})


        def get_supplier(name):
            supplier, _ = Supplier.objects.get_or_create(name=name)
            return supplier
        ''')
    signals = dedent("""
        from django.db.models.signals import post_save
        from django.dispatch import receiver

        from .models import History, Price, Supplier


        @receiver(post_save, sender=Price)
        def record_price(sender, instance, created, **kwargs):
            verb = "set" if created else "changed"
            History.objects.create(price=instance, text=f"{verb} to {instance.amount}")
            if instance.amount < 0:
                raise ValueError("negative price")


        @receiver(post_save, sender=Supplier)
        def assign_code(sender, instance, created, **kwargs):
            if created:
                Supplier.objects.filter(pk=instance.pk).update(code=f"S{instance.pk:04}")
        """)
    after = dedent('''
        from django.db import transaction

        from .models import History, Price, Supplier


        def import_price(sku, amount):
            """Store one line of the supplier's price list."""
            with transaction.atomic():
                price, created = Price.objects.update_or_create(
                    sku=sku, defaults={"amount": amount}
                )
                record_price(price, created=created)


        def get_supplier(name):
            with transaction.atomic():
                supplier, created = Supplier.objects.get_or_create(name=name)
                if created:
                    assign_code(supplier)
            return supplier


        def record_price(price, *, created):
            verb = "set" if created else "changed"
            History.objects.create(price=price, text=f"{verb} to {price.amount}")
            if price.amount < 0:
                raise ValueError("negative price")


        def assign_code(supplier):
            Supplier.objects.filter(pk=supplier.pk).update(code=f"S{supplier.pk:04}")
        ''')
    source, old = Source(before), Source(signals)
    record = extract(
        signals,
        Move(
            "shop/signals.py",
            old.find("def record_price"),
            (),
            "record_price",
            "price, *, created",
            (("instance", "price"),),
        ),
    )
    assign = extract(
        signals,
        Move(
            "shop/signals.py",
            old.find("def assign_code"),
            (Unwrap(old.find("if created:")),),
            "assign_code",
            "supplier",
            (("instance", "supplier"),),
        ),
    )
    update, get = source.find("Price.objects.update"), source.find("supplier, _ =")
    edits: list[Edit] = [
        Wrap(update, update, "with transaction.atomic():"),
        Bind(update, "price, created"),
        Insert(update, "record_price(price, created=created)"),
        Wrap(get, get, "with transaction.atomic():"),
        Replace(source.find("supplier, _"), "supplier, created"),
        Insert(get, "if created:\n    assign_code(supplier)"),
        AddImport("django.db", "transaction"),
        AddImport("prices.models", "History"),
        Append(record),
        Append(assign),
    ]
    result = run(before, edits, module="prices.services")
    assert finish(before, result, style_of(before, Style(88))) == after


def test_17_inventory() -> None:
    before = dedent('''
        from django.db.models.signals import post_save

        from .models import Item
        from .signals import warn_if_low


        def take(item, amount):
            item.amount -= amount
            item.save()


        def load(rows):
            """Load the yearly inventory. Nobody wants a thousand alerts."""
            post_save.disconnect(warn_if_low, sender=Item)
            try:
                for name, amount in rows:
                    # The list has trailing blanks.
                    Item.objects.create(name=name.strip(), amount=amount)
            finally:
                post_save.connect(warn_if_low, sender=Item)
        ''')
    after = dedent('''
        from .models import Item
        from .services import warn_if_low


        def take(item, amount):
            item.amount -= amount
            item.save()
            warn_if_low(item)


        def load(rows):
            """Load the yearly inventory. Nobody wants a thousand alerts."""
            for name, amount in rows:
                # The list has trailing blanks.
                Item.objects.create(name=name.strip(), amount=amount)
        ''')
    source = Source(before)
    edits: list[Edit] = [
        Insert(source.find("item.save()"), "warn_if_low(item)"),
        Replace(source.find("post_save.disconnect"), ""),
        Replace(source.find("post_save.connect"), ""),
        Unwrap(source.find("try:")),
        AddImport("stock.services", "warn_if_low"),
    ]
    check(before, edits, after, module="stock.inventory")


def test_19_models() -> None:
    before = dedent('''
        from django.db import models


        class Cart(models.Model):
            email = models.EmailField()

            def check_out(self):
                """Turn the cart into an order."""
                return Order.objects.create(cart=self)


        class Order(models.Model):
            cart = models.ForeignKey(Cart, on_delete=models.CASCADE)
        ''')
    after = dedent('''
        from django.db import models


        class Cart(models.Model):
            email = models.EmailField()

            def check_out(self):
                """Turn the cart into an order."""
                from .services import confirm_order

                order = Order.objects.create(cart=self)
                confirm_order(order)
                return order


        class Order(models.Model):
            cart = models.ForeignKey(Cart, on_delete=models.CASCADE)
        ''')
    source = Source(before)
    code = "order = Order.objects.create(cart=self)\nconfirm_order(order)\nreturn order\n"
    edits: list[Edit] = [
        Replace(source.find("return Order"), code),
        AddImport("cart.services", "confirm_order", local_to=source.find("def check_out")),
    ]
    check(before, edits, after, module="cart.models")
