"""The served form as processes that may be killed: web, two workers and a watcher, each by the README's command."""

import csv
import os
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg

from tests.chaos.provider import StormyFal
from tests.chaos.servers import OwnPostgres, OwnRedis, free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT, PRODUCER, PASSWORD = "storm", "producer", "a-password-for-tests"
SHOTS_A_SCENE = 4
# US dollars. A take costs 0.025, so that the shots fill five sixths of the budget and pass its thresholds.
A_SHOT = Decimal("0.03")
MIGRATE = ("migrate", "--verbosity", "0")
COLLECT = ("collectstatic", "--noinput", "--verbosity", "0")
READY = "ready_made"
PROCESSES = ("web", "worker 1", "worker 2", "watcher")
SUPERUSER = {"DJANGO_SUPERUSER_USERNAME": PRODUCER, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}


class House:
    """A studio on a database of its own, whose providers live at `fal`."""

    def __init__(self, folder: Path, database: str, broker: str, fal: StormyFal, **environment: str) -> None:
        self.folder = folder
        self.database = database
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        given = {name: _text(value) for name, value in fal.settings().items()}
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database.replace("postgresql://", "postgres://"),
            "BROKER_URL": broker,
            "SECRET_KEY": "only-for-the-storm-0123456789-abcdefghijklmnopqrstuvwxyz",
            "PUBLIC_URL": self.url,
            "USE_MOCK_DATA": "false",
            "KIE_API_KEY": "",
            "S3_BUCKET": "",
            # Made once beside the database that is ready, for all rounds.
            "STATIC_ROOT": str(folder.parent / "static"),
            "SUBMIT_TIMEOUT_SECONDS": "10",
            "RESEND_AFTER_SECONDS": "2",
            # Enough places that a round is about deaths, and not about waiting for a turn.
            "FAL_CONCURRENCY": "12",
            "LOG_LEVEL": "WARNING",
            **given,
            **environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *words: str, **environment: str) -> str:
        """Run one command to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.log()
        return done.stdout

    def start(self, name: str) -> None:
        worker = ["-m", "celery", "-A", "studio", "worker", "--pool", "threads", "--concurrency", "4", "-n"]
        command = {
            "web": [
                "-m",
                "uvicorn",
                "studio.asgi:application",
                "--port",
                str(self.port),
                "--log-level",
                "error",
            ],
            "worker 1": [*worker, "one@%h"],
            "worker 2": [*worker, "two@%h"],
            "watcher": ["manage.py", "watch"],
        }[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def start_all(self) -> None:
        for name in PROCESSES:
            self.start(name)
        wait_until(self.answers, 180, "the web process answers")

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait(30)

    def is_up(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def end(self, *names: str) -> dict[str, tuple[int, float]]:
        """SIGTERM to these, or to all; returns the exit status of each and how many seconds it took."""
        ending = {name: self.processes[name] for name in names or self.processes}
        began = time.monotonic()
        for process in ending.values():
            process.send_signal(signal.SIGTERM)
        return {name: (process.wait(60), time.monotonic() - began) for name, process in ending.items()}

    def kill_all(self) -> None:
        for name in self.processes:
            self.kill(name)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the database says, from outside."""
        with psycopg.connect(self.database, connect_timeout=5, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def log(self, each: int = 3000) -> str:
        """The end of what each process wrote."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-each:]}"
            for path in sorted(self.folder.glob("*.log"))
        )


def make_ready(postgres: OwnPostgres, redis: OwnRedis, fal: StormyFal, folder: Path, shots: int) -> None:
    """A database with a project of so many shots, to be copied for each round: making it takes seconds."""
    postgres.execute(f'DROP DATABASE IF EXISTS "{READY}"', f'CREATE DATABASE "{READY}"')
    house = House(folder, postgres.url(READY), redis.url, fal)
    with ThreadPoolExecutor(2) as beside:
        list(beside.map(lambda words: house.manage(*words), (MIGRATE, COLLECT)))
    house.manage("createsuperuser", "--noinput", "--email", "producer@example.com", **SUPERUSER)
    path = folder / "shots.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["scene", "shot", "prompt", "model"])
        for number in range(shots):
            scene, shot = divmod(number, SHOTS_A_SCENE)
            rows.writerow([scene + 1, shot + 1, f"Wave number {number} breaks over the pier", "flux-dev"])
    house.manage("import_shots", PROJECT, str(path), "--owner", PRODUCER, "--budget", str(shots * A_SHOT))


def fresh_database(postgres: OwnPostgres, name: str) -> str:
    """A copy of the database that is ready; returns its address."""
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{READY}"')
    return postgres.url(name)


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
