from django import forms

from sales.models import Order


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["name", "email", "book", "quantity"]
