"""The stretches of time that a budget's limit is for, and the keys that name them. Nothing is ever reset."""

from __future__ import annotations

from calendar import month_name
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models

TOTAL_KEY = "total"


class Period(models.TextChoices):
    """What stretch of time a budget's limit is for."""

    TOTAL = "total", "Total"
    MONTH = "month", "Each month"


def month_key(moment: datetime, zone: ZoneInfo) -> str:
    """The calendar month of `moment` where the account is, like `2026-11`. Keys sort as the months do."""
    return f"{moment.astimezone(zone):%Y-%m}"


def month_bounds(key: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of the month and the first moment after it."""
    year, month = map(int, key.split("-"))
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def month_label(key: str) -> str:
    """The month for people: `November 2026`."""
    year, month = key.split("-")
    return f"{month_name[int(month)]} {year}"
