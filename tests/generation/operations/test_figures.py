"""The read model: each figure from rows that are known, in a number of queries that does not grow."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Hold, Notice
from billing.models.notice import NoticeKind
from generation import decisions, health, lanes, orders
from generation.models import CostState, Generation, Lane, Status
from generation.operations import outcomes, processes, trouble
from generation.operations.exposition import exposition
from generation.operations.figures import as_json, figures
from studio.celery import app as ours
from tests.factories import make_generation, make_project, make_user
from tests.services import need_redis

pytestmark = pytest.mark.django_db


def ago(**words: int) -> Any:
    return timezone.now() - timedelta(**words)


def dead(**fields: Any) -> Generation:
    return make_generation(status=Status.FAILED, **{"error_code": "not_sent"} | fields)


def test_what_is_in_flight_by_state_and_provider_with_the_oldest() -> None:
    make_generation(created_at=ago(hours=2), estimate="0.50")
    make_generation(created_at=ago(hours=1), estimate="0.25")
    make_generation(status=Status.READY, provider="fal")
    make_generation(status=Status.SUCCEEDED)
    rows = [(row.status, row.provider, row.count, row.held) for row in figures().in_flight]
    assert rows == [("queued", "mock", 2, Decimal("0.75")), ("ready", "fal", 1, Decimal("0.35"))]
    assert processes.age_seconds(figures().in_flight[0].oldest_at) in range(7200, 7230)


def test_what_waits_for_a_decision() -> None:
    lost = make_generation(status=Status.UNCERTAIN, created_at=ago(hours=3))
    overdue = make_generation(status=Status.SUBMITTED, deadline_at=ago(minutes=1), created_at=ago(hours=2))
    unpriced = make_generation(status=Status.FAILED, created_at=ago(hours=1))
    Generation.objects.filter(pk=unpriced.pk).update(cost_state=CostState.UNDETERMINED, cost_micros=None)
    make_generation(status=Status.SUBMITTED)
    found = trouble.to_decide()
    assert [job.pk for job in found.shown] == [lost.pk, overdue.pk, unpriced.pk]
    assert (found.count, found.held) == (3, Decimal("1.05"))
    assert trouble.uncertain().count == 1


def test_a_dead_letter_is_one_until_it_is_ordered_again_or_given_up() -> None:
    project = make_project()
    letters = [dead(project=project, created_at=ago(hours=hours)) for hours in (3, 2, 1)]
    dead(project=project, error_code="content_rejected")
    dead(project=project, error_code="given_up")
    dead(project=project, changed_at=ago(days=31))
    assert [job.pk for job in trouble.dead_letters().shown] == [letter.pk for letter in letters]
    make_generation(project, replaces=letters[0])
    decisions.lay_aside(letters[1], make_user("ada"))
    assert [job.pk for job in trouble.dead_letters().shown] == [letters[2].pk]
    event = letters[1].events.last()
    assert (event.actor, event.note) == ("ada", "Given up: it is not ordered again.")


def test_only_what_failed_at_a_known_cost_is_laid_aside_and_only_once() -> None:
    user, letter, running = make_user(), dead(), make_generation(status=Status.SUBMITTED)
    decisions.lay_aside(letter, user)
    for generation in (letter, running):
        before = generation.events.count()
        with pytest.raises(decisions.DecisionRefusedError):
            decisions.lay_aside(generation, user)
        assert generation.events.count() == before


def test_a_hold_that_nothing_ends_is_stranded_and_an_old_one_is_shown() -> None:
    over = make_generation(status=Status.QUEUED)
    Generation.objects.filter(pk=over.pk).update(
        status=Status.FAILED, finished_at=timezone.now(), cost_state=CostState.KNOWN, cost_micros=0
    )
    living = make_generation(estimate="0.80")
    Hold.objects.filter(pk__in=[over.hold_id, living.hold_id]).update(opened_at=ago(days=2))
    found = figures()
    assert [hold.pk for hold in found.stranded.shown] == [over.hold_id]
    assert [hold.pk for hold in found.long_held.shown] == [living.hold_id]
    assert found.long_held.held == Decimal("0.80")


def test_many_are_counted_and_the_oldest_few_shown() -> None:
    project = make_project()
    for _ in range(trouble.SHOWN + 2):
        make_generation(project, status=Status.UNCERTAIN, estimate="0.01")
    found = trouble.to_decide()
    assert (found.count, len(found.shown), found.hidden) == (trouble.SHOWN + 2, trouble.SHOWN, 2)


def test_outcomes_by_model_with_nearest_ranks() -> None:
    project, now = make_project(), timezone.now()
    for seconds in (10, 20, 30, 400):
        make_generation(
            project,
            status=Status.SUCCEEDED,
            created_at=now - timedelta(seconds=seconds),
            finished_at=now,
            cost=f"0.{seconds // 10:02}",
            estimate="0.50",
        )
    make_generation(project, status=Status.FAILED)
    make_generation(project, status=Status.CANCELLED)
    make_generation(project, status=Status.FAILED, model="flux-dev")
    make_generation(project, status=Status.SUCCEEDED, changed_at=ago(days=2), finished_at=ago(days=2))
    flux, kling = outcomes.outcomes("24h").models
    assert (flux.success_percent, flux.median_seconds, flux.median_cost) == (0, None, None)
    assert (kling.succeeded, kling.failed, kling.cancelled, kling.success_percent) == (4, 1, 1, 80)
    assert (kling.median_seconds, kling.p95_seconds) == (20, 400)
    assert (kling.median_cost, kling.p95_cost) == (Decimal("0.02"), Decimal("0.40"))
    assert outcomes.outcomes("7d").models[1].succeeded == 5
    assert outcomes.outcomes("nonsense").window == "24h"


@pytest.mark.parametrize(
    ("count", "share", "rank"),
    [(1, 0.95, 1), (2, 0.5, 1), (3, 0.5, 2), (20, 0.95, 19), (21, 0.95, 20), (100, 0.95, 95)],
)
def test_a_quantile_is_a_value_that_occurred(count: int, share: float, rank: int) -> None:
    assert outcomes.quantile(range(1, count + 1), share) == rank


def test_a_lane_says_who_is_at_work_and_who_waits(settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"fal": 3, "kie": 0}
    for status in (Status.SUBMITTING, Status.SUBMITTED, Status.UNCERTAIN, Status.READY, Status.QUEUED):
        make_generation(provider="fal", status=status)
    make_generation(provider="fal", status=Status.UNCERTAIN, changed_at=timezone.now() - lanes.LOST)
    make_generation(provider="kie", status=Status.QUEUED)
    found = {row.slug: (row.places, row.crowd.running, row.crowd.waiting) for row in figures().providers}
    assert found == {"fal": (3, 3, 1), "kie": (None, 0, 1), "mock": (None, 0, 0)}
    text = exposition(figures()).decode()
    assert 'lane_running{provider="fal"} 3.0' in text
    assert 'lane_waiting{provider="kie"} 1.0' in text
    assert 'lane_places{provider="kie"}' not in text


def test_a_provider_that_rests_is_seen_and_the_house_is_not_down() -> None:
    assert checks()["providers"] == (True, "none is known to be away")
    at = datetime(2026, 11, 21, 12, 3, tzinfo=UTC)
    Lane.objects.create(provider="fal", failures=5, opened_at=at, retry_at=at, trouble="503 from 10.0.0.7")
    assert checks()["providers"] == (True, "fal answers no orders since 2026-11-21 12:03 UTC"), (
        "and no words of an error"
    )
    assert [row.slug for row in figures().providers if row.resting] == ["fal"]
    text = exposition(figures()).decode()
    assert 'provider_resting{provider="fal"} 1.0' in text
    assert 'provider_resting{provider="kie"} 0.0' in text


def checks() -> dict[str, tuple[bool, str]]:
    return {check.name: (check.is_well, check.detail) for check in figures().checks}


def test_a_provider_is_failing_while_its_last_word_was_a_trouble() -> None:
    dead(provider="fal", changed_at=ago(hours=2), error_message="503 from fal")
    fal = next(row for row in figures().providers if row.slug == "fal")
    assert (fal.is_failing, fal.trouble) == (True, "503 from fal")
    make_generation(provider="fal", status=Status.SUCCEEDED, changed_at=ago(hours=1))
    fal = next(row for row in figures().providers if row.slug == "fal")
    assert (fal.is_failing, fal.trouble) == (False, "503 from fal")


def test_too_many_is_no_trouble_of_a_provider() -> None:
    dead(provider="fal", error_code="rate_limited", error_message="429 from fal")
    fal = next(row for row in figures().providers if row.slug == "fal")
    assert (fal.is_failing, fal.trouble) == (False, "")


def test_a_provider_that_rests_is_failing_though_it_delivered_and_says_when_it_is_tried() -> None:
    make_generation(provider="fal", status=Status.SUCCEEDED)
    soon = timezone.now() + timedelta(minutes=1)
    Lane.objects.create(provider="fal", failures=3, opened_at=ago(minutes=4), retry_at=soon, trouble="503")
    assert next(row for row in figures().providers if row.slug == "fal").is_failing
    said = {"failures": 3, "next_try_at": soon.isoformat(), "trouble": "503"}
    assert as_json(figures())["providers"]["fal"]["resting"] == said
    out = StringIO()
    call_command("ops", stdout=out)
    assert f"3 in a row had no answer, tried again at {soon:%H:%M:%S} UTC: 503" in out.getvalue()
    Lane.objects.update(retry_at=ago(seconds=1))
    call_command("ops", stdout=out)
    assert "tried again with the next order: 503" in out.getvalue()


def test_mails_that_wait() -> None:
    Notice.objects.create(kind=NoticeKind.DIGEST, account=make_project().account, due_at=ago(hours=1))
    found = figures().mails
    assert (found.due, processes.age_seconds(found.oldest_at)) in [(1, age) for age in range(3600, 3630)]


def test_the_queries_do_not_grow_with_the_rows() -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_json(figures())
        return len(queries)

    project = make_project()
    make_generation(project, status=Status.UNCERTAIN)
    dead(project=project)
    make_generation(project, status=Status.SUCCEEDED)
    few = asked()
    for status in (Status.UNCERTAIN, Status.QUEUED, Status.READY, Status.SUCCEEDED):
        for _ in range(4):
            make_generation(project, status=status)
            dead(project=project)
    assert asked() == few <= 40


def test_the_command_says_the_same_in_words_and_as_json() -> None:
    letter, lost = dead(), make_generation(status=Status.UNCERTAIN)
    health.seen("sweep")
    out = StringIO()
    call_command("ops", "--json", "--window", "7d", stdout=out)
    said = json.loads(out.getvalue())
    assert said["window"] == "7d"
    assert said["dead_letters"]["generations"][0]["key"] == str(letter.key)
    assert said["uncertain"]["held"] == said["to_decide"]["held"] == "0.350000"
    assert (said["ok"], said["checks"]["worker"]["ok"], said["checks"]["sweep"]["ok"]) == (False, False, True)
    out = StringIO()
    call_command("ops", stdout=out)
    assert f"decide: {lost.key} uncertain at mock" in out.getvalue()
    assert "Not all is well." in out.getvalue()


@pytest.fixture
def broker() -> Iterator[Callable[[str], Celery]]:
    """Makes the application of another broker the current one while the test runs."""
    made: list[Celery] = []

    def use(address: str) -> Celery:
        app = Celery("queues", broker=address)
        app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        app.set_current()
        made.append(app)
        return app

    yield use
    ours.set_current()
    for app in made:
        app.close()


@pytest.mark.redis
def test_the_length_of_queues_is_what_the_broker_says(broker: Callable[[str], Celery]) -> None:
    app = broker(need_redis())
    names = {queue.name: queue.messages for queue in processes.queues()}
    assert set(names.values()) == {0}, "a queue that Redis does not keep is empty"
    app.send_task("generation.submit", args=[1])
    app.send_task("generation.submit", args=[2])
    assert {queue.name: queue.messages for queue in processes.queues()} == names | {"celery": 2}


def test_a_broker_that_is_away_leaves_the_lengths_unknown(broker: Callable[[str], Celery]) -> None:
    broker("redis://127.0.0.1:1/0")
    assert {queue.messages for queue in processes.queues()} == {None}


def test_an_order_again_takes_the_letter_away() -> None:
    project = make_project()
    letter = dead(project=project)
    Generation.objects.filter(pk=letter.pk).update(
        request=letter.request | {"values": {"prompt": "Rain.", "seconds": 5}}
    )
    letter.refresh_from_db()
    orders.retry(letter, make_user())
    assert trouble.dead_letters().count == 0
