"""What models cost over time: the founding document's own figures, and models that make no five seconds."""

from datetime import date
from decimal import Decimal

import pytest

from generation.catalogue import ModelSpec, catalogue
from studio.comparison.cost_tables import CostTable, cost_table, unit_cost

pytestmark = pytest.mark.database_free

THEN = date(2025, 10, 31)
RAY, KLING, WAN = "ray-2-flash-text", "kling-2.5-turbo-text", "wan-25-preview-text"


def spec(word: str) -> ModelSpec:
    return catalogue().find(word)


def table(*models: str, baseline: str | None = None) -> CostTable:
    return cost_table([spec(model) for model in models], on=THEN, baseline=baseline)


def test_the_founding_document_is_reproduced() -> None:
    ray, kling, wan = table(RAY, KLING, WAN, baseline=WAN).rows
    assert [row.unit.dollars for row in (ray, kling, wan)] == [
        Decimal("0.20"),
        Decimal("0.21"),
        Decimal("0.50"),
    ]
    assert [row.per_video for row in (ray, kling, wan)] == [Decimal("0.60"), Decimal("0.63"), Decimal("1.50")]
    assert [row.per_month for row in (ray, kling, wan)] == [Decimal("18"), Decimal("18.90"), Decimal("45")]
    assert [row.per_year for row in (ray, kling, wan)] == [Decimal("216"), Decimal("226.80"), Decimal("540")]
    assert wan.saving is None
    assert ray.saving is not None
    assert kling.saving is not None
    assert (ray.saving.percent, ray.saving.per_month, ray.saving.per_year) == (60, Decimal("27.00"), 324)
    assert (kling.saving.percent, kling.saving.per_month) == (58, Decimal("26.10"))
    assert kling.saving.per_video == Decimal("0.87")


def test_a_dearer_model_saves_less_than_nothing() -> None:
    _, wan = table(RAY, WAN, baseline=RAY).rows
    assert wan.saving is not None
    assert (wan.saving.percent, wan.saving.per_video) == (Decimal("-150.0"), Decimal("-0.90"))


def test_another_length_is_counted_down_and_said() -> None:
    # 6 s at 0.045 a second are 0.27; five sixths of it are 0.225. 81 frames at 16 a second are 5.063 s.
    found = unit_cost(spec("minimax-hailuo-02-standard-text"), {}, on=THEN)
    assert (found.dollars, found.seconds) == (Decimal("0.225"), 6)
    assert found.note == "It makes clips of 6 s: this is the price of one, times 5 / 6."


def test_a_clip_of_unknown_length_has_no_price_for_five_seconds() -> None:
    row = table("minimax-video-01-live", WAN, baseline=WAN).rows[0]
    assert row.unit.dollars is row.per_video is row.per_month is row.per_year is row.saving is None
    assert row.unit.problem == "How long its clips are is not known; one costs $0.05."


def test_no_price_on_that_day_is_no_price() -> None:
    found = unit_cost(spec(RAY), {}, on=date(2025, 1, 1))
    assert found.dollars is None
    assert "No price of Luma Ray 2 Flash" in found.problem


def test_settings_decide_the_price_and_what_stays_open_is_five_seconds() -> None:
    now = date(2026, 11, 21)
    assert unit_cost(spec(RAY), {"resolution": "720p"}, on=now).dollars == Decimal("0.40")
    assert unit_cost(spec(RAY), {"resolution": "720p", "seconds": 9}, on=now).dollars == Decimal("0.40")


def test_a_still_costs_by_the_picture() -> None:
    found = unit_cost(spec("nano-banana"), {"num_images": 4}, on=date(2026, 11, 21))
    assert (found.seconds, found.quote and found.quote.quantity) == (None, 1)
    assert found.dollars == (found.quote and found.quote.amount)


def test_a_table_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not one of the compared"):
        table(RAY, baseline=WAN)
    with pytest.raises(ValueError, match="a clip or more"):
        cost_table([spec(RAY)], on=THEN, pieces=0)
