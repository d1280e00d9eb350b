"""Prices that a test entered are gone with it."""

from collections.abc import Iterator

import pytest

from generation.prices import in_force


@pytest.fixture(autouse=True)
def _no_prices_of_other_tests() -> Iterator[None]:
    in_force.forget()
    yield
    in_force.forget()
