"""A worker that is slow, taken for dead, or without its storage or database: never two jobs, never a lost one."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import OperationalError, connection
from django.utils import timezone

from billing import budgets
from generation import decisions, leases, lifecycle, orders, tasks
from generation.models import Generation, Status
from generation.orders import Order
from generation.providers.base import Job, Submission
from generation.providers.errors import InvalidRequestError, NotSentError
from generation.sweep import sweep
from tests.factories import make_project, make_user
from tests.fakes.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db

KEY = "uploads/start.png"


def place(**request: Any) -> Generation:
    generation = orders.place(
        Order(account=make_project().account, model="flux-dev", values={"prompt": "Sand falls."})
    )
    generation.request |= request
    generation.save(update_fields=["request"])
    return generation


def place_with_file() -> Generation:
    return place(inputs={"image_url.0": {"key": KEY, "sha256": "0" * 64}})


def taken_for_dead(generation: Generation) -> None:
    """So much time passes that the sweep believes nobody is sending this any more."""
    past = timezone.now() - timedelta(minutes=2)
    Generation.objects.filter(pk=generation.pk).update(changed_at=past)
    Generation.objects.filter(pk=generation.pk).exclude(lease_until=None).update(lease_until=past)
    Generation.objects.filter(pk=generation.pk).exclude(submitted_at=None).update(submitted_at=past)
    sweep(lambda task, pk: None)


def on_submit(provider: ScriptedProvider, first: Callable[[], None]) -> None:
    """Have something happen while the order is under way."""
    send = provider.submit

    def submit(job: Job) -> Submission:
        first()
        return send(job)

    provider.submit = submit  # type: ignore[method-assign]


def test_who_is_overtaken_while_handing_over_a_file_sends_nothing(provider: ScriptedProvider) -> None:
    generation = place_with_file()
    storages["default"].save(KEY, ContentFile(provider.file))
    hand_over = provider.publish

    def slowly(path: Path, content_type: str) -> str:
        provider.publish = hand_over  # type: ignore[method-assign]
        taken_for_dead(generation)
        tasks.submit(generation.pk)
        return hand_over(path, content_type)

    provider.publish = slowly  # type: ignore[method-assign]
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert provider.jobs == {str(generation.key): 1}


def test_who_lives_and_hands_over_a_file_is_not_taken_for_dead(provider: ScriptedProvider) -> None:
    generation = place_with_file()
    storages["default"].save(KEY, ContentFile(provider.file))
    hand_over = provider.publish

    def slowly(path: Path, content_type: str) -> str:
        past = timezone.now() - timedelta(minutes=2)
        Generation.objects.filter(pk=generation.pk).update(changed_at=past)
        assert leases.renew_claims(list(leases._claims)) == 1
        sweep(lambda task, pk: None)
        return hand_over(path, content_type)

    provider.publish = slowly  # type: ignore[method-assign]
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.submit_attempts) == (Status.SUBMITTED, 1)
    assert generation.lease_until is None
    assert leases._claims == set()


def test_who_leaves_while_handing_over_a_file_gives_its_place_back_and_sends_nothing(
    provider: ScriptedProvider,
) -> None:
    generation = place_with_file()
    storages["default"].save(KEY, ContentFile(provider.file))
    hand_over = provider.publish

    def leaving(path: Path, content_type: str) -> str:
        assert leases.hand_back() == 1
        return hand_over(path, content_type)

    provider.publish = leaving  # type: ignore[method-assign]
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.lease_until) == (Status.QUEUED, None)
    assert provider.asked["submit"] == 0


def test_who_leaves_does_not_give_back_the_claim_of_another(provider: ScriptedProvider) -> None:
    generation = place_with_file()
    storages["default"].save(KEY, ContentFile(provider.file))
    hand_over = provider.publish

    def overtaken(path: Path, content_type: str) -> str:
        taken_for_dead(generation)
        assert lifecycle.claim(Generation.objects.get(pk=generation.pk), "another")
        assert leases.renew_claims(list(leases._claims)) == 0
        assert leases.hand_back() == 0
        return hand_over(path, content_type)

    provider.publish = overtaken  # type: ignore[method-assign]
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.submit_attempts) == (Status.SUBMITTING, 2)
    assert provider.asked["submit"] == 0


def test_a_file_that_cannot_be_handed_over_does_not_end_another_workers_claim(
    provider: ScriptedProvider,
) -> None:
    generation = place_with_file()
    storages["default"].save(KEY, ContentFile(provider.file))

    def too_late(path: Path, content_type: str) -> str:
        taken_for_dead(generation)
        assert lifecycle.claim(Generation.objects.get(pk=generation.pk), "another")
        raise InvalidRequestError("no such file type")

    provider.publish = too_late  # type: ignore[method-assign]
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTING
    assert budgets.available(generation.account).held == generation.upper_bound


def test_a_storage_that_is_away_leaves_the_order_in_the_queue(
    provider: ScriptedProvider, settings: Any
) -> None:
    generation = place_with_file()
    nowhere = {"bucket_name": "b", "endpoint_url": "http://127.0.0.1:9", "access_key": "a", "secret_key": "b"}
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": nowhere}
    settings.STORAGES = {**settings.STORAGES, "default": s3}
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert provider.asked["submit"] == 0


@pytest.mark.parametrize("error", [InvalidRequestError("no"), NotSentError("refused")])
def test_an_answer_after_we_were_taken_for_dead_still_ends_the_order(
    provider: ScriptedProvider, error: Exception
) -> None:
    generation = place()
    Generation.objects.update(submit_attempts=tasks.MAX_SUBMIT_ATTEMPTS - 1)
    provider.submit_answers = [error]
    on_submit(provider, lambda: taken_for_dead(generation))
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert budgets.available(generation.account).held == Decimal(0)


def test_a_job_taken_after_a_person_gave_it_up_is_on_record(
    provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    generation = place()

    def give_up() -> None:
        taken_for_dead(generation)
        decisions.decide(generation, make_user(), cost=Decimal(0), why="Nobody knows it.")

    on_submit(provider, give_up)
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    last = generation.events.last()
    assert last is not None
    assert f"job-{generation.key}" in last.note
    assert f"job-{generation.key}" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_for_a_moment_does_not_lose_the_job(
    provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    generation = place()
    failures = [OperationalError("the server closed the connection")]

    def broken_once(execute: Any, sql: str, *rest: Any) -> Any:
        if failures and sql.startswith("UPDATE") and '"external_id" = ' in sql:
            raise failures.pop()
        return execute(sql, *rest)

    with connection.execute_wrapper(broken_once):
        tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert not failures
    assert generation.status == Status.SUBMITTED
    assert f"job-{generation.key}" in caplog.text
