"""The lane of a provider: so many jobs at a time and no more, shared between projects, over all workers together.

A job takes its place when it is claimed and leaves it when it is over at the provider, whatever is still to be stored.
One whose answer was lost keeps its place for LOST, for the provider may be working on it, and one that runs until its
deadline: neither may close the lane for long. Next is the project with the fewest jobs in the lane, and of its orders
the oldest. Who counts and chooses holds the provider's row, so no two workers give away the same place; the row is let
go before anything is sent.

A message about an order is a hint that the lane has work: whoever gets it sends what is next, which may be another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from generation import circuits, lifecycle, log_context
from generation.circuits import limit
from generation.models import Generation, Lane, Status

__all__ = ["Claim", "Crowd", "claim", "crowds", "limit", "next_up", "places", "room", "running"]

# How long an order whose answer was lost keeps its place. Longer than most jobs run.
LOST = timedelta(minutes=5)


@dataclass(frozen=True)
class Claim:
    """An order that may be sent now. `trial_until` is set when it is to show whether a failing provider answers."""

    generation: Generation
    trial_until: datetime | None = None

    @property
    def is_trial(self) -> bool:
        """Whether the circuit is open, and this order alone was let through."""
        return self.trial_until is not None


@dataclass(frozen=True)
class _Group:
    """One project's share of a lane: how many of its jobs are in it, and its order that waited longest."""

    account_id: int
    running: int
    first: int | None


@transaction.atomic
def claim(queued: Generation) -> Claim | None:
    """Take the order that is next at the provider of `queued`; None when there is no place or it takes no orders."""
    places = limit(queued.provider)
    if places is None:
        lane = Lane.objects.filter(pk=queued.provider).first() or Lane(provider=queued.provider)
        chosen = queued if queued.status == Status.QUEUED else None
    else:
        lane = circuits.locked(queued.provider)
        chosen = _chosen(queued, places, lane)
    if chosen is None:
        return None
    is_open = lane.opened_at is not None
    trial_until = circuits.take_trial(lane) if is_open else None
    if is_open and trial_until is None:
        return None
    # The hint may have named another order.
    with log_context.about(chosen):
        claimed = lifecycle.claim(chosen, "submit", announces=not chosen.request.get("inputs"))
    if not claimed:
        transaction.set_rollback(True)  # A trial that was taken is another's again.
        return None
    return Claim(chosen, trial_until)


def room(provider: str) -> int | None:
    """How many more orders the provider gets now; None when there is no limit."""
    lane = Lane.objects.filter(pk=provider).first()
    if lane is not None and lane.opened_at is not None:
        return int(lane.retry_at is None or lane.retry_at <= timezone.now())
    places = limit(provider)
    return None if places is None else max(0, places - running(provider))


def next_up(provider: str, most: int) -> list[int]:
    """The orders to tell workers of when places are free, the fairest first: no more than there is room for."""
    if limit(provider) is None:
        return []
    free = min(room(provider) or 0, most)
    if not free:
        return []
    now = timezone.now()
    firsts = [
        group.first
        for group in _fairest_first(_groups(provider, _in_lane(now), _waiting(now)))
        if group.first is not None
    ]
    found = firsts[:free]
    if len(found) < free:
        others = Generation.objects.filter(_waiting(now), provider=provider).exclude(pk__in=found)
        found += others.order_by("pk").values_list("pk", flat=True)[: free - len(found)]
    return found


def places(account_id: int) -> dict[int, int]:
    """The place of each order of an account that waits to be sent, by id; 1 is next at its provider.

    As things are now: what others order later may come first, for the project with the fewest jobs in a lane is next.
    Only of providers with a limit. Two queries, or one where nothing waits.
    """
    now = timezone.now()
    mine: dict[str, list[int]] = {}
    rows = Generation.objects.filter(_waiting(now), account=account_id).order_by("pk")
    for provider, pk in rows.values_list("provider", "pk"):
        if limit(provider) is not None:
            mine.setdefault(provider, []).append(pk)
    if not mine:
        return {}
    groups = _shares(list(mine), now)
    return {
        pk: place
        for provider, waiting in mine.items()
        for pk, place in _places_in(groups[provider], account_id, waiting)
    }


