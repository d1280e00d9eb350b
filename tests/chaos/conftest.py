"""Servers that may be killed, made once for all tests of this folder; they run after each other."""

from collections.abc import Iterator

import pytest

from tests.chaos.storm import Theatre, theatre
from tests.services import need_postgres, need_redis

SHOTS = 24


@pytest.fixture(scope="session")
def stage() -> Iterator[Theatre]:
    # Whoever has no PostgreSQL and Redis to test on is not asked for servers of this folder's own either.
    need_postgres()
    need_redis()
    with theatre(shots=SHOTS) as made:
        yield made
