"""The races of the throughput bench: the bare script, the product, and the blocked way, each on the same jobs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from measured.postgres.base import total

from billing import budgets
from generation import orders
from generation.models import UNFINISHED, Generation, Heartbeat, Lease, Status
from rig import footprint, made_files
from rig.fleet import BENCH, ROOT, Fleet, environment_of

LIMIT_SECONDS = 600.0
SEED = 5
WARM_UP = 64


@dataclass(frozen=True)
class Work:
    """What is ordered, and how long each job takes. `pause` is that of the bare script between questions."""

    model: str
    endpoint: str
    shortest: float
    longest: float
    pause: float
    kind: str
    key: str


SHORT = Work("flux-schnell", "fal-ai/flux/schnell", 2, 5, 0.25, "image/jpeg", "images")
LONG = Work("ray-2-flash-text", "fal-ai/luma-dream-machine/ray-2-flash", 30, 60, 1, "video/mp4", "video")


@dataclass(frozen=True)
class Bench:
    """Everything that runs beside the product."""

    folder: Path
    fal: str
    broker: str
    database: str
    port: int
    calls: bool

    def begin(self, work: Work) -> None:
        """Have fal forget the last race."""
        path = (made_files.picture if work.key == "images" else made_files.clip)(self.folder)
        race = {"seed": SEED, "shortest": work.shortest, "longest": work.longest, "path": str(path)}
        given = race | {"kind": work.kind, "key": work.key, "calls": self.calls}
        httpx.post(f"{self.fal}/bench/begin", json=given, timeout=60).raise_for_status()

    def log(self) -> dict[str, Any]:
        """When each job began and ended, and how many calls came in."""
        answer = httpx.get(f"{self.fal}/bench/log", timeout=60)
        log: dict[str, Any] = answer.json()
        return log


# ---- the bare script ----
def bare(bench: Bench, work: Work, number: int) -> dict[str, Any]:
    """The same calls without anything around them."""
    bench.begin(work)
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        words = [bench.fal, work.endpoint, str(number), str(work.pause), folder]
        script = [sys.executable, str(BENCH / "rig" / "bare.py"), *words]
        spent = _spent_by_children()
        process = subprocess.Popen(script, stdout=subprocess.PIPE, text=True)
        with footprint.Watch(lambda: footprint.memory_mb([process.pid])) as memory:
            said, _ = process.communicate(timeout=LIMIT_SECONDS)
        spent = _spent_by_children() - spent
    seconds = float(said)
    log = bench.log()
    return {
        "system": "bare",
        "n": number,
        "ratio": 1.0,
        "seconds": round(seconds, 2),
        "to_bound": round(seconds / _bound(log), 2),
        "cpu_ms": round(spent / number * 1000, 1),
        "statements": 0,
        "memory_mb": round(memory.most),
        "polls": round(log["counts"]["status"] / number, 1),
    }


def _spent_by_children() -> float:
    """Processor seconds of the processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _bound(log: dict[str, Any]) -> float:
    """Seconds that the slowest job took by itself."""
    return max(ended - began for began, ended in log["jobs"].values())


# ---- the product ----
def rushes(bench: Bench, work: Work, number: int, beside: dict[str, Any]) -> dict[str, Any]:
    """One race of the product, on processes that have done a little work already."""
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix="var-") as var:
        folder = Path(var)
        environment = environment_of(
            folder, database=bench.database, broker=bench.broker, fal=bench.fal, port=bench.port
        )
        if not bench.calls:
            environment["PUBLIC_URL"] = ""
        _order_at(bench, environment)
        with Fleet(environment, folder, bench.port) as fleet:
            fleet.wait()
            bench.begin(replace(work, shortest=0.1, longest=0.1))
            _wait_for(place(work, WARM_UP)[0], fleet)
            bench.begin(work)
            fleet.freeze()
            mine, placing = place(work, number)
            written, asked, spent = (
                _rows_written(),
                total(folder / "counts"),
                footprint.cpu_seconds(fleet.pids),
            )
            drawing = footprint.cpu_seconds([fleet.poster_pid])
            with footprint.Watch(lambda: footprint.memory_mb(fleet.pids)) as memory:
                began = time.time()
                fleet.thaw()
                _wait_for(mine, fleet)
            spent = footprint.cpu_seconds(fleet.pids) - spent
            asked = total(folder / "counts") - asked
            drawing = footprint.cpu_seconds([fleet.poster_pid]) - drawing
    log, succeeded = bench.log(), mine.filter(status=Status.SUCCEEDED)
    if succeeded.count() != number or log["counts"]["order"] != number:
        raise SystemExit(f"{succeeded.count()} of {number} succeeded, with {log['counts']['order']} jobs.")
    ended = {job: at.timestamp() for job, at in mine.values_list("external_id", "finished_at")}
    late = sorted(at - log["jobs"][job][1] for job, at in ended.items())
    seconds = max(ended.values()) - began
    return {
        "system": "rushes",
        "n": number,
        "ratio": round(seconds / beside["seconds"], 2),
        "seconds": round(seconds, 2),
        "to_bound": round(seconds / _bound(log), 2),
        "cpu_ms": round(spent / number * 1000, 1),
        "poster_cpu_ms": round(drawing / number * 1000, 1),
        "statements": round(asked / number, 1),
        "writes": round((_rows_written() - written) / number, 1),
        "memory_mb": round(memory.most),
        "p50_s": round(statistics.median(late), 2),
        "p95_s": round(late[int(number * 0.95)], 2),
        "polls": round(log["counts"].get("status", 0) / number, 1),
        "connections": log["counts"]["most_connections"],
        "placing_ms": round(placing / number * 1000, 1),
        "told_by": "webhooks" if bench.calls else "polling",
    }


