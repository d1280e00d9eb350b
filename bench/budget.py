"""Can a budget be overspent by many at once, and what does the guard cost?

    python bench/budget.py [--json] [--postgres URL]

Several processes, each with several threads, reserve at the same moment on a budget that admits half of them; exactly
half must be granted. Beside it the same processes run a bare conditional UPDATE of one counter: `ratio` is our
throughput to that. Then 100,000 entries are put into the ledger and it is measured again: `growth` is how many times
dearer a reservation that is made alone is then than in a copy of the database from before, by turns. On SQLite (a
file) and on PostgreSQL (a database of its own, if a server answers). Exits with 1 when a budget was not granted exactly
or the books differ.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import reservations
from reservations import THREADS, Act, Target

PROCESSES = 4
FEW, MANY = 200, 1_000
ENTRIES = 100_000
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://root@127.0.0.1:5432/test")
# The process that leads a database's workers starts fresh and sets Django up; they are its copies, and share that cost.
SPAWN, FORK = multiprocessing.get_context("spawn"), multiprocessing.get_context("fork")

_fleet: Any = None


def set_up(url: str, folder: str) -> None:
    """Make this process one of the studio, on this database."""
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


class Fleet:
    """The worker processes on one database, copies of the process that leads them."""

    def __init__(self, database: str) -> None:
        reservations.start = FORK.Barrier(PROCESSES * THREADS)
        self.database = database
        self.pool = ProcessPoolExecutor(PROCESSES, FORK)

    def be_ready(self) -> None:
        self.do(reservations.migrate)
        self.target: Target = self.do(reservations.open_account, 1)
        self.do(reservations.make_twin)

    def dismiss(self) -> None:
        self.pool.shutdown()

    def do(self, act: Callable[..., Any], *arguments: Any) -> Any:
        return self.pool.submit(reservations.once, act, *arguments).result()

    def race(self, act: Act, target: Target, number: int) -> tuple[int, float]:
        """How many were granted, and how many were answered a second."""
        race = uuid4().hex  # No reference comes twice: a repeat would be granted what it has already.
        runs = [
            self.pool.submit(reservations.work, act, target, number // PROCESSES, race)
            for _ in range(PROCESSES)
        ]
        shares = [run.result() for run in runs]
        seconds = max(share.ended for share in shares) - min(share.began for share in shares)
        return sum(share.granted for share in shares), number / seconds

    def measure(self, number: int) -> dict[str, Any]:
        """Both ways in turn on a budget for half."""
        self.do(reservations.make_room, self.target, number // 2)
        granted, speed = self.race(reservations.ours, self.target, number)
        _, bare_speed = self.race(reservations.bare, self.do(reservations.open_account, number // 2), number)
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
            "difference": self.do(reservations.differences) or 0,
        }

    def measure_behind_history(self, number: int) -> dict[str, Any]:
        """The same once the ledger is long, and how much dearer one reservation is than without it."""
        self.do(reservations.add_history, self.target, ENTRIES)
        growth = round(self.do(reservations.growth, self.target), 2)
        return self.measure(number) | {"entries_before": ENTRIES, "growth": growth}


def lead(database: str, url: str, folder: str) -> None:
    """Run once in a leading process, before anything else there."""
    global _fleet
    set_up(url, folder)
    _fleet = Fleet(database)


def tell(deed: str, *arguments: Any) -> Any:
    """Have this process's fleet do something."""
    return getattr(_fleet, deed)(*arguments)


@contextmanager
def leader(database: str, url: str) -> Iterator[ProcessPoolExecutor]:
    """A leading process on a new, empty database. It sets everything up at once; what it is told waits for that."""
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as folder, ProcessPoolExecutor(1, SPAWN) as pool:
        pool.submit(lead, database, url or f"sqlite:///{folder}/bench.sqlite3", folder)
        yield pool
        pool.submit(tell, "dismiss").result()


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A PostgreSQL database that is made for this run and dropped after it."""
    name = f"rushes_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            for each in (name, name + reservations.TWIN):
                server.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")


def results(postgres: str) -> Iterator[dict[str, Any]]:
    """200 and 1,000 on a short ledger, then 200 again behind a long one, on each database."""
    with ExitStack() as stack:
        leaders = [stack.enter_context(leader("sqlite", ""))]
        try:
            url = stack.enter_context(own_database(postgres))
        except psycopg.OperationalError:
            print("PostgreSQL is left out: none answers. Name one with --postgres.", file=sys.stderr)
        else:
            leaders.append(stack.enter_context(leader("postgresql", url)))
        # All are set up before the first is measured: nothing else may run then.
        for ready in [each.submit(tell, "be_ready") for each in leaders]:
            ready.result()
        for each in leaders:
            yield each.submit(tell, "measure", FEW).result()
            yield each.submit(tell, "measure", MANY).result()
            yield each.submit(tell, "measure_behind_history", FEW).result()


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
