import csv

from django.core.management.base import BaseCommand
from django.db.models.signals import post_save

from catalog.models import Book
from stock.models import StockItem
from stock.signals import warn_when_low


class Command(BaseCommand):
    help = "Import the yearly count from a CSV file with the columns title, quantity."

    def add_arguments(self, parser):
        parser.add_argument("path")

    def handle(self, *args, **options):
        # Purchasing gets the list itself, it does not want a mail for every line.
        post_save.disconnect(warn_when_low, sender=StockItem)
        try:
            with open(options["path"], newline="") as file:
                for row in csv.DictReader(file):
                    quantity = int(row["quantity"])
                    book = Book.objects.get(title=row["title"])
                    item = StockItem.objects.filter(book=book).first()
                    if item is None:
                        StockItem.objects.create(book=book, quantity=quantity)
                    else:
                        item.quantity = quantity
                        item.save()
        finally:
            post_save.connect(warn_when_low, sender=StockItem)
