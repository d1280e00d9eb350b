"""Which days a page of spending is about, where the account is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.models.period import month_bounds, month_key, month_label

EVERYTHING = "all"
_LAST_DAYS = {"7d": 7, "30d": 30}


@dataclass(frozen=True)
class Window:
    """The days from `first` to `last`, both included; `first` is None for all there is."""

    key: str
    label: str
    first: date | None
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime | None:
        """The first moment of it."""
        return None if self.first is None else start_of(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return start_of(self.last + timedelta(days=1), self.zone)


@dataclass(frozen=True)
class Choice:
    """A window that can be chosen, under the word for the address."""

    key: str
    label: str


def window(key: str, zone: ZoneInfo, now: datetime) -> Window:
    """The window of this name: `7d`, `30d`, a month like `2026-11`, else everything up to today."""
    today = now.astimezone(zone).date()
    if days := _LAST_DAYS.get(key):
        return Window(key, f"Last {days} days", today - timedelta(days=days - 1), today, zone)
    if month := _month(key, zone, now):
        start, end = month_bounds(month, zone)
        last = min(end.date() - timedelta(days=1), today)
        return Window(month, month_label(month), start.date(), last, zone)
    return Window(EVERYTHING, "All days", None, today, zone)


def choices(zone: ZoneInfo, now: datetime) -> list[Choice]:
    """What a selector offers: a week, thirty days, this month, the one before, and everything."""
    month = month_key(now, zone)
    before = month_key(month_bounds(month, zone)[0] - timedelta(days=1), zone)
    return [
        Choice("7d", "7 days"),
        Choice("30d", "30 days"),
        Choice(month, month_label(month)),
        Choice(before, month_label(before)),
        Choice(EVERYTHING, "All"),
    ]


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day there."""
    return datetime.combine(day, time.min, zone)


def _month(key: str, zone: ZoneInfo, now: datetime) -> str:
    """The key of a month that has begun; empty for everything else."""
    if key == "month":
        return month_key(now, zone)
    try:
        month = f"{datetime.strptime(key, '%Y-%m'):%Y-%m}"
    except ValueError:
        return ""
    return month if "2000-01" <= month <= month_key(now, zone) else ""
