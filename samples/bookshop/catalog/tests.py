from io import StringIO
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from .models import Author, Book, Genre, Tag


class CatalogTestCase(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("root"))
        self.printed = StringIO()
        stdout = patch("sys.stdout", self.printed)
        stdout.start()
        self.addCleanup(stdout.stop)
        self.ann = Author.objects.create(name="Ann")
        self.bob = Author.objects.create(name="Bob")
        self.tags = [Tag.objects.create(name=name) for name in ("old", "rare")]
        self.printed.truncate(0)
        self.printed.seek(0)

    def data(self, **kwargs):
        return {"title": "Rye", "author": self.ann.pk, "price": "9.50"} | kwargs

    def make_book(self, **kwargs):
        return Book.objects.create(title="Rye", author=self.ann, price=9, **kwargs)

    def forget_counts(self):
        Author.objects.update(num_books=99)

    def assertCounts(self, ann, bob):
        counts = dict(Author.objects.values_list("name", "num_books"))
        self.assertEqual(counts, {"Ann": ann, "Bob": bob})


class AuthorTests(CatalogTestCase):
    def test_a_new_author_is_announced(self):
        response = self.client.post(reverse("catalog:add_author"), {"name": "Cleo"})
        self.assertRedirects(response, reverse("catalog:add_book"))
        self.assertEqual(self.printed.getvalue(), "New author: Cleo\n")

    def test_a_renamed_author_is_not(self):
        url = reverse("catalog:author_update", args=[self.ann.pk])
        self.client.post(url, {"name": "Anna"})
        self.ann.refresh_from_db()
        self.assertEqual(self.ann.name, "Anna")
        self.assertEqual(self.printed.getvalue(), "")

    def test_admin(self):
        self.client.post(reverse("admin:catalog_author_add"), {"name": "Cleo"})
        url = reverse("admin:catalog_author_change", args=[self.ann.pk])
        self.client.post(url, {"name": "Anna"})
        self.assertEqual(self.printed.getvalue(), "New author: Cleo\n")


class NumBooksTests(CatalogTestCase):
    def test_function_views(self):
        self.client.post(reverse("catalog:add_book"), self.data())
        self.assertCounts(1, 0)
        book = Book.objects.get()
        url = reverse("catalog:edit_book", args=[book.pk])
        self.client.post(url, self.data(author=self.bob.pk))
        self.assertCounts(1, 1)  # Ann's is not counted again
        url = reverse("catalog:withdraw_book", args=[book.pk])
        self.client.post(url)
        self.assertCounts(1, 0)

    def test_class_based_views(self):
        response = self.client.post(reverse("catalog:book_create"), self.data())
        book = Book.objects.get()
        self.assertRedirects(response, book.get_absolute_url())
        self.assertCounts(1, 0)
        url = reverse("catalog:book_update", args=[book.pk])
        self.client.post(url, self.data(author=self.bob.pk))
        self.assertCounts(1, 1)
        self.client.post(reverse("catalog:book_delete", args=[book.pk]))
        self.assertCounts(1, 0)

    def test_admin(self):
        self.client.post(reverse("admin:catalog_book_add"), self.data())
        self.assertCounts(1, 0)
        book = Book.objects.get()
        url = reverse("admin:catalog_book_change", args=[book.pk])
        self.client.post(url, self.data(author=self.bob.pk))
        self.assertCounts(1, 1)
        url = reverse("admin:catalog_book_delete", args=[book.pk])
        self.client.post(url, {"post": "yes"})
        self.assertCounts(1, 0)

    def test_admin_delete_selected(self):
        books = [self.make_book(), self.make_book()]
        self.forget_counts()
        self.client.post(
            reverse("admin:catalog_book_changelist"),
            {
                "action": "delete_selected",
                "_selected_action": [book.pk for book in books],
                "post": "yes",
            },
        )
        self.assertFalse(Book.objects.exists())
        self.assertCounts(0, 99)

    def test_counting_announces_nobody(self):
        self.client.post(reverse("catalog:add_book"), self.data())
        self.assertEqual(self.printed.getvalue(), "")

    def test_the_import_does_not_count(self):
        with NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("title,author,price\nRye,Ann,9.50\nSoup,Bob,4\n")
            file.flush()
            call_command("import_books", file.name)
        self.assertEqual(Book.objects.count(), 2)
        self.assertCounts(0, 0)

    def test_a_discount_does_not_count(self):
        self.make_book(genre=Genre.objects.get(name="Crime"))
        self.forget_counts()
        call_command("discount_genre", "Crime")
        self.assertEqual(str(Book.objects.get().price), "8.10")
        self.assertCounts(99, 99)


class TagCountTests(CatalogTestCase):
    """A count is right once a book is saved with the tags it already has."""

    def test_function_views(self):
        data = self.data(tags=[tag.pk for tag in self.tags])
        self.client.post(reverse("catalog:add_book"), data)
        book = Book.objects.get()
        self.client.post(reverse("catalog:edit_book", args=[book.pk]), data)
        self.assertEqual(Book.objects.get().tag_count, 2)

    def test_class_based_views(self):
        data = self.data(tags=[tag.pk for tag in self.tags])
        self.client.post(reverse("catalog:book_create"), data)
        book = Book.objects.get()
        self.client.post(reverse("catalog:book_update", args=[book.pk]), data)
        self.assertEqual(Book.objects.get().tag_count, 2)

    def test_admin(self):
        data = self.data(tags=[tag.pk for tag in self.tags])
        self.client.post(reverse("admin:catalog_book_add"), data)
        book = Book.objects.get()
        self.client.post(reverse("admin:catalog_book_change", args=[book.pk]), data)
        self.assertEqual(Book.objects.get().tag_count, 2)


class MigrationTests(TestCase):
    def test_genres_exist(self):
        self.assertEqual(Genre.objects.count(), 4)
