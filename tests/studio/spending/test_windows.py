"""Which days are meant, where the account is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from studio.spending.windows import choices, window

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # The first of December in Zurich.


@pytest.mark.parametrize(
    ("key", "zone", "first", "last"),
    [
        ("7d", ZURICH, date(2026, 11, 25), date(2026, 12, 1)),
        ("30d", ZURICH, date(2026, 11, 2), date(2026, 12, 1)),
        ("month", ZURICH, date(2026, 12, 1), date(2026, 12, 1)),
        ("month", ZoneInfo("UTC"), date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-10", ZURICH, date(2026, 10, 1), date(2026, 10, 31)),
        ("all", ZURICH, None, date(2026, 12, 1)),
    ],
)
def test_the_days_of_a_window(key, zone, first, last):
    found = window(key, zone, NOW)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    "key", ["", "nonsense", "2026-13", "2027-01", "0001-01", "9999-12", "-", "2026-10-01"]
)
def test_what_means_no_window_means_everything(key):
    assert window(key, ZURICH, NOW).key == "all"


def test_a_window_begins_at_midnight_there():
    found = window("2026-10", ZURICH, NOW)
    assert found.since == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert found.until == datetime(2026, 10, 31, 23, tzinfo=UTC)  # Summer time has ended.


def test_the_choices_in_january():
    january = datetime(2027, 1, 5, tzinfo=UTC)
    assert [choice.key for choice in choices(ZURICH, january)] == ["7d", "30d", "2027-01", "2026-12", "all"]
