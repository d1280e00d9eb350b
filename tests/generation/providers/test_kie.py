"""Kie.ai passes the exam of every provider, over a socket."""

import contextlib
from collections.abc import Iterator, Mapping

import pytest

from generation.providers.base import Provider, Submission
from generation.providers.kie import KieProvider
from tests.contracts.counterpart import CallingCounterpart, Fault
from tests.contracts.provider import ProviderContract, WebhookContract, WireContract
from tests.fakes.kie import KEY, WEBHOOK_KEY, KieServer, Reply

FAULTS = {
    Fault.LOST: Reply(drops=True, makes_job=True),
    Fault.BROKEN: Reply(502, {"error": "Bad gateway"}),
    Fault.GARBLED: Reply(200, b"<html>hello</html>"),
    Fault.BUSY: Reply.code(429, "Call frequency is too high", Retry_After="7"),
    Fault.BAD_KEY: Reply.code(401, f"{KEY} does not have access permissions"),
    Fault.NO_CREDIT: Reply.code(402, "Credits insufficient"),
    Fault.BAD_VALUE: Reply.code(422, "duration is not within the range of allowed options"),
}


class KieCounterpart(CallingCounterpart):
    """Directs the server of tests/fakes."""

    model = "kling-2.5-turbo-text"
    can_cancel = False
    secret = KEY
    bad_field = "duration"

    def __init__(self, server: KieServer, stack: contextlib.ExitStack) -> None:
        self.server = server
        self.stack = stack
        self.provider = self.adapter(server.url)

    def adapter(self, url: str) -> KieProvider:
        adapter = KieProvider(KEY, base_url=url, webhook_key=WEBHOOK_KEY, media_hosts=[self.server.url])
        self.stack.callback(adapter.close)
        return adapter

    def paid_jobs(self) -> int:
        return len(self.server.tasks)

    def run(self, submission: Submission) -> None:
        self.say_status(submission, "generating")

    def finish(self, submission: Submission) -> None:
        self.server.succeed(submission.request_id)

    def fail(self, submission: Submission) -> str:
        self.server.fail(submission.request_id, "501", "Internal error, please try again later.")
        return "Internal error, please try again later."

    def orders_received(self) -> int:
        return len(self.server.orders)

    def arguments_received(self) -> Mapping[str, object]:
        arguments: dict[str, object] = self.server.orders[-1]["input"]
        return arguments

    def spoil_order(self, fault: Fault) -> None:
        self.server.order_replies.append(FAULTS[fault])

    def spoil_questions(self, fault: Fault) -> None:
        self.server.question_reply = FAULTS[fault]

    def say_status(self, submission: Submission, word: str) -> None:
        self.server.tasks[submission.request_id]["state"] = word

    def halve_files(self) -> None:
        self.server.files.are_halved = True

    def redirect_files(self, address: str) -> None:
        self.server.files.redirect_to = address

    def unreachable(self) -> Provider:
        return self.adapter("http://127.0.0.1:9")

    def webhook(self, request_id: str, at: float) -> tuple[dict[str, str], bytes]:
        return self.server.callback(request_id, at)


@pytest.fixture
def counterpart() -> Iterator[KieCounterpart]:
    with KieServer() as server, contextlib.ExitStack() as stack:
        yield KieCounterpart(server, stack)


class TestKie(ProviderContract, WireContract, WebhookContract):
    pass
