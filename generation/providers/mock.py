"""The provider that lives in this house: a queue, progress and real media, without a network or a bill.

It keeps its own log, one JSON file a job under `MOCK_ROOT/jobs`, exactly as a provider outside would: nothing of it is
shared with our database, so a test can compare what we believe with what really was ordered. Waiting times, failures
and pictures follow from the seed alone.
"""

import hashlib
import json
import math
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from generation.catalogue import UnknownModelError, catalogue, expected_output
from generation.media_types import suffix_for
from generation.providers import mock_media
from generation.providers.base import Job, Phase, Progress, Provider, RemoteFile, Result, Submission, Verdict
from generation.providers.errors import NotSentError, UnknownJobError

CHUNK_BYTES = 256 * 1024
# Drawing is the only thing here that costs CPU: one clip at a time leaves the pages quick.
_drawing = threading.Semaphore(1)


class MockProvider(Provider):
    """A provider made of files. `queue_seconds` and `run_seconds` are means; `failure_rate` is 0–1."""

    slug = "mock"
    label = "Mock provider"

    def __init__(self, root: Path, *, queue_seconds: float, run_seconds: float, failure_rate: float) -> None:
        self.jobs = root / "jobs"
        self.files = root / "files"
        self.queue_seconds = queue_seconds
        self.run_seconds = run_seconds
        self.failure_rate = failure_rate
        for folder in (self.jobs, self.files):
            folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        return cls(
            Path(settings.MOCK_ROOT),
            queue_seconds=settings.MOCK_QUEUE_SECONDS,
            run_seconds=settings.MOCK_RUN_SECONDS,
            failure_rate=settings.MOCK_FAILURE_RATE,
        )

    def submit(self, job: Job) -> Submission:
        request_id = f"{job.reference}-{len(self._orders(job.reference)) + 1}"
        chance = _Chance(job)
        self._write(
            request_id,
            {
                "reference": job.reference,
                "model": job.model,
                "endpoint": job.endpoint,
                "arguments": dict(job.arguments),
                "values": dict(job.values),
                "size": _input_size(job),
                "seconds": _input_seconds(job),
                "seed": job.seed if job.seed is not None else chance.seed,
                "submitted_at": time.time(),
                "queue_seconds": self.queue_seconds * chance.between(0.4, 1.6, "queue"),
                "run_seconds": self.run_seconds * chance.between(0.6, 1.4, "run"),
                "fails": chance.between(0, 1, "failure") < self.failure_rate,
            },
        )
        return _submission(request_id, job.endpoint)

    def find(self, reference: str) -> Submission | None:
        orders = self._orders(reference)
        if not orders:
            raise NotSentError("The mock provider has no such order.")
        request_id = orders[0].stem
        return _submission(request_id, self._read(request_id)["endpoint"])

    def poll(self, submission: Submission) -> Progress:
        record = self._read(submission.request_id)
        if record.get("cancelled_at"):
            return Progress(Phase.FINISHED)
        running_for = time.time() - record["submitted_at"] - record["queue_seconds"]
        if running_for < 0:
            return Progress(Phase.WAITING, position=math.ceil(-running_for / 0.5))
        if running_for < record["run_seconds"]:
            return Progress(Phase.RUNNING, percent=int(100 * running_for / record["run_seconds"]))
        return Progress(Phase.FINISHED, percent=100)

    def result(self, submission: Submission) -> Result:
        record = self._read(submission.request_id)
        if record.get("cancelled_at"):
            return Result(Verdict.CANCELLED, message="Cancelled before it was done; not billed.")
        if self.poll(submission).phase is not Phase.FINISHED:
            return Result(Verdict.PENDING)
        if record["fails"]:
            return Result(
                Verdict.FAILED,
                code="mock_failure",
                message=f"The mock provider failed this job on purpose (MOCK_FAILURE_RATE is {self.failure_rate}).",
            )
        try:
            files = _files(submission.request_id, record)
        except UnknownModelError as error:
            return Result(Verdict.FAILED, code="unknown_model", message=str(error))
        return Result(Verdict.SUCCEEDED, files=files, seed=record["seed"])

    def cancel(self, submission: Submission) -> bool:
        record = self._read(submission.request_id)
        if self.poll(submission).phase is Phase.FINISHED:
            return False
        self._write(submission.request_id, {**record, "cancelled_at": time.time()})
        return True

    @contextmanager
    def stream(self, file: RemoteFile) -> Iterator[Iterator[bytes]]:
        request_id, _, name = file.url.removeprefix("mock://").partition("/")
        path = self.files / f"{request_id}-{name}"
        with _drawing:
            if not path.exists():
                self._draw(request_id, path)
        with path.open("rb") as opened:
            yield iter(lambda: opened.read(CHUNK_BYTES), b"")

    def publish(self, path: Path, content_type: str) -> str:
        """The mock looks at no inputs, so their address is only a name."""
        return f"mock://input/{path.name}"

    def _draw(self, request_id: str, path: Path) -> None:
        record = self._read(request_id)
        spec = catalogue().find(record["model"])
        wanted = expected_output(spec, record["values"])
        index = int(path.stem.rsplit("-", 1)[1])
        text = str(record["values"].get("prompt") or spec.name)
        half_drawn = path.with_name(f"half-{threading.get_ident()}-{path.name}")
        width, height = (wanted.width, wanted.height) if wanted.width and wanted.height else record["size"]
        seed = record["seed"] + index
        if wanted.media == "video":
            mock_media.render_clip(
                half_drawn,
                width=width,
                height=height,
                seconds=wanted.seconds or Decimal(record["seconds"]),
                fps=wanted.fps or 24,
                prompt=text,
                model=spec.name,
                seed=seed,
                has_audio=bool(record["values"].get("generate_audio")),
            )
        else:
            mock_media.render_still(
                half_drawn, width=width, height=height, prompt=text, model=spec.name, seed=seed
            )
        half_drawn.replace(path)

    def _orders(self, reference: str) -> list[Path]:
        return sorted(self.jobs.glob(f"{reference}-*.json"))

    def _read(self, request_id: str) -> dict[str, Any]:
        try:
            record: dict[str, Any] = json.loads((self.jobs / f"{request_id}.json").read_text())
        except FileNotFoundError:
            raise UnknownJobError(
                "The mock provider does not know this job; its folder was emptied."
            ) from None
        return record

    def _write(self, request_id: str, record: Mapping[str, Any]) -> None:
        path = self.jobs / f"{request_id}.json"
        half_written = path.with_suffix(f".{threading.get_ident()}.tmp")
        half_written.write_text(json.dumps(record, default=str))
        os.replace(half_written, path)


