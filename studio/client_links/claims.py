"""Who is making a marked copy: one worker at a time, so many times at most, and then a word to the producer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio.models import MarkedFile, NoticeKind
from studio.notices import tell

LEASE, RENEW = timedelta(minutes=10), timedelta(minutes=1)
"""A long clip is encoded for longer than that, and the lease is renewed meanwhile; to load and save it takes less."""
MOST_TRIES = 3
BROKEN_OFF = f"It broke off {MOST_TRIES} times."


class ClaimLostError(Exception):
    """The copy is not this worker's any more: its link is over, or the lease ran out and somebody else began."""


@dataclass
class Claim:
    """The one try of one worker at a copy."""

    marked: MarkedFile
    renewed_at: datetime = field(default_factory=timezone.now)

    @property
    def rows(self) -> QuerySet[MarkedFile]:
        """The row, while it is this try's."""
        return MarkedFile.objects.filter(pk=self.marked.pk, tries=self.marked.tries, made_at__isnull=True)

    def renew(self) -> None:
        """Keep the lease; cheap to call often. Raises ClaimLostError."""
        now = timezone.now()
        if now - self.renewed_at < RENEW:
            return
        self.renewed_at = now
        if not self.rows.filter(link__revoked_at__isnull=True).update(lease_until=now + LEASE):
            raise ClaimLostError


@contextmanager
def claim(marked_id: int) -> Iterator[Claim | None]:
    """Begin a try, and let go of it at the end; None where there is nothing to do, or somebody is at it."""
    now = timezone.now()
    waiting = MarkedFile.objects.filter(pk=marked_id, made_at__isnull=True, trouble="", tries__lt=MOST_TRIES)
    is_mine = free(waiting, now).update(tries=F("tries") + 1, lease_until=now + LEASE)
    rows = MarkedFile.objects.select_related("link__project", "link__created_by", "output", "upload")
    marked = rows.filter(pk=marked_id).first() if is_mine else None
    if marked is None:
        yield None
        return
    own = Claim(marked)
    try:
        yield own
    except OSError:
        # The storage is away: that says nothing of the file.
        own.rows.update(tries=F("tries") - 1, lease_until=None)
        raise
    finally:
        own.rows.update(lease_until=None)


def free(rows: QuerySet[MarkedFile], now: datetime) -> QuerySet[MarkedFile]:
    """Those of the rows that no worker is at."""
    return rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))


def give_up_broken() -> int:
    """Give up what has broken off too often, also where the worker died of it; how many."""
    worn = MarkedFile.objects.filter(made_at__isnull=True, trouble="", tries__gte=MOST_TRIES)
    rows = list(free(worn, timezone.now()).select_related("link__project", "link__created_by"))
    for marked in rows:
        give_up(marked, BROKEN_OFF)
    return len(rows)


@transaction.atomic
def give_up(marked: MarkedFile, why: str) -> None:
    """Write down why there is no copy, and tell whoever made the link, once."""
    if not MarkedFile.objects.filter(pk=marked.pk, trouble="", made_at__isnull=True).update(trouble=why):
        return
    link = marked.link
    path = reverse("studio:client-link-detail", args=[link.project.slug, link.pk])
    words = f"A file for {link.client} could not be marked with their name, so their link does not show it."
    tell([link.created_by], NoticeKind.FAILURE, link.project, words, path, key=f"marked-{marked.pk}")
