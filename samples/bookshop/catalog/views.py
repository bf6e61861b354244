from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DeleteView, ListView, UpdateView

from .forms import AuthorForm, BookForm
from .models import Author, Book


class BookList(ListView):
    queryset = Book.objects.select_related("author")
    template_name = "catalog/book_list.html"


@login_required
def add_author(request):
    form = AuthorForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("catalog:add_book")
    return render(request, "form.html", {"form": form, "title": "New author"})


class AuthorUpdate(LoginRequiredMixin, UpdateView):
    model = Author
    form_class = AuthorForm
    template_name = "form.html"
    success_url = reverse_lazy("catalog:book_list")


@login_required
def add_book(request):
    form = BookForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("catalog:book_list")
    return render(request, "form.html", {"form": form, "title": "New book"})


@login_required
def edit_book(request, pk):
    book = get_object_or_404(Book, pk=pk)
    form = BookForm(request.POST or None, instance=book)
    if form.is_valid():
        form.save()
        return redirect("catalog:book_list")
    return render(request, "form.html", {"form": form, "title": book.title})


@login_required
@require_POST
def withdraw_book(request, pk):
    book = get_object_or_404(Book, pk=pk)
    book.delete()
    return redirect("catalog:book_list")


class BookCreate(LoginRequiredMixin, CreateView):
    model = Book
    form_class = BookForm
    template_name = "form.html"

    def form_valid(self, form):
        messages.success(self.request, "The book is in the catalog.")
        return super().form_valid(form)


class BookUpdate(LoginRequiredMixin, UpdateView):
    model = Book
    form_class = BookForm
    template_name = "form.html"


class BookDelete(LoginRequiredMixin, DeleteView):
    model = Book
    template_name = "confirm_delete.html"
    success_url = reverse_lazy("catalog:book_list")
