from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from . import views

app_name = "accounts"

urlpatterns = [
    path("login/", LoginView.as_view(template_name="form.html"), name="login"),
    path("logout/", LogoutView.as_view(next_page="home"), name="logout"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("profile/", views.ProfileUpdate.as_view(), name="profile"),
    path("close/", views.close_account, name="close_account"),
]
