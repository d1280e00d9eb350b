"""Copies of files with a client's name burnt in: made by a worker, kept while the link lives, then removed.

The row is the truth: it is written when somebody wants the copy, and says when it is there. A message is only a hint.
"""

import logging
import uuid
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from generation import posters, storage
from generation.media import BrokenMediaError
from generation.media_types import suffix_for
from generation.models import Output
from generation.watermarks import mark, type_of_marked
from studio.client_links import claims
from studio.client_links.claims import Claim
from studio.client_links.offers import Offered
from studio.models import ClientLink, MarkedFile

logger = logging.getLogger(__name__)

TELL_AGAIN = timedelta(minutes=5)
BATCH = 50
_NAMESPACE = uuid.UUID("0d2f2a52-7a1b-4a0e-8d66-2f7a8c5a9b31")


def want(link: ClientLink, takes: Iterable[Offered]) -> list[int]:
    """Write a row for each copy that this link lacks; returns the new ones by id, to be told to a worker."""
    if not link.is_marked:
        return []
    lacking = [each.file.file for take in takes for each in take.files if each.marked is None]
    rows = [
        MarkedFile(link=link, output=file) if isinstance(file, Output) else MarkedFile(link=link, upload=file)
        for file in lacking
    ]
    if not rows:
        return []
    MarkedFile.objects.bulk_create(rows, ignore_conflicts=True)
    wanted = _waiting().filter(link=link, asked_at__gte=min(row.asked_at for row in rows))
    return list(wanted.values_list("pk", flat=True))


def make(marked_id: int) -> None:
    """Make a copy, unless it is there, somebody is at it, or nobody may see it any more.

    Raises an OSError, which costs no try, and whatever else it stumbles over; it is told of again later.
    """
    with claims.claim(marked_id) as claim:
        if claim is not None:
            _make(claim)


def _make(claim: Claim) -> None:
    marked = claim.marked
    file = marked.output or marked.upload
    if file is None or not marked.link.is_open or (marked.output and marked.output.cleared_at):
        marked.delete()
        return
    content_type = type_of_marked(file.content_type)
    key = _key(marked, content_type)
    with storage.temporary_folder("mark-") as folder:
        source, target = folder / "source", folder / f"marked{suffix_for(content_type)}"
        try:
            storage.copy_out(file.key, source)
            mark(source, target, file.content_type, marked.link.client, still=claim.renew)
        except (BrokenMediaError, FileNotFoundError) as error:
            logger.warning("%s could not be marked: %s", file.key, error)
            claims.give_up(marked, str(error))
            return
        except claims.ClaimLostError:
            return  # The link is over, or another worker has taken it up.
        storage.save_path(target, key)
        poster = posters.keep_poster(target, key)
    kept = claim.rows.filter(link__revoked_at__isnull=True).update(
        key=key, poster_key=poster, content_type=content_type, made_at=timezone.now()
    )
    if not kept and not MarkedFile.objects.filter(pk=marked.pk, link__revoked_at__isnull=True).exists():
        # The link was revoked meanwhile, and whoever did it did not know of these.
        _remove(key, poster)


def late() -> list[int]:
    """Copies that should have been made by now, by id; each is told of again at most every TELL_AGAIN."""
    now = timezone.now()
    rows = claims.free(_waiting(), now).filter(asked_at__lt=now - TELL_AGAIN).order_by("asked_at")
    found = list(rows.values_list("pk", flat=True)[:BATCH])
    if found:
        MarkedFile.objects.filter(pk__in=found).update(asked_at=now)
    return found


def left_behind() -> list[int]:
    """Links that are over and still have copies, by id."""
    over = Q(link__revoked_at__isnull=False) | Q(link__expires_at__lte=timezone.now())
    return list(MarkedFile.objects.filter(over).order_by().values_list("link", flat=True).distinct()[:BATCH])


def remove_all(link_id: int) -> None:
    """Remove the copies of a link that is over: files first, then their rows. Raises an OSError."""
    link = ClientLink.objects.filter(pk=link_id).first()
    if link is None or link.is_open:
        return
    for marked in MarkedFile.objects.filter(link=link):
        _remove(marked.key, marked.poster_key)
        marked.delete()


def known_among(keys: Collection[str]) -> set[str]:
    """Those of the keys in the storage that are copies of ours."""
    rows = MarkedFile.objects.filter(Q(key__in=keys) | Q(poster_key__in=keys))
    return {key for both in rows.values_list("key", "poster_key") for key in both if key}


def _waiting() -> QuerySet[MarkedFile]:
    return MarkedFile.objects.filter(made_at__isnull=True, trouble="")


def _key(marked: MarkedFile, content_type: str) -> str:
    """A name that tells nothing; making the copy twice lands on it again."""
    name = uuid.uuid5(_NAMESPACE, f"{marked.link.token_hash}:{marked.pk}")
    return f"client/{name.hex[:2]}/{name}{suffix_for(content_type)}"


def _remove(*keys: str) -> None:
    for key in keys:
        if key:
            storage.delete(key)
