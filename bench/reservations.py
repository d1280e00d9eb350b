"""What the processes of bench/budget.py do on their database.

Django is set up only by then, hence the imports inside functions.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

THREADS = 5
ROUNDS, EACH = 9, 15
TWIN = "_twin"
COST_MICROS = 1_000_000

type Target = tuple[int, int]  # An account and its counter, by id.
type Act = Callable[[Target, str], bool]

start: Any = None
"""A barrier for the threads of all processes."""


def once(act: Callable[..., Any], *arguments: Any) -> Any:
    """Do something and leave no connection behind."""
    from django.db import connection

    try:
        return act(*arguments)
    finally:
        connection.close()


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def open_account(admits: int) -> Target:
    """An account whose budget admits so many; its id and its counter's."""
    from decimal import Decimal

    from django.db import transaction

    from billing import budgets

    with transaction.atomic():
        account = budgets.open_account("Bench", limit=Decimal(admits))
    return account.pk, account.budgets.get().periods.get().pk


def ours(target: Target, name: str) -> bool:
    """One reservation through the front door. Whether it was granted."""
    from decimal import Decimal

    from django.db import transaction

    from billing import budgets
    from billing.errors import BudgetExceededError
    from billing.models import Account

    try:
        with transaction.atomic():
            budgets.reserve(Account(pk=target[0], name="Bench"), Decimal(1), reference=f"{target[0]}:{name}")
    except BudgetExceededError:
        return False
    return True


def bare(target: Target, name: str) -> bool:
    """The least that can guard a limit: one statement on one row, and nothing written beside it."""
    from django.db import transaction
    from django.db.models import F

    from billing.models import BudgetPeriod

    with transaction.atomic():
        room = BudgetPeriod.objects.filter(pk=target[1], limit_micros__gte=F("held_micros") + COST_MICROS)
        return bool(room.update(held_micros=F("held_micros") + COST_MICROS))


@dataclass(frozen=True)
class Share:
    """What one process did. Times are of the machine's one monotonic clock, in seconds."""

    granted: int
    began: float
    ended: float


def work(act: Act, target: Target, number: int, race: str) -> Share:
    """Run so many acts in threads that start with those of all other processes."""

    def run(thread: int) -> Share:
        from django.db import connection

        connection.ensure_connection()
        names = [f"{race}:{os.getpid()}:{each}" for each in range(thread, number, THREADS)]
        start.wait(timeout=30)
        began = time.monotonic()
        granted = sum(act(target, name) for name in names)
        ended = time.monotonic()
        connection.close()
        return Share(granted, began, ended)

    with ThreadPoolExecutor(THREADS) as pool:
        shares = list(pool.map(run, range(THREADS)))
    return Share(
        sum(share.granted for share in shares),
        min(share.began for share in shares),
        max(share.ended for share in shares),
    )


def make_room(target: Target, admits: int) -> None:
    """Let exactly so many more be held, whatever is committed already."""
    from django.db import transaction

    from billing import budgets
    from billing.models import Account, BudgetPeriod
    from billing.money import from_micros

    with transaction.atomic():
        committed = BudgetPeriod.objects.get(pk=target[1]).committed_micros
        budget = budgets.main_budget(Account.objects.get(pk=target[0]))
        budgets.change_limit(
            budget, from_micros(committed + admits * COST_MICROS), by=None, why="Another round"
        )


def make_twin() -> None:
    """Copy the database as it is beside itself. Nobody else may be connected to it."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [name + TWIN])
        return
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}{TWIN} TEMPLATE {name}")


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Be on another database of the same server or folder for a while."""
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def growth(target: Target) -> float:
    """How many times what a reservation made alone costs in the twin it costs here.

    They take turns, so that load weighs on both: the median of the rounds, each of the fastest one against the fastest.
    """
    from django.db import connection

    here = str(connection.settings_dict["NAME"])
    return statistics.median(_fastest(here, target) / _fastest(here + TWIN, target) for _ in range(ROUNDS))


def _fastest(name: str, target: Target) -> float:
    """Seconds that the fastest of a few granted reservations takes when nobody else makes one."""
    with connected_to(name):
        make_room(target, EACH)
        times = []
        for _ in range(EACH):
            began = time.perf_counter()
            assert ours(target, uuid4().hex)
            times.append(time.perf_counter() - began)
        return min(times)


def differences() -> list[str]:
    """What counters, holds and entries disagree about, the bare counters apart: those have no ledger."""
    from billing.check import check_books
    from billing.models import BudgetPeriod

    BudgetPeriod.objects.filter(holds__isnull=True).update(held_micros=0)
    return [finding.text for finding in check_books().findings]


def add_history(target: Target, entries: int) -> None:
    """Holds that were charged in full, with their two entries each, on the same account and counter."""
    from django.db import connection, transaction
    from django.utils import timezone

    now, (account, counter) = timezone.now(), target
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries // 2}) SELECT"
    )
    past = "FROM billing_hold WHERE reference LIKE 'past:%%'"
    line = "account_id, hold_id, kind, amount_micros, reference, made_at, note"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_hold (account_id, reference, amount_micros, state, charged_micros, overrun_micros, "
            f"opened_at, ended_at, tags) {numbers} %s, 'past:' || i, 1, 'settled', 1, 0, %s, %s, '{{}}' FROM n",
            [account, now, now],
        )
        for kind in ("hold", "charge"):
            cursor.execute(
                f"INSERT INTO billing_entry ({line}) "
                f"SELECT account_id, id, '{kind}', 1, reference, opened_at, '' {past}"
            )
        cursor.execute(f"INSERT INTO billing_holdperiod (hold_id, period_id) SELECT id, %s {past}", [counter])
        cursor.execute(
            "UPDATE billing_budgetperiod SET spent_micros = spent_micros + %s, ceiling_micros = ceiling_micros + %s "
            "WHERE id = %s",
            [entries // 2, entries // 2, counter],
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
