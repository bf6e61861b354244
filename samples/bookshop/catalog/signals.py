from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .models import Author, Book


@receiver(post_save, sender=Author)
def announce_author(sender, instance, created, **kwargs):
    if created:
        print(f"New author: {instance.name}")


@receiver([post_save, post_delete], sender=Book)
def update_num_books(sender, instance, **kwargs):
    author = instance.author
    author.num_books = author.books.count()
    author.save()


@receiver(post_save, sender=Book)
def count_tags(sender, instance, **kwargs):
    Book.objects.filter(pk=instance.pk).update(tag_count=instance.tags.count())
