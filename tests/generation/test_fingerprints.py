"""Which orders count as the same."""

from typing import Any

import pytest

from generation import orders
from generation.fingerprints import fingerprint
from generation.inputs import reference
from generation.orders import Order
from tests.factories import make_project


def inputs(key: str, sha256: str) -> dict[str, dict[str, str]]:
    return {"start_image.0": {"key": key, "sha256": sha256}}


def of(values: dict[str, Any], model: str = "flux-dev", **files: Any) -> str:
    return fingerprint(model, values, files.get("inputs", {}))


def test_the_order_of_names_and_the_spelling_of_numbers_do_not_matter() -> None:
    assert of({"prompt": "Soap", "guidance": 3}) == of({"guidance": 3.0, "prompt": "Soap"})


def test_the_seed_does_not_matter_and_all_else_does() -> None:
    first = of({"prompt": "Soap", "seed": 1})
    assert first == of({"prompt": "Soap", "seed": 2}) == of({"prompt": "Soap"})
    assert first != of({"prompt": "soap"})
    assert first != of({"prompt": "Soap", "num_images": 2})
    assert first != of({"prompt": "Soap"}, model="flux-schnell")
    assert of({"steps": 1}) != of({"steps": True})


def test_files_count_by_what_is_in_them() -> None:
    first = of({"start_image": reference("uploads/a.png")}, inputs=inputs("uploads/a.png", "11"))
    again = of({"start_image": reference("uploads/b.png")}, inputs=inputs("uploads/b.png", "11"))
    other = of({"start_image": reference("uploads/a.png")}, inputs=inputs("uploads/a.png", "22"))
    assert first == again != other


@pytest.mark.django_db
def test_each_order_carries_it_whatever_seed_was_drawn() -> None:
    account = make_project().account
    first, second = (orders.place(Order(account, "flux-dev", {"prompt": "Sand"})) for _ in range(2))
    assert first.seed != second.seed
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 64
    third = orders.place(Order(account, "flux-dev", {"prompt": "Sand", "num_images": 2}))
    assert third.fingerprint != first.fingerprint
