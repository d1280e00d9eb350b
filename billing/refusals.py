"""Orders that a budget refused: written down for one mail an hour, outside of what the refusal takes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from django.contrib.auth.models import User
from django.utils import timezone

from .errors import BudgetExceededError
from .models import Notice, NoticeKind
from .money import to_micros


@contextmanager
def told_of(member: User | None) -> Iterator[None]:
    """Have a refusal by a budget told of. It stands around the transaction that the refusal ends.

    Where transactions are nested, each level has it: what an outer one takes back is written again further out.
    """
    try:
        yield
    except BudgetExceededError as refusal:
        note(refusal, member)
        raise


def note(refusal: BudgetExceededError, member: User | None) -> Notice:
    """Make a mail about this refusal due, unless there is one of this hour: that one stands for all of them."""
    hour = timezone.now().astimezone(UTC)
    notice, _ = Notice.objects.get_or_create(
        account=refusal.account,
        kind=NoticeKind.REFUSED,
        key=f"{hour:%Y-%m-%dT%H}",
        defaults={"facts": _facts(refusal, member)},
    )
    return notice


def _facts(refusal: BudgetExceededError, member: User | None) -> dict[str, object]:
    return {
        "who": (member.get_full_name() or member.get_username()) if member else "",
        "label": refusal.label,
        "budget": refusal.budget.pk,
        "is_main": refusal.budget.is_main,
        "needed_micros": to_micros(refusal.needed, rounding="up"),
        "left_micros": to_micros(refusal.left, rounding="up"),
        "limit_micros": to_micros(refusal.limit),
    }
