"""A provider whose every answer is written down beforehand. It implements the interface; nothing of ours is patched."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from generation.providers.base import (
    Job,
    LostOrder,
    Phase,
    Progress,
    Provider,
    Rate,
    RemoteFile,
    Result,
    Submission,
    Verdict,
)
from generation.providers.errors import NotSentError


class ScriptedProvider(Provider):
    """Each list holds answers to come, errors among them; an empty list means that all goes well."""

    slug = "mock"
    label = "Scripted provider"

    def __init__(self) -> None:
        self.jobs: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.sent: list[Job] = []
        self.searched: list[LostOrder] = []
        self.rate: Rate | None = None
        self.submit_answers: list[Any] = []
        self.poll_answers: list[Any] = []
        self.result_answers: list[Any] = []
        self.cancel_answers: list[Any] = []
        self.find_answers: list[Any] = []
        self.file = b""

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        raise AssertionError("This provider is handed over by the test that wrote its script.")

    def submit(self, job: Job) -> Submission:
        self.asked["submit"] += 1
        self.sent.append(job)
        answer = self.submit_answers.pop(0) if self.submit_answers else None
        if not isinstance(answer, NotSentError) and not getattr(answer, "job_was_refused", False):
            self.jobs[job.reference] += 1
        if isinstance(answer, Exception):
            raise answer
        return answer or submission(job.reference)

    def poll(self, submission: Submission) -> Progress:
        self.asked["poll"] += 1
        return _next(self.poll_answers, Progress(Phase.FINISHED))

    def result(self, submission: Submission) -> Result:
        self.asked["result"] += 1
        done = Result(Verdict.SUCCEEDED, files=(RemoteFile("scripted://file", "image/png"),))
        return _next(self.result_answers, done)

    def cancel(self, submission: Submission) -> bool:
        self.asked["cancel"] += 1
        return _next(self.cancel_answers, True)

    def find(self, reference: str) -> Submission | None:
        self.asked["find"] += 1
        return _next(self.find_answers, None)

    def search(self, lost: LostOrder) -> Submission | None:
        self.searched.append(lost)
        return None

    def publish(self, path: Path, content_type: str) -> str:
        return f"https://files.example/{path.name}"

    @contextmanager
    def stream(self, file: RemoteFile) -> Iterator[Iterator[bytes]]:
        yield iter([self.file])


def submission(reference: str) -> Submission:
    """What this provider answers to an order."""
    return Submission(
        request_id=f"job-{reference}", urls={"status": "scripted://status"}, endpoint="scripted"
    )


def _next(answers: list[Any], otherwise: Any) -> Any:
    answer = answers.pop(0) if answers else otherwise
    if isinstance(answer, Exception):
        raise answer
    return answer
