import csv

from django.core.management.base import BaseCommand

from catalog.models import Book
from sales.models import Order


class Command(BaseCommand):
    help = "Import orders from a CSV file: name, email, title, quantity."

    def add_arguments(self, parser):
        parser.add_argument("path")

    def handle(self, *args, **options):
        with open(options["path"], newline="") as file:
            for row in csv.DictReader(file):
                Order(
                    name=row["name"],
                    email=row["email"],
                    book=Book.objects.get(title=row["title"]),
                    quantity=int(row["quantity"]),
                ).save()
