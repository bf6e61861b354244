from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from sales.forms import OrderForm
from sales.models import Invoice, Order


def place_order(request):
    form = OrderForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("sales:thanks")
    return render(request, "form.html", {"form": form, "title": "Your order"})


def thanks(request):
    return render(request, "sales/thanks.html")


@login_required
@require_POST
def order_again(request, pk):
    previous = get_object_or_404(Order, pk=pk)
    order = Order.objects.create(
        name=previous.name,
        email=previous.email,
        book=previous.book,
        quantity=previous.quantity,
    )
    return redirect("sales:order_detail", pk=order.pk)


@login_required
def order_detail(request, pk):
    order = get_object_or_404(Order, pk=pk)
    return render(request, "sales/order_detail.html", {"order": order})


@login_required
@require_POST
def ship_order(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.shipped = True
    order.save()
    return redirect("sales:order_detail", pk=order.pk)


@login_required
@require_POST
def pay_invoice(request, pk):
    invoice = get_object_or_404(Invoice, pk=pk)
    invoice.paid = True
    invoice.save()
    return redirect("sales:order_detail", pk=invoice.order_id)
