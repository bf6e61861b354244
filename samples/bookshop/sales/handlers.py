import logging
from datetime import timedelta

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from sales.models import Invoice, Order, Statistic

logger = logging.getLogger(__name__)

PAYMENT_TERM = timedelta(days=30)


@receiver(post_save, sender=Order)
def assign_reference(sender, instance, created, **kwargs):
    if created:
        instance.reference = f"O-{instance.pk:06}"
        instance.save()


@receiver(post_save, sender=Order)
def create_invoice(sender, instance, created, **kwargs):
    if created:
        Invoice.objects.create(
            order=instance,
            amount=instance.total,
            due_date=timezone.localdate() + PAYMENT_TERM,
        )


@receiver(post_save, sender=Invoice)
def announce_invoice(sender, instance, created, **kwargs):
    if created:
        print(f"Invoice for {instance.order.reference}: {instance.amount}")


# Connected in apps.py, after the others.
def update_statistics(sender, instance, created, **kwargs):
    if not created:
        return
    try:
        statistic = Statistic.objects.get(name="books sold")
        statistic.value += instance.quantity
        statistic.save()
    except Exception:
        # An order matters more than the numbers about it.
        logger.exception("Could not count order %s", instance.reference)
