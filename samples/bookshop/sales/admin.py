from django.contrib import admin

from sales.models import Invoice, Order, Statistic


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["reference", "name", "book", "quantity", "shipped"]
    list_filter = ["shipped"]
    actions = ["mark_as_shipped"]

    @admin.action(description="Mark the selected orders as shipped")
    def mark_as_shipped(self, request, queryset):
        queryset.update(shipped=True)


admin.site.register(Invoice)
admin.site.register(Statistic)
