"""The JSON is what its schema says, in a stable order."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemod.config import read_config
from codemod.pipeline import take_stock
from codemod.plan.plan import Options
from codemod.report.json_format import SCHEMA, document, to_json
from codemod.values.inventory import Inventory
from tests.report.helpers import inventory
from tests.source.trees import plant

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "bookshop"
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "null": type(None),
}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], where: str = "$") -> list[str]:
    """What is wrong with a value, for the words of JSON Schema that `SCHEMA` uses."""
    unknown = set(schema) - {
        "type", "properties", "required", "additionalProperties", "items", "enum", "minimum",
    }  # fmt: skip
    assert not unknown
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{where}: {value!r}"]
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, TYPES[name]) for name in names) or isinstance(value, bool):
        return [f"{where}: {value!r} is no {names}"]
    found = []
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{where}: {value}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += faults(item, schema["items"], f"{where}[{index}]")
    if isinstance(value, dict):
        found += [f"{where}: no {name}" for name in schema["required"] if name not in value]
        for name, item in value.items():
            if name not in schema["properties"]:
                found.append(f"{where}: {name} is not described")
            else:
                found += faults(item, schema["properties"][name], f"{where}.{name}")
    return found


@pytest.fixture(scope="module")
def sample() -> Inventory:
    return take_stock(SAMPLE, read_config(SAMPLE), Options())


def test_the_output_is_as_described(sample: Inventory) -> None:
    assert faults(json.loads(to_json(sample)), SCHEMA) == []
    assert faults(json.loads(to_json(inventory())), SCHEMA) == []
    assert faults(document(Inventory()), SCHEMA) == []


def test_the_check_of_the_test_finds_faults() -> None:
    broken = document(inventory())
    broken["receivers"][0]["line"] = "12"
    broken["receivers"][0]["decision"] = "perhaps"
    broken["receivers"][1]["more"] = 1
    del broken["unreadable"]
    assert len(faults(broken, SCHEMA)) == 4


def test_the_order_does_not_depend_on_the_order_of_the_input() -> None:
    made = inventory()
    entries = list(made.entries)
    for seed in range(5):
        random.Random(seed).shuffle(entries)
        mixed = [
            replace(e, decision=replace(e.decision, firings=tuple(reversed(e.decision.firings))))
            for e in entries
        ]
        assert to_json(replace(made, entries=tuple(mixed))) == to_json(made)


def test_senders_places_and_ways_without_a_line() -> None:
    bill, again, log = document(inventory())["receivers"]
    assert [c["sender"] for c in log["connections"]] == [None, "?"]
    assert [c.get("expression") for c in log["connections"]] == [None, 'models["a"]']
    assert [f["line"] for f in bill["firings"]] == [30, 40, None]
    first = bill["firings"][0]
    assert (first["column"], first["end_line"], first["end_column"]) == (4, 30, 20)
    assert bill["firings"][-1]["file"] is None
    assert again["firings"][-1]["file"] == "shop/fixtures/a.json"
    assert log["firings"][0]["model"] is None
    assert log["codes"] == ["any-sender"]
    assert again["decision"] == "delegate" and again["service"] == "shop.services.again"
    assert again["writes"][1]["fires"] == []
    assert document(inventory())["cycles"] == [
        ["shop.signals.bill", "shop.Invoice", "shop.signals.again", "shop.Order"]
    ]


def test_the_users_of_packages_are_entries_of_the_account(sample: Inventory) -> None:
    (profile,) = [
        r for r in document(sample)["receivers"] if r["name"] == "accounts.signals.create_profile"
    ]
    told = {f["reason"]: (f["line"], f["outcome"], f["code"]) for f in profile["firings"]}
    assert told["createsuperuser"] == (None, "blocked", "third-party-sender")
    assert told["login (last_login)"] == (None, "never", None)  # the receiver acts on creation


EVERY_SENDER = {
    "café/__init__.py": "",
    "café/models.py": (
        "from django.db import models\n\n\nclass Tag(models.Model):\n    pass\n\n\n"
        "class Order(models.Model):\n    tags = models.ManyToManyField(Tag)\n"
    ),
    "café/signals.py": (
        "from django.contrib.auth import get_user_model\n"
        "from django.db.models.signals import m2m_changed, post_save\n"
        "from lost.models import Lost\n\nfrom .models import Order\n\n\n"
        "def log(sender, **kwargs):\n    print(sender)\n\n\n"
        "post_save.connect(log, sender=Order)\n"
        "m2m_changed.connect(log, sender=Order.tags.through)\n"
        "post_save.connect(log, sender=get_user_model())\n"
        "post_save.connect(log)\n"
        'post_save.connect(log, sender=find("x"))\n'
        "post_save.connect(log, sender=Lost)\n"
    ),
    "café/views.py": (
        "from .models import Order\n\n\ndef sell():\n"
        '    print("é 🎉"); Order.objects.create()  # ß\n'
    ),
    "lost/__init__.py": "",
    "lost/models.py": "from django.db import models\n\n\nclass Lost(models.Model:\n    pass\n",
}


def test_every_kind_of_sender_and_columns_in_characters(tmp_path: Path) -> None:
    plant(tmp_path, {path: text.encode() for path, text in EVERY_SENDER.items()})
    found = document(take_stock(tmp_path, read_config(tmp_path), Options()))

    assert faults(found, SCHEMA) == []
    assert found["unreadable"] == [{"file": "lost/models.py", "error": "4: invalid syntax"}]
    (receiver,) = found["receivers"]
    assert [(c["sender"], c.get("expression")) for c in receiver["connections"]] == [
        ("café.Order", None),
        ("café.Order_tags", None),
        ("auth.User", None),
        (None, None),
        ("?", "find('x')"),
        ("?", "Lost"),
    ]
    fired = next(f for f in receiver["firings"] if f["file"] == "café/views.py")
    line = EVERY_SENDER["café/views.py"].split("\n")[fired["line"] - 1]
    assert line[fired["column"] : fired["end_column"]] == "Order.objects.create()"
