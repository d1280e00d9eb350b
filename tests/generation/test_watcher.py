"""The loop that looks: one leads, all in flight are asked, and a provider's silence stops nothing."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import health, providers
from generation.models import Generation, Lease, Status
from generation.polling import RARE, SLOW, interval
from generation.providers.base import Phase, Progress
from generation.providers.errors import UnavailableError, UnknownJobError
from generation.watcher import Watcher
from tests.factories import make_generation
from tests.fakes.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def watcher(provider: ScriptedProvider) -> Iterator[Watcher]:
    made = Watcher(tell=lambda task, pk: told.append((task.name, pk)), beats=False, holder="here")
    told.clear()
    yield made
    made.close()


told: list[tuple[str, int]] = []


def in_flight(**fields: Any) -> Generation:
    given: dict[str, Any] = {"status": Status.SUBMITTED, "poll_at": timezone.now()}
    return make_generation(**given | fields)


def test_what_is_finished_is_handed_to_be_stored(watcher: Watcher) -> None:
    generation = in_flight()
    assert watcher.tick()
    generation.refresh_from_db()
    assert generation.status == Status.READY
    assert told == [("generation.store", generation.pk)]


def test_progress_is_kept_and_the_next_question_set(watcher: Watcher, provider: ScriptedProvider) -> None:
    generation = in_flight()
    provider.poll_answers = [Progress(Phase.WAITING, position=3)]
    watcher.tick()
    generation.refresh_from_db()
    assert (generation.status, generation.queue_position) == (Status.SUBMITTED, 3)
    assert generation.poll_at is not None
    assert generation.poll_at > timezone.now()


def test_news_that_is_none_changes_nothing_that_a_page_shows(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    generation = in_flight(queue_position=3)
    provider.poll_answers = [Progress(Phase.WAITING, position=3)]
    before = generation.changed_at
    watcher.tick()
    generation.refresh_from_db()
    assert generation.changed_at == before


def test_answers_without_news_are_noted_together(watcher: Watcher, provider: ScriptedProvider) -> None:
    at = timezone.now() - timedelta(minutes=5)
    jobs = [in_flight(queue_position=3, submitted_at=at).pk for _ in range(6)]
    provider.poll_answers = [Progress(Phase.WAITING, position=3) for _ in jobs]
    with CaptureQueriesContext(connection) as asked:
        watcher.poll_due()
    updates = [each["sql"] for each in asked if each["sql"].startswith("UPDATE")]
    assert len(updates) == 1
    assert not Generation.objects.due_for_poll(timezone.now()).exists()
    assert Generation.objects.filter(pk__in=jobs, queue_position=3).count() == 6


def test_a_silent_provider_stops_neither_the_loop_nor_the_others(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    first, second = in_flight(), in_flight()
    provider.poll_answers = [UnavailableError("503")]
    watcher.tick()
    statuses = Generation.objects.filter(pk__in=[first.pk, second.pk]).values_list("status", flat=True)
    assert sorted(statuses) == [Status.READY, Status.SUBMITTED]


def test_a_job_the_provider_does_not_know_is_uncertain(watcher: Watcher, provider: ScriptedProvider) -> None:
    generation = in_flight()
    provider.poll_answers = [UnknownJobError("who?")]
    watcher.poll_due()
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN


def test_a_job_just_ordered_may_not_be_written_down_yet(watcher: Watcher, provider: ScriptedProvider) -> None:
    generation = in_flight(submitted_at=timezone.now())
    provider.poll_answers = [UnknownJobError("who?")]
    watcher.poll_due()
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED


def test_a_model_taken_out_of_the_catalogue_is_polled_to_its_end(watcher: Watcher) -> None:
    generation = in_flight(model="a-model-of-last-year")
    watcher.tick()
    generation.refresh_from_db()
    assert generation.status == Status.READY


@pytest.mark.parametrize("bad", [{"provider": "gone"}, {"model": "a-model-of-last-year"}])
def test_a_row_that_cannot_be_asked_about_stops_neither_the_loop_nor_the_others(
    watcher: Watcher, bad: dict[str, str]
) -> None:
    in_flight(**bad)
    other = in_flight()
    assert watcher.tick()
    other.refresh_from_db()
    assert other.status == Status.READY


def test_an_adapter_that_breaks_stops_neither_the_loop_nor_the_others(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    first, second = in_flight(), in_flight()
    provider.poll_answers = [ValueError("this is no JSON")]
    watcher.tick()
    statuses = Generation.objects.filter(pk__in=[first.pk, second.pk]).values_list("status", flat=True)
    assert sorted(statuses) == [Status.READY, Status.SUBMITTED]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_no_column_takes_does_not_keep_the_others_from_being_noted(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    first, second = in_flight(poll_at=timezone.now() - timedelta(minutes=1)), in_flight()
    provider.poll_answers = [Progress(Phase.WAITING, position=-5)]
    watcher.poll_due()
    first.refresh_from_db()
    second.refresh_from_db()
    assert sorted([first.status, second.status]) == [Status.READY, Status.SUBMITTED]


def test_a_provider_that_hangs_keeps_no_other_waiting(
    watcher: Watcher, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(providers.PROVIDERS, "fal", "tests.generation.test_watcher.HangingEntry")
    stuck = [in_flight(provider="fal") for _ in range(watcher.questions.connections + 1)]
    other = in_flight()
    try:
        watcher.tick()
        other.refresh_from_db()
        assert other.status == Status.READY
        watcher.tick()
        assert watcher.questions.waiting("fal") == len(stuck), "none is asked about twice at a time"
    finally:
        let_go.set()
    for _ in range(20):
        watcher.poll_due()
    stuck[0].refresh_from_db()
    assert stuck[0].status == Status.READY


let_go = threading.Event()


class HangingEntry(ScriptedProvider):
    """Does not answer until it is let go."""

    @classmethod
    def from_settings(cls, settings: Any) -> "HangingEntry":
        return cls()

    def poll(self, submission: Any) -> Progress:
        let_go.wait(30)
        return super().poll(submission)


def test_the_longest_due_is_asked_about_first(provider: ScriptedProvider, settings: Any) -> None:
    settings.POLL_CONNECTIONS = 1
    watcher = Watcher(tell=lambda task, pk: None, beats=False)
    old, new = in_flight(poll_at=timezone.now() - timedelta(minutes=1)), in_flight()
    provider.poll_answers = [Progress(Phase.FINISHED), Progress(Phase.RUNNING)]
    watcher.poll_due()
    watcher.close()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (Status.READY, Status.SUBMITTED)


def test_whoever_follows_makes_the_workers_show_that_they_live(settings: Any) -> None:
    assert health.take_lease("watcher", "a process without workers", timedelta(minutes=1))
    follower = Watcher(holder="here")
    assert not follower.tick()
    assert follower.beaten_at > timezone.now() - timedelta(minutes=1)
    follower.close()


def test_one_leads_until_its_lease_ends(watcher: Watcher) -> None:
    other = Watcher(tell=lambda task, pk: None, beats=False, holder="there")
    try:
        assert watcher.tick()
        assert not other.tick()
        Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert other.tick()
        assert not watcher.tick()
    finally:
        other.close()


def test_a_watcher_that_stops_lets_the_next_one_lead_at_once() -> None:
    assert health.take_lease("watcher", "a", timedelta(minutes=1))
    health.give_up_lease("watcher", "a")
    assert health.take_lease("watcher", "b", timedelta(minutes=1))


@pytest.mark.parametrize(
    ("elapsed", "typical", "seconds"),
    [
        (0.2, 120, 0.5),  # soon, so that people see their place
        (2, 120, 4),  # ever later
        (40, 120, 10),
        (57, 120, 3),  # but not past half of the usual time
        (60, 120, 2),  # where it is asked closely: a thirtieth of the usual time,
        (45, 45, 1.5),
        (3, 4, 0.5),  # half a second at least
        (241, 120, 4),
        (800, 120, 20),
    ],
)
def test_questions_come_close_together_about_the_usual_time(
    elapsed: float, typical: float, seconds: float
) -> None:
    assert interval(elapsed, typical).total_seconds() == pytest.approx(seconds)


def test_questions_are_rare_about_a_job_that_its_provider_calls_about() -> None:
    assert interval(0.5, 4, is_called=True) == interval(80, 60, is_called=True) == RARE
    assert interval(800, 60, is_called=True) == SLOW