def _order_at(bench: Bench, environment: dict[str, str]) -> None:
    """This process places the orders, with the key under which the others send them."""
    settings.FAL_KEY, settings.FAL_QUEUE_URL = environment["FAL_KEY"], bench.fal
    Heartbeat.objects.all().delete()
    Lease.objects.all().delete()


def place(work: Work, number: int) -> tuple[QuerySet[Generation], float]:
    """Order through the front door, whole or not at all; what was placed, and the seconds that took."""
    with transaction.atomic():
        account = budgets.open_account(f"Bench {uuid4().hex[:8]}", limit=Decimal(10_000))
    wishes = [{"prompt": f"Wave {each} breaks over the pier"} for each in range(number)]
    began = time.monotonic()
    with transaction.atomic():
        for each in wishes:
            orders.place(orders.Order(account, work.model, each))
    seconds = time.monotonic() - began
    placed = Generation.objects.filter(account=account)
    # While they were being placed nobody could take them up, so none is late.
    placed.update(dispatched_at=timezone.now())
    return placed, seconds


def _wait_for(placed: QuerySet[Generation], fleet: Fleet) -> None:
    ends_at = time.monotonic() + LIMIT_SECONDS
    while placed.filter(status__in=UNFINISHED).exists():
        if time.monotonic() > ends_at:
            raise SystemExit(f"Not over after {LIMIT_SECONDS:.0f} seconds.\n{fleet.log()}")
        time.sleep(0.2)


def _rows_written() -> int:
    """Rows inserted or updated since the database was made, as far as other processes have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables")
        return int(cursor.fetchone()[0])


# ---- the blocked way ----
def blocked(bench: Bench, work: Work, number: int, beside: dict[str, Any]) -> dict[str, Any]:
    """One task a job in a worker of two processes, which waits until the job is over."""
    bench.begin(work)
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        environment = os.environ | {
            "PYTHONPATH": f"{BENCH / 'rig'}:{ROOT}",
            "BROKER_URL": bench.broker,
            "BENCH_FAL": bench.fal,
            "BENCH_FOLDER": folder,
        }
        calls = f"[blocked.make.delay({work.endpoint!r}, each) for each in range({number})]"
        subprocess.run([sys.executable, "-c", f"import blocked; {calls}"], env=environment, check=True)
        began = time.monotonic()
        command = ["-m", "celery", "-A", "blocked", "worker", "--pool", "prefork", "--concurrency", "2"]
        process = subprocess.Popen([sys.executable, *command, "-l", "ERROR"], env=environment, cwd=folder)
        with footprint.Watch(lambda: footprint.memory_mb([process.pid])) as memory:
            while len(list(Path(folder).glob("[0-9]*"))) < number:
                time.sleep(0.2)
            seconds, spent = time.monotonic() - began, footprint.cpu_seconds([process.pid])
        process.terminate()
        process.wait(40)
    log = bench.log()
    return {
        "system": "blocked",
        "n": number,
        "ratio": round(seconds / beside["seconds"], 2),
        "seconds": round(seconds, 2),
        "to_bound": round(seconds / _bound(log), 2),
        "cpu_ms": round(spent / number * 1000, 1),
        "statements": 0,
        "memory_mb": round(memory.most),
        "polls": round(log["counts"]["status"] / number, 1),
    }
