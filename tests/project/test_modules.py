"""Files as modules."""

from __future__ import annotations

import pytest

from codemod.project.modules import Modules


def modules(*paths: str, **texts: str) -> Modules:
    return Modules([(path, texts.get(path.replace("/", "_")[:-3], "")) for path in paths])


def path(made: Modules, dotted: str, near: str = "") -> str | None:
    info = made.find(dotted, near)
    return info.path if info is not None else None


@pytest.mark.parametrize(
    ("paths", "file", "name"),
    [
        (["manage.py", "shop/__init__.py", "shop/models.py"], "shop/models.py", "shop.models"),
        (["manage.py", "shop/__init__.py", "shop/models.py"], "shop/__init__.py", "shop"),
        (["src/manage.py", "src/shop/__init__.py"], "src/shop/__init__.py", "shop"),
        (["api/manage.py", "api/db/models.py"], "api/db/models.py", "db.models"),
        (["manage.py", "wger/core/__init__.py", "wger/urls.py"], "wger/urls.py", "wger.urls"),
        (["manage.py", "shop/management/commands/x.py", "shop/__init__.py"],
         "shop/management/commands/x.py", "shop.management.commands.x"),
        (["my-site/shop/__init__.py", "my-site/shop/a.py"], "my-site/shop/a.py", "shop.a"),
        (["setup.py", "pkg/__init__.py", "pkg/a.py"], "pkg/a.py", "pkg.a"),
        (["pkg/src/setup.py", "pkg/src/shop/a.py"], "pkg/src/shop/a.py", "shop.a"),
        (["shop/__init__.py", "shop/tax_manage.py"], "shop/tax_manage.py", "shop.tax_manage"),
    ],
)  # fmt: skip
def test_names(paths: list[str], file: str, name: str) -> None:
    assert modules(*paths).module_name(file) == name


def test_a_folder_that_imports_name_is_a_namespace_package() -> None:
    paths = ["manage.py", "apps/shop/__init__.py", "apps/shop/models.py"]
    grouped = modules(*paths, manage="from shop.models import Order")
    assert grouped.module_name("apps/shop/models.py") == "shop.models"
    assert path(grouped, "apps.shop.models") == "apps/shop/models.py"
    named = modules(*paths, manage="from apps.shop.models import Order")
    assert named.module_name("apps/shop/models.py") == "apps.shop.models"
    assert path(named, "shop.models") is None


def test_folders_added_to_sys_path() -> None:
    paths = ["manage.py", "site/__init__.py", "site/apps/__init__.py", "site/apps/shop/__init__.py"]
    made = modules(*paths, manage='sys.path.insert(0, os.path.join(BASE, "apps"))')
    assert made.module_name("site/apps/shop/__init__.py") == "site.apps.shop"
    assert path(made, "shop") == "site/apps/shop/__init__.py"
    on_path = "sys.path.insert(0, ROOT)\n\nsys.path.insert(0, os.path.join(BASE, 'apps'))\n"
    short, long = "from shop.models import Order\n", "from site.apps.shop.models import Order\n"
    for text, name in ((short * 2 + long, "shop"), (short + long, "site.apps.shop")):
        made = modules(*paths, manage=on_path + text)
        assert made.module_name("site/apps/shop/__init__.py") == name
        assert path(made, "site.apps.shop") == path(made, "shop")


def test_what_pytest_puts_on_the_path() -> None:
    paths = ["src/shop/__init__.py", "tests/conftest.py", "tests/extras/__init__.py"]
    paths += ["tests/extras/factories/__init__.py", "tests/unit/__init__.py"]
    named = "import tests.unit\nfrom extras.factories import OrderFactory\n"
    made = modules("manage.py", *paths, manage=named)
    assert path(made, "extras.factories") == "tests/extras/factories/__init__.py"
    assert path(made, "tests.extras.factories") == "tests/extras/factories/__init__.py"
    installed = modules("manage.py", *paths, manage=f"{named}from extras.forms import Form\n")
    assert path(installed, "extras.factories") is None  # there are no such forms here
    installed = modules("manage.py", *paths, manage=f"{named}import extras\n")
    assert path(installed, "extras") is None
    inside = modules(
        "tests/unit/test_it.py", *paths, tests_unit_test_it="import tests.unit\nimport extras\n"
    )
    assert path(inside, "extras") == "tests/extras/__init__.py"
    paths = ["shop/__init__.py", "shop/sorted/__init__.py", "shop/sorted/fields.py"]
    below = modules(*paths, shop_sorted_fields="from sorted.fields import Field\n")
    assert path(below, "sorted.fields") is None


def test_an_inner_module_does_not_answer_for_a_package_outside() -> None:
    made = modules("manage.py", "saleor/__init__.py", "saleor/graphql/__init__.py")
    assert path(made, "graphql") is None
    assert not made.knows("graphql.core")


def test_two_projects_with_the_same_modules() -> None:
    made = modules(
        "a/manage.py", "a/shop/__init__.py", "a/shop/models.py",
        "b/manage.py", "b/shop/__init__.py", "b/shop/models.py",
    )  # fmt: skip
    assert made.module_name("a/shop/models.py") == "shop.models"
    assert made.module_name("b/shop/models.py") == "b.shop.models"
    assert path(made, "shop.models", near="b/shop/views.py") == "b/shop/models.py"
    assert path(made, "shop.models", near="a/shop/views.py") == "a/shop/models.py"


def test_a_script_finds_its_neighbour() -> None:
    made = modules("manage.py", "scripts/run.py", "scripts/tools.py", "shop/__init__.py")
    assert path(made, "tools", near="scripts/run.py") == "scripts/tools.py"
    assert path(made, "tools", near="shop/__init__.py") is None


def test_a_source_folder_with_a_file_that_makes_it_a_package() -> None:
    paths = ["setup.py", "src/__init__.py", "src/shop/__init__.py", "src/shop/models.py"]
    made = modules(*paths, setup="from shop.models import Order")
    assert made.module_name("src/shop/models.py") == "shop.models"
    named = modules(*paths, setup="from src.shop.models import Order")
    assert named.module_name("src/shop/models.py") == "src.shop.models"


def test_a_manage_file_inside_of_a_package() -> None:
    paths = ["pulp/__init__.py", "pulp/app/__init__.py", "pulp/app/manage.py", "pulp/app/models.py"]
    made = modules(*paths, pulp_app_models="from pulp.app.util import get")
    assert made.module_name("pulp/app/models.py") == "pulp.app.models"
    plain = modules(*paths, pulp_app_models="from util import get")
    assert plain.module_name("pulp/app/models.py") == "models"
    top = ["board/__init__.py", "board/manage.py", "board/shop/__init__.py", "board/shop/models.py"]
    named = modules(*top, board_manage="from board.shop.models import Order")
    assert named.module_name("board/shop/models.py") == "board.shop.models"
    assert modules(*top).module_name("board/shop/models.py") == "shop.models"


def test_the_package_around_a_module() -> None:
    made = modules("web/manage.py", "web/shop.py", "web/web/__init__.py", "web/web/apps.py")
    around = {p: made.package_around(info) for p, info in made.by_path.items()}
    assert {p: info.path for p, info in around.items() if info is not None} == {
        "web/web/apps.py": "web/web/__init__.py"
    }


def test_folders_whose_names_are_no_patterns() -> None:
    made = modules("a(b/__init__.py", "a(b/manage.py", "a(b/c++/__init__.py", "d/e[/__init__.py")
    assert made.module_name("a(b/c++/__init__.py") == "a(b.c++"
