"""Signs of life: which parts of the house were seen working, and when."""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from generation import circuits, deadlines, storage
from generation.models import Heartbeat, Lease

logger = logging.getLogger(__name__)

STALE = timedelta(seconds=60)
WORKER = "worker-"
# What the life of an order goes through.
NEEDED = ("submit", "store")


@dataclass(frozen=True)
class Check:
    """One part of the house: whether it works, and in words how it was found."""

    name: str
    is_well: bool
    detail: str


class NotWellError(Exception):
    """A part does not work; the message may be read by anybody."""


def seen(name: str) -> None:
    """Note that `name` works right now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def broke_off(name: str, trouble: str) -> None:
    """Note that `name` did not work right now. Anybody may read `trouble`, so it has no words of an error."""
    Heartbeat.objects.update_or_create(
        name=name, defaults={"failed_at": timezone.now(), "trouble": trouble[:1000]}
    )


def take_lease(name: str, holder: str, length: timedelta) -> bool:
    """Take or renew a role for a while. True for exactly one holder at a time."""
    now = timezone.now()
    mine_or_free = Q(holder=holder) | Q(expires_at__lte=now)
    if Lease.objects.filter(mine_or_free, name=name).update(holder=holder, expires_at=now + length):
        return True
    _, created = Lease.objects.get_or_create(
        name=name, defaults={"holder": holder, "expires_at": now + length}
    )
    return created


def give_up_lease(name: str, holder: str) -> None:
    """Let the next one take the role at once."""
    Lease.objects.filter(name=name, holder=holder).delete()


def process_name() -> str:
    """This process among all on all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def queues() -> list[str]:
    """The queues that somebody has to take messages from."""
    return sorted(current_app.amqp.queues)


def worker_seen(queue: str) -> None:
    """Note that a worker takes messages from this queue."""
    seen(f"{WORKER}{queue}")


def has_worker() -> bool:
    """Whether workers were seen lately at all that an order needs."""
    lately = Heartbeat.objects.filter(seen_at__gt=timezone.now() - STALE)
    return lately.filter(name__in=[WORKER + queue for queue in NEEDED]).count() == len(NEEDED)


def checks() -> list[Check]:
    """Look at every part; none of these raises for a part that is down."""
    return [
        _check("database", _database),
        _check("broker", _broker),
        _check("storage", storage.check),
        _check("worker", _worker),
        _check("sweep", _sweep),
        _check("providers", _providers),
    ]


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except NotWellError as error:
        return Check(name, False, str(error))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, the page must say so and not break
        # The page is open to anybody and the text of an error may name hosts, so that goes to the log alone.
        logger.error("The health check of %s failed: %s", name, error)
        return Check(name, False, type(error).__name__)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def _broker() -> str:
    transport = str(current_app.conf.broker_url).partition(":")[0]
    with current_app.connection_for_write() as broker:
        try:
            broker.ensure_connection(max_retries=1, timeout=3)
        except BrokerError as error:
            raise NotWellError(f"{transport} does not answer") from error
    return transport


def _worker() -> str:
    """Well when each queue has somebody who takes from it; says how long ago the rarest was seen."""
    beats = dict(Heartbeat.objects.filter(name__startswith=WORKER).values_list("name", "seen_at"))
    seen_at = {queue: beats.get(WORKER + queue) for queue in queues()}
    if not any(seen_at.values()):
        raise NotWellError("no worker was ever seen; start one")
    ages = {queue: int((timezone.now() - at).total_seconds()) for queue, at in seen_at.items() if at}
    missing = [queue for queue in seen_at if queue not in ages or ages[queue] > STALE.total_seconds()]
    if missing:
        words = (f"{queue} ({_ago(ages.get(queue))})" for queue in missing)
        raise NotWellError(f"no worker takes what is in the queue {', '.join(words)}")
    return f"seen {max(ages.values())} seconds ago"


def _ago(seconds: int | None) -> str:
    return "never seen" if seconds is None else f"last seen {seconds} seconds ago"


def _sweep() -> str:
    """The age, and what is overdue: that is for people to decide, and no reason to call the house down."""
    age = _age_of("sweep", "nothing was ever swept; start the watcher")
    count, oldest = deadlines.overdue()
    return (
        f"{age}; {count} past their deadline, the oldest by {int(oldest.total_seconds())} seconds"
        if count
        else age
    )


def _providers() -> str:
    """Who is given no orders because they answer none. The house goes on without them, so it is not down."""
    resting = [
        f"{each.provider} answers no orders since {each.since:%F %H:%M} UTC" for each in circuits.troubles()
    ]
    return "; ".join(resting) or "none is known to be away"


def _age_of(name: str, never: str) -> str:
    beat = Heartbeat.objects.filter(name=name).first()
    if beat is not None and beat.is_failing:
        raise NotWellError(beat.trouble)
    if beat is None or beat.seen_at is None:
        raise NotWellError(never)
    age = timezone.now() - beat.seen_at
    if age > STALE:
        raise NotWellError(f"last seen {int(age.total_seconds())} seconds ago")
    return f"seen {int(age.total_seconds())} seconds ago"
