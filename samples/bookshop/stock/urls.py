from django.urls import path

from stock import views

app_name = "stock"

urlpatterns = [
    path("", views.StockList.as_view(), name="stock_list"),
    path("new/", views.StockItemCreate.as_view(), name="item_create"),
    path("<int:pk>/", views.StockItemUpdate.as_view(), name="item_update"),
    path("<int:pk>/delivery/", views.receive_delivery, name="receive_delivery"),
]
