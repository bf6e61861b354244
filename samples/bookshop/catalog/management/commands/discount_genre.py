from decimal import Decimal

from django.core.management.base import BaseCommand
from django.db.models import F

from ...models import Book


class Command(BaseCommand):
    help = "Make every book of a genre ten per cent cheaper."

    def add_arguments(self, parser):
        parser.add_argument("genre")

    def handle(self, *args, **options):
        books = Book.objects.filter(genre__name=options["genre"])
        count = books.update(price=F("price") * Decimal("0.9"))
        self.stdout.write(f"{count} books discounted")
