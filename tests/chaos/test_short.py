"""A short storm with a fixed seed: every process and server is killed, and every law holds. The long: `make chaos`."""

import pytest

from tests.chaos.conftest import SHOTS
from tests.chaos.house import PROCESSES
from tests.chaos.storm import SERVERS, Theatre

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.database_free,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("processes"),
]

SEED = 5


def test_a_storm_breaks_no_law(stage: Theatre) -> None:
    outcome = stage.play(SEED, seconds=8)
    told = "\n".join([outcome.line(), *outcome.findings, str(outcome.story)])
    assert outcome.findings == [], told
    assert set(outcome.story.kills) == {*PROCESSES, *SERVERS}, told
    assert outcome.statuses.total() >= SHOTS, told
    assert outcome.statuses["succeeded"] >= SHOTS * 2 / 3, told
    assert outcome.looks >= 20, told
