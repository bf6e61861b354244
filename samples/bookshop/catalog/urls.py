from django.urls import path

from . import views

app_name = "catalog"

urlpatterns = [
    path("", views.BookList.as_view(), name="book_list"),
    path("add/", views.add_book, name="add_book"),
    path("<int:pk>/", views.edit_book, name="edit_book"),
    path("<int:pk>/withdraw/", views.withdraw_book, name="withdraw_book"),
    path("manage/new/", views.BookCreate.as_view(), name="book_create"),
    path("manage/<int:pk>/", views.BookUpdate.as_view(), name="book_update"),
    path("manage/<int:pk>/delete/", views.BookDelete.as_view(), name="book_delete"),
    path("authors/add/", views.add_author, name="add_author"),
    path("authors/<int:pk>/", views.AuthorUpdate.as_view(), name="author_update"),
]
