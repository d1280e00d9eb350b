"""Any order of holding, ending, repeating, crashing, correcting and changing budgets leaves the books in order."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing import budgets
from billing.check import check_books
from billing.errors import AdjustmentError, BudgetExceededError, BudgetStoppedError, HoldEndedError
from billing.models import Alert, BudgetPeriod, Hold, Period
from billing.money import from_micros

from .books import D, make_user, open_budget

AMOUNTS = st.integers(min_value=0, max_value=3_000_000).map(from_micros)
LIMITS = st.integers(min_value=1, max_value=6_000_000).map(from_micros)
NAMES = ("main", "month", "ada", "kling", "warning")
HERE = ZoneInfo("Pacific/Auckland")


@dataclass
class Job:
    amount: D
    month: str
    by_ada: bool
    model: str
    end: tuple | None = None  # (how, cost), once

    @property
    def held(self):
        return D(0) if self.end else self.amount

    @property
    def spent(self):
        return min(self.end[1], self.amount) if self.end else D(0)

    @property
    def overrun(self):
        return max(self.end[1] - self.amount, D(0)) if self.end else D(0)


@dataclass
class Limit:
    """A budget in plain words: what it counts, and what may be held under it. Closed, it counts `only` what it had."""

    row: object
    limit: D
    counts: object
    is_monthly: bool = False
    is_hard: bool = True
    is_paused: bool = False
    only: frozenset | None = None


class Books(RuleBasedStateMachine):
    """The real front door beside a model of it in plain Python numbers."""

    def __init__(self):
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.clock = time_machine.travel(datetime(2026, 10, 31, 10, 30, tzinfo=UTC), tick=False)
        self.time = self.clock.start()
        self.jobs = {}
        self.adjustments = {}  # reference → (amount, the job's reference or None)
        self.limits = {}
        self.narrowed = {}
        self.closed = []
        self.alerts = set()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(limits=st.tuples(*[st.integers(3_000_000, 9_000_000).map(from_micros)] * len(NAMES)))
    def open(self, limits):
        limit = dict(zip(NAMES, limits, strict=True))
        self.account = budgets.open_account("Soap film", limit=limit["main"], time_zone=HERE.key)
        self.ada = make_user("ada")
        self.limits["main"] = Limit(self.account.budgets.get(), limit["main"], lambda job: True)
        self._open("month", limit, lambda job: True, is_monthly=True)
        self._open("ada", limit, lambda job: job.by_ada, is_monthly=True, member=self.ada)
        self._open("kling", limit, lambda job: job.model == "kling", tag=("model", "kling"))
        self._open("warning", limit, lambda job: True, is_monthly=True, is_hard=False)

    def _open(self, name, limit, counts, *, is_monthly=False, is_hard=True, **narrowed):
        period = Period.MONTH if is_monthly else Period.TOTAL
        row = open_budget(self.account, str(limit[name]), period=period, is_hard=is_hard, **narrowed)
        self.limits[name] = Limit(row, limit[name], counts, is_monthly, is_hard)
        self.narrowed[name] = narrowed

    @property
    def all_limits(self):
        return [*self.limits.values(), *self.closed]

    @property
    def month(self):
        return f"{timezone.now().astimezone(HERE):%Y-%m}"

    def counted(self, limit, key):
        """Held, spent and overrun, as they should be."""
        jobs = {
            reference: job
            for reference, job in self.jobs.items()
            if limit.counts(job)
            and (not limit.is_monthly or job.month == key)
            and (limit.only is None or reference in limit.only)
        }
        spent = sum((job.spent for job in jobs.values()), D(0))
        for amount, about in self.adjustments.values():
            if about in jobs or (about is None and limit is self.limits["main"]):
                spent += amount
        return (
            sum((job.held for job in jobs.values()), D(0)),
            spent,
            sum((job.overrun for job in jobs.values()), D(0)),
        )

    @rule(amount=AMOUNTS, by_ada=st.booleans(), model=st.sampled_from(["kling", "flux"]))
    def reserve(self, amount, by_ada, model):
        reference = f"job:{len(self.jobs)}"
        job = Job(amount, self.month, by_ada, model)
        applying = [limit for limit in self.limits.values() if limit.is_hard and limit.counts(job)]
        left = {limit.row.pk: limit.limit - sum(self.counted(limit, self.month)) for limit in applying}

        def act():
            return budgets.reserve(
                self.account,
                amount,
                reference=reference,
                member=self.ada if by_ada else None,
                tags={"model": model, "provider": "mock"},
            )

        if any(limit.is_paused for limit in applying):
            with pytest.raises(BudgetStoppedError, match="was paused because: “Wait”"):
                act()
        elif amount and amount > min(left.values()):
            with pytest.raises(BudgetExceededError) as refused:
                act()
            assert refused.value.left == left[refused.value.budget.pk] < amount
        else:
            act()
            self.jobs[reference] = job

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def reserve_again(self, data):
        reference, job = self._some_job(data)
        assert budgets.reserve(self.account, job.amount, reference=reference).reference == reference

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), amount=AMOUNTS)
    def settle(self, data, amount):
        reference, _ = self._some_job(data)
        self._end(reference, ("settled", amount))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def settle_as_held(self, data):
        reference, job = self._some_job(data)
        self._end(reference, ("settled", job.amount))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def release(self, data):
        reference, _ = self._some_job(data)
        self._end(reference, ("released", D(0)))

    @precondition(lambda self: any(job.end for job in self.jobs.values()))
    @rule(data=st.data())
    def repeat_the_end(self, data):
        reference, job = self._some_job(data, ended=True)
        self._end(reference, job.end)

    def _end(self, reference, end):
        hold, job = Hold.objects.get(reference=reference), self.jobs[reference]

        def act():
            return budgets.release(hold) if end[0] == "released" else budgets.settle(hold, end[1])

        if job.end not in (None, end):
            with pytest.raises(HoldEndedError):
                act()
        else:
            act()
            job.end = end

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), amount=AMOUNTS)
    def crash_after_settling(self, data, amount):
        """The caller's transaction fails after the money moved: nothing has happened."""
        hold = Hold.objects.get(reference=self._some_job(data)[0])
        with suppress(HoldEndedError), transaction.atomic():
            budgets.settle(hold, amount)
            transaction.set_rollback(True)

    @rule(amount=AMOUNTS)
    def crash_after_reserving(self, amount):
        with suppress(BudgetExceededError, BudgetStoppedError), transaction.atomic():
            budgets.reserve(self.account, amount, reference="job:crash")
            transaction.set_rollback(True)

    @rule(name=st.sampled_from(NAMES), limit=LIMITS)
    def change_limit(self, name, limit):
        budgets.change_limit(self.limits[name].row, limit, by=None, why="Change")
        self.limits[name].limit = limit

    @rule(name=st.sampled_from(NAMES[:-1]))
    def pause_or_resume(self, name):
        limit = self.limits[name]
        act = budgets.resume if limit.is_paused else budgets.pause
        act(limit.row, by=None, why="Wait")
        limit.is_paused = not limit.is_paused

    @rule(name=st.sampled_from(NAMES[1:]))
    def close_and_open_another(self, name):
        """The new one counts what its period has seen; under the old one, what is held still ends."""
        old = self.limits[name]
        budgets.close(old.row, by=None, why="Over")
        self.closed.append(replace(old, only=frozenset(self.jobs)))
        words = {"is_monthly": old.is_monthly, "is_hard": old.is_hard, **self.narrowed[name]}
        self._open(name, {name: old.limit}, old.counts, **words)

    @rule(hours=st.sampled_from([1, 24 * 12]))
    def wait(self, hours):
        self.time.shift(timedelta(hours=hours))

    @rule(data=st.data(), amount=AMOUNTS, sign=st.sampled_from([1, -1]), is_about_a_job=st.booleans())
    def adjust(self, data, amount, sign, is_about_a_job):
        about = None
        if is_about_a_job and any(job.end for job in self.jobs.values()):
            about, _ = self._some_job(data, ended=True)
        hold = about and Hold.objects.get(reference=about)
        reference, amount = f"note:{len(self.adjustments)}", amount * sign

        def act():
            return budgets.adjust(
                self.account, amount, by=None, why="By hand", reference=reference, hold=hold
            )

        self.adjustments[reference] = (amount, about)
        if not amount or any(spent < 0 for _, spent, _ in map(self._truth, BudgetPeriod.objects.all())):
            del self.adjustments[reference]
            with pytest.raises(AdjustmentError):
                act()
        else:
            assert act() == act()

    def _some_job(self, data, *, ended=False):
        names = sorted(reference for reference, job in self.jobs.items() if job.end or not ended)
        reference = data.draw(st.sampled_from(names))
        return reference, self.jobs[reference]

    def _truth(self, counter):
        limit = next(limit for limit in self.all_limits if limit.row.pk == counter.budget_id)
        return self.counted(limit, counter.key)

    @invariant()
    def the_counters_are_those_of_the_model(self):
        for limit in self.all_limits:
            for counter in limit.row.periods.all():
                figures = (counter.held_micros, counter.spent_micros, counter.overrun_micros)
                assert tuple(map(from_micros, figures)) == self.counted(limit, counter.key)
                if counter.key in ("total", self.month):
                    assert counter.limit == limit.limit
                committed = counter.held_micros + counter.spent_micros
                ceiling = max(counter.limit_micros, committed) if limit.is_hard else None
                assert counter.ceiling_micros == ceiling

    @invariant()
    def the_books_agree(self):
        assert check_books().findings == []

    @invariant()
    def each_hold_ended_as_it_first_did(self):
        states = dict(Hold.objects.values_list("reference", "state"))
        assert states == {r: job.end[0] if job.end else "open" for r, job in self.jobs.items()}

    @invariant()
    def what_is_reached_now_is_told_once_and_for_good(self):
        told = set(Alert.objects.values_list("period_id", "threshold", "measure"))
        assert told >= self.alerts
        self.alerts = told
        for counter in BudgetPeriod.objects.exclude(budget__state="closed").select_related("budget"):
            for threshold in counter.budget.thresholds:
                edge = counter.limit_micros * threshold
                assert counter.paid_micros * 100 < edge or (counter.pk, threshold, "spent") in told
                assert counter.committed_micros * 100 < edge or (counter.pk, threshold, "committed") in told


# Cut off in the middle of a step, it would leave a transaction broken and blame the books for it.
@pytest.mark.timeout(600)
class TestBooks(TestCase, Books.TestCase):
    settings = settings(
        max_examples=settings.default.max_examples // 8,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
