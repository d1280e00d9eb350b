"""Every change of a generation's status: compare-and-set, one event row, and the money ends with the job.

Each function returns whether the change was made; False means that somebody was first, and the caller leaves quietly.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from billing import budgets
from billing.money import to_micros
from generation import deadlines
from generation.models import MOVES, CostState, Event, Generation, Output, Status
from generation.providers.base import Submission
from generation.signals import tell_end

story = logging.getLogger("generation.story")


@dataclass(frozen=True)
class Trace:
    """Who makes a change and what is worth remembering of it."""

    actor: str
    note: str = ""
    data: Mapping[str, Any] | None = None


def record(generation_id: int, status: str, trace: Trace, *, from_status: str = "") -> None:
    """Write one line of history."""
    record_all([generation_id], status, trace, from_status=from_status)


def record_all(
    ids: Sequence[int],
    status: str,
    trace: Trace,
    *,
    from_status: str = "",
    keys: Mapping[int, Any] | None = None,
) -> None:
    """Write the same line into the history of each of these. `keys` name them in the log, where it is about several."""
    line: dict[str, Any] = {
        "from_status": from_status,
        "to_status": status,
        "actor": trace.actor[:100],
        "note": _storable(trace.note),
        "data": _storable(dict(trace.data or {})),
    }
    Event.objects.bulk_create(Event(generation_id=each, **line) for each in ids)
    if story.isEnabledFor(logging.INFO):
        words = f"{from_status or 'new'} → {status} by {trace.actor}: {trace.note}".rstrip(": ")
        for each in ids:
            named = {"generation": str(keys[each])} if keys else {}
            tell = partial(story.info, words, extra={"generation_id": each, **named})
            # Not before the line of history stands, but about what it is about now.
            transaction.on_commit(partial(copy_context().run, tell), robust=True)


def _storable(value: Any) -> Any:
    """Without NUL characters, which a provider may send and PostgreSQL does not take."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value


def _move(
    generation_id: int, old: Status, new: Status, trace: Trace, *, where: Q | None = None, **fields: Any
) -> bool:
    """The compare-and-set. A transaction must be open, so that the event stands or falls with the change."""
    if new not in MOVES[old]:
        raise ValueError(f"A generation cannot go from {old} to {new}.")
    now = timezone.now()
    if not MOVES[new]:
        fields.setdefault("finished_at", now)
        fields.update(queue_position=None, lease_until=None, poll_at=None)
    candidates = Generation.objects.filter(where or Q(), pk=generation_id, status=old)
    changed = candidates.update(status=new, changed_at=now, **fields)
    if changed:
        record(generation_id, new, trace, from_status=old)
        if not MOVES[new]:
            tell_end(generation_id, new)
    return bool(changed)


def due(now: datetime) -> Q:
    """Orders that do not have to wait any more."""
    return Q(not_before__isnull=True) | Q(not_before__lte=now)


@transaction.atomic(savepoint=False)
def claim(generation: Generation, actor: str, *, announces: bool = False) -> bool:
    """Take a queued generation to send it. Only one caller ever gets it. What it took is written into `generation`.

    Its deadline counts from now: how long it waited for its turn says nothing about the provider. `announces`: it goes
    out at once, with nothing to be done before.
    """
    now = timezone.now()
    may_go = Q(cancel_requested_at__isnull=True, submit_attempts=generation.submit_attempts) & due(now)
    fields = {
        "submit_attempts": generation.submit_attempts + 1,
        "submitted_at": now if announces else None,
        "deadline_at": now + deadlines.of_model(generation.model),
    }
    if not _move(generation.pk, Status.QUEUED, Status.SUBMITTING, Trace(actor), where=may_go, **fields):
        return False
    for name, value in {"status": Status.SUBMITTING, **fields}.items():
        setattr(generation, name, value)
    return True


def announce(generation: Generation) -> bool:
    """From now on the provider may have the order of this claim. False when the claim is not ours any more.

    What dies before this was surely not sent, and may be taken up by another; what dies after it never is.
    """
    mine = Generation.objects.filter(
        pk=generation.pk,
        status=Status.SUBMITTING,
        submit_attempts=generation.submit_attempts,
        submitted_at__isnull=True,
    )
    return bool(mine.update(submitted_at=timezone.now(), lease_until=None))


