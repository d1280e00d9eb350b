"""The founding documents' way, for comparison: a task that waits in `fal_client.subscribe` until its job is over.

A Celery application of its own. `BENCH_FAL` is the address of fal, `BENCH_FOLDER` where files go.
"""

import os
from functools import cached_property
from pathlib import Path

import fal_client
import httpx
from celery import Celery

from generation.providers.fal_queue import QUEUE_URL, Readdressed

app = Celery("blocked", broker=os.environ.get("BROKER_URL"))
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_ignore_result=True)


class Client(fal_client.SyncClient):
    """fal's client as it comes, except that its built-in address leads to the bench's."""

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            transport=Readdressed(httpx.HTTPTransport(), QUEUE_URL, os.environ["BENCH_FAL"]),
            headers={"Authorization": self._auth.header_value},
            timeout=self.default_timeout,
            follow_redirects=True,
        )


client = Client(key="bench")


@app.task
def make(endpoint: str, number: int) -> None:
    """Order, wait, download."""
    result = client.subscribe(endpoint, {"prompt": f"Wave {number}"})
    content = httpx.get(result["images"][0]["url"]).content
    half = Path(os.environ["BENCH_FOLDER"]) / f"half-{number}"
    half.write_bytes(content)
    half.rename(half.with_name(str(number)))
