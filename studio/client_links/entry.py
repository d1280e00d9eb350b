"""Getting in by a link: its password, how often that may be tried, and what a browser remembers."""

from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from studio.client_links.uses import shortened
from studio.models import ClientLink, LinkUse, Use

TRIES, TRIES_WITHIN = 10, timedelta(minutes=15)


class TooManyTriesError(Exception):
    """The password was tried too often. The text is for people."""


def is_let_in(link: ClientLink, session: SessionBase) -> bool:
    """Whether this browser may look: there is no password, or it was given here."""
    return not link.password or session.get(_name(link)) == link.token_hash


def enter(link: ClientLink, password: str, address: str, session: SessionBase) -> bool:
    """Try the password; the right one is remembered. Raises TooManyTriesError."""
    attempt = _claim(link, address)
    if not check_password(password, link.password):
        return False
    LinkUse.objects.filter(pk=attempt.pk).update(use=Use.ENTERED)
    session[_name(link)] = link.token_hash
    return True


@transaction.atomic
def _claim(link: ClientLink, address: str) -> LinkUse:
    """Count a try before it is looked at: tries at once, in all processes, take turns on the link's row."""
    ClientLink.objects.select_for_update().get(pk=link.pk)
    since = timezone.now() - TRIES_WITHIN
    if LinkUse.objects.filter(link=link, use=Use.TRIED, at__gt=since).count() >= TRIES:
        raise TooManyTriesError(
            "The password was tried too often. Wait a quarter of an hour, then try again."
        )
    return LinkUse.objects.create(link=link, use=Use.TRIED, address=shortened(address))


def _name(link: ClientLink) -> str:
    return f"client-link-{link.pk}"
