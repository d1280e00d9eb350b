"""A short storm with a fixed seed: every process and server is killed, and every law holds. The long: `make chaos`."""

from collections.abc import Iterator

import pytest

from tests.chaos.house import PROCESSES
from tests.chaos.storm import SERVERS, Theatre, theatre
from tests.services import need_postgres, need_redis

SEED = 5


@pytest.fixture
def stage() -> Iterator[Theatre]:
    need_postgres()
    need_redis()
    with theatre(shots=24) as made:
        yield made


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.database_free
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_a_storm_breaks_no_law(stage: Theatre) -> None:
    outcome = stage.play(SEED, seconds=8)
    told = "\n".join([outcome.line(), *outcome.findings, str(outcome.story)])
    assert outcome.findings == [], told
    assert set(outcome.story.kills) == {*PROCESSES, *SERVERS}, told
    assert outcome.statuses.total() >= 24, told
    assert outcome.statuses["succeeded"] >= 16, told
    assert outcome.looks >= 20, told
