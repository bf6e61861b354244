"""The fixtures of a project, whatever they are."""

from __future__ import annotations

import os
from pathlib import Path

from codemod.source.discover import discover, read
from codemod.source.fixtures import find_fixtures
from codemod.values.files import Fixture
from tests.source.trees import plant

ROW = b'[{"model": "shop.Order", "pk": 1, "fields": {}}]'


def test_a_fixture_is_searched_whatever_its_size(tmp_path: Path) -> None:
    plant(tmp_path, {"shop/models.py": b"", "shop/fixtures/a.json": b"", "outside.json": ROW})
    with open(tmp_path / "shop/fixtures/large.json", "wb") as file:
        file.truncate(50_000_000)
        file.seek(0, os.SEEK_END)
        file.write(ROW)
    root = tmp_path / "shop"
    (root / "fixtures/link.json").symlink_to("../../outside.json")
    os.mkfifo(root / "fixtures/pipe.yaml")
    files, _ = read(root, discover(root))
    assert find_fixtures(root, files) == {"shop.order": Fixture("fixtures/large.json", False)}


def test_a_fixture_of_tests_is_told_by_who_names_it_or_by_its_own_name(tmp_path: Path) -> None:
    tests = b"class T:\n    fixtures = ['both', 'rows']\n"
    plant(
        tmp_path,
        {
            "shop/tests.py": tests,
            "shop/setup.py": b"load('shop/both.json')\ncall_command('loaddata', 'test_taxes')\n",
            "shop/fixtures/both.json": ROW,
            "shop/fixtures/rows.yaml": b"- model: shop.Ticket\n",
            "shop/fixtures/test_lines.yaml": b"- model: shop.Line\n",
            "shop/fixtures/bills.yaml": b"- model: shop.Bill\n",
            "shop/fixtures/test_taxes.yaml": b"- model: shop.Tax\n",
        },
    )
    files, _ = read(tmp_path, discover(tmp_path))
    assert find_fixtures(tmp_path, files) == {
        "shop.order": Fixture("shop/fixtures/both.json", False),
        "shop.ticket": Fixture("shop/fixtures/rows.yaml", True),
        "shop.line": Fixture("shop/fixtures/test_lines.yaml", True),
        "shop.bill": Fixture("shop/fixtures/bills.yaml", False),
        "shop.tax": Fixture("shop/fixtures/test_taxes.yaml", False),
    }


def test_a_word_in_a_string_loads_nothing(tmp_path: Path) -> None:
    tests = b"class T:\n    fixtures = ['orders']\n"
    plant(tmp_path, {"shop/tests.py": tests, "shop/fixtures/orders.json": ROW})
    for text, only_tests in (
        (b"TYPES = ['orders']\n", True),
        (b"render(request, 'shop/orders.html')\n", True),
        (b"call_command('loaddata', 'orders')\n", False),
        (b"open('shop/fixtures/orders.json')\n", False),
    ):
        plant(tmp_path, {"shop/views.py": text})
        files, _ = read(tmp_path, discover(tmp_path))
        held = find_fixtures(tmp_path, files)
        assert held == {"shop.order": Fixture("shop/fixtures/orders.json", only_tests)}


def test_a_fixture_in_a_folder_of_tests_is_loaded_by_its_path_only(tmp_path: Path) -> None:
    path = "shop/tests/fixtures/orders.json"
    plant(tmp_path, {"shop/tests/__init__.py": b"", path: ROW})
    for text, only_tests in (
        (b"call_command('loaddata', 'orders')\n", True),
        (b"call_command('loaddata', 'shop/tests/fixtures/orders.json')\n", False),
    ):
        plant(tmp_path, {"shop/setup.py": text})
        files, _ = read(tmp_path, discover(tmp_path))
        assert find_fixtures(tmp_path, files) == {"shop.order": Fixture(path, only_tests)}


def test_a_fixture_may_be_xml(tmp_path: Path) -> None:
    rows = b'<django-objects><object model="shop.order" pk="1"></object></django-objects>'
    plant(tmp_path, {"shop/models.py": b"", "shop/fixtures/rows.xml": rows})
    files, _ = read(tmp_path, discover(tmp_path))
    assert find_fixtures(tmp_path, files) == {
        "shop.order": Fixture("shop/fixtures/rows.xml", False)
    }
