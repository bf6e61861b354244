from django.conf import settings
from django.core.mail import send_mail
from django.db.models.signals import post_save
from django.dispatch import receiver

from stock.models import StockItem

REORDER_LEVEL = 5


@receiver(post_save, sender=StockItem)
def assign_shelf_code(sender, instance, created, **kwargs):
    if created:
        # An update, because a save would bring us back here.
        shelf = instance.book.author.name[:3].upper()
        StockItem.objects.filter(pk=instance.pk).update(
            shelf_code=f"{shelf}-{instance.pk:04}"
        )


def warn_when_low(sender, instance, **kwargs):
    if instance.quantity < REORDER_LEVEL:
        send_mail(
            f"Reorder {instance.book}",
            f"There are {instance.quantity} left.",
            settings.DEFAULT_FROM_EMAIL,
            [settings.PURCHASING_EMAIL],
        )


post_save.connect(warn_when_low, sender=StockItem)
