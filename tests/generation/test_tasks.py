"""What a worker does with each answer of a provider: where the generation goes and what becomes of its money."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from billing import budgets
from billing.models import HoldState
from generation import orders, storage, tasks
from generation.models import CostState, Event, Generation, Output, Status
from generation.orders import Order
from generation.providers.base import Rate, RemoteFile, Result, Submission, Verdict
from generation.providers.downloads import AddressRefusedError
from generation.providers.errors import (
    ContentRejectedError,
    InvalidRequestError,
    NotSentError,
    RateLimitedError,
    UnavailableError,
    UncertainError,
    UnknownJobError,
)
from tests.factories import make_project, make_user
from tests.fakes.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db


def place() -> Generation:
    return orders.place(
        Order(account=make_project().account, model="flux-dev", values={"prompt": "Sand falls."})
    )


def placed_and_sent() -> Generation:
    generation = place()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    return generation


def ready() -> Generation:
    generation = placed_and_sent()
    Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
    generation.refresh_from_db()
    return generation


def test_an_order_that_arrives_keeps_the_providers_id_before_anything_else(
    provider: ScriptedProvider,
) -> None:
    generation = placed_and_sent()
    assert generation.external_id == f"job-{generation.key}"
    assert generation.external_urls == {"status": "scripted://status"}
    assert generation.poll_at is not None
    assert provider.jobs == {str(generation.key): 1}


def test_submit_sends_once_however_often_the_task_runs(provider: ScriptedProvider) -> None:
    generation = placed_and_sent()
    tasks.submit(generation.pk)
    tasks.submit(generation.pk)
    assert provider.asked["submit"] == 1


@pytest.mark.django_db(transaction=True)
def test_submit_at_the_same_moment_sends_once(provider: ScriptedProvider) -> None:
    generation = place()
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait(10)
        tasks.submit(generation.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert provider.asked["submit"] == 1
    assert provider.jobs == {str(generation.key): 1}


def test_what_surely_did_not_arrive_goes_back_and_is_sent_again(provider: ScriptedProvider) -> None:
    provider.submit_answers = [NotSentError("connection refused")]
    generation = place()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert generation.not_before is not None
    assert generation.not_before > timezone.now()
    tasks.submit(generation.pk)
    assert provider.asked["submit"] == 1, "it waits before it is sent again"
    Generation.objects.update(not_before=timezone.now())
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert provider.jobs == {str(generation.key): 1}


def test_a_rate_limit_is_waited_for_as_long_as_the_provider_says(provider: ScriptedProvider) -> None:
    provider.submit_answers = [RateLimitedError("slow down", retry_after=40)]
    generation = place()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.not_before is not None
    assert timedelta(seconds=35) < generation.not_before - timezone.now() <= timedelta(seconds=40)


def test_a_provider_that_stays_away_ends_the_order_and_frees_the_money(
    provider: ScriptedProvider, settings: Any
) -> None:
    settings.PROVIDER_FAILURES = 0
    provider.submit_answers = [NotSentError("connection refused")] * tasks.MAX_SUBMIT_ATTEMPTS
    generation = place()
    for _ in range(tasks.MAX_SUBMIT_ATTEMPTS):
        Generation.objects.update(not_before=None)
        tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert "Given up" in generation.error_message
    assert budgets.available(generation.account).held == Decimal(0)


def test_a_lost_answer_is_never_sent_again_and_keeps_its_hold(provider: ScriptedProvider) -> None:
    provider.submit_answers = [UncertainError("the connection broke")]
    generation = place()
    for _ in range(3):
        tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    assert provider.jobs == {str(generation.key): 1}
    assert generation.hold.state == HoldState.OPEN


@pytest.mark.parametrize(
    "error", [InvalidRequestError("prompt: too long", field="prompt"), ContentRejectedError("no")]
)
def test_a_refusal_ends_the_order_frees_the_money_and_keeps_the_words(
    provider: ScriptedProvider, error: Exception
) -> None:
    provider.submit_answers = [error]
    generation = place()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert generation.error_message == str(error)
    assert generation.cost == Decimal(0)
    generation.hold.refresh_from_db()
    assert generation.hold.state == HoldState.RELEASED


def test_a_refusal_that_may_be_billed_stays_held_and_undetermined(provider: ScriptedProvider) -> None:
    error = InvalidRequestError("body.prompt: rejected")
    error.may_be_billed = None
    provider.submit_answers = [error]
    generation = place()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert generation.cost is None
    assert generation.cost_state == CostState.UNDETERMINED
    assert budgets.available(generation.account).held == generation.upper_bound


def test_a_success_is_stored_probed_and_charged_once(provider: ScriptedProvider) -> None:
    generation = ready()
    for _ in range(3):
        tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert generation.cost == generation.estimate
    assert provider.asked["result"] == 1
    output = generation.outputs.get()
    assert (output.width, output.height, output.content_type) == (64, 64, "image/png")
    assert output.sha256
    with storage.open_stored(output.key) as stored:
        assert stored.read() == provider.file
    assert not output.poster_key
    money = budgets.available(generation.account)
    assert (money.held, money.spent) == (Decimal(0), generation.estimate)


def test_the_providers_own_cost_is_what_is_charged(provider: ScriptedProvider) -> None:
    files = (RemoteFile("scripted://file"),)
    provider.result_answers = [Result(Verdict.SUCCEEDED, files=files, cost=Decimal("0.017"), seed=11)]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.cost == Decimal("0.017")
    assert generation.seed == 11


def test_a_cost_beyond_the_hold_is_booked_as_an_overrun(provider: ScriptedProvider) -> None:
    files = (RemoteFile("scripted://file"),)
    provider.result_answers = [Result(Verdict.SUCCEEDED, files=files, cost=Decimal("0.5"))]
    generation = ready()
    tasks.store(generation.pk)
    money = budgets.available(generation.account)
    assert money.spent + money.overrun == Decimal("0.5")
    assert money.overrun == Decimal("0.5") - generation.upper_bound


def test_a_failure_is_released_when_it_is_not_billed(provider: ScriptedProvider) -> None:
    provider.result_answers = [Result(Verdict.FAILED, code="nsfw", message="The picture broke the rules.")]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.error_message) == (Status.FAILED, "The picture broke the rules.")
    assert budgets.available(generation.account).held == Decimal(0)


def test_a_failure_nobody_knows_the_cost_of_keeps_its_hold(provider: ScriptedProvider) -> None:
    provider.result_answers = [Result(Verdict.FAILED, message="422", billed=None)]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.cost_state == CostState.UNDETERMINED
    assert list(Generation.objects.undetermined()) == [generation]
    assert budgets.available(generation.account).held == generation.upper_bound


def test_a_false_alarm_goes_back_to_polling(provider: ScriptedProvider) -> None:
    provider.result_answers = [Result(Verdict.PENDING)]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert generation.poll_at is not None


def test_who_cries_wolf_is_believed_ever_more_slowly(provider: ScriptedProvider) -> None:
    generation = ready()
    pauses = []
    for _ in range(8):
        provider.result_answers = [Result(Verdict.PENDING)]
        Generation.objects.update(status=Status.READY, lease_until=None)
        tasks.store(generation.pk)
        generation.refresh_from_db()
        assert generation.poll_at is not None
        pauses.append(round((generation.poll_at - timezone.now()).total_seconds()))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64]


def test_a_file_at_a_forbidden_address_waits_for_somebody_to_mend_it(provider: ScriptedProvider) -> None:
    generation = ready()
    before = generation.events.count()
    for _ in range(4):
        provider.result_answers = [AddressRefusedError("cdn.example is not among the hosts.")]
        Generation.objects.update(lease_until=None)
        tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.READY
    assert generation.events.count() == before + 1
    assert "a new host of the provider is added in the settings" in generation.events.latest("pk").note
    Generation.objects.update(lease_until=None)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED


def test_the_id_of_another_orders_job_is_no_answer(provider: ScriptedProvider) -> None:
    first = placed_and_sent()
    second = place()
    taken = Submission(first.external_id, urls={}, endpoint="scripted")
    provider.submit_answers = [taken]
    tasks.submit(second.pk)
    second.refresh_from_db()
    assert (second.status, second.external_id) == (Status.UNCERTAIN, "")
    assert "the job of another order" in second.error_message
    assert budgets.available(second.account).held == second.upper_bound


def test_a_provider_that_does_not_answer_is_asked_again_later(provider: ScriptedProvider) -> None:
    provider.result_answers = [UnavailableError("503")]
    generation = ready()
    tasks.store(generation.pk)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.READY
    assert provider.asked["result"] == 1, "the lease says to wait"
    Generation.objects.update(lease_until=timezone.now())
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED


def test_a_job_the_provider_forgot_is_uncertain_not_failed(provider: ScriptedProvider) -> None:
    provider.result_answers = [UnknownJobError("gone")]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    assert budgets.available(generation.account).held == generation.upper_bound


@pytest.mark.parametrize("content", [b"", b"<html>sorry</html>" * 40, b"\x89PNG\r\n\x1a\n" + b"x" * 600])
def test_a_file_that_is_not_what_was_ordered_is_charged_and_said_plainly(
    provider: ScriptedProvider, content: bytes
) -> None:
    provider.file = content
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert "cannot be used" in generation.error_message
    assert generation.cost == generation.estimate
    assert not Output.objects.exists()


def test_a_wish_to_cancel_is_passed_on_and_the_end_judged_by_the_result(provider: ScriptedProvider) -> None:
    generation = placed_and_sent()
    provider.result_answers = [Result(Verdict.CANCELLED)]
    orders.cancel(generation, None)
    tasks.cancel(generation.pk)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED
    assert budgets.available(generation.account).held == Decimal(0)


def test_a_cancel_that_comes_too_late_is_a_success_and_is_charged(provider: ScriptedProvider) -> None:
    generation = placed_and_sent()
    orders.cancel(generation, None)
    tasks.cancel(generation.pk)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert generation.cost == generation.estimate


def test_every_change_of_status_is_an_event(provider: ScriptedProvider) -> None:
    generation = ready()
    tasks.store(generation.pk)
    history = list(Event.objects.filter(generation=generation).values_list("from_status", "to_status"))
    assert history == [
        ("", "queued"),
        ("queued", "submitting"),
        ("submitting", "submitted"),
        ("ready", "succeeded"),
    ]


def test_events_are_not_rewritten() -> None:
    with pytest.raises(TypeError):
        Event.objects.update(note="another story")


def test_what_is_sent_is_what_was_frozen_with_its_own_files_published(
    provider: ScriptedProvider, tmp_path: Any
) -> None:
    picture = tmp_path / "start.png"
    picture.write_bytes(provider.file)
    key = storage.save_path(picture, "uploads/aa/start.png")
    account = make_project().account
    order = Order(
        account=account,
        model="kling-2.5-turbo-image",
        values={"prompt": "file:generations/not/ours.png", "start_image": f"file:{key}"},
        inputs={"start_image.0": {"key": key, "sha256": "0", "width": "600", "height": "800"}},
    )
    generation = orders.place(order)
    tasks.submit(generation.pk)
    sent = provider.sent[0]
    assert sent.arguments["image_url"] == "https://files.example/start.png"
    assert sent.arguments["prompt"] == "file:generations/not/ours.png", "a prompt is a prompt"
    assert sent.arguments["duration"] == "5"
    assert sent.inputs["start_image.0"]["width"] == "600", "the mock gives its takes the shape of their input"
    generation.refresh_from_db()
    assert generation.request["arguments"]["image_url"] == f"file:{key}", "addresses end, keys do not"


def test_an_input_that_our_storage_does_not_give_is_waited_for(provider: ScriptedProvider) -> None:
    inputs = {"start_image.0": {"key": "uploads/gone.png", "sha256": "0"}}
    values = {"prompt": "Soap", "start_image": "file:uploads/gone.png"}
    generation = orders.place(
        Order(account=make_project().account, model="kling-2.5-turbo-image", values=values, inputs=inputs)
    )
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert provider.asked["submit"] == 0


def test_a_full_lane_makes_an_order_wait_without_counting_a_try(provider: ScriptedProvider) -> None:
    provider.rate = Rate(orders=1, seconds=60)
    first, second = place(), place()
    tasks.submit(first.pk)
    tasks.submit(second.pk)
    second.refresh_from_db()
    assert (second.status, second.submit_attempts) == (Status.QUEUED, 0)
    assert second.not_before is not None
    assert second.not_before > timezone.now()
    assert provider.asked["submit"] == 1


def test_an_unusable_file_is_charged_at_what_the_provider_says_it_cost(provider: ScriptedProvider) -> None:
    provider.file = b"<html>"
    files = (RemoteFile("scripted://file"),)
    provider.result_answers = [Result(Verdict.SUCCEEDED, files=files, cost=Decimal("0.017"), raw={"id": 7})]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.cost) == (Status.FAILED, Decimal("0.017"))
    last = generation.events.last()
    assert last is not None
    assert last.data == {"id": 7}


def test_a_success_without_a_file_is_none_and_its_cost_is_not_known(provider: ScriptedProvider) -> None:
    provider.result_answers = [Result(Verdict.SUCCEEDED)]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert generation.cost_state == CostState.UNDETERMINED
    assert budgets.available(generation.account).held == generation.upper_bound


def test_words_longer_than_their_column_are_cut_and_nothing_else(provider: ScriptedProvider) -> None:
    provider.result_answers = [Result(Verdict.FAILED, code="a_code_" * 20, message="no")]
    by = make_user("u" * 150)
    order = Order(make_project().account, "flux-dev", {"prompt": "Sand falls."}, requested_by=by)
    generation = orders.place(order)
    tasks.submit(generation.pk)
    Generation.objects.update(status=Status.READY)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    generation.full_clean(exclude=["external_urls"])
    for event in generation.events.all():
        event.full_clean(exclude=["from_status", "data"])


def test_characters_that_no_database_takes_do_not_lose_an_answer(provider: ScriptedProvider) -> None:
    raw = {"detail": ["bad\0 word", {"na\0me": "va\0lue"}], "count": 1}
    provider.result_answers = [Result(Verdict.FAILED, message="no\0", code="odd", raw=raw)]
    generation = ready()
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.error_message) == (Status.FAILED, "no")
    last = Event.objects.filter(generation=generation).last()
    assert last is not None
    assert last.data == {"detail": ["bad word", {"name": "value"}], "count": 1}
