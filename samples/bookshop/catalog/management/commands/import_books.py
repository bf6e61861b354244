import csv

from django.core.management.base import BaseCommand

from ...models import Author, Book


class Command(BaseCommand):
    help = "Import books from a CSV file with the columns title, author and price."

    def add_arguments(self, parser):
        parser.add_argument("path")

    def handle(self, *args, **options):
        authors = {author.name: author for author in Author.objects.all()}
        with open(options["path"], newline="") as file:
            books = [
                Book(
                    title=row["title"],
                    author=authors[row["author"]],
                    price=row["price"],
                )
                for row in csv.DictReader(file)
            ]
        Book.objects.bulk_create(books)
        self.stdout.write(f"{len(books)} books imported")
