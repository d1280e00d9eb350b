"""Can a budget be overspent by many at once, and what does the guard cost?

    python bench/budget.py [--json] [--postgres URL]

Several processes, each with several threads, reserve at the same moment on a budget that admits half of them; exactly
half must be granted. Beside it the same processes run a bare conditional UPDATE of one counter: `ratio` is our
throughput to that. Then 100,000 entries are put into the ledger and it is measured again: `growth` is by how much a
reservation that is made alone became dearer. On SQLite (a file) and on PostgreSQL (a database of its own, if a server
answers). Exits with 1 when a budget was not granted exactly or the books differ.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

PROCESSES = 4
THREADS = 5
FEW, MANY = 200, 1_000
ALONE = 80
ENTRIES = 100_000
COST_MICROS = 1_000_000
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://root@127.0.0.1:5432/test")
SPAWN = multiprocessing.get_context("spawn")

type Target = tuple[int, int]  # An account and its counter, by id.
type Act = Callable[[Target, str], bool]

# Django is set up in the worker processes alone: one database each. Hence the imports inside functions.
_start: Any = None


def set_up(url: str, folder: str, start: Any) -> None:
    """Run in each worker process before anything else."""
    global _start
    _start = start
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "DATABASE_URL": url,
        "VAR_DIR": folder,
        "BROKER_URL": "memory://",
        "LOG_LEVEL": "CRITICAL",
    }
    import django

    django.setup()


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
        _start.wait(timeout=30)
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


def alone(target: Target) -> float:
    """Seconds that one granted reservation takes when made alone: the fastest tenth, as load disturbs it least."""
    make_room(target, ALONE)
    times = []
    for _ in range(ALONE):
        began = time.perf_counter()
        assert ours(target, uuid4().hex)
        times.append(time.perf_counter() - began)
    return sorted(times)[ALONE // 10]


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


class Fleet:
    """The worker processes on one database."""

    def __init__(self, database: str, pool: ProcessPoolExecutor) -> None:
        self.database = database
        self.pool = pool
        self.ready = pool.submit(migrate)  # Meanwhile the others are started.

    def do(self, act: Callable[..., Any], *arguments: Any) -> Any:
        return self.pool.submit(act, *arguments).result()

    def race(self, act: Act, target: Target, number: int) -> tuple[int, float]:
        """How many were granted, and how many were answered a second."""
        race = uuid4().hex  # No reference comes twice: a repeat would be granted what it has already.
        runs = [self.pool.submit(work, act, target, number // PROCESSES, race) for _ in range(PROCESSES)]
        shares = [run.result() for run in runs]
        seconds = max(share.ended for share in shares) - min(share.began for share in shares)
        return sum(share.granted for share in shares), number / seconds

    def measure(self, target: Target, number: int) -> dict[str, Any]:
        """Both ways in turn on a budget for half."""
        self.do(make_room, target, number // 2)
        granted, speed = self.race(ours, target, number)
        _, bare_speed = self.race(bare, self.do(open_account, number // 2), number)
        return {
            "database": self.database,
            "processes": PROCESSES,
            "threads": PROCESSES * THREADS,
            "asked": number,
            "admits": number // 2,
            "granted": granted,
            "entries_before": 0,
            "per_second": round(speed),
            "bare_per_second": round(bare_speed),
            "ratio": round(speed / bare_speed, 3),
            "difference": self.do(differences) or 0,
        }


@contextmanager
def fleet(database: str, url: str) -> Iterator[Fleet]:
    """Worker processes on a new, empty database."""
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as folder:
        start = SPAWN.Barrier(PROCESSES * THREADS)
        url = url or f"sqlite:///{folder}/bench.sqlite3"
        with ProcessPoolExecutor(PROCESSES, SPAWN, set_up, (url, folder, start)) as pool:
            yield Fleet(database, pool)


def measure(workers: Fleet) -> Iterator[dict[str, Any]]:
    """200 and 1,000 on a short ledger, then 200 again behind a long one."""
    target = workers.do(open_account, 1)
    yield workers.measure(target, FEW)
    yield workers.measure(target, MANY)
    before = workers.do(alone, target)
    workers.do(add_history, target, ENTRIES)
    growth = round(workers.do(alone, target) / before, 2)
    yield workers.measure(target, FEW) | {"entries_before": ENTRIES, "growth": growth}


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A PostgreSQL database that is made for this run and dropped after it."""
    name = f"rushes_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def results(postgres: str) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        fleets = [stack.enter_context(fleet("sqlite", ""))]
        try:
            url = stack.enter_context(own_database(postgres))
        except psycopg.OperationalError:
            print("PostgreSQL is left out: none answers. Name one with --postgres.", file=sys.stderr)
        else:
            fleets.append(stack.enter_context(fleet("postgresql", url)))
        for workers in fleets:
            workers.ready.result()
        for workers in fleets:
            yield from measure(workers)


def sentence(result: dict[str, Any]) -> str:
    text = (
        f"{result['database']}, {result['processes']} processes: {result['granted']} of {result['asked']} granted "
        f"where {result['admits']} fit; {result['per_second']} a second, {result['ratio']} of a bare UPDATE"
    )
    if "growth" in result:
        text += f"; behind {result['entries_before']:,} entries {result['growth']} times the cost"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--postgres", default=POSTGRES, help="a server to make a database on")
    options = parser.parse_args()
    is_exact = True
    for result in results(options.postgres):
        is_exact &= result["granted"] == result["admits"] and not result["difference"]
        print(json.dumps(result) if options.json else sentence(result), flush=True)
    if not is_exact:
        sys.exit("A budget was not granted exactly, or the books differ.")


if __name__ == "__main__":
    main()
