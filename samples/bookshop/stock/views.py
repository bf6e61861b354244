from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.generic import CreateView, ListView, UpdateView

from stock.forms import DeliveryForm
from stock.models import StockItem


class StockList(LoginRequiredMixin, ListView):
    queryset = StockItem.objects.select_related("book")
    template_name = "stock/stock_list.html"


class StockItemCreate(LoginRequiredMixin, CreateView):
    model = StockItem
    fields = ["book", "quantity"]
    template_name = "form.html"
    success_url = reverse_lazy("stock:stock_list")


class StockItemUpdate(LoginRequiredMixin, UpdateView):
    model = StockItem
    fields = ["quantity"]
    template_name = "form.html"
    success_url = reverse_lazy("stock:stock_list")


@login_required
def receive_delivery(request, pk):
    item = get_object_or_404(StockItem, pk=pk)
    form = DeliveryForm(request.POST or None)
    if form.is_valid():
        item.quantity += form.cleaned_data["quantity"]
        item.save()
        return redirect("stock:stock_list")
    return render(request, "form.html", {"form": form, "title": item.book.title})
