"""A generation's life in any order: tasks twice or late, answers lost, workers dead, people impatient.

After every step: the provider has at most one job for an order, each hold ends at most once and stays open just while
the money is not known, and the books agree.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing import budgets
from billing.check import check_books
from billing.models import HoldState
from generation import lifecycle, orders, tasks
from generation.lifecycle import Trace
from generation.models import MOVES, UNFINISHED, CostState, Event, Generation, Status
from generation.orders import Order, OrderRefusedError
from generation.providers.base import Phase, Progress, RemoteFile, Result, Verdict
from generation.providers.errors import (
    InvalidRequestError,
    NotSentError,
    RateLimitedError,
    UnavailableError,
    UncertainError,
    UnknownJobError,
)
from generation.sweep import sweep
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider

DONE = Result(Verdict.SUCCEEDED, files=(RemoteFile("scripted://file"),))


def refused(billed: bool | None) -> InvalidRequestError:
    error = InvalidRequestError("prompt: not accepted")
    error.may_be_billed = billed
    error.job_was_refused = True  # type: ignore[attr-defined]
    return error


SUBMITS = [
    None,
    None,
    NotSentError("refused"),
    RateLimitedError("429", retry_after=9),
    UncertainError("lost"),
]
SUBMITS += [refused(False), refused(None)]
POLLS = [Progress(Phase.WAITING, position=2), Progress(Phase.RUNNING, percent=40), Progress(Phase.FINISHED)]
POLLS += [UnavailableError("503"), UnknownJobError("gone")]
RESULTS = [
    DONE,
    DONE,
    Result(Verdict.PENDING),
    Result(Verdict.CANCELLED),
    Result(Verdict.FAILED, message="no"),
]
RESULTS += [
    Result(Verdict.FAILED, message="422", billed=None),
    UnavailableError("503"),
    UnknownJobError("gone"),
]
RESULTS += [Result(Verdict.SUCCEEDED, files=DONE.files, cost=Decimal("0.04"))]


class Life(RuleBasedStateMachine):
    provider: ScriptedProvider

    def __init__(self) -> None:
        super().__init__()
        # Each example is its own little world, undone at its end.
        self.world = transaction.atomic()
        self.world.__enter__()
        self.provider.jobs.clear()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @initialize()
    def open_a_project(self) -> None:
        self.project = make_project(budget="0.12")
        self.told: list[tuple[Any, int]] = []
        self.order(2)

    @rule(takes=st.integers(1, 3))
    def order(self, takes: int) -> None:
        for _ in range(takes):
            try:
                orders.place(Order(self.project.account, "flux-dev", {"prompt": "Soap"}))
            except budgets.BudgetExceededError:
                return

    @rule(data=st.data(), answer=st.sampled_from(SUBMITS))
    def submit(self, data: st.DataObject, answer: Any) -> None:
        self.provider.submit_answers = [answer]
        self._one(data, lambda pk: tasks.submit(pk), Status.QUEUED)
        self.provider.submit_answers = []

    @rule(data=st.data(), is_announced=st.booleans())
    def worker_dies_while_sending(self, data: st.DataObject, is_announced: bool) -> None:
        def claim_and_die(pk: int) -> None:
            generation = Generation.objects.get(pk=pk)
            if not lifecycle.claim(generation, "submit"):
                return
            if is_announced and lifecycle.announce(generation):
                self.provider.jobs[str(generation.key)] += 1

        self._one(data, claim_and_die, Status.QUEUED)

    @rule(answers=st.lists(st.sampled_from(POLLS), max_size=3))
    def look(self, answers: list[Any]) -> None:
        self.provider.poll_answers = list(answers)
        watcher = Watcher(tell=lambda task, pk: self.told.append((task, pk)), beats=False)
        watcher.poll_due()
        watcher.questions.close()

    @rule(data=st.data(), answer=st.sampled_from(RESULTS), content=st.sampled_from(["good", "bad"]))
    def store(self, data: st.DataObject, answer: Any, content: str) -> None:
        self.provider.result_answers = [answer]
        good = self.provider.file
        self.provider.file = good if content == "good" else b"<html>"
        self._one(data, lambda pk: tasks.store(pk), Status.READY)
        self.provider.file, self.provider.result_answers = good, []

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        def stop(pk: int) -> None:
            orders.cancel(Generation.objects.get(pk=pk), None)
            tasks.cancel(pk)

        self._one(data, stop, Status.SUBMITTED, Status.READY, Status.UNCERTAIN)

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        def again(pk: int) -> None:
            try:
                orders.retry(Generation.objects.get(pk=pk), None)
            except (OrderRefusedError, budgets.BudgetExceededError):
                return

        self._one(data, again, Status.FAILED, Status.CANCELLED, Status.SUCCEEDED)

    @rule(data=st.data())
    def a_call_says_it_is_finished(self, data: st.DataObject) -> None:
        self._one(data, lambda pk: lifecycle.mark_ready(pk, "webhook"), *UNFINISHED)

    @rule(found=st.booleans())
    def time_passes_and_the_sweep_looks(self, found: bool) -> None:
        past = timezone.now() - timedelta(hours=1)
        Generation.objects.update(
            dispatched_at=past, changed_at=past, poll_at=past, not_before=None, lease_until=None
        )
        Generation.objects.exclude(submitted_at=None).update(submitted_at=past)
        self.provider.find_answers = [] if not found else [None] * 2
        sweep(lambda task, pk: self.told.append((task, pk)))

    @rule()
    def all_messages_arrive_twice(self) -> None:
        for task, pk in self.told * 2:
            task(pk)
        self.told.clear()

    def _one(self, data: st.DataObject, act: Any, *fitting: Status) -> None:
        """Act on one generation: mostly on one in a fitting state, sometimes on any, as stray messages do."""
        everyone = Generation.objects.order_by("pk")
        is_stray = data.draw(st.integers(0, 5)) == 5
        ids = list(
            (everyone if is_stray else everyone.filter(status__in=fitting)).values_list("pk", flat=True)
        )
        if ids:
            act(data.draw(st.sampled_from(ids)))

    @invariant()
    def at_most_one_job_for_an_order(self) -> None:
        assert all(count <= 1 for count in self.provider.jobs.values()), self.provider.jobs

    @invariant()
    def money_follows_the_state(self) -> None:
        for generation in Generation.objects.select_related("hold"):
            open_hold = generation.hold.state == HoldState.OPEN
            unknown = not generation.is_finished or generation.cost_state == CostState.UNDETERMINED
            assert open_hold == unknown, generation
            assert (generation.cost_micros is None) == unknown

    @invariant()
    def the_books_agree(self) -> None:
        if hasattr(self, "project"):
            report = check_books()
            assert report.agrees, report
            money = budgets.available(self.project.account)
            assert money.held + money.spent <= money.limit

    @invariant()
    def history_makes_sense(self) -> None:
        for event in Event.objects.exclude(from_status=""):
            if event.from_status != event.to_status:
                assert Status(event.to_status) in MOVES[Status(event.from_status)]


@pytest.mark.django_db
def test_any_order_of_events(provider: ScriptedProvider) -> None:
    Life.provider = provider
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=settings.default.max_examples // 5,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_illegal_moves_are_refused() -> None:
    for old in Status:
        for new in set(Status) - MOVES[old]:
            with pytest.raises(ValueError, match="cannot go"):
                lifecycle._move(1, old, new, Trace("test"))
