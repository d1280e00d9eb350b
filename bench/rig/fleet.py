"""The served form of the product for a measurement: two workers, the watcher and a web process, that can be frozen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from studio.queues import TASKS

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
START_SECONDS = 60.0
THREADS = 16
WORKERS = 2
POSTERS = "posters"


class Fleet:
    """Processes by the commands that the README names, in `environment`."""

    def __init__(self, environment: dict[str, str], folder: Path, port: int) -> None:
        self.environment = environment
        self.folder = folder
        self.port = port
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        worker = ["-m", "celery", "-A", "studio", "worker", "--pool", "threads"]
        queues = ",".join(queue for queue in TASKS if queue != "poster")
        many = ["--concurrency", str(THREADS), "-Q", queues]
        for number in range(1, WORKERS + 1):
            self._start(f"worker {number}", *worker, *many, "-n", f"bench{number}@%h")
        self._start(POSTERS, *worker, "--concurrency", "1", "-Q", "poster", "-n", "posters@%h", nice=19)
        self._start("watcher", "manage.py", "watch")
        quiet = ["--log-level", "error"]
        self._start("web", "-m", "uvicorn", "studio.asgi:application", "--port", str(self.port), *quiet)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    @property
    def pids(self) -> list[int]:
        """All but the one that draws posters: nobody waits for it."""
        return [process.pid for name, process in self.processes.items() if name != POSTERS]

    @property
    def poster_pid(self) -> int:
        return self.processes[POSTERS].pid

    def wait(self) -> None:
        """Until all parts have shown that they work."""
        from generation import health
        from generation.models import Lease
        from studio.celery import app

        self._wait_for(Lease.objects.filter(name="watcher").exists, "the watcher")
        self._wait_for(health.has_worker, "a worker for each queue that an order needs")
        self._wait_for(self._answers, "the web process")
        inspect = app.control.inspect(timeout=1.0)
        self._wait_for(lambda: len(inspect.ping() or {}) > WORKERS, "all workers")

    def freeze(self) -> None:
        """Stop all that would take up orders. What comes meanwhile waits for them in the broker."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def log(self) -> str:
        """The end of what each process wrote."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        ends_at = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > ends_at:
                raise SystemExit(f"After {START_SECONDS:.0f} seconds not there: {what}.\n{self.log()}")
            time.sleep(0.1)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(number)

    def _start(self, name: str, *command: str, nice: int = 0) -> None:
        polite = ["nice", "-n", str(nice)] if nice else []
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*polite, sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        try:
            httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10)
        except httpx.TransportError:
            return False
        return True


@contextmanager
def quick_fal() -> Iterator[str]:
    """fal on loopback in a process of its own; its address."""
    command = [sys.executable, str(BENCH / "rig" / "quick_fal.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def own_redis(folder: Path, port: int) -> Iterator[None]:
    """A Redis of the bench's own, that writes its log of commands to disk each second."""
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(
        ["redis-server", *words, "--appendonly", "yes", "--appendfsync", "everysec"],
        stdout=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def environment_of(folder: Path, *, database: str, broker: str, fal: str, port: int) -> dict[str, str]:
    """What makes the product this served form. Its own settings, beside a count of its statements."""
    counts = folder / "counts"
    counts.mkdir()
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "measured.engine",
        "PYTHONPATH": f"{BENCH}:{ROOT}",
        "BENCH_COUNTS": str(counts),
        "VAR_DIR": str(folder),
        "DATABASE_URL": database,
        "BROKER_URL": broker,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "only-for-this-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "FAL_KEY": "bench-key-id:bench-key-secret",
        "FAL_QUEUE_URL": fal,
        "FAL_REST_URL": fal,
        "FAL_API_URL": f"{fal}/v1",
        "FAL_MEDIA_HOSTS": fal,
        "FAL_CONCURRENCY": "0",
        "USE_MOCK_DATA": "false",
        "LOG_LEVEL": "WARNING",
    }
