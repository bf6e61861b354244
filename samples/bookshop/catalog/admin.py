from django.contrib import admin

from .models import Author, Book, Genre, Tag


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "num_books"]
    search_fields = ["name"]


admin.site.register(Book)
admin.site.register(Genre)
admin.site.register(Tag)
