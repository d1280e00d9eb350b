"""fal on loopback with bad luck: answers get lost or come late, calls come twice or never, and it may go away.

What happens to an order follows from the seed and the order alone, so that a round can be played again.
"""

import hashlib
import heapq
import io
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from tests.fakes.fal import FakeFal, FakeJob
from tests.fakes.sockets import Reply, Request

KEY_IN_WEBHOOK = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Luck:
    """Shares of orders, from 0 to 1, and how long a job takes, in seconds."""

    answer_lost: float = 0.12
    never_arrives: float = 0.03
    slow_answer: float = 0.10
    refused_at_first: float = 0.05
    fails: float = 0.04
    called_thrice: float = 0.25
    never_called: float = 0.25
    shortest: float = 1.0
    longest: float = 5.0


CALM = Luck(0, 0, 0, 0, 0, 0, 0)


class StormyFal(FakeFal):
    """Jobs end by the clock. `log` is what an outside witness can say of each order."""

    def __init__(self, seed: int, luck: Luck = Luck(), *, calls: bool = True) -> None:
        super().__init__()
        self.seed = seed
        self.luck = luck
        self.calls = calls
        self.hashes: dict[str, str] = {}
        self.calls_answered: Counter[int] = Counter()
        self._tries: Counter[str] = Counter()
        self._ends: list[tuple[float, str]] = []
        self._due = threading.Condition()
        self._stopped = threading.Event()
        self._callers = ThreadPoolExecutor(8, thread_name_prefix="fal-calls")
        self._clock = threading.Thread(target=self._end_jobs, name="fal-clock", daemon=True)

    def __enter__(self) -> "StormyFal":
        super().__enter__()
        self._clock.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stopped.set()
        with self._due:
            self._due.notify_all()
        self._clock.join(10)
        super().__exit__(*problem)
        self._callers.shutdown(wait=True, cancel_futures=True)

    def drawn(self, order: str, what: str) -> float:
        """A number from 0 to 1 that belongs to this order and this question."""
        digest = hashlib.sha256(f"{self.seed}|{order}|{what}".encode()).digest()
        return int.from_bytes(digest[:6]) / 2**48

    # ---- the wire ----
    def _on_submit(self, request: Request, endpoint: str) -> Reply:
        order = order_in(request.query.get("fal_webhook", "")) or str(request.json.get("prompt"))
        with self._making:
            self._tries[order] += 1
            is_first = self._tries[order] == 1
        if is_first and self.drawn(order, "refused") < self.luck.refused_at_first:
            return Reply(429, {"detail": "Too many requests."}, {"Retry-After": "1"})
        if self.drawn(order, "way there") < self.luck.never_arrives:
            return Reply(lost=True)
        reply = super()._on_submit(request, endpoint)
        job = self.jobs[reply.body["request_id"]]
        self._plan(job, order)
        if self.drawn(order, f"way back {self._tries[order]}") < self.luck.answer_lost:
            return Reply(lost=True)
        if self.drawn(order, "pace") < self.luck.slow_answer:
            reply.delay = 1 + 2 * self.drawn(order, "delay")
        return reply

    def _plan(self, job: FakeJob, order: str) -> None:
        name, picture = f"{job.id}.png", _picture(job.id)
        self.files[name] = picture
        self.hashes[job.id] = hashlib.sha256(picture).hexdigest()
        seconds = self.luck.shortest + (self.luck.longest - self.luck.shortest) * self.drawn(order, "length")
        with self._due:
            heapq.heappush(self._ends, (time.monotonic() + seconds, job.id))
            self._due.notify()

    def _good_result(self, job: FakeJob) -> Reply:
        name = f"{job.id}.png"
        file = {"url": f"{self.url}/files/{name}", "content_type": "image/png", "file_name": name}
        return Reply(200, {"images": [file], "seed": job.arguments.get("seed", 1)})

    # ---- time ----
    def _end_jobs(self) -> None:
        while not self._stopped.is_set():
            with self._due:
                wait = self._ends[0][0] - time.monotonic() if self._ends else 1.0
                if wait > 0:
                    self._due.wait(min(wait, 1.0))
                    continue
                _, job_id = heapq.heappop(self._ends)
            self._end(self.jobs[job_id])

    def _end(self, job: FakeJob) -> None:
        order = order_of(job)
        if self.drawn(order, "end") < self.luck.fails:
            self.fail(job)
        else:
            self.finish(job)
        if not self.calls or not job.webhook or self.drawn(order, "call") < self.luck.never_called:
            return
        for _ in range(3 if self.drawn(order, "calls") < self.luck.called_thrice else 1):
            self._callers.submit(self._call, job)

    def _call(self, job: FakeJob) -> None:
        """Call until it is taken, as fal does, though within seconds in the place of hours."""
        for pause in (0.5, 1, 2, 4, 8):
            try:
                status = self.deliver(job)
            except httpx.HTTPError:
                status = 0
            self.calls_answered[status] += 1
            if status == 200 or self._stopped.wait(pause):
                return


def order_in(address: str) -> str:
    """The order's own id in the address at which its provider shall call; '' when there is none."""
    found = KEY_IN_WEBHOOK.search(address)
    return found[0] if found else ""


def order_of(job: FakeJob) -> str:
    """Which order a job is for: by the address that came with it, or by its words."""
    return order_in(job.webhook) or str(job.arguments.get("prompt"))


def _picture(words: str) -> bytes:
    """A small PNG of which no two are alike."""
    digest = hashlib.sha256(words.encode()).digest()
    made = io.BytesIO()
    image: Any = Image.new("RGB", (16, 16))
    image.putdata([tuple(digest[i % 30 : i % 30 + 3]) for i in range(256)])
    image.save(made, "PNG")
    return made.getvalue()
