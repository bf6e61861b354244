"""Call sites that are classes: views, admins, viewsets and commands, as text.

Each entry: the file it stands in, the class's text and the steps that drive it. The words in braces
are those of `operations`; `{n}` is the site's number.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.generated.operations import words
from tests.generated.spec import Shape, Site


@dataclass(frozen=True)
class Class:
    """A class that fires, and how to drive it."""

    surface: str
    file: str
    text: str
    steps: tuple[str, ...]
    only: tuple[str, ...] = ()


POST_NEW = 'post("shop.views.{M}View{n}", data("{M}"))'
POST_OLD = 'post("shop.views.{M}View{n}", data("{M}"), pk=first("{M}"))'
ADMIN_STEPS = (
    'admin_post(admin_client(), "shop/{lower}/add/", page("{M}"))',
    'admin_post(admin_client(), f"shop/{lower}/{{first(\'{M}\')}}/change/", page("{M}"))',
    'admin_post(admin_client(), f"shop/{lower}/{{first(\'{M}\')}}/delete/", {{"post": "yes"}})',
    'admin_post(admin_client(), "shop/{lower}/", action("delete_selected", "{M}"))',
)
API = (
    'api("create", data("{M}"), "shop.api.{M}ViewSet{n}")',
    'api("update", data("{M}"), "shop.api.{M}ViewSet{n}", first("{M}"))',
    'api("destroy", None, "shop.api.{M}ViewSet{n}", first("{M}"))',
)

CLASSES = {
    "view_create": Class(
        "create-view", "views.py",
        'class {M}View{n}(CreateView):\n    model = {M}\n    fields = {fields}\n'
        '    success_url = "/"\n',
        (POST_NEW,),
    ),
    "view_create_form": Class(
        "create-view", "views.py",
        'class {M}View{n}(CreateView):\n    form_class = {M}Form\n'
        '    template_name = "new.html"\n    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        form.instance.count = 4\n"
        "        return super().form_valid(form)\n",
        (POST_NEW,),
    ),
    "view_create_after": Class(
        "create-view", "views.py",
        'class {M}View{n}(CreateView):\n    form_class = {M}Form\n    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        response = super().form_valid(form)\n"
        '        response["X-Name"] = self.object.name\n        return response\n',
        (POST_NEW,),
    ),
    "view_create_saves": Class(
        "create-view", "views.py",
        'class {M}View{n}(CreateView):\n    form_class = {M}Form\n    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        self.object = form.save(commit=False)\n"
        "        self.object.count = 3\n        self.object.save()\n"
        "        form.save_m2m()\n        return redirect(self.get_success_url())\n",
        (POST_NEW,),
    ),
    "view_create_mixin": Class(
        "create-view", "views.py",
        "class Counting{n}:\n    def form_valid(self, form):\n        form.instance.count = 4\n"
        "        return super().form_valid(form)\n\n\n"
        "class {M}View{n}(Counting{n}, CreateView):\n    model = {M}\n    fields = {fields}\n"
        '    success_url = "/"\n',
        (POST_NEW,),
    ),
    "view_update_mixin": Class(
        "update-view", "views.py",
        "class Own{n}:\n    model = {M}\n    fields = {fields}\n"
        '    success_url = "/"\n\n    def get_queryset(self):\n'
        "        return super().get_queryset().order_by(\"name\")\n\n\n"
        "class {M}View{n}(Own{n}, UpdateView):\n    pass\n",
        (POST_OLD,),
    ),
    "view_update": Class(
        "update-view", "views.py",
        'class {M}View{n}(UpdateView):\n    model = {M}\n    fields = {fields}\n'
        '    success_url = "/"\n',
        (POST_OLD,),
    ),
    "view_update_own": Class(
        "update-view", "views.py",
        'class {M}View{n}(UpdateView):\n    model = {M}\n    form_class = {M}Form\n'
        '    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        if not form.has_changed():\n"
        "            return redirect(self.success_url)\n"
        "        return super().form_valid(form)\n",
        (POST_OLD,),
    ),
    "view_delete": Class(
        "delete-view", "views.py",
        'class {M}View{n}(DeleteView):\n    model = {M}\n    success_url = "/"\n',
        ('post("shop.views.{M}View{n}", {{}}, pk=first("{M}"))',
         'request("delete", "shop.views.{M}View{n}", {{}}, pk=first("{M}"))'),
    ),
    "view_form": Class(
        "form-view", "views.py",
        'class {M}View{n}(FormView):\n    form_class = {M}Form\n    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        form.save()\n"
        "        return super().form_valid(form)\n",
        (POST_NEW,),
    ),
    "view_post": Class(
        "view-post", "views.py",
        'class {M}View{n}(View):\n    def post(self, request, pk):\n'
        "        {m} = get_object_or_404({M}, pk=pk)\n        form = {M}Form(request.POST, instance={m})\n"
        "        if form.is_valid():\n            form.save()\n"
        '            return redirect("/")\n        return redirect("/again/")\n',
        (POST_OLD,),
    ),
    "view_function": Class(
        "function-view", "views.py",
        'def {M}View{n}(request):\n    form = {M}Form(request.POST or None)\n'
        '    if request.method == "POST" and form.is_valid():\n        {m} = form.save(commit=False)\n'
        "        {m}.count = 2\n        {m}.save()\n        form.save_m2m()\n"
        '        return redirect("/")\n    return redirect("/again/")\n',
        (POST_NEW,),
    ),
    "admin_bare": Class("admin", "admin.py", "admin.site.register({M})\n", ADMIN_STEPS),
    "admin_class": Class(
        "admin", "admin.py",
        '@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n    list_display = ["name"]\n',
        ADMIN_STEPS,
    ),
    "admin_own": Class(
        "admin", "admin.py",
        "class {M}Admin(admin.ModelAdmin):\n    def save_model(self, request, obj, form, change):\n"
        "        obj.count = 4\n        super().save_model(request, obj, form, change)\n\n\n"
        "admin.site.register({M}, {M}Admin)\n",
        ADMIN_STEPS,
    ),
    "admin_actions": Class(
        "admin-action", "admin.py",
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n    actions = [\"close\", \"drop\"]\n\n"
        "    def close(self, request, queryset):\n        for {m} in queryset:\n"
        "            {m}.count = 3\n            {m}.save()\n\n"
        "    def drop(self, request, queryset):\n        queryset.delete()\n",
        ('admin_post(admin_client(), "shop/{lower}/", action("close", "{M}"))',
         'admin_post(admin_client(), "shop/{lower}/", action("drop", "{M}"))'),
    ),
    "admin_inline": Class(
        "admin-inline", "admin.py",
        "class LineInline(admin.TabularInline):\n    model = Line\n\n\n"
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n    inlines = [LineInline]\n",
        ('admin_post(admin_client(), "shop/{lower}/add/", page("{M}", new_lines=2))',
         'admin_post(admin_client(), f"shop/{lower}/{{first(\'{M}\')}}/change/",'
         ' page("{M}", old_lines=True, new_lines=1))'),
        only=("Order",),
    ),
    "viewset": Class(
        "viewset", "api.py",
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = {M}Serializer\n",
        API,
    ),
    "viewset_own": Class(
        "viewset", "api.py",
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = {M}Serializer\n\n"
        "    def perform_create(self, serializer):\n        serializer.save(count=4)\n\n"
        "    def perform_destroy(self, instance):\n        instance.delete()\n",
        API,
    ),
    "command": Class(
        "command", "management/commands/run{n}.py",
        "class Command(BaseCommand):\n    def handle(self, *args, **options):\n"
        "        for {m} in {M}.objects.order_by(\"pk\"):\n            {m}.count += 1\n"
        "            {m}.save()\n        {M}.objects.filter(count=1).delete()\n",
        ('call_command("run{n}")',),
    ),
}  # fmt: skip
HEADS = {
    "views.py": "from django.shortcuts import get_object_or_404, redirect\n"
    "from django.views import View\n"
    "from django.views.generic import CreateView, DeleteView, FormView, UpdateView\n",
    "admin.py": "from django.contrib import admin\n",
    "api.py": "from rest_framework import viewsets\n",
    "management": "from django.core.management.base import BaseCommand\n",
}


def fits(site: Site, shape: Shape) -> bool:
    """Whether the class exists for the model."""
    only = CLASSES[site.operation].only
    return not only or site.model in only


def names(site: Site, number: int, shape: Shape) -> dict[str, str]:
    """What stands for the braces."""
    known = words(site, shape)
    fields = ["name", "count", *([known["p"]] if known["p"] else [])]
    if shape.tags and site.model in ("Order", "OpenOrder", "RushOrder"):
        fields.append("tags")
    shown = f"[{', '.join(f'{chr(34)}{field}{chr(34)}' for field in fields)}]"
    return known | {"n": str(number), "lower": site.model.lower(), "fields": shown}


def write(site: Site, number: int, shape: Shape) -> tuple[str, str, list[str]]:
    """(the file in the app, the text, the steps)."""
    found, known = CLASSES[site.operation], names(site, number, shape)
    return (
        found.file.format(**known),
        found.text.format(**known),
        [step.format(**known) for step in found.steps],
    )
