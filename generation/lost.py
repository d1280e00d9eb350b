"""Orders whose answer was lost: looking for them at the provider, by our own id or by what they asked for.

Nothing here sends an order. What is found is polled like any other; what is not keeps its hold and waits for a late
call, another look, or a person.
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation import lifecycle, polling
from generation.models import Generation, Status
from generation.providers import provider_named
from generation.providers.base import LostOrder, Provider, Submission
from generation.providers.errors import NotSentError, ProviderError

logger = logging.getLogger(__name__)

# How far around the time of the order jobs of other orders are looked at, so that none of them is taken for this one.
AROUND = timedelta(hours=6)


def pause(age: timedelta) -> timedelta:
    """Until the next look: often while the provider still has a result to give, seldom later."""
    if age < timedelta(minutes=10):
        return timedelta(seconds=15)
    return timedelta(minutes=5) if age < timedelta(days=1) else timedelta(hours=1)


def look_for(generation: Generation) -> bool:
    """Ask the provider whether it has this order; True when its state changed."""
    provider = provider_named(generation.provider)
    if generation.external_id:
        return _ask_again(generation, provider)
    try:
        found = provider.find(str(generation.key)) or provider.search(_description(generation))
    except NotSentError as error:
        return lifecycle.send_again(generation.pk, timedelta(0), str(error), "sweep")
    except ProviderError as error:
        logger.warning("%s could not be looked up: %s", generation.key, error)
        return False
    return found is not None and _adopt(generation, provider, found)


def _ask_again(generation: Generation, provider: Provider) -> bool:
    """The provider did not know a job that it had named itself. If it does now, the job goes on."""
    submission = Submission(generation.external_id, generation.external_urls, generation.endpoint)
    try:
        provider.poll(submission)
    except ProviderError as error:
        logger.warning("%s is still not known to its provider: %s", generation.key, error)
        return False
    return lifecycle.sent(generation.pk, submission, timezone.now() + polling.FIRST, "sweep")


def _adopt(generation: Generation, provider: Provider, found: Submission) -> bool:
    try:
        with transaction.atomic():
            return lifecycle.sent(generation.pk, found, timezone.now() + polling.FIRST, "sweep")
    except IntegrityError:
        logger.warning("%s has %s already as another order's job.", provider.label, found.request_id)
        return False


def _description(generation: Generation) -> LostOrder:
    around = (generation.created_at - AROUND, generation.created_at + AROUND)
    others = Generation.objects.filter(provider=generation.provider, created_at__range=around)
    known = others.exclude(pk=generation.pk).exclude(external_id="").values_list("external_id", flat=True)
    return LostOrder(
        reference=str(generation.key),
        endpoint=generation.endpoint,
        arguments=generation.request["arguments"],
        ordered_at=_sent_at(generation),
        known=frozenset(known),
    )


def _sent_at(generation: Generation) -> datetime:
    sending = generation.events.filter(to_status=Status.SUBMITTING).order_by("-id").first()
    return sending.at if sending else generation.created_at
