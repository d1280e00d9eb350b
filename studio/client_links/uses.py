"""What was done by a link: one line each, with the network it came from."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.utils import timezone

from studio.models import ClientLink, LinkUse, Take, Use
from studio.tallies import is_allowed

AGAIN = timedelta(minutes=10)
"""A player asks for a file in many parts: within this time they are one use."""
WRITES, WRITES_WITHIN = 60, timedelta(hours=1)
"""So many comments and verdicts a link takes in an hour."""
READS, READS_WITHIN = 3_000, timedelta(minutes=10)
"""Requests of one network by one link: a list of hundreds of stills, and clips that are played in many parts."""
UNKNOWN = 300
"""Requests of one network for links that are not there, in the same time."""


def shortened(address: str) -> str:
    """The network of an address: a link needs to know that it went round, not who sits where."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{24 if found.version == 4 else 48}", strict=False))


def record(link: ClientLink, use: Use, address: str, take: Take | None = None) -> None:
    """Write a use down. Looking again soon from the same network counts once, as does loading a file in parts."""
    network = shortened(address)
    if use in (Use.OPENED, Use.LOOKED, Use.PLAYED):
        since = timezone.now() - AGAIN
        rows = LinkUse.objects.filter(link=link, use=use, at__gt=since, take=take, address=network)
        if rows.exists():
            return
    LinkUse.objects.create(link=link, use=use, take=take, address=network)


def hold_writes(link: ClientLink) -> None:
    """Let nobody else write by this link until the transaction ends, so that each counts what the others wrote."""
    ClientLink.objects.select_for_update(no_key=True).get(pk=link.pk)


def may_read(link: ClientLink, address: str) -> bool:
    """Whether this network may ask once more by this link. Parts of a file count as what they are: requests."""
    return is_allowed(f"client-read:{link.pk}:{shortened(address)}", most=READS, within=READS_WITHIN)


def may_guess(address: str) -> bool:
    """Whether this network may ask once more for links that are not there."""
    return is_allowed(f"client-unknown:{shortened(address)}", most=UNKNOWN, within=READS_WITHIN)


def forget_old(now: datetime, *, is_dry: bool = False) -> int:
    """Remove what was written down of uses longer ago than LINK_USE_DAYS; how many lines that is."""
    old = LinkUse.objects.filter(at__lt=now - timedelta(days=settings.LINK_USE_DAYS))
    return old.count() if is_dry else old.delete()[0]


def has_written_much(link: ClientLink) -> bool:
    """Whether this link has said enough for an hour."""
    since = timezone.now() - WRITES_WITHIN
    said = LinkUse.objects.filter(link=link, use__in=[Use.COMMENTED, Use.JUDGED], at__gt=since)
    return said.count() >= WRITES
