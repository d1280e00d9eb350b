"""The record of jobs at providers: what was asked, what it cost, what came back."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.money import from_micros
from generation.defects.models import Inspection
from generation.prices.models import DatedPrice
from generation.safety.hideable import Hideable
from generation.safety.models import ContentDecision, DenyRule
from generation.switches.models import ModelSwitch, SwitchState

__all__ = [
    "MOVES",
    "UNFINISHED",
    "ContentDecision",
    "CostState",
    "DatedPrice",
    "DenyRule",
    "Event",
    "Generation",
    "Heartbeat",
    "Inspection",
    "Lane",
    "Lease",
    "ModelSwitch",
    "Output",
    "Status",
    "SwitchState",
]


class Status(models.TextChoices):
    """Where a generation stands. `MOVES` says what may follow what."""

    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    SUBMITTED = "submitted", "Rendering"
    UNCERTAIN = "uncertain", "Not known yet"
    READY = "ready", "Saving"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


MOVES: dict[Status, frozenset[Status]] = {
    # A queued order has not left the house: it can be sent, or ended for nothing.
    Status.QUEUED: frozenset({Status.SUBMITTING, Status.FAILED, Status.CANCELLED}),
    # `queued` only when the order surely did not arrive; `ready` when a webhook overtakes the answer.
    Status.SUBMITTING: frozenset(
        {Status.QUEUED, Status.SUBMITTED, Status.UNCERTAIN, Status.READY, Status.FAILED, Status.CANCELLED}
    ),
    Status.SUBMITTED: frozenset({Status.READY, Status.UNCERTAIN}),
    # Found again, or a person decides. Back to `queued` only when the provider itself vouches that it has no such job.
    Status.UNCERTAIN: frozenset({Status.QUEUED, Status.SUBMITTED, Status.READY, Status.FAILED}),
    # `submitted` when somebody called it finished and it was not; `uncertain` when the provider forgot it.
    Status.READY: frozenset(
        {Status.SUBMITTED, Status.UNCERTAIN, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}
    ),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
UNFINISHED = tuple(status for status, moves in MOVES.items() if moves)


class CostState(models.TextChoices):
    """What is known of the money. Unknown is never zero: an undetermined cost keeps its hold."""

    PENDING = "pending", "Held"
    KNOWN = "known", "Known"
    UNDETERMINED = "undetermined", "Not known yet"


class GenerationQuerySet(models.QuerySet["Generation"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def undetermined(self) -> Self:
        """Ended or lost, with money that nobody can name yet."""
        return self.filter(Q(cost_state=CostState.UNDETERMINED) | Q(status=Status.UNCERTAIN))

    def due_for_poll(self, now: datetime) -> Self:
        return self.filter(status=Status.SUBMITTED, poll_at__lte=now)


class Generation(models.Model):
    """One job at one provider, from order to end. At most one provider job, ever.

    `request` is frozen at the order: `values` (our words), `arguments` (the provider's), `price` (the dated price that
    was used) and `inputs` (checksums). Amounts are whole micro-dollars.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Two indexes begin with it.
    account = models.ForeignKey(
        "billing.Account", on_delete=models.PROTECT, related_name="generations", db_index=False
    )
    hold = models.OneToOneField("billing.Hold", on_delete=models.PROTECT, related_name="generation")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="generations"
    )
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacements"
    )

    model = models.CharField(max_length=100, db_index=True, help_text="The catalogue's slug.")
    provider = models.CharField(max_length=20, help_text="Who really runs it, the mock included.")
    endpoint = models.CharField(max_length=200)
    media = models.CharField(max_length=10, help_text="image or video")
    prompt = models.TextField(blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    request = models.JSONField(default=dict)
    fingerprint = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="The same for orders that ask for the same."
    )

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    queue_position = models.PositiveIntegerField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Per cent, where known.")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True, help_text="The provider's own words.")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    estimate_micros = models.BigIntegerField()
    upper_bound_micros = models.BigIntegerField()
    cost_micros = models.BigIntegerField(null=True, blank=True)
    cost_state = models.CharField(max_length=12, choices=CostState.choices, default=CostState.PENDING)

    external_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls the job.")
    external_urls = models.JSONField(default=dict, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    dispatched_at = models.DateTimeField(default=timezone.now, help_text="When a worker was last told of it.")
    not_before = models.DateTimeField(null=True, blank=True, help_text="Waits until then before it is sent.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="A worker is storing it until then.")
    poll_at = models.DateTimeField(null=True, blank=True, help_text="When to ask the provider next.")
    submit_attempts = models.PositiveSmallIntegerField(default=0)
    store_attempts = models.PositiveSmallIntegerField(default=0)
    submitted_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(help_text="Later than this it is overdue and shown as such.")
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    laid_aside_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody gave up on it, so that nobody is asked to look at it again.",
    )

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="generation_status_is_known"),
            models.CheckConstraint(
                condition=Q(estimate_micros__gte=0)
                & Q(upper_bound_micros__gte=models.F("estimate_micros"))
                & (Q(cost_micros__isnull=True) | Q(cost_micros__gte=0)),
                name="generation_amounts_are_sane",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED) | Q(finished_at__isnull=False),
                name="generation_finished_has_time",
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                condition=~Q(external_id=""),
                name="generation_external_id_is_its_own",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "poll_at"], name="generation_status_poll"),
            models.Index(fields=["account", "status"], name="generation_account_status"),
            # All that the tables of spending ask of a job: its row is long, and a film has tens of thousands.
            models.Index(
                fields=["account", "hold", "id", "model", "provider", "status", "cost_micros"],
                name="generation_account_hold",
            ),
            # Who may go next at a provider is asked for with every order, and must not read what is over.
            models.Index(
                fields=["provider", "status", "account"],
                condition=Q(status__in=UNFINISHED),
                name="generation_in_lane",
            ),
            # What each look at the house asks for: a handful among all that was ever ordered.
            models.Index(
                fields=["cost_state"],
                condition=Q(cost_state=CostState.UNDETERMINED),
                name="generation_cost_unknown",
            ),
            # The last success of a provider and the newest failures: each is written once, at the end of a job.
            models.Index(
                fields=["provider", "status", "changed_at"],
                condition=Q(status=Status.SUCCEEDED),
                name="generation_answered",
            ),
            models.Index(
                fields=["status", "changed_at"],
                condition=Q(status=Status.FAILED),
                name="generation_failed_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {str(self.key)[:8]} ({self.get_status_display()})"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def is_mock(self) -> bool:
        return self.provider == "mock"

    @property
    def estimate(self) -> Decimal:
        """US dollars it is expected to cost."""
        return from_micros(self.estimate_micros)

    @property
    def upper_bound(self) -> Decimal:
        """US dollars that are held: the most it can cost."""
        return from_micros(self.upper_bound_micros)

    @property
    def cost(self) -> Decimal | None:
        """US dollars it did cost; None while that is not known."""
        return None if self.cost_micros is None else from_micros(self.cost_micros)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are history: they are added, never changed.")


class Event(models.Model):
    """One change of status or one remark in the life of a generation. Added, never changed."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    actor = models.CharField(max_length=100, help_text="submit, watcher, store, webhook, or a user's name.")
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True, help_text="The provider's raw answer, redacted.")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"


class Output(Hideable):
    """One file that came back, in our own storage. `key` names it there; links are made at view time."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="outputs")
    index = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=300)
    poster_key = models.CharField(max_length=300, blank=True)
    poster_due_at = models.DateTimeField(
        null=True, blank=True, help_text="A poster is still to be drawn; then a worker is told of it again."
    )
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    fps = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    has_audio = models.BooleanField(default=False)
    differences = models.JSONField(
        default=list, blank=True, help_text="Sentences on how it is not what was ordered."
    )
    is_flagged = models.BooleanField(
        default=False,
        help_text="The provider's own safety check calls it unsafe. It stays closed until it is opened.",
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="When an order first started from it. Then it is never cleared."
    )
    cleared_at = models.DateTimeField(
        null=True, blank=True, help_text="Retention gave the file up then; what is known of it stays."
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When a cleared file was gone from the storage."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["generation_id", "index"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "index"], name="output_index_is_unique"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | Q(used_at__isnull=True), name="output_used_is_kept"
            ),
        ]
        indexes = [
            models.Index(fields=["key"], name="output_key"),
            models.Index(
                fields=["poster_due_at"],
                condition=Q(poster_due_at__isnull=False),
                name="output_still_to_draw",
            ),
            models.Index(
                fields=["cleared_at"],
                condition=Q(cleared_at__isnull=False, erased_at__isnull=True),
                name="output_still_to_erase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}"

    @property
    def is_closed(self) -> bool:
        """Whether the team may not see it: the studio has hidden it, or it is flagged and nobody has opened it."""
        return self.is_hidden or self.awaits_opening

    @property
    def awaits_opening(self) -> bool:
        """Whether the provider flagged it and no reviewer has opened it."""
        return self.is_flagged and self.opened_at is None

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")


class Lease(models.Model):
    """A role that only one process holds at a time, for as long as it keeps renewing."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Lane(models.Model):
    """What all workers together know of a provider: whether it takes orders. They also lock it to take turns."""

    provider = models.CharField(max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Orders in a row that got no answer.")
    opened_at = models.DateTimeField(null=True, blank=True, help_text="Orders are held back since then.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When one order is tried next.")
    trouble = models.TextField(blank=True, help_text="What the last order met with.")

    def __str__(self) -> str:
        return f"{self.provider}: held back since {self.opened_at:%F %T}" if self.opened_at else self.provider


class Heartbeat(models.Model):
    """When a part of the house was last seen working, and when it last was not, where other processes can see it."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True, help_text="What broke off at `failed_at`. Anybody may read it.")

    def __str__(self) -> str:
        return f"{self.name} at {self.seen_at:%F %T}" if self.seen_at else f"{self.name}, never seen"

    @property
    def is_failing(self) -> bool:
        """Whether it broke off since it last worked."""
        return self.failed_at is not None and (self.seen_at is None or self.failed_at > self.seen_at)
