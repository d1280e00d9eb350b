"""Why an order is still waiting to be sent, in plain words: its provider answers none, or has no place free."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from generation import circuits, lanes
from generation.circuits import Trouble
from generation.models import Generation, Status

PROVIDER_NAMES = {"fal": "fal.ai", "kie": "Kie.ai", "mock": "The mock provider"}


@dataclass(frozen=True)
class Notice:
    """A provider that takes no orders, for the top of a page."""

    title: str
    text: str


def reason(generation: Generation) -> str:
    """Why this order has not been sent yet; empty when it is on its way, or will be in a moment."""
    if generation.status != Status.QUEUED:
        return ""
    trouble = circuits.trouble_at(generation.provider)
    if trouble is not None:
        return f"{_title(trouble)} This order waits with its money held; {_next_try(trouble)}."
    places = lanes.limit(generation.provider)
    if places is None or lanes.running(generation.provider) < places:
        return ""
    name = PROVIDER_NAMES.get(generation.provider, generation.provider)
    return (
        f"{name} has {places} job{'' if places == 1 else 's'} of ours at a time, shared between the projects. "
        "This order is sent as soon as it is its turn."
    )


def notices() -> list[Notice]:
    """What is the matter with providers just now: one query, and one more where something is."""
    troubles = circuits.troubles()
    held_back = _with_orders(trouble.provider for trouble in troubles)
    return [Notice(_title(each), _what_happens(each, each.provider in held_back)) for each in troubles]


def _with_orders(providers: Iterable[str]) -> set[str]:
    """Those of the providers that orders wait for."""
    names = list(providers)
    queued = Generation.objects.filter(status=Status.QUEUED, provider__in=names)
    return set(queued.order_by().values_list("provider", flat=True).distinct()) if names else set()


def _what_happens(trouble: Trouble, has_orders: bool) -> str:
    if has_orders:
        return f"Orders wait with their money held; {_next_try(trouble)}. Nothing has to be done."
    return "No order waits for it; the next one sees whether it answers again."


def _title(trouble: Trouble) -> str:
    name = PROVIDER_NAMES.get(trouble.provider, trouble.provider)
    return f"{name} has not taken orders since {_clock(trouble.since)}."


def _next_try(trouble: Trouble) -> str:
    next_try_at = trouble.next_try_at
    return f"one is tried again at {_clock(next_try_at)}" if next_try_at else "one is tried now"


def _clock(moment: datetime) -> str:
    """The time of day, and the day where it is not today."""
    local = timezone.localtime(moment)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "j F, H:i")
