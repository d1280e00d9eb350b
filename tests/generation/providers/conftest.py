"""Providers on loopback, and the adapters that speak with them."""

from collections.abc import Iterator

import pytest

from generation.providers.fal import FalProvider
from tests.fakes.fal import FakeFal


@pytest.fixture
def fake() -> Iterator[FakeFal]:
    """A fal on loopback."""
    with FakeFal() as server:
        yield server


@pytest.fixture
def fal(fake: FakeFal) -> Iterator[FalProvider]:
    """The adapter that speaks with it."""
    made = fake.adapter()
    yield made
    made.close()