@transaction.atomic
def sent(generation_id: int, submission: Submission, poll_at: datetime, actor: str) -> bool:
    """The provider took the order: keep its id before anything else happens."""
    fields: dict[str, Any] = {
        "external_id": submission.request_id,
        "external_urls": dict(submission.urls),
        "endpoint": submission.endpoint,
    }
    trace = Trace(actor, f"The provider calls it {submission.request_id}.", submission.raw)
    now = timezone.now()
    for old in (Status.SUBMITTING, Status.UNCERTAIN):
        if _move(generation_id, old, Status.SUBMITTED, trace, submitted_at=now, poll_at=poll_at, **fields):
            return True
    # A webhook was quicker than the answer: keep what only the answer knows.
    return bool(
        Generation.objects.filter(pk=generation_id, status=Status.READY, external_urls={}).update(**fields)
    )


def postpone(generation_id: int, wait: timedelta) -> bool:
    """A queued order is not yet to be sent: the provider takes no more just now. No event: nothing happened to it."""
    until = timezone.now() + wait
    queued = Generation.objects.filter(pk=generation_id, status=Status.QUEUED)
    return bool(queued.update(not_before=until, dispatched_at=until))


@transaction.atomic
def send_again(generation_id: int, wait: timedelta, reason: str, actor: str) -> bool:
    """The order surely did not arrive: back to the queue, not before `wait` has passed."""
    now = timezone.now()
    trace = Trace(actor, reason)
    fields: dict[str, Any] = {
        "not_before": now + wait,
        "dispatched_at": now,
        "deadline_at": now + deadlines.QUEUE,
        "lease_until": None,
    }
    return any(
        _move(generation_id, old, Status.QUEUED, trace, **fields)
        for old in (Status.SUBMITTING, Status.UNCERTAIN)
    )


@transaction.atomic
def take_back(generation_id: int, reason: str, actor: str, *, where: Q | None = None) -> bool:
    """Whoever claimed this died or leaves before it was announced, so it was not sent: back to the queue."""
    now = timezone.now()
    unsent = Q(submitted_at__isnull=True) & (where or Q())
    trace = Trace(actor, reason)
    fields = {"dispatched_at": now, "deadline_at": now + deadlines.QUEUE, "lease_until": None}
    return _move(generation_id, Status.SUBMITTING, Status.QUEUED, trace, where=unsent, **fields)


@transaction.atomic
def lose(generation_id: int, reason: str, actor: str, *, old: Status = Status.SUBMITTING) -> bool:
    """Nobody knows whether the provider has the job. The hold stays."""
    return _move(
        generation_id,
        old,
        Status.UNCERTAIN,
        Trace(actor, reason),
        error_code="uncertain",
        error_message=_storable(reason),
        poll_at=timezone.now(),
    )


@transaction.atomic
def mark_ready(generation_id: int, actor: str, note: str = "") -> bool:
    """The job seems to be over: it is time to ask for the result."""
    fields = _ready_fields(timezone.now())
    return any(
        _move(generation_id, old, Status.READY, Trace(actor, note), **fields)
        for old in (Status.SUBMITTED, Status.UNCERTAIN, Status.SUBMITTING)
    )


@transaction.atomic
def mark_all_ready(generation_ids: Iterable[int], actor: str) -> list[int]:
    """As `mark_ready` for many jobs that a look found over, in a few statements; returns those that it moved."""
    submitted = Generation.objects.select_for_update(no_key=True).filter(
        pk__in=generation_ids, status=Status.SUBMITTED
    )
    keys = dict(submitted.order_by("pk").values_list("pk", "key"))
    moved = list(keys)
    if moved:
        now = timezone.now()
        Generation.objects.filter(pk__in=moved).update(
            status=Status.READY, changed_at=now, **_ready_fields(now)
        )
        record_all(moved, Status.READY, Trace(actor), from_status=Status.SUBMITTED, keys=keys)
    return moved


def _ready_fields(now: datetime) -> dict[str, Any]:
    return {
        "ready_at": now,
        "dispatched_at": now,
        "poll_at": None,
        "queue_position": None,
        "lease_until": None,
    }


@transaction.atomic
def not_ready(generation_id: int, poll_at: datetime, actor: str) -> bool:
    """It was called finished and is not: go on polling."""
    trace = Trace(actor, "The provider is still working on it.")
    return _move(generation_id, Status.READY, Status.SUBMITTED, trace, poll_at=poll_at, lease_until=None)


def ask_later(generation_ids: Iterable[int], poll_at: datetime) -> None:
    """What a poll said of these was known already: no page has anything new to show."""
    Generation.objects.filter(pk__in=generation_ids, status=Status.SUBMITTED).update(poll_at=poll_at)


