"""How the budgets of an account stand, one line each."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from billing import budgets, limits
from billing.models import Period
from billing.statements import budget_standings

from .books import D, make_account, make_user, open_budget

NOVEMBER = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def account(db):
    with transaction.atomic(), time_machine.travel(NOVEMBER, tick=False):
        return make_account("20.00")


def told(account, at=NOVEMBER):
    return [
        (
            line.label,
            f"{line.limit:.2f}",
            f"{line.held:.2f}",
            f"{line.paid:.2f}",
            f"{line.left:.2f}",
            line.state,
        )
        for line in budget_standings(account, at)
    ]


@pytest.mark.django_db
def test_each_budget_in_its_current_period(account, django_assert_num_queries):
    ivo = make_user("ivo")
    with transaction.atomic(), time_machine.travel(NOVEMBER, tick=False):
        open_budget(account, "8.00")
        open_budget(account, "2.00", member=ivo, is_hard=False)
        open_budget(account, "3.00", tag=("model", "kling"), period=Period.TOTAL)
        tags = {"model": "kling"}
        budgets.settle(
            budgets.reserve(account, D("2.50"), reference="1", member=ivo, tags=tags), Decimal("2.75")
        )
        budgets.reserve(account, D("0.25"), reference="2", member=ivo, tags=tags)
    with django_assert_num_queries(2):
        found = told(account)
    assert found == [
        ("Total", "20.00", "0.25", "2.75", "17.00", "In force"),
        ("November 2026", "8.00", "0.25", "2.75", "5.00", "In force"),
        ("ivo, November 2026", "2.00", "0.25", "2.75", "-1.00", "Over, warns only"),
        ("kling total", "3.00", "0.25", "2.75", "0.00", "Used up"),
    ]


@pytest.mark.django_db
def test_a_month_in_which_nothing_was_ordered_is_untouched(account):
    with transaction.atomic(), time_machine.travel(NOVEMBER, tick=False):
        open_budget(account, "8.00")
        budgets.reserve(account, D("1.00"), reference="1")
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert told(account, december)[1] == ("December 2026", "8.00", "0.00", "0.00", "8.00", "In force")


@pytest.mark.django_db
def test_a_paused_budget_says_so_and_a_closed_one_is_gone(account):
    with transaction.atomic(), time_machine.travel(NOVEMBER, tick=False):
        month = open_budget(account, "8.00")
        limits.pause(month, by=None, why="We wait.")
        assert [line[5] for line in told(account)] == ["In force", "Paused"]
        limits.close(month, by=None, why="We are done.")
    assert len(told(account)) == 1
