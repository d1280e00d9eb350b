"""fal's adapter against a fal on loopback: the exam of every provider, and what is particular to fal."""

from collections.abc import Iterator, Mapping

import pytest

from generation.providers.base import Provider, Submission
from tests.contracts.counterpart import CallingCounterpart, Fault
from tests.contracts.provider import ProviderContract, WebhookContract, WireContract
from tests.fakes.fal import KEY, FakeFal, FakeJob
from tests.fakes.sockets import Reply

DETAIL = [{"loc": ["body", "prompt"], "msg": "Too long for us.", "type": "sequence_too_long"}]
ORDER_FAULTS = {
    Fault.LOST: Reply(lost=True),
    Fault.BROKEN: Reply(502, b"<html>nginx</html>"),
    Fault.GARBLED: Reply(200, b"all is well"),
    Fault.BUSY: Reply(429, {"detail": "Slow down."}, {"Retry-After": "7"}),
    Fault.BAD_KEY: Reply(401, {"detail": "No user found for Key ID and Secret"}),
    Fault.NO_CREDIT: Reply(403, {"detail": "User is locked. Reason: Exhausted balance."}),
    Fault.BAD_VALUE: Reply(422, {"detail": DETAIL}),
}


class FalCounterpart(CallingCounterpart):
    model = "flux-dev"
    values = {"prompt": "Fog lifts off a slate roof.", "image_size": "square_hd", "num_images": 2, "seed": 11}
    secret = KEY

    def __init__(self, fake: FakeFal) -> None:
        self.fake = fake
        self.provider = fake.adapter()

    def paid_jobs(self) -> int:
        return len(self.fake.jobs)

    def orders_received(self) -> int:
        return self.fake.count("submit")

    def arguments_received(self) -> Mapping[str, object]:
        return self.fake.last.arguments

    def run(self, submission: Submission) -> None:
        self._job(submission).status = "IN_PROGRESS"

    def finish(self, submission: Submission) -> None:
        self.fake.finish(self._job(submission))

    def fail(self, submission: Submission) -> str:
        self.fake.fail(self._job(submission), words="The runner gave up.")
        return "The runner gave up."

    def say_status(self, submission: Submission, word: str) -> None:
        self._job(submission).status = word

    def spoil_order(self, fault: Fault) -> None:
        self.fake.script["submit"].append(ORDER_FAULTS[fault])

    def spoil_questions(self, fault: Fault) -> None:
        for kind in ("status", "result"):
            self.fake.always[kind] = ORDER_FAULTS[fault]

    def halve_files(self) -> None:
        self.fake.always["media"] = Reply(body=self.fake.files["picture.png"], half=True)

    def redirect_files(self, address: str) -> None:
        self.fake.always["media"] = Reply(302, headers={"Location": address})

    def unreachable(self) -> Provider:
        return self.fake.adapter(queue_url="http://127.0.0.1:9")

    def webhook(self, request_id: str, at: float) -> tuple[dict[str, str], bytes]:
        body = b'{"request_id": "%s", "status": "OK"}' % request_id.encode()
        return self.fake.signed(body, request_id=request_id, at=at), body

    def _job(self, submission: Submission) -> FakeJob:
        return self.fake.jobs[submission.request_id]


@pytest.fixture
def counterpart(fake: FakeFal) -> Iterator[FalCounterpart]:
    made = FalCounterpart(fake)
    yield made
    made.provider.close()


class TestFal(ProviderContract, WireContract, WebhookContract):
    """The exam."""
