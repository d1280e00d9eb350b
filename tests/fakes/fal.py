"""fal on loopback: queue, storage, media, keys, signed webhooks, history and prices, as its documents describe them.

Everything goes well unless the test says otherwise: `script["status"].append(Reply(…))` answers the next such call,
`always["status"] = Reply(…)` all of them. The kinds are the names of the `_on_…` methods.
"""

import base64
import hashlib
import io
import itertools
import json
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from generation.providers.fal import FalProvider
from tests.fakes.sockets import Reply, Request, SocketServer

KEY = "9d2f61c0-fake-key-id:5f2bd8f0b1c94a34a1"
ADMIN_KEY = "1c7b02aa-fake-admin-id:77d0e6c2f4ab48e2b9"
FACTS = Path(__file__).parent.parent / "generation" / "catalogue_facts.json"
CLIP = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(4096)


@dataclass
class FakeJob:
    """One job, paid from the moment that it is here."""

    id: str
    endpoint: str
    arguments: dict[str, Any]
    headers: dict[str, str]
    webhook: str
    sent_at: float = field(default_factory=time.time)
    status: str = "IN_QUEUE"
    position: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    result: Reply | None = None

    @property
    def short_path(self) -> str:
        return "/".join(self.endpoint.split("/")[:2]) + f"/requests/{self.id}"


