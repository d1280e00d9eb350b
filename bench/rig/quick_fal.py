"""fal's wire on loopback, quick enough that it is not what is measured: `python bench/rig/quick_fal.py`.

An order is answered after 100 ms, a question after 20 ms. A job ends so long after its answer as was drawn for its
number, so every client meets the same jobs. `POST /bench/begin` starts a race: it forgets the jobs of the last one and
takes `seed`, `shortest` and `longest` (seconds), `path` (the file that each job makes), `kind` and `key` (how a result
names it) and `calls` (whether to call webhooks). `GET /bench/log` tells when each job began and ended, in Unix seconds.
Imports nothing of ours. Prints its port.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from wire import Client

ORDER_SECONDS, QUESTION_SECONDS = 0.1, 0.02
CALLERS = 32


@dataclass
class Job:
    id: str
    endpoint: str
    webhook: str
    began_at: float
    ends_at: float = float("inf")

    @property
    def is_over(self) -> bool:
        return time.time() >= self.ends_at


@dataclass
class Race:
    seed: int = 0
    shortest: float = 0
    longest: float = 0
    path: str = ""
    kind: str = "image/jpeg"
    key: str = "images"
    calls: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    most_connections: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.content = Path(self.path).read_bytes() if self.path else b""


class Fal:
    """What the server knows."""

    def __init__(self) -> None:
        self.race = Race()
        self.url = ""
        self.key = Ed25519PrivateKey.generate()
        self.number = 0
        self.callers: dict[str, Client] = {}
        self.calling: set[asyncio.Task[None]] = set()

    def answer(self, method: str, target: str, body: bytes) -> tuple[float, int, bytes, str]:
        """Seconds to wait, status, body and more headers of the answer to one call."""
        parts = urlsplit(target)
        path = parts.path.lstrip("/")
        _, is_job, rest = path.partition("/requests/")
        if is_job and method == "GET":
            return self._about(*rest.partition("/")[::2])
        if path.startswith("files/"):
            self.race.counts["file"] += 1
            return QUESTION_SECONDS, 200, self.race.content, f"Content-Type: {self.race.kind}\r\n"
        if path == "bench/begin":
            self.race = Race(**json.loads(body), connections=self.race.connections)
            return 0, 200, b"{}", ""
        if path == "bench/log":
            return 0, 200, self._log(), ""
        if path == ".well-known/jwks.json":
            raw = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode().rstrip("=")
            return 0, 200, _json({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": raw}]}), ""
        if path == "v1/models/pricing":
            endpoint = parse_qs(parts.query)["endpoint_id"][0]
            price = {"endpoint_id": endpoint, "unit_price": 0.003, "unit": "units", "currency": "USD"}
            return QUESTION_SECONDS, 200, _json({"prices": [price], "has_more": False}), ""
        if method == "POST":
            return self._order(path, parse_qs(parts.query).get("fal_webhook", [""])[0])
        return 0, 404, b"{}", ""

    def _order(self, endpoint: str, webhook: str) -> tuple[float, int, bytes, str]:
        self.race.counts["order"] += 1
        self.number += 1
        job = Job(f"job-{self.number:07}", endpoint, webhook, time.time())
        self.race.jobs[job.id] = job
        seconds = self.race.chance.uniform(self.race.shortest, self.race.longest)
        job.ends_at = job.began_at + ORDER_SECONDS + seconds
        if webhook and self.race.calls:
            asyncio.get_running_loop().call_later(ORDER_SECONDS + seconds, self._call, job)
        base = f"{self.url}/{'/'.join(endpoint.split('/')[:2])}/requests/{job.id}"
        urls = {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
        return ORDER_SECONDS, 200, _json({"request_id": job.id, "queue_position": 0, **urls}), ""

    def _about(self, job_id: str, what: str) -> tuple[float, int, bytes, str]:
        job = self.race.jobs.get(job_id)
        if job is None:
            return QUESTION_SECONDS, 404, b'{"status": "NOT_FOUND"}', ""
        self.race.counts[what or "result"] += 1
        if what == "status":
            status = "COMPLETED" if job.is_over else "IN_PROGRESS"
            body = {"status": status, "request_id": job.id, "logs": [], "metrics": {"inference_time": 1.0}}
            return QUESTION_SECONDS, 200 if job.is_over else 202, _json(body), ""
        if not job.is_over:
            return QUESTION_SECONDS, 400, b'{"detail": "Request is still in progress"}', ""
        return QUESTION_SECONDS, 200, _json(self._result(job)), "X-Fal-Billable-Units: 1\r\n"

    def _result(self, job: Job) -> dict[str, Any]:
        name = f"{job.id}.{self.race.kind.partition('/')[2]}"
        file = {"url": f"{self.url}/files/{name}", "content_type": self.race.kind, "file_name": name}
        return {self.race.key: [file] if self.race.key == "images" else file, "seed": 7}

    def _log(self) -> bytes:
        jobs = {job.id: [job.began_at, job.ends_at] for job in self.race.jobs.values()}
        counts = dict(self.race.counts) | {"most_connections": self.race.most_connections}
        return _json({"jobs": jobs, "counts": counts})

    def _call(self, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(job))
        self.calling.add(task)
        task.add_done_callback(self.calling.discard)

    async def _deliver(self, job: Job) -> None:
        body = _json(
            {
                "request_id": job.id,
                "gateway_request_id": job.id,
                "status": "OK",
                "payload": self._result(job),
            }
        )
        parts = urlsplit(job.webhook)
        origin = f"{parts.scheme}://{parts.netloc}"
        client = self.callers.setdefault(origin, Client(origin, CALLERS))
        for pause in (0.2, 1, 4, 10):
            headers = {"Content-Type": "application/json", **self._signed(job, body)}
            try:
                status, _ = await client.call("POST", parts.path, body, headers)
            except (OSError, EOFError):
                status = 0
            self.race.counts[f"call {status}"] += 1
            if status == 200:
                return
            await asyncio.sleep(pause)

    def _signed(self, job: Job, body: bytes) -> dict[str, str]:
        at = str(int(time.time()))
        message = "\n".join((job.id, "user-1", at, hashlib.sha256(body).hexdigest()))
        return {
            "X-Fal-Webhook-Request-Id": job.id,
            "X-Fal-Webhook-User-Id": "user-1",
            "X-Fal-Webhook-Timestamp": at,
            "X-Fal-Webhook-Signature": self.key.sign(message.encode()).hex(),
        }


class Connection(asyncio.Protocol):
    """One client; it may send its next call once the last is answered."""

    def __init__(self, fal: Fal) -> None:
        self.fal = fal
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        race = self.fal.race
        race.connections += 1
        race.most_connections = max(race.most_connections, race.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fal.race.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, ended, rest = self.received.partition(b"\r\n\r\n")
        if not ended:
            return
        lines = head.decode("latin-1").split("\r\n")
        names = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = int(names.get("content-length", 0))
        if len(rest) < length:
            return
        self.received = rest[length:]
        method, target, _ = lines[0].split(" ", 2)
        wait, status, body, more = self.fal.answer(method, target, rest[:length])
        says = f"HTTP/1.1 {status} Answer\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
        if wait:
            asyncio.get_running_loop().call_later(wait, self.transport.write, says)
        else:
            self.transport.write(says)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


async def serve() -> None:
    fal = Fal()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(fal), "127.0.0.1", 0, backlog=2000
    )
    port = server.sockets[0].getsockname()[1]
    fal.url = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
