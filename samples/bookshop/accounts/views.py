from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView

from .models import Profile


def sign_up(request):
    form = UserCreationForm(request.POST or None)
    if form.is_valid():
        user = form.save()
        login(request, user)
        return redirect("accounts:profile")
    return render(request, "form.html", {"form": form, "title": "Sign up"})


class ProfileUpdate(LoginRequiredMixin, UpdateView):
    model = Profile
    fields = ["bio", "newsletter"]
    template_name = "form.html"
    success_url = reverse_lazy("accounts:profile")

    def get_object(self, queryset=None):
        return self.request.user.profile


@login_required
@require_POST
def close_account(request):
    request.user.profile.delete()
    return redirect("home")