class FakeFal(SocketServer):
    """`loses` decides for each job whether the answer to its order is lost."""

    def __init__(
        self, *, loses: Callable[[FakeJob], bool] = lambda job: False, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(tls)
        self.jobs: dict[str, FakeJob] = {}
        self.files: dict[str, bytes | Path] = {"picture.png": picture(), "clip.mp4": CLIP}
        self.script: dict[str, list[Reply]] = defaultdict(list)
        self.always: dict[str, Reply] = {}
        self.loses = loses
        self.finishes_at_once = False
        self.signing_key = Ed25519PrivateKey.generate()
        self.units: str | None = None
        self.unit_price = 0.025
        self.events: list[dict[str, Any]] = []
        self.events_a_page = 10_000
        self.balance: object = 24.5
        self.keys_seen_by_media: list[str] = []
        self._ids = itertools.count(1)
        self._making = threading.Lock()

    def settings(self) -> dict[str, Any]:
        """The settings with which the adapter finds this fake."""
        return {
            "FAL_KEY": KEY,
            "FAL_ADMIN_KEY": ADMIN_KEY,
            "FAL_QUEUE_URL": self.url,
            "FAL_REST_URL": self.url,
            "FAL_API_URL": f"{self.url}/v1",
            "FAL_MEDIA_HOSTS": [self.url],
        }

    def adapter(self, **changes: Any) -> FalProvider:
        """An adapter of our own that speaks with this fake. Close it."""
        given = {name.lower().removeprefix("fal_"): value for name, value in self.settings().items()}
        return FalProvider(**given | changes)

    # ---- what a test does to a job ----
    @property
    def last(self) -> FakeJob:
        return list(self.jobs.values())[-1]

    def finish(self, job: FakeJob) -> None:
        """Let the job end well."""
        job.status, job.result = "COMPLETED", self._good_result(job)
        job.extra = {"metrics": {"inference_time": 2.5}}

    def fail(
        self,
        job: FakeJob,
        status: int = 500,
        kind: str = "internal_server_error",
        words: str = "Out of luck.",
    ) -> None:
        """Let the job end badly: COMPLETED, and an error where the result should be."""
        job.status = "COMPLETED"
        job.extra = {"error": words, "error_type": kind, "metrics": {"inference_time": 1.0}}
        job.result = Reply(status, {"detail": [{"loc": ["body", "prompt"], "msg": words, "type": kind}]})

    def charge(
        self, job_id: str, units: str, price: str, *, at: str, endpoint: str = "fal-ai/flux/dev", **more: Any
    ) -> None:
        """Put a line on the bill, as fal writes it: floats, and billionths of a dollar."""
        total = Decimal(units) * Decimal(price)
        event = {
            "request_id": job_id,
            "endpoint_id": endpoint,
            "timestamp": at,
            "output_units": float(units),
            "unit_price": float(price),
            "percent_discount": None,
            "cost_subtotal": float(total),
            "cost_discount": 0,
            "cost_total": float(total),
            "cost_estimate_nano_usd": int(total * 10**9),
        }
        self.events.append(event | more)

    def count(self, kind: str) -> int:
        """How many calls of a kind came in."""
        return sum(self._kind(request)[0] == kind for request in self.requests)

    # ---- webhooks ----
    def signed(self, body: bytes, *, request_id: str, at: float | None = None) -> dict[str, str]:
        """The four headers under a call."""
        timestamp = str(int(time.time() if at is None else at))
        message = "\n".join((request_id, "user-1", timestamp, hashlib.sha256(body).hexdigest()))
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": "user-1",
            "X-Fal-Webhook-Timestamp": timestamp,
            "X-Fal-Webhook-Signature": self.signing_key.sign(message.encode()).hex(),
        }

    def notice(self, job: FakeJob) -> bytes:
        """What fal would say about the job's end."""
        result = job.result or self._good_result(job)
        status = "OK" if result.status == 200 else "ERROR"
        return json.dumps(
            {"request_id": job.id, "gateway_request_id": job.id, "status": status, "payload": result.body}
        ).encode()

    def deliver(self, job: FakeJob) -> int:
        """Call the job's webhook over the network; returns the status of the answer."""
        body = self.notice(job)
        headers = self.signed(body, request_id=job.id) | {"Content-Type": "application/json"}
        return httpx.post(job.webhook, content=body, headers=headers, timeout=10).status_code

    # ---- the wire ----
    def answer(self, request: Request) -> Reply:
        kind, rest = self._kind(request)
        keyed = kind not in ("jwks", "media", "upload")
        if not keyed and "authorization" in request.headers:
            self.keys_seen_by_media.append(kind)
        if keyed and request.headers.get("authorization") != f"Key {ADMIN_KEY if kind == 'bill' else KEY}":
            return Reply(401, {"detail": "No user found for Key ID and Secret"})
        planned = self.script[kind].pop(0) if self.script[kind] else self.always.get(kind)
        if planned is not None and not (kind == "submit" and planned.lost):
            return planned
        reply: Reply = getattr(self, f"_on_{kind}")(request, rest)
        return Reply(lost=True) if planned is not None else reply

    def _kind(self, request: Request) -> tuple[str, str]:
        path = request.path.lstrip("/")
        for prefix, kind in _PREFIXES.items():
            if path.startswith(prefix):
                return kind, path.removeprefix(prefix)
        _, is_job, rest = path.partition("/requests/")
        if not is_job:
            return "submit", path
        job_id, _, verb = rest.partition("/")
        return {"status": "status", "cancel": "cancel"}.get(verb, "result"), job_id

    def _on_submit(self, request: Request, endpoint: str) -> Reply:
        with self._making:
            job_id = f"job-{next(self._ids):04}"
            self.jobs[job_id] = job = FakeJob(
                id=job_id,
                endpoint=endpoint,
                arguments=request.json,
                headers=dict(request.headers),
                webhook=request.query.get("fal_webhook", ""),
            )
            if self.finishes_at_once:
                self.finish(job)
            if self.loses(job):
                return Reply(lost=True)
        base = f"{self.url}/{job.short_path}"
        urls = {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
        return Reply(body={"request_id": job_id, "queue_position": job.position, **urls})

    def _on_status(self, request: Request, job_id: str) -> Reply:
        job = self.jobs.get(job_id)
        if job is None:
            return Reply(404, {"status": "NOT_FOUND"})
        body: dict[str, Any] = {"status": job.status, "request_id": job_id, **job.extra}
        if job.status == "IN_QUEUE":
            body["queue_position"] = job.position
        return Reply(200 if job.status == "COMPLETED" else 202, body)

    def _on_result(self, request: Request, job_id: str) -> Reply:
        job = self.jobs.get(job_id)
        if job is None:
            return Reply(404, {"status": "NOT_FOUND"})
        if job.status != "COMPLETED" or job.result is None:
            return Reply(400, {"detail": "Request is still in progress"})
        return job.result

    def _on_cancel(self, request: Request, job_id: str) -> Reply:
        job = self.jobs.get(job_id)
        if job is None:
            return Reply(404, {"status": "NOT_FOUND"})
        if job.status == "COMPLETED":
            return Reply(400, {"status": "ALREADY_COMPLETED"})
        job.status, job.extra = (
            "COMPLETED",
            {"error": "Request was cancelled.", "error_type": "client_cancelled"},
        )
        job.result = Reply(499, {"detail": "Request was cancelled.", "error_type": "client_cancelled"})
        return Reply(202, {"status": "CANCELLATION_REQUESTED"})

    def _on_media(self, request: Request, name: str) -> Reply:
        return Reply(body=self.files[name]) if name in self.files else Reply(404, b"gone")

    def _on_initiate(self, request: Request, rest: str) -> Reply:
        name = f"{next(self._ids)}-{request.json['file_name']}"
        upload_url = f"{self.url}/upload/{name}?token=signed"
        return Reply(body={"upload_url": upload_url, "file_url": f"{self.url}/files/{name}"})

    def _on_upload(self, request: Request, rest: str) -> Reply:
        name, _, part = rest.partition("/")
        if request.query != {"token": "signed"}:
            return Reply(403, b"not signed")
        if part == "complete":
            order = [each["partNumber"] for each in request.json["parts"]]
            self.files[name] = b"".join(self.files.pop(f"{name}/{number}") for number in order)
            return Reply(body={"url": name})
        self.files[rest] = request.body
        return Reply(body={"etag": f"part-{part}"}) if part else Reply()

    def _on_jwks(self, request: Request, rest: str) -> Reply:
        raw = self.signing_key.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return Reply(body={"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]})

    def _on_history(self, request: Request, rest: str) -> Reply:
        items = [
            {"request_id": job.id, "endpoint_id": job.endpoint, "json_input": job.arguments}
            for job in self.jobs.values()
            if job.endpoint == request.query["endpoint_id"]
        ]
        return Reply(body={"items": items, "has_more": False, "next_cursor": None})

    def _on_pricing(self, request: Request, rest: str) -> Reply:
        price = {"unit_price": self.unit_price, "unit": "megapixels", "currency": "USD"}
        return Reply(
            body={"prices": [{"endpoint_id": request.query["endpoint_id"], **price}], "has_more": False}
        )

    def _on_billing(self, request: Request, rest: str) -> Reply:
        return Reply(
            body={"username": "studio", "credits": {"current_balance": self.balance, "currency": "USD"}}
        )

    def _on_bill(self, request: Request, rest: str) -> Reply:
        since, until = (datetime.fromisoformat(request.query[name]) for name in ("start", "end"))
        if until - since > timedelta(days=90):
            return Reply(400, {"error": {"type": "validation_error", "message": "At most 90 days."}})
        asked = [e for e in self.events if since <= datetime.fromisoformat(e["timestamp"]) < until]
        page, size = int(request.query.get("cursor", "1")), self.events_a_page
        rest_of_it = asked[(page - 1) * size :]
        has_more = len(rest_of_it) > size
        body = {"billing_events": rest_of_it[:size], "has_more": has_more}
        return Reply(body={**body, "next_cursor": str(page + 1) if has_more else None})

    def _good_result(self, job: FakeJob) -> Reply:
        key, is_list = _outputs().get(job.endpoint, ("images", True))
        name, kind = ("clip.mp4", "video/mp4") if key == "video" else ("picture.png", "image/png")
        file = {"url": f"{self.url}/files/{name}", "content_type": kind, "file_name": name}
        body: dict[str, Any] = {key: [file] * int(job.arguments.get("num_images") or 1) if is_list else file}
        if "seed" in job.arguments:
            body["seed"] = job.arguments["seed"]
        return Reply(200, body, headers={"X-Fal-Billable-Units": self.units} if self.units else {})


_PREFIXES = {
    "storage/upload/initiate": "initiate",
    "upload/": "upload",
    "files/": "media",
    ".well-known/jwks.json": "jwks",
    "v1/models/requests/by-endpoint": "history",
    "v1/models/pricing": "pricing",
    "v1/models/billing-events": "bill",
    "v1/account/billing": "billing",
}


@cache
def _outputs() -> dict[str, tuple[str, bool]]:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return {fact["endpoint"]: (fact["output"][0], fact["output"][1]) for fact in facts}


@cache
def picture() -> bytes:
    """A small PNG."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "slateblue").save(made, "PNG")
    return made.getvalue()
