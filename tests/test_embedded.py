"""The whole studio in one process, for real: it starts, it refuses to start twice, and kill -9 loses nothing."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Studio:
    """A studio on a folder of its own, run through manage.py."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.process: subprocess.Popen[str] | None = None
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in {"DATABASE_URL", "BROKER_URL"}
            },
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "VAR_DIR": str(folder),
            "USE_MOCK_DATA": "true",
            "MOCK_QUEUE_SECONDS": "1",
            "MOCK_RUN_SECONDS": "2",
            "SUBMIT_TIMEOUT_SECONDS": "3",
            "RESEND_AFTER_SECONDS": "2",
        }

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=check,
        )

    def start(self) -> None:
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True
            )
        self.wait_for(lambda: self.get("/healthz")[0] in {200, 503}, 60)

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def get(self, path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / "rushes.sqlite3", timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def write(self, sql: str, *values: Any) -> None:
        """What another process might write, while none runs."""
        connection = sqlite3.connect(self.folder / "rushes.sqlite3", timeout=20)
        try:
            with connection:
                connection.execute(sql, values)
        finally:
            connection.close()

    def wait_for(self, condition: Any, seconds: float) -> None:
        end = time.monotonic() + seconds
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < end, (self.folder / "log").read_text()[-3000:]
            pause.wait(0.2)


@pytest.fixture
def studio(folder_with_tables: Path) -> Iterator[Studio]:
    made = Studio(folder_with_tables)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_killed_in_the_middle_of_a_dozen_it_finishes_all_and_charges_each_once(studio: Studio) -> None:
    studio.start()
    studio.manage("generate", "asmr-sampler")
    statuses = "SELECT status, count(*) FROM generation_generation GROUP BY status"
    total = sum(count for _, count in studio.rows(statuses))
    assert total >= 12
    studio.wait_for(lambda: dict(studio.rows(statuses)).get("succeeded", 0) >= 2, 60)
    studio.end(signal.SIGKILL)
    assert dict(studio.rows(statuses)).get("succeeded", 0) < total, "it was killed too late to prove anything"

    studio.start()
    studio.wait_for(lambda: dict(studio.rows(statuses)) == {"succeeded": total}, 240)
    assert studio.end(signal.SIGTERM) == 0

    ordered = [
        json.loads(path.read_text())["reference"] for path in (studio.folder / "mock" / "jobs").glob("*.json")
    ]
    assert len(ordered) == len(set(ordered)) == total, "the provider's own log: one job for each order"
    charges = studio.rows(
        "SELECT hold_id, count(*) FROM billing_entry WHERE kind = 'charge' GROUP BY hold_id"
    )
    assert len(charges) == total
    assert {count for _, count in charges} == {1}
    assert "difference 0" in studio.manage("check_ledger").stdout


@pytest.mark.slow
def test_it_reports_its_health_and_stops_cleanly(studio: Studio) -> None:
    (studio.folder / "rushes.sqlite3").unlink()  # As on a fresh machine: it makes its tables itself.
    studio.start()
    studio.wait_for(lambda: studio.get("/healthz")[0] == 200, 30)
    health = json.loads(studio.get("/healthz")[1])
    assert health["ok"]
    parts = {"database", "broker", "storage", "worker", "sweep", "providers"}
    assert set(health) == parts | {"ok"}
    assert all(health[part]["ok"] for part in parts)

    second = studio.manage("demo", "--port", str(_free_port()), check=False)
    assert second.returncode != 0
    assert "already runs" in second.stderr
    assert "Traceback" not in second.stderr

    assert studio.end(signal.SIGINT) == 0
    log = (studio.folder / "log").read_text()
    assert "Stopped." in log
    assert "/healthz" not in log, "a terminal is for what people do, not for each request"


def test_a_taken_port_gives_a_clear_error(studio: Studio) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = studio.manage("demo", "--port", str(taken.getsockname()[1]), check=False)
    assert refused.returncode != 0
    assert "cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_wrong_model_in_the_settings_stops_the_start_with_the_allowed_ones(studio: Studio) -> None:
    studio.environment["VIDEO_PROVIDER_TYPE"] = "betamax"
    refused = studio.manage("demo", check=False)
    assert refused.returncode != 0
    assert "mock, kling, minimax, svd" in refused.stderr
