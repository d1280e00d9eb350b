"""The benches run. What they say about speed is not judged here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import missing, need_postgres

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.database_free
@pytest.mark.timeout(300)
def test_every_page_is_measured_in_a_studio_whose_books_agree() -> None:
    """The seeding ends the run when `check_ledger` would find a difference, and a page that does not answer 200 too."""
    command = [sys.executable, "bench/pages.py", "--json", "--small", "--fresh", "--times", "3"]
    done = subprocess.run(
        [*command, "--database", "sqlite"], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"storyboard", "spend", "admin billing/entry"} <= {row["page"] for row in rows}
    assert all(row["queries"] > 0 and 0 < row["p50_ms"] <= row["p95_ms"] for row in rows)


# It takes as long as the other three together: `make chaos` runs it.
@pytest.mark.outage
@pytest.mark.slow
@pytest.mark.database_free
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_a_race_of_the_engine_is_measured_beside_a_bare_script() -> None:
    """The run ends with an error unless every order succeeded with exactly one job at fal."""
    if not shutil.which("redis-server"):
        missing("redis-server is not installed.")
    command = [sys.executable, "bench/throughput.py", "--json", "--n", "8", "--webhooks"]
    done = subprocess.run(
        [*command, "--postgres", need_postgres()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    bare, rushes = (json.loads(line) for line in done.stdout.splitlines())
    assert (bare["system"], rushes["system"]) == ("bare", "rushes")
    assert bare["n"] == rushes["n"] == 8
    assert rushes["ratio"] == pytest.approx(rushes["seconds"] / bare["seconds"], abs=0.01)
    assert min(rushes[name] for name in ("cpu_ms", "statements", "writes", "memory_mb")) > 0


@pytest.mark.slow
@pytest.mark.database_free
@pytest.mark.timeout(200)
@pytest.mark.xdist_group("processes")
def test_exactly_half_is_granted_on_a_short_ledger_and_behind_a_long_one() -> None:
    command = [
        sys.executable,
        "bench/budget.py",
        "--json",
        "--postgres",
        "postgresql://nobody@127.0.0.1:1/none",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    granted = [(row["database"], row["asked"], row["granted"], row["entries_before"]) for row in rows]
    assert granted == [("sqlite", 200, 100, 0), ("sqlite", 1000, 500, 0), ("sqlite", 200, 100, 100_000)]
    assert all(row["ratio"] > 0 and row["difference"] == 0 for row in rows)
    assert rows[-1]["growth"] > 0


@pytest.mark.slow
@pytest.mark.database_free
def test_a_hundred_orders_are_a_hundred_jobs_when_answers_are_lost() -> None:
    command = [sys.executable, "bench/submit_once.py", "--json", "--ours", "--lost", "0.3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert row == {"system": "rushes", "lost": 0.3, "orders": 100, "jobs": 100, "answered": 100}