def _places_in(
    groups: Sequence[_Share], account_id: int, waiting: Sequence[int]
) -> Iterator[tuple[int, int]]:
    own = next((group for group in groups if group.account_id == account_id), None)
    others = [group for group in groups if group.account_id != account_id and group.waiting]
    for index, pk in enumerate(waiting):
        turn = (own.running if own else 0) + index
        yield pk, 1 + index + sum(group.before(turn, waiting[0]) for group in others)


def _shares(providers: Sequence[str], now: datetime) -> dict[str, list[_Share]]:
    found: dict[str, list[_Share]] = {provider: [] for provider in providers}
    rows = (
        Generation.objects.filter(provider__in=providers, status__in=_UNSTORED)
        .order_by()
        .values("provider", "account_id")
        .annotate(
            running=Count("pk", filter=_in_lane(now)),
            waiting=Count("pk", filter=_waiting(now)),
            first=Min("pk", filter=_waiting(now)),
        )
        .values_list("provider", "account_id", "running", "waiting", "first")
    )
    for provider, *share in rows:
        found[provider].append(_Share(*share))
    return found


@dataclass(frozen=True)
class _Share:
    """What a project has in a lane and before it, counted; `first` is its order that waited longest."""

    account_id: int
    running: int
    waiting: int
    first: int | None

    def before(self, turn: int, first: int) -> int:
        """How many of its orders go before the one of another project at that many jobs, whose oldest is `first`."""
        ahead = turn - self.running
        if self.first is not None and self.first < first:
            ahead += 1  # At as many jobs the older order goes first.
        return min(max(ahead, 0), self.waiting)


@dataclass(frozen=True)
class Crowd:
    """What is on the way to a provider: jobs that have a place in its lane, and orders that wait to be sent."""

    running: int = 0
    waiting: int = 0


def crowds() -> dict[str, Crowd]:
    """The crowd at each provider that has one: one query."""
    in_lane, queued = _in_lane(timezone.now()), Q(status=Status.QUEUED)
    rows = (
        Generation.objects.filter(status__in=_UNSTORED)
        .order_by()
        .values("provider")
        .annotate(running=Count("pk", filter=in_lane), waiting=Count("pk", filter=queued))
        .values_list("provider", "running", "waiting")
    )
    return {provider: Crowd(running, waiting) for provider, running, waiting in rows}


def running(provider: str) -> int:
    """How many places of the lane are taken."""
    return Generation.objects.filter(_in_lane(timezone.now()), provider=provider).count()


def _chosen(queued: Generation, places: int, lane: Lane) -> Generation | None:
    now = timezone.now()
    # The lost may be why the circuit is open: they must not keep out the one order that is to see.
    counted = _in_lane(now) if lane.opened_at is None else _at_work(now)
    groups = _groups(queued.provider, counted, _waiting(now))
    if sum(group.running for group in groups) >= places:
        return None
    first = next((group.first for group in _fairest_first(groups) if group.first is not None), None)
    if first is None or first == queued.pk:
        return queued if first is not None else None
    return Generation.objects.filter(pk=first, status=Status.QUEUED).first()


def _fairest_first(groups: Iterable[_Group]) -> list[_Group]:
    return sorted(groups, key=lambda group: (group.running, group.first or 0))


def _groups(provider: str, in_lane: Q, waiting: Q) -> list[_Group]:
    """One query, over what is unfinished alone."""
    rows = (
        Generation.objects.filter(provider=provider, status__in=_UNSTORED)
        .order_by()
        .values("account_id")
        .annotate(running=Count("pk", filter=in_lane), first=Min("pk", filter=waiting))
        .values_list("account_id", "running", "first")
    )
    return [_Group(*row) for row in rows]


_UNSTORED = (Status.QUEUED, Status.SUBMITTING, Status.SUBMITTED, Status.UNCERTAIN)


def _in_lane(now: datetime) -> Q:
    return _at_work(now) | Q(status=Status.UNCERTAIN, changed_at__gt=now - LOST, deadline_at__gt=now)


def _at_work(now: datetime) -> Q:
    """What is being sent, and what the provider works on in time."""
    return Q(status=Status.SUBMITTING) | Q(status=Status.SUBMITTED, deadline_at__gt=now)


def _waiting(now: datetime) -> Q:
    """Orders that could be sent now."""
    return Q(status=Status.QUEUED, cancel_requested_at__isnull=True) & lifecycle.due(now)
