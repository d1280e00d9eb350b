"""The product behind its own web server, in a process of its own, on the database of this process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_BENCH = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0


@contextmanager
def page_server() -> Iterator[str]:
    """Its address while it runs: one uvicorn process, as in production, with collected static files."""
    settings = {"DJANGO_SETTINGS_MODULE": "measured.settings"}
    environment = os.environ | settings | {"PYTHONPATH": f"{_BENCH}:{_BENCH.parent}"}
    collect = [
        sys.executable,
        str(_BENCH.parent / "manage.py"),
        "collectstatic",
        "--noinput",
        "--verbosity=0",
    ]
    subprocess.run(collect, env=environment, check=True)
    port = _free_port()
    serve = [sys.executable, "-m", "uvicorn", "studio.asgi:application", "--port", str(port)]
    quiet = ["--log-level", "warning", "--lifespan", "off"]
    process = subprocess.Popen([*serve, *quiet], env=environment, cwd=_BENCH.parent)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            httpx.get(f"{address}/empty/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
