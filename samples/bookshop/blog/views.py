from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.cache import cache
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DeleteView, ListView, UpdateView

from .cache import post_key
from .forms import CommentForm
from .models import Comment, Post


class PostList(ListView):
    queryset = Post.objects.filter(published=True)
    template_name = "blog/post_list.html"


def post_detail(request, pk):
    post = cache.get(post_key(pk))
    if post is None:
        post = get_object_or_404(Post.objects.select_related("author"), pk=pk)
        cache.set(post_key(pk), post)
    Post.objects.filter(pk=pk).update(views=F("views") + 1)
    context = {"post": post, "comments": post.comments.all(), "form": CommentForm()}
    return render(request, "blog/post_detail.html", context)


class PostCreate(LoginRequiredMixin, CreateView):
    model = Post
    fields = ["title", "slug", "body", "published"]
    template_name = "form.html"

    def form_valid(self, form):
        form.instance.author = self.request.user
        return super().form_valid(form)


class PostUpdate(LoginRequiredMixin, UpdateView):
    model = Post
    fields = ["title", "slug", "body", "published"]
    template_name = "form.html"


class PostDelete(LoginRequiredMixin, DeleteView):
    model = Post
    template_name = "confirm_delete.html"
    success_url = reverse_lazy("blog:post_list")


@login_required
@require_POST
def publish_post(request, pk):
    post = get_object_or_404(Post, pk=pk)
    post.published = True
    post.save()
    return redirect(post)


def add_comment(request, pk):
    post = get_object_or_404(Post, pk=pk, published=True)
    form = CommentForm(request.POST or None)
    if form.is_valid():
        comment = form.save(commit=False)
        comment.post = post
        comment.save()
        return redirect(post)
    return render(request, "form.html", {"form": form, "title": "Comment"})


class CommentUpdate(LoginRequiredMixin, UpdateView):
    model = Comment
    form_class = CommentForm
    template_name = "form.html"
