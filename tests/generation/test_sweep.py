"""Nothing is forgotten: every state that is not an end has a rule, and each rule does what it says."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing import budgets
from generation import dispatch, lanes, leases, orders, tasks
from generation.deadlines import deadlines
from generation.lost import look_for, pause
from generation.models import MOVES, UNFINISHED, Generation, Status
from generation.orders import Order
from generation.providers.base import Submission
from generation.providers.errors import NotSentError, UnavailableError, UnknownJobError
from generation.sweep import BEHIND, RULES, sweep
from generation.watcher import SWEEP_EVERY, Watcher
from tests.factories import make_generation, make_project
from tests.fakes.scripted import ScriptedProvider, submission

pytestmark = pytest.mark.django_db


class Told(list[tuple[str, int]]):
    """Remembers which tasks were handed out."""

    def __call__(self, task: Any, generation_id: int) -> None:
        self.append((task.name, generation_id))


def aged(generation: Generation, **fields: Any) -> Generation:
    long_ago = timezone.now() - timedelta(minutes=10)
    Generation.objects.filter(pk=generation.pk).update(
        **{"dispatched_at": long_ago, "changed_at": long_ago, "poll_at": long_ago} | fields
    )
    generation.refresh_from_db()
    return generation


def test_every_state_that_is_not_an_end_has_a_rule() -> None:
    assert set(RULES) == set(UNFINISHED)
    assert all(not moves for status, moves in MOVES.items() if status not in UNFINISHED)
    assert set(deadlines()) == set(UNFINISHED), "and a deadline"


def test_an_order_whose_hint_was_lost_is_told_again_but_not_at_every_look() -> None:
    generation, told = aged(make_generation()), Told()
    sweep(told)
    sweep(told)
    assert told == [("generation.submit", generation.pk)]


def test_an_order_that_waits_for_its_time_is_left_alone() -> None:
    told = Told()
    aged(make_generation(), not_before=timezone.now() + timedelta(minutes=1))
    sweep(told)
    assert told == []


def test_an_order_whose_sender_died_becomes_uncertain_and_is_never_sent_again(
    provider: ScriptedProvider,
) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    generation = aged(make_generation(status=Status.SUBMITTING), submitted_at=long_ago)
    told = Told()
    sweep(told)
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    tasks.submit(generation.pk)
    assert provider.asked["submit"] == 0
    assert "generation.submit" not in dict(told)


def test_an_order_that_hands_over_no_files_is_announced_with_its_claim() -> None:
    plain = make_generation(request={})
    filed = make_generation(request={"inputs": {"image": "uploads/1.png"}})
    for each in (plain, filed):
        assert lanes.claim(each)
        each.refresh_from_db()
    assert plain.submitted_at is not None
    assert filed.submitted_at is None


def test_an_order_whose_sender_died_before_it_was_announced_goes_back_to_the_queue() -> None:
    generation = aged(make_generation(status=Status.SUBMITTING), request={})
    sweep(Told())
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED


def test_after_a_restore_what_may_have_left_since_is_looked_for_and_not_sent(
    provider: ScriptedProvider,
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    (statement,) = re.findall(r"UPDATE generation_generation[^;]+;", text)
    restored = aged(make_generation(status=Status.SUBMITTING), request={})
    others = [make_generation(status=status) for status in (Status.QUEUED, Status.SUBMITTED)]
    before = [each.submitted_at for each in others]
    with connection.cursor() as cursor:
        cursor.execute(statement)
    sweep(told := Told())
    restored.refresh_from_db()
    assert restored.status == Status.UNCERTAIN
    assert ("generation.submit", restored.pk) not in told
    tasks.submit(restored.pk)
    assert provider.asked["submit"] == 0
    for each in others:
        each.refresh_from_db()
    assert [each.submitted_at for each in others] == before


def test_an_order_whose_files_are_being_handed_over_is_given_time() -> None:
    generation = aged(make_generation(status=Status.SUBMITTING), lease_until=timezone.now() + leases.LENGTH)
    sweep(Told())
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTING
    # Its worker was killed: nobody renews the lease any more, however fresh the claim is.
    now = timezone.now()
    aged(generation, lease_until=now, changed_at=now)
    sweep(Told())
    generation.refresh_from_db()
    assert (generation.status, generation.lease_until) == (Status.QUEUED, None)


def test_a_fresh_sending_is_left_alone() -> None:
    generation = make_generation(status=Status.SUBMITTING)
    sweep(Told())
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTING


def test_an_uncertain_order_that_the_provider_has_is_found(provider: ScriptedProvider) -> None:
    generation = aged(make_generation(status=Status.UNCERTAIN), external_id="")
    provider.find_answers = [submission(str(generation.key))]
    sweep(lambda task, pk: task(pk))
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert generation.external_id == f"job-{generation.key}"


def test_an_uncertain_order_goes_back_only_when_the_provider_vouches(provider: ScriptedProvider) -> None:
    generation = make_generation(status=Status.UNCERTAIN)
    provider.find_answers = [None, UnavailableError("503"), NotSentError("no such order")]
    for expected in (Status.UNCERTAIN, Status.UNCERTAIN, Status.QUEUED):
        aged(generation, external_id="")
        sweep(lambda task, pk: task(pk))
        generation.refresh_from_db()
        assert generation.status == expected


def test_an_uncertain_order_is_looked_for_ever_more_seldom() -> None:
    assert pause(timedelta(minutes=1)) < pause(timedelta(hours=1)) < pause(timedelta(days=2))
    told = Told()
    aged(make_generation(status=Status.UNCERTAIN))
    sweep(told)
    sweep(told)
    assert [name for name, _ in told] == ["generation.look_for"]


def test_a_job_that_is_another_orders_is_not_adopted(provider: ScriptedProvider) -> None:
    other = make_generation(status=Status.SUBMITTED)
    generation = aged(make_generation(status=Status.UNCERTAIN), external_id="")
    taken = Submission(request_id=other.external_id, endpoint="scripted")
    provider.find_answers = [taken]
    assert not look_for(generation)
    generation.refresh_from_db()
    assert (generation.status, generation.external_id) == (Status.UNCERTAIN, "")


def test_a_lost_order_is_described_with_what_it_asked_for_and_what_is_known(
    provider: ScriptedProvider,
) -> None:
    other = make_generation(status=Status.SUBMITTED)
    generation = aged(make_generation(status=Status.UNCERTAIN), external_id="")
    look_for(generation)
    (lost,) = provider.searched
    assert lost.reference == str(generation.key)
    assert lost.arguments == generation.request["arguments"]
    assert lost.known == {other.external_id}


def test_a_finished_job_that_nobody_stores_is_told_again_unless_somebody_has_it() -> None:
    forgotten, taken, told = (
        make_generation(status=Status.READY),
        make_generation(status=Status.READY),
        Told(),
    )
    aged(forgotten)
    aged(taken, lease_until=timezone.now() + timedelta(minutes=1))
    sweep(told)
    assert told == [("generation.store", forgotten.pk)]


def test_a_lost_wish_to_cancel_is_told_again() -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    generation, told = aged(make_generation(status=Status.SUBMITTED), cancel_requested_at=long_ago), Told()
    sweep(told)
    assert told == [("generation.cancel", generation.pk)]


def test_a_queued_order_that_somebody_cancelled_ends_without_a_worker(provider: ScriptedProvider) -> None:
    generation = orders.place(
        Order(account=make_project().account, model="flux-dev", values={"prompt": "Sand"})
    )
    Generation.objects.update(cancel_requested_at=timezone.now())
    tasks.submit(generation.pk)
    assert provider.asked["submit"] == 0
    sweep(Told())
    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED


def test_a_job_that_its_provider_knows_after_all_goes_on(provider: ScriptedProvider) -> None:
    generation = aged(make_generation(status=Status.UNCERTAIN))
    provider.poll_answers = [UnknownJobError("who?")]
    assert not look_for(generation)
    assert look_for(generation)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert provider.asked["find"] == 0, "its id is known; nothing else is looked for"


def test_a_row_whose_money_is_in_disorder_does_not_keep_the_others_waiting() -> None:
    broken = aged(make_generation(), cancel_requested_at=timezone.now())
    with transaction.atomic():
        budgets.settle(broken.hold, broken.estimate)
    waiting, told = aged(make_generation()), Told()
    sweep(told)
    assert ("generation.submit", waiting.pk) in told


def test_those_who_waited_longest_are_told_first() -> None:
    first, second, told = aged(make_generation()), make_generation(), Told()
    aged(second, dispatched_at=timezone.now() - timedelta(minutes=1))
    sweep(told)
    assert told == [("generation.submit", first.pk), ("generation.submit", second.pk)]


def broken_rule(tell: Any) -> int:
    raise ZeroDivisionError("a rule with a host-name-1 in its words")


def test_a_rule_that_breaks_off_keeps_no_other_from_its_work_and_is_shouted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, client: Any
) -> None:
    monkeypatch.setitem(RULES, Status.QUEUED, broken_rule)
    forgotten, told = aged(make_generation(status=Status.READY)), Told()
    watcher = Watcher(tell=told, beats=False)
    watcher.tick()
    assert ("generation.store", forgotten.pk) in told
    assert "The sweep of what is queued broke off" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    said = client.get("/healthz").json()["sweep"]
    assert said == {"ok": False, "detail": "rules that broke off: queued (ZeroDivisionError)"}

    monkeypatch.undo()
    watcher.swept_at -= SWEEP_EVERY
    watcher.tick()
    watcher.close()
    assert client.get("/healthz").json()["sweep"]["ok"], "it says so at once when it works again"


def test_a_broken_rule_is_not_shouted_at_every_look(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(RULES, Status.QUEUED, broken_rule)
    watcher = Watcher(tell=Told(), beats=False)
    for _ in range(3):
        watcher.swept_at -= SWEEP_EVERY
        watcher.tick()
    watcher.close()
    assert caplog.text.count("The sweep of what is queued broke off") == 1


def test_workers_that_are_behind_are_not_told_the_same_again() -> None:
    """A message waits in the queue of orders, so the hint was not lost; a whole minute later it may have been."""
    purge, lately = tasks.submit.app.control.purge, timezone.now() - timedelta(seconds=30)
    purge()
    generation = aged(make_generation(), dispatched_at=lately)
    dispatch.tell(tasks.submit, generation.pk)
    sweep(dispatch.tell)
    assert dispatch.waiting(tasks.submit) == 1
    aged(generation, dispatched_at=timezone.now() - BEHIND)
    sweep(dispatch.tell)
    assert dispatch.waiting(tasks.submit) == 2
    purge()
    aged(generation, dispatched_at=lately)
    sweep(dispatch.tell)
    assert dispatch.waiting(tasks.submit) == 1
    purge()
