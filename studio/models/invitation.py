"""An address that is asked to join a team."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import AlertState, Delivery
from studio.models.project import Project, Role


def new_nonce() -> str:
    """What makes a link the only one of its invitation: another one voids it."""
    return token_urlsafe(16)


def last_moment() -> datetime:
    """When an invitation that is sent now is too old."""
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> Self:
        """Neither accepted nor taken back; perhaps too old."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self) -> Self:
        """Those whose link opens the door."""
        return self.waiting().filter(expires_at__gt=timezone.now())


class Invitation(Delivery):
    """That a producer asked an address to join. The link is signed when its mail is sent and stands in no table."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    address = models.EmailField(help_text="In small letters.")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.ARTIST)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=last_moment)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "address"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_waits_once_per_address",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_is_known"),
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="invitation_state_try")]

    def __str__(self) -> str:
        return f"{self.address} to {self.project} ({self.get_role_display()})"

    @property
    def is_too_old(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_on_its_way(self) -> bool:
        """Whether its mail waits for its first try, or is being sent."""
        return self.state == AlertState.DUE and not self.trouble

    @property
    def is_refused(self) -> bool:
        """Whether no server has taken its mail so far; `trouble` says why."""
        return self.state in {AlertState.DUE, AlertState.GIVEN_UP} and bool(self.trouble)
