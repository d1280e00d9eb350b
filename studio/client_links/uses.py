"""What was done by a link: one line each, with the network it came from."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.utils import timezone

from studio.models import ClientLink, LinkUse, Take, Use

AGAIN = timedelta(minutes=10)
"""A player asks for a file in many parts: within this time they are one use."""
WRITES, WRITES_WITHIN = 60, timedelta(hours=1)
"""So many comments and verdicts a link takes in an hour."""


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


def has_written_much(link: ClientLink) -> bool:
    """Whether this link has said enough for an hour."""
    since = timezone.now() - WRITES_WITHIN
    said = LinkUse.objects.filter(link=link, use__in=[Use.COMMENTED, Use.JUDGED], at__gt=since)
    return said.count() >= WRITES
