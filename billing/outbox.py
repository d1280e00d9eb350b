"""The rows that are to be told by mail: found, claimed, sent, marked.

The row is the truth, as with orders. A sweep hands each due row to a worker; the worker claims it with one guarded
UPDATE, so of two only one sends; it sends outside of any transaction; then it marks the row as sent. A server that is
down costs nothing but time: the row is due again after a pause that doubles. Only a process that dies between the
server's OK and the mark makes a mail go out twice, after LEASE; the other choice would lose mails.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from celery import Task
from django.core.mail import DNS_NAME, EmailMultiAlternatives
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from .models import AlertState, Delivery

logger = logging.getLogger(__name__)

# Longer than any mail takes (studio.mailers.TIMEOUT for each step of the talk with the server).
LEASE = timedelta(minutes=5)
# A hint that no worker took is given again.
TELL_AGAIN = timedelta(seconds=10)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MAX_ATTEMPTS = 60
BATCH = 50

type Tell = Callable[[Task, int], object]


class Written(Protocol):
    """A mail in words: one line of subject, and the same text twice."""

    @property
    def subject(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def html(self) -> str: ...


_kinds: dict[type[Delivery], Task] = {}


def register(kind: type[Delivery], task: Task) -> None:
    """Have the rows of this kind handed to `task`, which takes the row's id. Call it in AppConfig.ready."""
    _kinds[kind] = task


def hand_out_all(tell: Tell) -> int:
    """Tell workers of all mails that are due, of every kind. Returns how many."""
    return sum(hand_out(kind, task, tell) for kind, task in _kinds.items())


def hand_out(kind: type[Delivery], task: Task, tell: Tell) -> int:
    """Tell workers of the rows that are due, the oldest first. Returns how many."""
    now = timezone.now()
    due = kind._default_manager.filter(state=AlertState.DUE, try_at__lte=now)
    untold = due.filter(Q(told_at=None) | Q(told_at__lte=now - TELL_AGAIN)).order_by("try_at", "pk")
    found = list(untold.values_list("pk", flat=True)[:BATCH])
    if found:
        kind._default_manager.filter(pk__in=found).update(told_at=now)
    for pk in found:
        tell(task, pk)
    return len(found)


@dataclass(frozen=True)
class Waiting:
    """What is not told yet: how much is due, since when the oldest, and how much no server ever took."""

    due: int
    oldest_at: datetime | None
    given_up: int


def waiting() -> Waiting:
    """Over all kinds of mail."""
    found = [
        kind._default_manager.filter(state__in=[AlertState.DUE, AlertState.GIVEN_UP]).aggregate(
            due=Count("pk", filter=Q(state=AlertState.DUE)),
            oldest=Min("due_at", filter=Q(state=AlertState.DUE)),
            given_up=Count("pk", filter=Q(state=AlertState.GIVEN_UP)),
        )
        for kind in Delivery.__subclasses__()
    ]
    oldest = [each["oldest"] for each in found if each["oldest"]]
    return Waiting(
        sum(each["due"] for each in found),
        min(oldest, default=None),
        sum(each["given_up"] for each in found),
    )


def claim[D: Delivery](kind: type[D], pk: int) -> D | None:
    """Take the row for LEASE, if it is due and nobody has it. No trouble of an earlier try stays on it meanwhile."""
    now = timezone.now()
    due = kind._default_manager.filter(pk=pk, state=AlertState.DUE, try_at__lte=now)
    if not due.update(try_at=now + LEASE, attempts=F("attempts") + 1, trouble=""):
        return None  # Somebody was first, or it is told already.
    return kind._default_manager.get(pk=pk)


def send(row: Delivery, recipients: Sequence[str], letter: Written) -> bool:
    """Mail the letter of a claimed row and mark it. False when the server did not take it: it is due again later."""
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=list(recipients),
        headers={"Message-ID": _message_id(row), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        _postpone(row, error)
        return False
    close(row, AlertState.SENT, sent_at=timezone.now(), sent_to=list(recipients), trouble="")
    return True


def close(row: Delivery, state: AlertState, **fields: Any) -> None:
    """End a claimed row. Whoever claimed it after us has the say then."""
    changed = _claimed(row).update(state=state, **fields)
    if not changed:
        logger.warning("The claim of “%s” had run out when it ended as %s.", row, state.label.lower())


def resend(row: Delivery) -> bool:
    """Make the row due again, for a person wants its mail once more; one that failed does not wait for its next try.

    False for one that is due and was not tried yet, for one that a worker is sending now, and for one that another mail
    covers: that one says more.
    """
    rows = type(row)._default_manager.filter(pk=row.pk)
    # What is due without a trouble waits for its first try, or somebody has claimed it.
    rows = rows.exclude(state=AlertState.COVERED).exclude(state=AlertState.DUE, trouble="")
    now = timezone.now()
    fresh = {"try_at": now, "attempts": 0, "trouble": "", "told_at": None}
    return bool(rows.update(state=AlertState.DUE, asked_again_at=now, **fresh))


def _postpone(row: Delivery, error: Exception) -> None:
    trouble = f"{type(error).__name__}: {error}"[:1000]
    if row.attempts >= MAX_ATTEMPTS:
        logger.error("The mail “%s” is given up after %s tries: %s", row, row.attempts, trouble)
        close(row, AlertState.GIVEN_UP, trouble=trouble)
        return
    pause = pause_after(row.attempts)
    logger.warning("The mail “%s” was not taken and is tried again in %s: %s", row, pause, trouble)
    _claimed(row).update(try_at=timezone.now() + pause, trouble=trouble, told_at=None)


def pause_after(attempts: int) -> timedelta:
    """How long a mail rests after so many tries."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)


def _claimed(row: Delivery) -> QuerySet[Delivery]:
    """The row, if no later claim has taken it over."""
    rows: QuerySet[Delivery] = type(row)._default_manager.all()
    return rows.filter(pk=row.pk, state=AlertState.DUE, attempts=row.attempts)


def _message_id(row: Delivery) -> str:
    """The same for each try, so that a mailbox can drop a repeat; another when a person has it sent again."""
    round_ = f"{row.sent_at.timestamp():.0f}" if row.sent_at else "first"
    return f"<{row._meta.model_name}.{row.pk}.{row.due_at.timestamp():.0f}.{round_}@{DNS_NAME}>"
