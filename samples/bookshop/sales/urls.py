from django.urls import path

from sales import views

app_name = "sales"

urlpatterns = [
    path("", views.place_order, name="place_order"),
    path("thanks/", views.thanks, name="thanks"),
    path("<int:pk>/", views.order_detail, name="order_detail"),
    path("<int:pk>/again/", views.order_again, name="order_again"),
    path("<int:pk>/ship/", views.ship_order, name="ship_order"),
    path("invoices/<int:pk>/pay/", views.pay_invoice, name="pay_invoice"),
]
