"""Who is at work: signs of life, who leads the watch, what waits in the broker, which mails are due."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.utils import timezone
from kombu.exceptions import ChannelError
from kombu.exceptions import OperationalError as BrokerError

from generation.models import Heartbeat, Lease

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Queue:
    """A queue of the broker. `messages` is None where nobody outside of its process can tell."""

    name: str
    messages: int | None


def heartbeats() -> Sequence[Heartbeat]:
    """Every part that ever gave a sign of life, by name."""
    return list(Heartbeat.objects.order_by("name"))


def leader() -> str:
    """The process that leads the watch; empty when none does."""
    lease = Lease.objects.filter(name="watcher", expires_at__gt=timezone.now()).first()
    return lease.holder if lease else ""


def queues() -> list[Queue]:
    """How many messages wait; hints only, so a long queue is no loss, but a sign that workers are few."""
    names = sorted(current_app.amqp.queues)
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
            channel = broker.default_channel
            absent = None if str(broker.transport_cls) == "memory" else 0
            return [Queue(name, _length(channel, name, absent)) for name in names]
    except (BrokerError, OSError) as error:
        logger.warning("The broker does not tell what waits: %s", error)
        return [Queue(name, None) for name in names]


def _length(channel: object, name: str, absent: int | None) -> int | None:
    """Redis keeps no empty queue, so one that is not there has nothing in it; one in memory may be elsewhere."""
    try:
        return int(channel.queue_declare(name, passive=True).message_count)  # type: ignore[attr-defined]
    except ChannelError:
        return absent


def age_seconds(at: datetime | None) -> int | None:
    """Whole seconds since then."""
    return None if at is None else max(int((timezone.now() - at).total_seconds()), 0)
