from django.core.management.base import BaseCommand

from ...models import Post


class Command(BaseCommand):
    help = "Publish the drafts that have a body."

    def handle(self, *args, **options):
        for post in Post.objects.filter(published=False).exclude(body=""):
            post.published = True
            post.save()
