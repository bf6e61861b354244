from django.contrib import admin

from stock.models import StockItem


@admin.register(StockItem)
class StockItemAdmin(admin.ModelAdmin):
    list_display = ["book", "quantity", "shelf_code"]
