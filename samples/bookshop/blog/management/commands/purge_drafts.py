from django.core.management.base import BaseCommand

from ...models import Post


class Command(BaseCommand):
    help = "Delete the drafts that nobody ever wrote a line for."

    def handle(self, *args, **options):
        for post in Post.objects.filter(published=False, body=""):
            post.delete()
