"""Facts of a model's jobs, each with a worked example."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from studio.comparison.facts import Made, Range, Spread, paid_per_unit, percentile, summaries

pytestmark = pytest.mark.database_free

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def made(
    outcome: str = "succeeded", cost: str | None = "0.21", wait: float = 2, run: float = 60, **rest: Any
) -> Made:
    facts = {
        "asked_seconds": Decimal(5),
        "seconds": Decimal("5.042"),
        "fps": Decimal(24),
        "size_bytes": 2_000_000,
    }
    sent = NOON + timedelta(seconds=wait)
    return Made(
        model="kling",
        outcome=outcome,  # type: ignore[arg-type]
        estimate=Decimal("0.21"),
        cost=None if cost is None else Decimal(cost),
        ordered_at=NOON,
        sent_at=sent,
        over_at=sent + timedelta(seconds=run),
        **{**facts, **rest},
    )


def test_success_is_of_what_was_judged() -> None:
    jobs = [made(), made(), made("failed", "0"), made("cancelled", "0"), made("pending", None)]
    (found,) = summaries(jobs, ["kling"])
    # Two of the three that succeeded or failed.
    assert found.success_rate == Decimal("66.7")
    assert (found.jobs, found.succeeded, found.failed, found.cancelled, found.pending) == (5, 2, 1, 1, 1)
    assert (found.estimated, found.charged, found.unknown_costs) == (Decimal("1.05"), Decimal("0.42"), 0)


def test_a_cost_that_nobody_knows_is_counted_and_not_added() -> None:
    (found,) = summaries([made(), made(cost=None), made("failed", "0.05")], ["kling"])
    assert (found.charged, found.unknown_costs) == (Decimal("0.26"), 1)
    assert found.average == Decimal("0.21")
    assert found.per_unit is None


def test_five_seconds_cost_what_all_jobs_were_charged() -> None:
    # 0.21 + 0.42 for five and ten seconds, and 0.05 for one that failed: 0.68 for three times five seconds.
    jobs = [made(), made(cost="0.42", asked_seconds=Decimal(10)), made("failed", "0.05")]
    assert paid_per_unit(jobs) == Decimal("0.226667")
    assert paid_per_unit([made(asked_seconds=None, seconds=Decimal("2.5"))]) == Decimal("0.42")
    assert paid_per_unit([made(asked_seconds=None, seconds=None)]) is None
    assert paid_per_unit([made(cost="0.12", pictures=4, asked_seconds=None, seconds=None)]) == Decimal("0.03")
    assert paid_per_unit([made("failed", "0.05")]) is None
    assert paid_per_unit([]) is None


def test_times_have_a_middle_and_what_95_of_100_stay_within() -> None:
    jobs = [made(run=run, wait=1) for run in range(1, 21)]
    (found,) = summaries([*jobs, made("failed", "0", run=500, wait=3)], ["kling"])
    assert found.run == Spread(Decimal("10.5"), Decimal("19.0"), Decimal("10.5"), 20), (
        "a failed job says nothing of how long one takes"
    )
    assert found.queued == Spread(Decimal("1.0"), Decimal("1.0"), Decimal("1.1"), 21)
    assert percentile([Fraction(each) for each in range(1, 101)], Fraction(95, 100)) == 95
    assert percentile([Fraction(7)], Fraction(95, 100)) == 7
    (backwards,) = summaries([made(run=-5)], ["kling"])
    assert backwards.run == Spread(Decimal("0.0"), Decimal("0.0"), Decimal("0.0"), 1)


def test_files_are_as_measured() -> None:
    jobs = [
        made(width=1280, height=720),
        made(width=1284, height=716, seconds=Decimal("5.1"), fps=Decimal(30), size_bytes=3_000_000),
        made(width=1280, height=720, seconds=None, fps=None, size_bytes=None),
    ]
    (found,) = summaries(jobs, ["kling"])
    assert found.sizes == ((1280, 720), (1284, 716))
    assert found.seconds == Range(Decimal("5.042"), Decimal("5.1"))
    assert found.fps == Range(Decimal(24), Decimal(30))
    assert found.size_bytes == Range(2_000_000, 3_000_000)
    assert not found.size_bytes.is_one


def test_a_model_without_jobs_has_nothing_known() -> None:
    (found,) = summaries([made()], ["wan"])
    assert (found.model, found.jobs, found.charged) == ("wan", 0, 0)
    assert found.success_rate is found.average is found.run is found.seconds is found.per_unit is None
