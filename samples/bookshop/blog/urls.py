from django.urls import path

from . import views

app_name = "blog"

urlpatterns = [
    path("", views.PostList.as_view(), name="post_list"),
    path("new/", views.PostCreate.as_view(), name="post_create"),
    path("<int:pk>/", views.post_detail, name="post_detail"),
    path("<int:pk>/edit/", views.PostUpdate.as_view(), name="post_update"),
    path("<int:pk>/delete/", views.PostDelete.as_view(), name="post_delete"),
    path("<int:pk>/publish/", views.publish_post, name="publish_post"),
    path("<int:pk>/comment/", views.add_comment, name="add_comment"),
    path(
        "comments/<int:pk>/edit/",
        views.CommentUpdate.as_view(),
        name="comment_update",
    ),
]