def note_progress(generation_id: int, position: int | None, percent: int | None, poll_at: datetime) -> None:
    """Keep what a poll said. `changed_at` moves only when a page would show something new."""
    waiting = Generation.objects.filter(pk=generation_id, status=Status.SUBMITTED)
    unchanged = waiting.filter(queue_position=position, progress=percent)
    if not unchanged.update(poll_at=poll_at):
        waiting.update(poll_at=poll_at, queue_position=position, progress=percent, changed_at=timezone.now())


def lease(generation_id: int, length: timedelta) -> Generation | None:
    """Take a ready generation to store it, for a while: who dies while storing is replaced when the lease ends."""
    now = timezone.now()
    free = Generation.objects.filter(pk=generation_id, status=Status.READY).exclude(lease_until__gt=now)
    if free.update(lease_until=now + length, store_attempts=F("store_attempts") + 1):
        return Generation.objects.select_related("hold").get(pk=generation_id)
    return None


def give_back(generation_id: int, wait: timedelta) -> None:
    """Storing did not work this time: another try after `wait`."""
    now = timezone.now()
    Generation.objects.filter(pk=generation_id, status=Status.READY).update(
        lease_until=now + wait, dispatched_at=now + wait
    )


@transaction.atomic
def succeed(
    generation: Generation, outputs: Iterable[Output], cost: Decimal, *, seed: int | None, trace: Trace
) -> bool:
    """The files are ours: end the job and charge what it cost, in one transaction."""
    fields: dict[str, Any] = {
        "cost_micros": to_micros(cost, rounding="up"),
        "cost_state": CostState.KNOWN,
        "progress": 100,
        "error_code": "",
        "error_message": "",
    }
    if seed is not None:
        fields["seed"] = seed
    if not _move(generation.pk, Status.READY, Status.SUCCEEDED, trace, **fields):
        return False
    Output.objects.bulk_create(outputs)
    budgets.settle(generation.hold, cost, note=f"{generation.model} succeeded")
    return True


@transaction.atomic
def fail(
    generation: Generation,
    *,
    code: str,
    message: str,
    billed: bool | None,
    cost: Decimal | None,
    trace: Trace,
) -> bool:
    """End a job that gave nothing. What is not billed is released; what nobody knows stays held, and is shown."""
    known = billed is False or cost is not None
    charge = cost if billed is not False and cost is not None else Decimal(0)
    fields: dict[str, Any] = {
        "error_code": code[:40],
        "error_message": _storable(message),
        "cost_micros": to_micros(charge, rounding="up") if known else None,
        "cost_state": CostState.KNOWN if known else CostState.UNDETERMINED,
    }
    if not _move(generation.pk, Status(generation.status), Status.FAILED, trace, **fields):
        return False
    if known and charge:
        budgets.settle(generation.hold, charge, note=f"{generation.model} failed and was billed")
    elif known:
        budgets.release(generation.hold, note=f"{generation.model} failed and was not billed")
    return True


@transaction.atomic
def determine(generation: Generation, cost: Decimal, trace: Trace) -> bool:
    """Name the cost of a job that ended without one, and end its hold with it."""
    unknown = Generation.objects.filter(pk=generation.pk, cost_state=CostState.UNDETERMINED)
    known = {
        "cost_micros": to_micros(cost, rounding="up"),
        "cost_state": CostState.KNOWN,
        "changed_at": timezone.now(),
    }
    if not unknown.update(**known):
        return False
    record(generation.pk, generation.status, trace, from_status=generation.status)
    if cost:
        budgets.settle(generation.hold, cost, note=f"{generation.model}: {trace.note}")
    else:
        budgets.release(generation.hold, note=f"{generation.model}: {trace.note}")
    return True


@transaction.atomic
def cancelled(generation: Generation, trace: Trace) -> bool:
    """End a job that never ran to its end and costs nothing."""
    moved = _move(
        generation.pk,
        Status(generation.status),
        Status.CANCELLED,
        trace,
        cost_micros=0,
        cost_state=CostState.KNOWN,
    )
    if moved:
        budgets.release(generation.hold, note=f"{generation.model} cancelled")
    return moved


@transaction.atomic
def wish_cancelled(generation_id: int, trace: Trace) -> bool:
    """Remember that somebody wants a running job stopped. True the first time."""
    now = timezone.now()
    wished = Generation.objects.unfinished().filter(pk=generation_id, cancel_requested_at__isnull=True)
    if not wished.update(cancel_requested_at=now, changed_at=now):
        return False
    status = Generation.objects.values_list("status", flat=True).get(pk=generation_id)
    record(generation_id, status, trace, from_status=status)
    return True
