"""Everything in one process: the web server, a Celery worker on the in-memory broker, and the watcher.

The same tasks, rows and rules as with many processes; only the broker differs. A second one on the same data would find
its messages in another memory, so it refuses to start.
"""

import fcntl
import logging
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, Any

import uvicorn
from celery.worker import WorkController
from django.conf import settings

from generation.watcher import Watcher
from studio.celery import app

logger = logging.getLogger(__name__)


class CannotStartError(Exception):
    """The studio cannot start here; the message says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotStartError when the port is taken or may not be used."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotStartError(
            f"Port {port} cannot be used ({getattr(error, 'strerror', None) or error}). "
            f"Choose another: PORT={port + 1 if port < 65535 else 8000} make demo"
        ) from error
    return listener


def only_one(folder: Path) -> IO[str]:
    """Hold the folder for this process until it ends. Raises CannotStartError when another one has it."""
    lock = (folder / "embedded.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise CannotStartError(
            f"A studio already runs on {folder}. Stop it first, or set VAR_DIR to another folder."
        ) from error
    return lock


class Embedded:
    """The three parts, started together and stopped together."""

    def __init__(self, listener: socket.socket, *, on_started: Callable[[], None]) -> None:
        self.listener = listener
        self.stop = threading.Event()
        self.worker = _worker()
        config = uvicorn.Config(
            "studio.asgi:application",
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        self.server = _Server(config, on_started)
        self.threads = [
            threading.Thread(target=self.worker.start, name="worker", daemon=True),
            threading.Thread(target=Watcher().run, args=(self.stop,), name="watcher", daemon=True),
        ]

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; then finish what is at hand and return."""
        # uvicorn raises the signal again once it has shut down, and the default would end the process right there.
        signal.signal(signal.SIGTERM, _already_obeyed)
        for thread in self.threads:
            thread.start()
        try:
            self.server.run(sockets=[self.listener])
        except KeyboardInterrupt:
            logger.debug("Interrupted: the server has shut down, the other parts follow.")
        finally:
            # One Ctrl-C in a terminal can arrive twice, from it and from whoever started us.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.stop.set()
            self.worker.stop()
            for thread in self.threads:
                thread.join(timeout=10)


def _already_obeyed(number: int, frame: FrameType | None) -> None:
    """The server has shut down by the time this runs; the rest of `run` stops the other parts."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Loading the application set up the log once more, and with it what `access_log=False` had taken off.
        logging.getLogger("uvicorn.access").propagate = False
        await super().startup(sockets=sockets)
        self.on_started()


def _worker() -> Any:
    """A worker that runs as a thread. It is made before any thread starts, because it finalises the Celery app."""
    app.loader.import_default_modules()
    return WorkController(
        app=app,
        pool_cls="threads",
        concurrency=settings.WORKER_CONCURRENCY,
        loglevel=logging.WARNING,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
