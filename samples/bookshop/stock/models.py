from django.db import models

from catalog.models import Book


class StockItem(models.Model):
    book = models.OneToOneField(Book, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=0)
    shelf_code = models.CharField(max_length=20, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.quantity} x {self.book}"
