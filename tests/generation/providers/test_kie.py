"""Kie.ai passes the exam of every provider, over a socket, and is sent what is documented."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from generation.catalogue import catalogue, validate, wire_arguments
from generation.providers.base import Job, Provider, Submission
from generation.providers.errors import UncertainError
from generation.providers.kie import KieProvider
from tests.contracts.counterpart import CallingCounterpart, Fault
from tests.contracts.provider import ProviderContract, WebhookContract, WireContract
from tests.fakes.kie import CLIP, KEY, WEBHOOK_KEY, FakeKie, says
from tests.fakes.sockets import Reply

FACTS = json.loads((Path(__file__).parents[1] / "catalogue_facts.json").read_text(encoding="utf-8"))
FAULTS = {
    Fault.LOST: Reply(lost=True),
    Fault.BROKEN: Reply(502, {"error": "Bad gateway"}),
    Fault.GARBLED: Reply(200, b"<html>hello</html>"),
    Fault.BUSY: says(429, "Call frequency is too high", Retry_After="7"),
    Fault.BAD_KEY: says(401, f"{KEY} does not have access permissions"),
    Fault.NO_CREDIT: says(402, "Credits insufficient"),
    Fault.BAD_VALUE: says(422, "duration is not within the range of allowed options"),
}


class KieCounterpart(CallingCounterpart):
    """Directs the server of tests/fakes."""

    model = "kling-2.5-turbo-text"
    can_cancel = False
    secret = KEY
    bad_field = "duration"

    def __init__(self, server: FakeKie, stack: contextlib.ExitStack) -> None:
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
        self.server.file_reply = Reply(200, CLIP, half=True)

    def redirect_files(self, address: str) -> None:
        self.server.file_reply = Reply(302, headers={"Location": address})

    def unreachable(self) -> Provider:
        return self.adapter("http://127.0.0.1:9")

    def webhook(self, request_id: str, at: float) -> tuple[dict[str, str], bytes]:
        return self.server.callback(request_id, at)


@pytest.fixture
def counterpart() -> Iterator[KieCounterpart]:
    with FakeKie() as server, contextlib.ExitStack() as stack:
        yield KieCounterpart(server, stack)


class TestKie(ProviderContract, WireContract, WebhookContract):
    pass


@pytest.mark.parametrize(
    "fact", [fact for fact in FACTS if fact["provider"] == "kie"], ids=lambda f: f["slug"]
)
@pytest.mark.parametrize("is_full", [False, True])
def test_every_model_is_ordered_with_the_documented_names_and_words(
    counterpart: KieCounterpart, fact: dict[str, Any], is_full: bool
) -> None:
    def wanted(name: str, about: dict[str, Any]) -> Any:
        if "words" in about:
            return about["words"][-1]
        return about.get("max", f"https://pictures.example/{name}.png" if name.endswith("_url") else name)

    expected = {
        name: wanted(name, about) if is_full or "required" in about else about["default"]
        for name, about in fact["parameters"].items()
        if is_full or "required" in about or "default" in about
    }
    spec = catalogue().find(fact["slug"])
    given = expected if is_full else {name: expected[name] for name in expected if name in _required(fact)}
    values = validate(spec, given)
    counterpart.provider.submit(
        Job("reference", spec.slug, spec.endpoint, wire_arguments(spec, values), values)
    )
    assert counterpart.server.orders == [{"model": fact["endpoint"], "input": expected}]
    assert isinstance(counterpart.server.orders[0]["input"]["duration"], str)


def _required(fact: dict[str, Any]) -> set[str]:
    return {name for name, about in fact["parameters"].items() if "required" in about}


def test_a_hundred_orders_with_lost_answers_are_a_hundred_jobs(counterpart: KieCounterpart) -> None:
    kie = counterpart.server
    answers = [Reply(lost=True) if number % 10 < 3 else None for number in range(100)]
    uncertain = 0
    for answer in answers:
        kie.order_replies += [answer] if answer else []
        try:
            counterpart.provider.submit(counterpart.job())
        except UncertainError:
            uncertain += 1
    assert (uncertain, len(kie.orders), len(kie.tasks)) == (30, 100, 100)