class _Chance:
    """Numbers that look random and follow from the order alone."""

    def __init__(self, job: Job) -> None:
        # Without a seed each order is a new throw of the dice, as it is at a real provider.
        chosen_by = job.reference if job.seed is None else job.seed
        self.text = f"{job.model}|{chosen_by}|{job.values.get('prompt', '')}"
        self.seed = int.from_bytes(self._digest("seed")[:4]) & 0x7FFFFFFF

    def _digest(self, what: str) -> bytes:
        return hashlib.sha256(f"{self.text}|{what}".encode()).digest()

    def between(self, low: float, high: float, what: str) -> float:
        return low + (high - low) * int.from_bytes(self._digest(what)[:6]) / 2**48


def _input_size(job: Job) -> tuple[int, int]:
    """The size of what follows its input: the first measured picture's or clip's, no longer than 1280 pixels."""
    for facts in job.inputs.values():
        width, height = int(facts.get("width") or 0), int(facts.get("height") or 0)
        if width and height:
            scale = min(1, 1280 / max(width, height))
            return max(16, int(width * scale) // 2 * 2), max(16, int(height * scale) // 2 * 2)
    return 1280, 720


def _input_seconds(job: Job) -> str:
    """The length of what follows its input: the first measured clip's or sound's, at most a minute."""
    lengths = (Decimal(facts["seconds"]) for facts in job.inputs.values() if facts.get("seconds"))
    return str(min(next(lengths, Decimal(5)), Decimal(60)))


def _submission(request_id: str, endpoint: str) -> Submission:
    address = f"mock://{request_id}"
    urls = {"status": f"{address}/status", "response": address, "cancel": f"{address}/cancel"}
    return Submission(request_id=request_id, urls=urls, endpoint=endpoint)


def _files(request_id: str, record: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    wanted = expected_output(catalogue().find(record["model"]), record["values"])
    picture = f"image/{record['values'].get('output_format') or 'png'}"
    content_type = "video/mp4" if wanted.media == "video" else picture
    suffix = suffix_for(content_type)
    return tuple(
        RemoteFile(
            url=f"mock://{request_id}/{index}{suffix}",
            content_type=content_type,
            file_name=f"{index}{suffix}",
        )
        for index in range(wanted.count)
    )
