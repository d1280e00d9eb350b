"""How far a take is that is being made: its place in line, its per cent, its time beside the usual time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from generation import lanes
from generation.catalogue import catalogue
from generation.models import Generation, Status
from studio import take_words

MOCK = "mock"


@dataclass(frozen=True)
class Making:
    """A take at work. `position` is its place in the provider's queue, `place` that among our orders which wait to be

    sent to it: 1 is next. `percent` is what the provider tells. Times are seconds since the order.
    """

    status: str
    elapsed: int
    usual: float
    position: int | None = None
    percent: int | None = None
    place: int | None = None
    is_cancelling: bool = False

    @property
    def words(self) -> str:
        """Where it is, in a few words."""
        if self.is_cancelling:
            return "Cancelling"
        if self.status == Status.QUEUED and self.place:
            return "Next to be sent" if self.place == 1 else f"Number {self.place} to be sent"
        if self.status == Status.SUBMITTED and self.shown_percent is not None:
            return f"Rendering, {self.shown_percent} %"
        if self.status == Status.SUBMITTED and self.position:
            return f"Number {self.position} in the queue"
        return _WORDS.get(self.status, "")

    @property
    def short_words(self) -> str:
        """The same for a tile."""
        if self.is_cancelling:
            return "Cancelling"
        if self.status == Status.QUEUED and self.place:
            return "Next" if self.place == 1 else f"{self.place - 1} before it"
        if self.status == Status.SUBMITTED and self.shown_percent is not None:
            return f"{self.shown_percent} %"
        if self.status == Status.SUBMITTED and self.position:
            return f"{self.position} ahead"
        return str(Status(self.status).label) if self.status in Status.values else self.status

    @property
    def shown_percent(self) -> int | None:
        """What can be shown as a bar: only while the provider works on it."""
        return self.percent if self.status == Status.SUBMITTED else None

    @property
    def clock(self) -> str:
        """“1:20”."""
        return take_words.clock(self.elapsed)

    @property
    def usual_words(self) -> str:
        """“of about 2 min”, or that it takes longer; empty where nobody knows."""
        if self.usual < 1:
            return ""
        about = f"about {take_words.duration(round(self.usual))}"
        return f"of {about}" if self.elapsed <= self.usual else f"so far, usually {about}"


_WORDS: Mapping[str, str] = {
    Status.QUEUED: "Waiting to be sent",
    Status.SUBMITTING: "Sending",
    Status.SUBMITTED: "Rendering",
    Status.READY: "Saving the files",
    Status.UNCERTAIN: "Checking with the provider",
}


def making(generation: Generation, place: int | None = None) -> Making:
    """How far this generation is; `place` is of `places_of`."""
    return Making(
        status=generation.status,
        elapsed=elapsed_seconds(generation.created_at, generation.finished_at),
        usual=usual_seconds(generation.model, generation.provider),
        position=generation.queue_position,
        percent=generation.progress,
        place=place,
        is_cancelling=bool(generation.cancel_requested_at) and generation.status != Status.UNCERTAIN,
    )


def makings(generations: Iterable[Generation]) -> dict[int, Making]:
    """The same for many of one account, by id. Two queries at most, and none where nothing waits to be sent."""
    found = list(generations)
    places = places_of(found)
    return {each.pk: making(each, places.get(each.pk)) for each in found}


def places_of(generations: Iterable[Generation]) -> Mapping[int, int]:
    """The places of those that wait to be sent, by id; all are of one account."""
    waiting = [each for each in generations if each.status == Status.QUEUED]
    return lanes.places(waiting[0].account_id) if waiting else {}


def elapsed_seconds(since: datetime, until: datetime | None = None) -> int:
    return max(0, int(((until or timezone.now()) - since).total_seconds()))


def usual_seconds(model: str, provider: str) -> float:
    """How long such a take usually takes from order to file; 0 where the catalogue no longer has the model."""
    if provider == MOCK:
        return float(settings.MOCK_QUEUE_SECONDS + settings.MOCK_RUN_SECONDS)
    spec = catalogue().models.get(model)
    return float(spec.typical_seconds) if spec else 0.0
