from django import forms


class DeliveryForm(forms.Form):
    quantity = forms.IntegerField(min_value=1)
