"""The week's digest: due on Monday at eight where the account is, once a week, and only when something happened."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils import timezone

from .models import Account, Entry, Notice, NoticeKind

HOUR = time(8)


def week_key(monday: datetime) -> str:
    """The ISO week that begins on this Monday, like `2026-W47`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def week_bounds(key: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of an ISO week in this time zone, and the first after it."""
    year, week = key.split("-W")
    monday = datetime.fromisocalendar(int(year), int(week), 1)
    following = monday + timedelta(days=7)
    return monday.replace(tzinfo=zone), following.replace(tzinfo=zone)


def write_due(now: datetime | None = None) -> int:
    """Make the digests of last week due that are not there yet; two queries a time zone. Returns how many.

    A house that was down on Monday tells later in the week; a week that nobody told of until the next is left out.
    """
    now = now or timezone.now()
    zones = Account.objects.order_by().values_list("time_zone", flat=True).distinct()
    return sum(_write_due(ZoneInfo(name), now) for name in zones)


def _write_due(zone: ZoneInfo, now: datetime) -> int:
    local = now.astimezone(zone)
    this_monday = local.date() - timedelta(days=local.weekday())
    if local < datetime.combine(this_monday, HOUR, tzinfo=zone):
        return 0
    key = week_key(datetime.combine(this_monday - timedelta(days=7), time(), tzinfo=zone))
    start, end = week_bounds(key, zone)
    moved = Entry.objects.filter(account=OuterRef("pk"), made_at__gte=start, made_at__lt=end)
    told = Notice.objects.filter(account=OuterRef("pk"), kind=NoticeKind.DIGEST, key=key)
    accounts = Account.objects.filter(Exists(moved), ~Exists(told), time_zone=zone.key).order_by("pk")
    notices = [Notice(account=account, kind=NoticeKind.DIGEST, key=key) for account in accounts]
    # Another process may write the same at this moment: the database keeps one.
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)
