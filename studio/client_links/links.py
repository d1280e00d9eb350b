"""Links for clients: made by a producer, ended by time or by hand.

The address holds a token that is shown once, when the link is made. Kept is its SHA-256: a token of 256 random bits
needs no slow hash, and one that is lost is replaced by a new link.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from studio.activity import Deed, note
from studio.models import ClientLink, Offer, Project, Scene, Scope, Shot


@dataclass(frozen=True)
class Terms:
    """What a link allows, and how long."""

    client: str
    expires_at: datetime
    scope: Scope = Scope.PROJECT
    scene: Scene | None = None
    shots: Collection[Shot] = ()
    offer: Offer = Offer.CIRCLED
    password: str = ""
    is_marked: bool = True
    may_comment: bool = True
    may_judge: bool = False


@transaction.atomic
def make(project: Project, terms: Terms, by: Any) -> tuple[ClientLink, str]:
    """A new link and its token, which nobody can read again."""
    token = secrets.token_urlsafe(32)
    link = ClientLink.objects.create(
        project=project,
        client=terms.client,
        token_hash=hash_of(token),
        scope=terms.scope,
        scene=terms.scene if terms.scope == Scope.SCENE else None,
        offer=terms.offer,
        password=make_password(terms.password) if terms.password else "",
        is_marked=terms.is_marked,
        may_comment=terms.may_comment,
        may_judge=terms.may_judge,
        expires_at=terms.expires_at,
        created_by=by,
    )
    if terms.scope == Scope.SHOTS:
        link.shots.set(terms.shots)
    note(project, by, Deed.LINK_OPENED, words=f"made a link for {terms.client}")
    return link, token


@transaction.atomic
def revoke(link: ClientLink, by: Any) -> bool:
    """End a link now. False when it was ended before."""
    rows = ClientLink.objects.filter(pk=link.pk, revoked_at__isnull=True)
    if not rows.update(revoked_at=timezone.now(), revoked_by=by):
        return False
    note(link.project, by, Deed.LINK_REVOKED, words=f"revoked the link for {link.client}")
    return True


def hash_of(token: str) -> str:
    """How a token stands in the database."""
    return hashlib.sha256(token.encode()).hexdigest()
