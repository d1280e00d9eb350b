"""Any order of holding, ending, repeating, crashing and changing the limit leaves the books in order."""

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing import budgets
from billing.check import check_books
from billing.errors import BudgetExceededError, HoldEndedError, LimitError
from billing.models import BudgetPeriod, Hold
from billing.money import from_micros

from .books import D, make_account

AMOUNTS = st.integers(min_value=0, max_value=3_000_000).map(from_micros)
LIMITS = st.integers(min_value=1, max_value=6_000_000).map(from_micros)


class Books(RuleBasedStateMachine):
    """The real front door beside a model of it in plain Python numbers."""

    def __init__(self):
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.holds = {}  # reference → amount
        self.ends = {}  # reference → (how, amount), once

    def teardown(self):
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(limit=LIMITS)
    def open(self, limit):
        self.account = make_account("1.00")
        self.budget = budgets.change_limit(self.account.budgets.get(), limit, by=None, why="Start")
        self.limit = limit

    def model(self):
        held = sum((a for r, a in self.holds.items() if r not in self.ends), D(0))
        spent = sum((min(self.holds[r], cost) for r, (_, cost) in self.ends.items()), D(0))
        overrun = sum((max(cost - self.holds[r], D(0)) for r, (_, cost) in self.ends.items()), D(0))
        return held, spent, overrun

    @rule(amount=AMOUNTS)
    def reserve(self, amount):
        reference = f"job:{len(self.holds)}"
        left = self.limit - sum(self.model())
        if amount and amount > left:
            with pytest.raises(BudgetExceededError) as refused:
                budgets.reserve(self.account, amount, reference=reference)
            assert refused.value.left == left
        else:
            budgets.reserve(self.account, amount, reference=reference)
            self.holds[reference] = amount

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def reserve_again(self, data):
        reference = data.draw(st.sampled_from(sorted(self.holds)))
        assert (
            budgets.reserve(self.account, self.holds[reference], reference=reference).reference == reference
        )

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), amount=AMOUNTS)
    def settle(self, data, amount):
        self._end(data, ("settled", amount), lambda hold: budgets.settle(hold, amount))

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def settle_as_held(self, data):
        reference = data.draw(st.sampled_from(sorted(self.holds)))
        amount = self.holds[reference]
        self._end(reference, ("settled", amount), lambda hold: budgets.settle(hold, amount))

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data):
        self._end(data, ("released", D(0)), budgets.release)

    @precondition(lambda self: self.ends)
    @rule(data=st.data())
    def repeat_the_end(self, data):
        reference = data.draw(st.sampled_from(sorted(self.ends)))
        how, amount = self.ends[reference]
        act = budgets.release if how == "released" else lambda hold: budgets.settle(hold, amount)
        self._end(reference, (how, amount), act)

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), amount=AMOUNTS)
    def crash_after_settling(self, data, amount):
        """The caller's transaction fails after the money moved: nothing has happened."""
        hold = Hold.objects.get(reference=data.draw(st.sampled_from(sorted(self.holds))))
        with suppress(HoldEndedError), transaction.atomic():
            budgets.settle(hold, amount)
            transaction.set_rollback(True)

    @rule(amount=AMOUNTS)
    def crash_after_reserving(self, amount):
        with suppress(BudgetExceededError), transaction.atomic():
            budgets.reserve(self.account, amount, reference="job:crash")
            transaction.set_rollback(True)

    @rule(limit=LIMITS)
    def change_limit(self, limit):
        held, spent, _ = self.model()
        if limit < held + spent:
            with pytest.raises(LimitError):
                budgets.change_limit(self.budget, limit, by=None, why="Change")
        else:
            budgets.change_limit(self.budget, limit, by=None, why="Change")
            self.limit = limit

    def _end(self, which, end, act):
        reference = which if isinstance(which, str) else which.draw(st.sampled_from(sorted(self.holds)))
        hold = Hold.objects.get(reference=reference)
        if self.ends.get(reference, end) != end:
            with pytest.raises(HoldEndedError):
                act(hold)
        else:
            act(hold)
            self.ends[reference] = end

    @invariant()
    def the_counters_are_those_of_the_model(self):
        counter = BudgetPeriod.objects.get()
        assert (counter.held, counter.spent, counter.overrun) == self.model()
        assert counter.limit == self.limit
        assert counter.held + counter.spent <= counter.limit

    @invariant()
    def the_books_agree(self):
        assert check_books().findings == []

    @invariant()
    def each_hold_ended_as_it_first_did(self):
        states = dict(Hold.objects.values_list("reference", "state"))
        assert states == {r: self.ends.get(r, ("open",))[0] for r in self.holds}


class TestBooks(TestCase, Books.TestCase):
    settings = settings(
        max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
