"""What only a person can decide: how a job ended of which nobody can say more, and what it cost."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from generation import lifecycle
from generation.lifecycle import Trace
from generation.models import CostState, Generation, Status


class DecisionRefusedError(Exception):
    """There is nothing for a person to decide here; the message says why."""


@transaction.atomic
def decide(generation: Generation, by: User, *, cost: Decimal, why: str) -> None:
    """End a job that is lost or overdue, or name the cost of one whose cost is not known. `cost` is in US dollars.

    Nothing is sent again by this, and a file that still arrives later is not taken. Raises DecisionRefusedError.
    """
    # The lock makes the decision and whatever a worker is finding out right now take turns.
    generation = Generation.objects.select_for_update().select_related("hold").get(pk=generation.pk)
    trace = Trace(by.get_username(), why or "Decided by hand.")
    if generation.is_finished and generation.cost_state == CostState.UNDETERMINED:
        lifecycle.determine(generation, cost, trace)
        return
    if not is_open_to_decision(generation):
        raise DecisionRefusedError(
            f"{generation} is not lost and not overdue: leave it to the provider, or cancel it first."
        )
    if generation.status != Status.UNCERTAIN:
        lifecycle.lose(
            generation.pk, "Overdue, and given up by hand.", trace.actor, old=Status(generation.status)
        )
        generation.refresh_from_db(fields=["status"])
    lifecycle.fail(
        generation,
        code="given_up",
        message=trace.note,
        billed=cost > 0,
        cost=cost if cost > 0 else None,
        trace=trace,
    )


@transaction.atomic
def lay_aside(generation: Generation, by: User, why: str = "") -> None:
    """Give up on one that failed: nobody is asked about it again. Nothing else changes. Raises DecisionRefusedError."""
    failed = Generation.objects.filter(
        pk=generation.pk, status=Status.FAILED, cost_state=CostState.KNOWN, laid_aside_at__isnull=True
    )
    if not failed.update(laid_aside_at=timezone.now()):
        raise DecisionRefusedError(
            f"{generation} has not failed, or its cost is not known yet, or somebody has given up on it already."
        )
    trace = Trace(by.get_username(), why or "Given up: it is not ordered again.")
    lifecycle.record(generation.pk, Status.FAILED, trace, from_status=Status.FAILED)


def is_open_to_decision(generation: Generation) -> bool:
    """Whether a person may end this: it is lost, or past its deadline, or its cost is not known."""
    if generation.is_finished:
        return generation.cost_state == CostState.UNDETERMINED
    if generation.status == Status.UNCERTAIN:
        return True
    in_flight = generation.status in (Status.SUBMITTED, Status.READY)
    return in_flight and generation.deadline_at < timezone.now()
