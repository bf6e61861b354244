"""Methods that frameworks call, with bodies of a few drawn lines, as text.

Each entry is a class as in `classes`, with BODY where the lines stand, and the statements that such
a body may have. The words in braces are those of `operations`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import indent

from hypothesis import strategies as st

from tests.generated.classes import ADMIN_STEPS, API, CLASSES, POST_NEW, POST_OLD, Class
from tests.generated.programs import inside
from tests.generated.spec import Site

DEPTH = 1  # blocks within the body


@dataclass(frozen=True)
class Hook:
    """A method with a body to draw."""

    shape: Class
    statements: tuple[str, ...]
    ends: tuple[str, ...]
    starts: tuple[str, ...] = ()


BLOCKS = (
    "with transaction.atomic():\nBODY",
    "try:\n    with transaction.atomic():\nDEEP\nexcept Exception:\nBODY",
    "try:\nBODY\nfinally:\nBODY",
    "for _ in range(2):\nBODY",
)
LOGS = ('Owner.objects.filter(name="second").update(count=8)', "count = 3")
FORM = (
    "form.instance.count = 2",
    "{m} = form.save()",
    "{m} = form.save(commit=False)",
    "self.object = form.save()",
    "self.object = form.save(commit=False)",
    "form.save()",
    "form.save_m2m()",
    "form.instance.save()",
    "{m}.save()",
    "self.object.save()",
    "{m}.count += 1",
    "{m} = form.instance",
    "response = super().form_valid(form)",
    "if form.has_changed():\nBODY",
    "if form.instance.pk:\nBODY\nelse:\nBODY",
    "if self.object:\nBODY",
    "return self.form_invalid(form)",
    *LOGS,
)
FORM_ENDS = (
    "return super().form_valid(form)",
    "return super().form_valid(form)",
    "return redirect(self.get_success_url())",
    'return redirect("/")',
    "self.object = form.save()\nreturn redirect(self.success_url)",
    "return response",
)


def _view(kind: str, surface: str, own: str, *steps: str) -> Hook:
    text = f"class {{M}}View{{n}}({kind}):\n{indent(own, '    ')}"
    text += '    success_url = "/"\n\n    def form_valid(self, form):\nBODY\n'
    return Hook(Class(surface, "views.py", text, steps), FORM, FORM_ENDS)


def _admin(head: str, statements: tuple[str, ...]) -> Hook:
    text = "@admin.register({M})\nclass {M}Admin(admin.ModelAdmin):\n"
    text += f"    def {head}:\nBODY\n"
    return Hook(Class("admin", "admin.py", text, ADMIN_STEPS), statements, ("count = 1",))


def _viewset(head: str, *statements: str) -> Hook:
    text = (
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        f"    serializer_class = {{M}}Serializer\n\n    def {head}:\nBODY\n"
    )
    return Hook(Class("viewset", "api.py", text, API), (*statements, *LOGS), ("count = 1",))


def _serializer(
    head: str, *statements: str, ends: tuple[str, ...], starts: tuple[str, ...]
) -> Hook:
    text = (
        "class Own{M}Serializer{n}({M}Serializer):\n"
        f"    def {head}:\nBODY\n\n\n"
        "class {M}ViewSet{n}(viewsets.ModelViewSet):\n    queryset = {M}.objects.all()\n"
        "    serializer_class = Own{M}Serializer{n}\n"
    )
    return Hook(Class("viewset", "api.py", text, API), (*statements, *LOGS), ends, starts)


MODEL_FORM = "model = {M}\nfields = {fields}\n"
HOOKS = {
    "hook_create_view": _view("CreateView", "create-view", MODEL_FORM, POST_NEW),
    "hook_create_view_form": _view("CreateView", "create-view", "form_class = {M}Form\n", POST_NEW),
    "hook_update_view": _view("UpdateView", "update-view", MODEL_FORM, POST_OLD),
    "hook_update_view_form": _view(
        "UpdateView", "update-view", "model = {M}\nform_class = {M}Form\n", POST_OLD
    ),
    "hook_form_view": _view("FormView", "form-view", "form_class = {M}Form\n", POST_NEW),
    "hook_delete_view": Hook(
        Class(
            "delete-view", "views.py",
            'class {M}View{n}(DeleteView):\n    model = {M}\n    success_url = "/"\n\n'
            "    def form_valid(self, form):\nBODY\n",
            CLASSES["view_delete"].steps,
        ),
        ("self.object.count = 2", "self.object.save()", "self.object.delete()",
         "response = super().form_valid(form)", "{m} = self.get_object()", "{m}.delete()",
         "if self.object.count:\nBODY", *LOGS),
        ("return super().form_valid(form)", "self.object.delete()\nreturn redirect(\"/\")",
         "return redirect(self.get_success_url())", "return response"),
    ),
    "hook_function_view": Hook(
        Class(
            "function-view", "views.py",
            'def {M}View{n}(request, pk):\n    {m} = get_object_or_404({M}, pk=pk)\n'
            "    form = {M}Form(request.POST or None, instance={m})\nBODY\n",
            (POST_OLD,),
        ),
        ("if form.is_valid():\nBODY", "if form.is_valid():\nBODY\nelse:\nBODY", "form.save()",
         "{m} = form.save(commit=False)", "{m}.save()", "{m}.count += 1", "form.instance.save()",
         "{m} = {M}.objects.get(pk=pk)", "{m}.delete()", "new = {M}Form(request.POST)",
         "new.save()", "{m} = new.save()", "new.instance.save()",
         "form = {M}Form(request.POST)", "form.save_m2m()", *LOGS),
        ('return redirect("/")', "form.save()\nreturn redirect(\"/\")"),
    ),
    "admin_hook_save": _admin(
        "save_model(self, request, obj, form, change)",
        ("obj.count = 4", "super().save_model(request, obj, form, change)", "obj.save()",
         "super().save_model(request, obj, form, change)", "if change:\nBODY",
         "if not change:\nBODY", "if change:\nBODY\nelse:\nBODY", "if obj.pk:\nBODY",
         'if "name" in form.changed_data:\nBODY', "form.save()", "form.instance.save()",
         "return", *LOGS),
    ),
    "admin_hook_delete": _admin(
        "delete_model(self, request, obj)",
        ("obj.delete()", "super().delete_model(request, obj)", "obj.count = 1", "obj.save()",
         "if obj.count:\nBODY", "{m} = {M}.objects.get(pk=obj.pk)", "return", *LOGS),
    ),
    "admin_hook_delete_queryset": _admin(
        "delete_queryset(self, request, queryset)",
        ("queryset.delete()", "super().delete_queryset(request, queryset)",
         "for {m} in queryset:\nBODY", "for obj in queryset:\n    obj.delete()",
         "for obj in queryset:\n    obj.save()", "if queryset:\nBODY", "return", *LOGS),
    ),
    "admin_hook_related": _admin(
        "save_related(self, request, form, formsets, change)",
        ("super().save_related(request, form, formsets, change)", "form.instance.save()",
         "form.save_m2m()", "form.instance.count = 8", "if change:\nBODY", *LOGS),
    ),
    "hook_perform_create": _viewset(
        "perform_create(self, serializer)",
        "serializer.save()", "{m} = serializer.save()", "{m} = serializer.save(count=4)",
        "super().perform_create(serializer)", "serializer.instance.save()", "{m}.save()",
        "{m}.delete()", "if serializer.validated_data:\nBODY",
    ),
    "hook_perform_update": _viewset(
        "perform_update(self, serializer)",
        "serializer.save()", "{m} = serializer.save()", "{m} = self.get_object()",
        "super().perform_update(serializer)", "serializer.instance.save()", "{m}.save()",
        "serializer.instance.count = 6", "serializer.save(count=4)",
    ),
    "hook_perform_destroy": _viewset(
        "perform_destroy(self, instance)",
        "instance.delete()", "super().perform_destroy(instance)", "instance.count = 2",
        "instance.save()", "if instance.count:\nBODY",
    ),
    "hook_serializer_create": _serializer(
        "create(self, validated_data)",
        "{m} = super().create(validated_data)", "{m}.save()", "{m}.count += 1",
        'validated_data["count"] = 6', "{m} = {M}.objects.create(name=validated_data[\"name\"]{keyed})",
        "if {m}.count:\nBODY", "{m}.delete()", "return {m}",
        starts=(
            "{m} = {M}(name=validated_data[\"name\"]{keyed})",
            "{m} = super().create(validated_data)",
            "{m} = {M}.objects.create(name=validated_data[\"name\"]{keyed})",
        ),
        ends=("return {m}", "{m}.save()\nreturn {m}", "return super().create(validated_data)"),
    ),
    "hook_serializer_update": _serializer(
        "update(self, instance, validated_data)",
        "instance = super().update(instance, validated_data)", "instance.save()",
        'instance.name = validated_data["name"]', "instance.count += 1",
        'instance.save(update_fields=["count"])', "if instance.count:\nBODY", "return instance",
        starts=(),
        ends=("return instance", "instance.save()\nreturn instance",
              "return super().update(instance, validated_data)"),
    ),
    "hook_form_save": Hook(
        Class(
            "form-own-save", "views.py",
            "class {M}Form{n}({M}Form):\n    def save(self, commit=True):\nBODY\n\n\n"
            "class {M}View{n}(CreateView):\n    model = {M}\n    form_class = {M}Form{n}\n"
            '    success_url = "/"\n\n\n'
            "class {M}Edit{n}(UpdateView):\n    model = {M}\n    form_class = {M}Form{n}\n"
            '    success_url = "/"\n',
            (POST_NEW, 'post("shop.views.{M}Edit{n}", data("{M}"), pk=first("{M}"))'),
        ),
        ("{m} = super().save(commit=False)", "{m} = super().save(commit=commit)",
         "{m} = super().save()", "{m}.count += 1", "{m}.save()", "self.instance.save()",
         "self.instance.count = 5", "if commit:\nBODY", "self.save_m2m()", "if {m}.pk:\nBODY",
         *LOGS),
        ("return {m}", "{m}.save()\nreturn {m}", "return super().save(commit)"),
        ("{m} = super().save(commit=False)", "{m} = super().save(commit=commit)",
         "{m} = self.instance"),
    ),
}  # fmt: skip


def is_class(site: Site) -> bool:
    """Whether a site is a class, and no expression."""
    return site.operation in CLASSES or site.operation in HOOKS


def of(site: Site) -> Class:
    """The class of a call site, a drawn body in its place."""
    if site.operation in CLASSES:
        return CLASSES[site.operation]
    found = HOOKS[site.operation].shape
    lines = found.text.splitlines(keepends=True)
    for position, line in enumerate(lines):
        if line == "BODY\n":
            # Functions stand at the margin, methods in a class.
            above = lines[position - 1]
            depth = len(above) - len(above.lstrip()) + 4 * above.lstrip().startswith("def ")
            lines[position] = indent(site.context, " " * depth) + "\n"
    return replace(found, text="".join(lines))


@st.composite
def bodies(draw: st.DrawFn, operation: str) -> str:
    """The lines of a hook's body."""
    hook = HOOKS[operation]
    lines = [draw(st.sampled_from(hook.starts))] if hook.starts else []
    count = draw(st.integers(1, 4))
    lines += inside(draw, (*hook.statements, *hook.statements, *BLOCKS), count, DEPTH)
    return "\n".join([*lines, draw(st.sampled_from(hook.ends))])
