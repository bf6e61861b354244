from unittest.mock import patch

from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from .cache import post_key
from .models import Comment, Post


class BlogTestCase(TestCase):
    def setUp(self):
        cache.clear()
        self.root = User.objects.create_superuser("root", "root@example.com")
        self.client.force_login(self.root)

    def make_post(self, title="Old books", **kwargs):
        fields = {"author": self.root, "slug": "old", "body": "x", "published": True}
        return Post.objects.create(title=title, **fields | kwargs)

    def assertForgotten(self, *posts):
        for post in posts:
            self.assertIsNone(cache.get(post_key(post.pk)))

    def visit(self, post):
        response = self.client.get(reverse("blog:post_detail", args=[post.pk]))
        self.assertIsNotNone(cache.get(post_key(post.pk)))
        return response


class SlugTests(BlogTestCase):
    def test_new_post(self):
        data = {"title": "Two Old Books", "body": "x"}
        self.client.post(reverse("blog:post_create"), data)
        post = Post.objects.get()
        self.assertEqual(post.slug, "two-old-books")
        self.assertEqual(post.author, self.root)

    def test_a_given_slug_is_kept(self):
        data = {"title": "Two Old Books", "body": "x", "slug": "mine"}
        self.client.post(reverse("blog:post_create"), data)
        self.assertEqual(Post.objects.get().slug, "mine")

    def test_edited_post(self):
        post = self.make_post()
        data = {"title": "New Title", "body": "x"}
        self.client.post(reverse("blog:post_update", args=[post.pk]), data)
        self.assertEqual(Post.objects.get().slug, "new-title")

    def test_admin(self):
        data = {"title": "From The Admin", "body": "x"}
        self.client.post(reverse("admin:blog_post_add"), data)
        post = Post.objects.get()
        self.assertEqual(post.slug, "from-the-admin")
        self.assertEqual(post.author, self.root)

    def test_published_by_the_command(self):
        self.make_post("A Draft", slug="", published=False)
        Post.objects.update(slug="")
        call_command("publish_drafts")
        post = Post.objects.get()
        self.assertTrue(post.published)
        self.assertEqual(post.slug, "a-draft")


class CacheTests(BlogTestCase):
    def test_a_post_is_cached(self):
        post = self.make_post()
        self.visit(post)
        Post.objects.update(title="Changed behind its back")
        self.assertContains(self.visit(post), "Old books")

    def test_a_new_post_forgets_what_was_there(self):
        with patch.object(cache, "delete") as delete:
            self.client.post(
                reverse("blog:post_create"), {"title": "Books", "body": "x"}
            )
        delete.assert_called_once_with(post_key(Post.objects.get().pk))

    def test_editing_a_post(self):
        post = self.make_post()
        self.visit(post)
        data = {"title": "New books", "body": "x"}
        self.client.post(reverse("blog:post_update", args=[post.pk]), data)
        self.assertForgotten(post)
        self.assertContains(self.visit(post), "New books")

    def test_publishing_a_post(self):
        post = self.make_post(published=False)
        self.visit(post)
        self.client.post(reverse("blog:publish_post", args=[post.pk]))
        self.assertForgotten(post)
        self.assertTrue(Post.objects.get().published)

    def test_deleting_a_post(self):
        post = self.make_post()
        self.visit(post)
        self.client.post(reverse("blog:post_delete", args=[post.pk]))
        self.assertFalse(Post.objects.exists())
        self.assertForgotten(post)

    def test_admin_change(self):
        post = self.make_post()
        self.visit(post)
        data = {"title": "New books", "slug": "new", "body": "x"}
        self.client.post(reverse("admin:blog_post_change", args=[post.pk]), data)
        self.assertForgotten(post)

    def test_admin_delete(self):
        post = self.make_post()
        self.visit(post)
        url = reverse("admin:blog_post_delete", args=[post.pk])
        self.client.post(url, {"post": "yes"})
        self.assertFalse(Post.objects.exists())
        self.assertForgotten(post)

    def test_admin_delete_selected(self):
        posts = [self.make_post(), self.make_post()]
        for post in posts:
            self.visit(post)
        self.client.post(
            reverse("admin:blog_post_changelist"),
            {
                "action": "delete_selected",
                "_selected_action": [post.pk for post in posts],
                "post": "yes",
            },
        )
        self.assertFalse(Post.objects.exists())
        self.assertForgotten(*posts)

    def test_commands(self):
        draft = self.make_post(published=False)
        empty = self.make_post(published=False, body="")
        for post in (draft, empty):
            self.visit(post)
        call_command("publish_drafts")
        self.assertForgotten(draft)
        self.assertIsNotNone(cache.get(post_key(empty.pk)))
        call_command("purge_drafts")
        self.assertEqual(Post.objects.get(), draft)
        self.assertForgotten(empty)

    def test_counting_a_view_leaves_the_cache_alone(self):
        post = self.make_post()
        self.visit(post)
        self.visit(post)
        self.assertEqual(Post.objects.get().views, 2)
        self.assertIsNotNone(cache.get(post_key(post.pk)))


class CommentTests(BlogTestCase):
    def setUp(self):
        super().setUp()
        self.post = self.make_post()

    def test_the_author_is_told(self):
        url = reverse("blog:add_comment", args=[self.post.pk])
        response = self.client.post(url, {"name": "Bob", "text": "Nice."})
        self.assertRedirects(response, self.post.get_absolute_url())
        (message,) = mail.outbox
        self.assertEqual(message.subject, "New comment on Old books")
        self.assertEqual(message.to, ["root@example.com"])
        self.assertIn("Bob wrote:\n\nNice.", message.body)

    def test_a_refused_comment_tells_nobody(self):
        self.client.post(reverse("blog:add_comment", args=[self.post.pk]), {})
        self.assertEqual(mail.outbox, [])

    def test_edited_comment(self):
        comment = Comment.objects.create(post=self.post, name="Bob", text="Nice.")
        mail.outbox.clear()
        url = reverse("blog:comment_update", args=[comment.pk])
        self.client.post(url, {"name": "Bob", "text": "Nicer."})
        self.assertEqual(Comment.objects.get().text, "Nicer.")
        self.assertEqual(mail.outbox, [])

    def test_admin(self):
        data = {"post": self.post.pk, "name": "Bob", "text": "Nice."}
        self.client.post(reverse("admin:blog_comment_add"), data)
        self.assertEqual(len(mail.outbox), 1)
        comment = Comment.objects.get()
        url = reverse("admin:blog_comment_change", args=[comment.pk])
        self.client.post(url, data | {"text": "Nicer."})
        self.assertEqual(Comment.objects.get().text, "Nicer.")
        self.assertEqual(len(mail.outbox), 1)
