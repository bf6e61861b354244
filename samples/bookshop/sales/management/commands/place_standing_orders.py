from django.core.management.base import BaseCommand

from catalog.models import Book
from sales.models import Order


class Command(BaseCommand):
    help = "Order one copy of every book of an author for the library."

    def add_arguments(self, parser):
        parser.add_argument("author")

    def handle(self, *args, **options):
        for book in Book.objects.filter(author__name=options["author"]):
            Order.objects.create(
                name="City Library", email="orders@library.example", book=book
            )
