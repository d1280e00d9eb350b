"""A PostgreSQL and a Redis of one's own, which may be killed: other tests use the machine's."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from tests.services import missing

START_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> None:
    """Look often until it holds; fails with `what` after so many seconds."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"After {seconds:.0f} seconds still not: {what}.")
        pause.wait(0.1)


class _Server:
    """A server in a folder of its own, on a port that it keeps over its deaths."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rushes-chaos-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)


class OwnRedis(_Server):
    """Keeps nothing: after a death it is empty."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server") or missing("redis-server is not installed.")
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers, START_SECONDS, "Redis answers")

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_connect_timeout=1) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


class OwnPostgres(_Server):
    """Comes up again from its log after a kill, as it would anywhere; only power cuts are not played (fsync is off)."""

    def __enter__(self) -> Self:
        self._programs = _postgres_programs()
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        words = [
            "-D",
            str(self.folder / "data"),
            "-U",
            "rushes",
            "--auth",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        made = self._run("initdb", *words)
        assert made.wait(60) == 0, "initdb did not make a cluster"
        return super().__enter__()

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://rushes@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, also while what was killed is still going down."""
        wait_until(self._starts, START_SECONDS, "PostgreSQL answers")

    def execute(self, *statements: str) -> None:
        """Run statements outside any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _starts(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            # -k: the socket's folder of the machine may not be ours.
            options = ["-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
            fast = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
            self.process = self._run("postgres", "-D", str(self.folder / "data"), *options, *fast)
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(self._programs / program), *words],
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _postgres_programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return Path(folders[-1] if folders else missing("PostgreSQL's server programs are not installed."))
