from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils.text import slugify

from .cache import post_key
from .models import Comment, Post


@receiver(pre_save, sender=Post)
def set_slug(sender, instance, **kwargs):
    if not instance.slug:
        instance.slug = slugify(instance.title)


@receiver(post_save, sender=Post)
@receiver(post_delete, sender=Post)
def invalidate_post(sender, instance, **kwargs):
    cache.delete(post_key(instance.pk))


@receiver(post_save, sender=Comment)
def mail_author(sender, instance, created, **kwargs):
    """Tell the author of a post that somebody commented on it."""
    if not created:
        return
    post = instance.post
    send_mail(
        f"New comment on {post.title}",
        f"{instance.name} wrote:\n\n{instance.text}",
        settings.DEFAULT_FROM_EMAIL,
        [post.author.email],
    )
