from django.apps import AppConfig
from django.db.models.signals import post_save


class SalesConfig(AppConfig):
    name = "sales"

    def ready(self):
        from sales import handlers
        from sales.models import Order

        post_save.connect(handlers.update_statistics, sender=Order)
