"""Call sites that are classes: views, admins, viewsets and commands, as text.

Each entry: the file it stands in, the class's text and the steps that drive it. The words in braces
are those of `operations`; `{n}` is the site's number.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.generated.models import accessor
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
ADMIN_INLINE = (
    'admin_post(admin_client(), "shop/{lower}/add/", page("{M}", new_lines=2))',
    "admin_post(admin_client(), f\"shop/{lower}/{{first('{M}')}}/change/\","
    ' page("{M}", old_lines=True, new_lines=1))',
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
        ADMIN_INLINE,
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
    "view_two_of_a_base": Class(
        "create-view", "views.py",
        "class Base{n}(CreateView):\n    success_url = \"/\"\n\n"
        "    def form_valid(self, form):\n        form.instance.count = 7\n"
        "        return super().form_valid(form)\n\n\n"
        "class {M}View{n}(Base{n}):\n    model = {M}\n    fields = {fields}\n\n\n"
        "class {M}Other{n}(Base{n}):\n    form_class = {M}Form\n",
        (POST_NEW, 'post("shop.views.{M}Other{n}", data("{M}"))'),
    ),
    "view_update_caught": Class(
        "update-view", "views.py",
        "class {M}View{n}(UpdateView):\n    model = {M}\n    form_class = {M}Form\n"
        '    success_url = "/"\n\n'
        "    def form_valid(self, form):\n        try:\n            with transaction.atomic():\n"
        "                return super().form_valid(form)\n        except Exception:\n"
        '            return redirect("/failed/")\n',
        (POST_OLD,),
    ),
    "view_delete_own": Class(
        "delete-view", "views.py",
        "class {M}View{n}(DeleteView):\n    model = {M}\n    success_url = \"/\"\n\n"
        "    def form_valid(self, form):\n        self.object.count = 3\n"
        "        return super().form_valid(form)\n",
        ('post("shop.views.{M}View{n}", {{}}, pk=first("{M}"))',
         'request("delete", "shop.views.{M}View{n}", {{}}, pk=first("{M}"))'),
    ),
    "view_post_delete": Class(
        "view-post", "views.py",
        "class {M}View{n}(View):\n    def post(self, request, pk):\n"
        "        get_object_or_404({M}, pk=pk).delete()\n"
        '        return redirect("/")\n',
        ('post("shop.views.{M}View{n}", {{}}, pk=first("{M}"))',),
    ),
    "view_atomic": Class(
        "function-view", "views.py",
        "@transaction.atomic\ndef {M}View{n}(request, pk):\n"
        "    {m} = get_object_or_404({M}, pk=pk)\n    {m}.count += 1\n    {m}.save()\n"
        '    return redirect("/")\n',
        (POST_OLD,),
    ),
    "admin_form": Class(
        "admin", "admin.py",
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n    form = Counting{M}Form\n",
        ADMIN_STEPS,
        only=("Order", "Line"),
    ),
    "admin_related": Class(
        "admin", "admin.py",
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n"
        "    def save_related(self, request, form, formsets, change):\n"
        "        super().save_related(request, form, formsets, change)\n"
        "        form.instance.count = 8\n        form.instance.save()\n",
        ADMIN_STEPS,
    ),
    "admin_delete": Class(
        "admin", "admin.py",
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n"
        "    def delete_model(self, request, obj):\n        obj.count = 8\n"
        "        super().delete_model(request, obj)\n\n"
        "    def delete_queryset(self, request, queryset):\n        for {m} in queryset:\n"
        "            {m}.delete()\n",
        ADMIN_STEPS,
    ),
    "admin_inline_own": Class(
        "admin-inline", "admin.py",
        "class LineInline(admin.StackedInline):\n    model = Line\n    extra = 0\n\n\n"
        "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n    inlines = [LineInline]\n\n"
        "    def save_formset(self, request, form, formset, change):\n"
        "        lines = formset.save(commit=False)\n        for line in lines:\n"
        "            line.count = 5\n            line.save()\n"
        "        for line in formset.deleted_objects:\n            line.delete()\n"
        "        formset.save_m2m()\n",
        ADMIN_INLINE,
        only=("Order",),
    ),
    "viewset_serializer": Class(
        "viewset", "api.py",
        "class Own{M}Serializer{n}({M}Serializer):\n    def create(self, validated_data):\n"
        '        validated_data["count"] = 6\n        return super().create(validated_data)\n\n'
        "    def update(self, instance, validated_data):\n        instance.count = 7\n"
        "        return super().update(instance, validated_data)\n\n\n"
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = Own{M}Serializer{n}\n",
        API,
    ),
    "viewset_nested": Class(
        "nested-serializer", "api.py",
        "class LinesSerializer{n}(serializers.ModelSerializer):\n    class Meta:\n"
        '        model = Line\n        fields = ["name", "count"]\n\n\n'
        "class {M}Nested{n}(serializers.ModelSerializer):\n"
        "    {lines} = LinesSerializer{n}(many=True)\n\n    class Meta:\n        model = {M}\n"
        '        fields = ["name", "count", "owner", "{lines}"]\n\n'
        "    def create(self, validated_data):\n"
        '        lines = validated_data.pop("{lines}")\n'
        "        {m} = {M}.objects.create(**validated_data)\n        for line in lines:\n"
        "            Line.objects.create(order={m}, **line)\n        return {m}\n\n\n"
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = {M}Nested{n}\n",
        ('api("create", data("{M}") | {{"{lines}": [{{"name": "a", "count": 1}}]}},'
         ' "shop.api.{M}ViewSet{n}")',),
        only=("Order",),
    ),
    "viewset_action": Class(
        "viewset", "api.py",
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = {M}Serializer\n\n"
        "    def perform_update(self, serializer):\n        super().perform_update(serializer)\n"
        "        serializer.instance.save()\n\n"
        '    @action(detail=True, methods=["post"])\n    def close(self, request, pk=None):\n'
        "        {m} = self.get_object()\n        {m}.count = 9\n        {m}.save()\n"
        "        return Response(status=204)\n",
        (API[1], 'api("close", None, "shop.api.{M}ViewSet{n}", first("{M}"))'),
    ),
    "api_generic": Class(
        "generic-api-view", "api.py",
        "class {M}List{n}(generics.ListCreateAPIView):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = {M}Serializer\n\n\n"
        "class {M}Detail{n}(generics.RetrieveUpdateDestroyAPIView):\n"
        "    queryset = {M}.objects.all()\n    serializer_class = {M}Serializer\n",
        ('api("post", data("{M}"), "shop.api.{M}List{n}")',
         'api("put", data("{M}"), "shop.api.{M}Detail{n}", first("{M}"))',
         'api("delete", None, "shop.api.{M}Detail{n}", first("{M}"))'),
    ),
    "api_function": Class(
        "api-view", "api.py",
        '@api_view(["POST"])\ndef {M}Post{n}(request):\n'
        "    serializer = {M}Serializer(data=request.data)\n"
        "    serializer.is_valid(raise_exception=True)\n    serializer.save()\n"
        "    return Response(serializer.data, status=201)\n",
        ('api("post", data("{M}"), "shop.api.{M}Post{n}")',),
    ),
    "tests": Class(
        "test-case", "test_{n}.py",
        "class {M}Tests(TestCase):\n    def setUp(self):\n"
        '        self.{m} = {M}.objects.get(name="{first}")\n\n'
        "    def test_save(self):\n        self.{m}.count = 3\n        self.{m}.save()\n"
        "        self.assertEqual({M}.objects.filter(count=3).count(), 1)\n\n"
        "    def test_delete(self):\n        self.{m}.delete()\n",
        ('run_test("shop.test_{n}.{M}Tests", "test_save")',
         'run_test("shop.test_{n}.{M}Tests", "test_delete")'),
    ),
    "tests_with_factory": Class(
        "test-case", "test_{n}.py",
        "class {M}Tests(TestCase):\n    def setUp(self):\n"
        "        self.{m} = Sub{M}Factory()\n\n"
        "    def test_count(self):\n"
        "        self.assertEqual({M}.objects.filter(pk=self.{m}.pk).count(), 1)\n",
        ('run_test("shop.test_{n}.{M}Tests", "test_count")',),
        only=("Order", "Line"),
    ),
    "command_caught": Class(
        "command", "management/commands/run{n}.py",
        "class Command(BaseCommand):\n    @transaction.atomic\n"
        "    def handle(self, *args, **options):\n"
        '        for {m} in {M}.objects.order_by("pk"):\n'
        "            if {m}.count:\n                continue\n"
        "            try:\n                with transaction.atomic():\n"
        "                    {m}.count = 2\n                    {m}.save()\n"
        "            except Exception as error:\n"
        "                self.stderr.write(type(error).__name__)\n",
        ('call_command("run{n}")',),
    ),
}  # fmt: skip
HEADS = {
    "views.py": "from django.db import transaction\n"
    "from django.shortcuts import get_object_or_404, redirect\n"
    "from django.views import View\n"
    "from django.views.generic import CreateView, DeleteView, FormView, UpdateView\n",
    "admin.py": "from django.contrib import admin\n",
    "api.py": "from rest_framework import generics, serializers, viewsets\n"
    "from rest_framework.decorators import action, api_view\n"
    "from rest_framework.response import Response\n",
    "test_": "from django.test import TestCase\n",
    "management": "from django.core.management.base import BaseCommand\n"
    "from django.db import transaction\n",
}


def fits(site: Site) -> bool:
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
    lines = accessor(shape, "Line")
    key = known["p"]
    return known | {
        "keyed": f', {key}=validated_data["{key}"]' if key else "",
        "n": str(number), "lower": site.model.lower(), "fields": shown, "lines": lines,
    }  # fmt: skip


def write(found: Class, site: Site, number: int, shape: Shape) -> tuple[str, str, list[str]]:
    """(the file in the app, the text, the steps)."""
    known = names(site, number, shape)
    return (
        found.file.format(**known),
        found.text.format(**known),
        [step.format(**known) for step in found.steps],
    )
