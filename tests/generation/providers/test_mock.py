"""The mock passes the exam of every provider."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from generation.providers.base import Job, Submission, Verdict
from generation.providers.mock import MockProvider
from tests.contracts.counterpart import Counterpart
from tests.contracts.provider import ProviderContract

LONG = 1000.0


class MockCounterpart(Counterpart):
    """Directs the mock through its own log, the files in its folder."""

    model = "flux-schnell"
    values = {"prompt": "Fog lifts off a slate roof.", "image_size": "square", "num_images": 2}

    def __init__(self, root: Path) -> None:
        self.provider = MockProvider(root, queue_seconds=LONG, run_seconds=LONG, failure_rate=0.0)
        self.log = root / "jobs"

    def paid_jobs(self) -> int:
        return len(list(self.log.glob("*.json")))

    def run(self, submission: Submission) -> None:
        self._change(submission, queue_seconds=0)

    def finish(self, submission: Submission) -> None:
        self._change(submission, queue_seconds=0, run_seconds=0)

    def fail(self, submission: Submission) -> str:
        self._change(submission, queue_seconds=0, run_seconds=0, fails=True)
        return "failed this job on purpose"

    def _change(self, submission: Submission, **facts: Any) -> None:
        path = self.log / f"{submission.request_id}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"submitted_at": time.time() - 1} | facts))


class TestMock(ProviderContract):
    @pytest.fixture
    def counterpart(self, tmp_path: Path) -> Counterpart:
        return MockCounterpart(tmp_path / "mock")

    def test_a_model_taken_out_of_the_catalogue_meanwhile_ends_the_job(self, tmp_path: Path) -> None:
        counterpart = MockCounterpart(tmp_path / "mock")
        job = Job("ffffffff-0000-4000-8000-000000000009", "a-model-of-last-year", "gone", {}, {})
        submission = counterpart.provider.submit(job)
        counterpart.finish(submission)
        result = counterpart.provider.result(submission)
        assert (result.verdict, result.billed) == (Verdict.FAILED, False)
        assert "a-model-of-last-year" in result.message
