"""All of it at one moment: what the page, the command and the metrics show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from billing import outbox
from billing.models import Hold
from generation import health
from generation.circuits import Trouble
from generation.models import Generation, Heartbeat
from generation.operations import flight, outcomes, processes, standing, trouble
from generation.operations.processes import age_seconds


@dataclass(frozen=True)
class Figures:
    """The state of the house."""

    at: datetime
    checks: Sequence[health.Check]
    in_flight: Sequence[flight.InFlight]
    uncertain: trouble.Pile[Generation]
    to_decide: trouble.Pile[Generation]
    dead_letters: trouble.Pile[Generation]
    stranded: trouble.Pile[Hold]
    long_held: trouble.Pile[Hold]
    providers: Sequence[standing.Standing]
    outcomes: outcomes.Outcomes
    heartbeats: Sequence[Heartbeat]
    leader: str
    queues: Sequence[processes.Queue]
    mails: outbox.Waiting

    @property
    def is_well(self) -> bool:
        return all(check.is_well for check in self.checks)


def figures(window: str = outcomes.USUAL) -> Figures:
    """Read everything. Raises only when the database is away: every other part that is down is a figure."""
    return Figures(
        at=timezone.now(),
        checks=health.checks(),
        in_flight=flight.in_flight(),
        uncertain=trouble.uncertain(),
        to_decide=trouble.to_decide(),
        dead_letters=trouble.dead_letters(),
        stranded=trouble.stranded(),
        long_held=trouble.long_held(),
        providers=standing.standings(),
        outcomes=outcomes.outcomes(window),
        heartbeats=processes.heartbeats(),
        leader=processes.leader(),
        queues=processes.queues(),
        mails=outbox.waiting(),
    )


def as_json(found: Figures) -> dict[str, Any]:
    """The same as plain values: amounts are texts of US dollars, ages are whole seconds."""
    return {
        "at": found.at.isoformat(),
        "ok": found.is_well,
        "checks": {check.name: {"ok": check.is_well, "detail": check.detail} for check in found.checks},
        "in_flight": [_flight(row) for row in found.in_flight],
        "uncertain": _pile(found.uncertain),
        "to_decide": _pile(found.to_decide) | {"generations": _jobs(found.to_decide)},
        "dead_letters": _pile(found.dead_letters) | {"generations": _jobs(found.dead_letters)},
        "stranded_holds": _pile(found.stranded) | {"holds": _holds(found.stranded)},
        "long_held": _pile(found.long_held) | {"holds": _holds(found.long_held)},
        "providers": {row.slug: _provider(row) for row in found.providers},
        "window": found.outcomes.window,
        "is_cut": found.outcomes.is_cut,
        "models": {row.model: _outcome(row) for row in found.outcomes.models},
        "heartbeats": {row.name: _heartbeat(row) for row in found.heartbeats},
        "leader": found.leader,
        "queues": {queue.name: queue.messages for queue in found.queues},
        "mails": {
            "waiting": found.mails.due,
            "oldest_seconds": age_seconds(found.mails.oldest_at),
            "given_up": found.mails.given_up,
        },
    }


def _flight(row: flight.InFlight) -> Mapping[str, Any]:
    return {
        "status": row.status,
        "provider": row.provider,
        "count": row.count,
        "oldest_seconds": age_seconds(row.oldest_at),
        "held": str(row.held),
    }


def _pile(pile: trouble.Pile[Any]) -> dict[str, Any]:
    return {
        "count": pile.count,
        "oldest_seconds": age_seconds(pile.oldest_at),
        "held": str(pile.held),
    }


def _jobs(pile: trouble.Pile[Generation]) -> list[Mapping[str, Any]]:
    return [
        {
            "id": job.pk,
            "key": str(job.key),
            "status": job.status,
            "provider": job.provider,
            "model": job.model,
            "age_seconds": age_seconds(job.created_at),
            "held": str(job.upper_bound),
            "error": job.error_code,
            "why": job.error_message,
        }
        for job in pile.shown
    ]


def _holds(pile: trouble.Pile[Hold]) -> list[Mapping[str, Any]]:
    return [
        {"reference": hold.reference, "held": str(hold.amount), "age_seconds": age_seconds(hold.opened_at)}
        for hold in pile.shown
    ]


def _provider(row: standing.Standing) -> Mapping[str, Any]:
    return {
        "is_mocked": row.is_mocked,
        "is_failing": row.is_failing,
        "answered_seconds_ago": age_seconds(row.answered_at),
        "failed_seconds_ago": age_seconds(row.failed_at),
        "trouble": row.trouble,
        "places": row.places,
        "running": row.crowd.running,
        "waiting": row.crowd.waiting,
        "resting_seconds": age_seconds(row.resting.since) if row.resting else None,
        "resting": _rest(row.resting) if row.resting else None,
    }


def _rest(rest: Trouble) -> Mapping[str, Any]:
    return {
        "failures": rest.failures,
        "next_try_at": rest.next_try_at.isoformat() if rest.next_try_at else None,
        "trouble": rest.words,
    }


def _outcome(row: outcomes.Outcome) -> Mapping[str, Any]:
    return {
        "succeeded": row.succeeded,
        "failed": row.failed,
        "cancelled": row.cancelled,
        "success_percent": row.success_percent,
        "median_seconds": row.median_seconds,
        "p95_seconds": row.p95_seconds,
        "median_cost": None if row.median_cost is None else str(row.median_cost),
        "p95_cost": None if row.p95_cost is None else str(row.p95_cost),
    }


def _heartbeat(row: Heartbeat) -> Mapping[str, Any]:
    return {
        "seen_seconds_ago": age_seconds(row.seen_at),
        "is_failing": row.is_failing,
        "trouble": row.trouble if row.is_failing else "",
    }
