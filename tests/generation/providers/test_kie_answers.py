"""Kie.ai's particular ways: two codes in one answer, JSON in a text, credits, links that run out, nudges."""

import contextlib
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from generation.catalogue import catalogue, validate, wire_arguments
from generation.providers.base import Job, Phase, RemoteFile, Result, Submission, Verdict
from generation.providers.errors import (
    AuthenticationError,
    ContentRejectedError,
    InvalidRequestError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from generation.providers.kie import KieProvider
from generation.providers.kie_wire import dollars, field_in
from tests.fakes.kie import CLIP, KEY, WEBHOOK_KEY, FakeKie, says
from tests.fakes.sockets import Reply

CALLBACK = "https://rushes.example/webhooks/kie/5b0f/secret-token/"


@pytest.fixture
def kie() -> Iterator[FakeKie]:
    with FakeKie() as fake:
        yield fake


@pytest.fixture
def provider(kie: FakeKie) -> Iterator[KieProvider]:
    made = KieProvider(KEY, base_url=kie.url, webhook_key=WEBHOOK_KEY, media_hosts=[kie.url])
    with contextlib.closing(made):
        yield made


def job(**changes: Any) -> Job:
    spec = catalogue().find("kling-2.5-turbo-text")
    values = validate(spec, {"prompt": "Rain on a tin roof."})
    arguments = wire_arguments(spec, values)
    return Job("reference", spec.slug, spec.endpoint, arguments, values, **changes)


def ended(kie: FakeKie, provider: KieProvider, **facts: Any) -> Result:
    submission = provider.submit(job())
    kie.succeed(submission.request_id, **facts)
    return provider.result(submission)


def failed(kie: FakeKie, provider: KieProvider, words: str = "Internal error", **facts: Any) -> Result:
    submission = provider.submit(job())
    kie.fail(submission.request_id, "501", words, **facts)
    return provider.result(submission)


# ---- orders ----
def test_an_order_with_an_id_is_kept_whatever_else_the_answer_says(
    kie: FakeKie, provider: KieProvider
) -> None:
    kie.order_replies.append(says(500, "Server error", {"taskId": "t-1"}))
    assert provider.submit(job()).request_id == "t-1"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (says(200, "success", {}), UncertainError),
        (says(200, "success", {"taskId": "x" * 201}), UncertainError),
        (Reply(200, {"code": "fine"}), UncertainError),
        (Reply(200, b"[" * 100_000), UncertainError),
        (Reply(200, b"no gzip at all", {"Content-Encoding": "gzip"}), UncertainError),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), UncertainError),
        (says(408, "Timeout"), UncertainError),
        (says(500, "Server error"), UncertainError),
        (says(501, "Generation failed"), UncertainError),
        (Reply(403, b"<html>blocked</html>"), AuthenticationError),
        (Reply(401, {"code": 401, "msg": "No"}), AuthenticationError),
        (Reply(422, {"code": 200, "msg": "success", "data": None}), InvalidRequestError),
        (says(404, "This model is not known"), InvalidRequestError),
        (says(422, "Your prompt was flagged by our content policy"), ContentRejectedError),
        (says(505, "Feature disabled"), RefusedError),
        (Reply(429, b"slow"), RateLimitedError),
    ],
)
def test_both_codes_of_an_answer_are_looked_at(
    kie: FakeKie, provider: KieProvider, reply: Reply, error: type[Exception]
) -> None:
    kie.order_replies.append(reply)
    with pytest.raises(error):
        provider.submit(job())
    assert len(kie.orders) == 1


def test_an_answer_that_comes_too_late_is_a_lost_answer(kie: FakeKie) -> None:
    kie.order_replies.append(Reply(lost=True, delay=0.5))
    hasty = KieProvider(KEY, base_url=kie.url, timeout=httpx.Timeout(0.1))
    with contextlib.closing(hasty), pytest.raises(UncertainError):
        hasty.submit(job())
    assert len(kie.orders) == len(kie.tasks) == 1


def test_maintenance_turns_orders_away_for_a_while(kie: FakeKie, provider: KieProvider) -> None:
    kie.order_replies.append(says(455, "Maintenance"))
    with pytest.raises(NotSentError) as caught:
        provider.submit(job())
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("duration is not within the range of allowed options", "duration"),
        ("The aspect_ratio must not be empty", "aspect_ratio"),
        ("This field is required", ""),
        ("promptly", ""),
    ],
)
def test_the_argument_that_a_message_speaks_of(words: str, field: str) -> None:
    assert field_in(words, ["prompt", "duration", "aspect_ratio"]) == field


# ---- ends ----
@pytest.mark.parametrize(
    ("credits", "cost"),
    [
        (42, "0.210"),
        ("84", "0.420"),
        ("8.4", "0.0420"),
        (0, "0.000"),
        (None, None),
        (True, None),
        (-1, None),
        ("NaN", None),
        ("Infinity", None),
        ("1e30", None),
        ("much", None),
        ([], None),
    ],
)
def test_credits_are_half_cents(credits: Any, cost: str | None) -> None:
    assert dollars(credits) == (None if cost is None else Decimal(cost))


def test_what_a_job_cost_is_exact(kie: FakeKie, provider: KieProvider) -> None:
    assert ended(kie, provider, creditsConsumed=0.1).cost == Decimal("0.0005")
    assert ended(kie, provider, creditsConsumed=0).cost is None
    assert ended(kie, provider).cost is None


def test_whether_a_failed_job_is_billed_is_known_only_from_a_number(
    kie: FakeKie, provider: KieProvider
) -> None:
    assert (failed(kie, provider).billed, failed(kie, provider).cost) == (None, None)
    assert failed(kie, provider, creditsConsumed=0).billed is False
    billed = failed(kie, provider, creditsConsumed=42)
    assert (billed.billed, billed.cost) == (True, Decimal("0.21"))


def test_content_that_is_refused_after_it_was_accepted(kie: FakeKie, provider: KieProvider) -> None:
    result = failed(kie, provider, "The content violates our usage guidelines")
    assert (result.verdict, result.code) == (Verdict.FAILED, "content_rejected")
    assert result.message == "The content violates our usage guidelines (code 501)"


@pytest.mark.parametrize("text", ["", None, "{", "[]", '{"resultUrls": null}', '{"resultUrls": [7, "x"]}'])
def test_success_without_a_file_is_a_failure_that_may_have_cost(
    kie: FakeKie, provider: KieProvider, text: Any
) -> None:
    result = ended(kie, provider, resultJson=text)
    assert (result.verdict, result.code, result.billed) == (Verdict.FAILED, "no_media", True)


def test_a_result_that_is_no_text_is_read_too(kie: FakeKie, provider: KieProvider) -> None:
    found = {"resultUrls": ["https://tempfile.aiquickdraw.com/a/b.mp4?x=1"]}
    assert ended(kie, provider, resultJson=found).files == (
        RemoteFile(found["resultUrls"][0], file_name="b.mp4"),
    )


@pytest.mark.parametrize(
    "reply",
    [
        says(401, "No access"),
        says(455, "Maintenance"),
        says(200, "success"),
        says(200, "success", {"taskId": "another", "state": "success"}),
        says(200, "success", {"state": None}),
        Reply(404, b"<html>no such page</html>"),
        Reply(302, headers={"Location": "http://127.0.0.1:9/"}),
    ],
)
def test_what_is_not_about_the_job_says_nothing_about_it(
    kie: FakeKie, provider: KieProvider, reply: Reply
) -> None:
    submission = provider.submit(job())
    kie.question_reply = reply
    with pytest.raises(UnavailableError):
        provider.poll(submission)


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("waiting", Phase.WAITING),
        ("queuing", Phase.WAITING),
        ("generating", Phase.RUNNING),
        ("success", Phase.FINISHED),
        ("fail", Phase.FINISHED),
    ],
)
def test_each_documented_state(kie: FakeKie, provider: KieProvider, state: str, phase: Phase) -> None:
    submission = provider.submit(job())
    kie.tasks[submission.request_id] |= {"state": state, "progress": 40}
    assert (provider.poll(submission).phase, provider.poll(submission).percent) == (phase, 40)


def test_a_job_that_a_callback_named_can_be_asked_about(kie: FakeKie, provider: KieProvider) -> None:
    task_id = provider.submit(job()).request_id
    kie.succeed(task_id)
    assert provider.result(Submission(task_id)).verdict is Verdict.SUCCEEDED


# ---- files ----
def test_a_link_that_ran_out_is_asked_for_again(kie: FakeKie, provider: KieProvider) -> None:
    result = ended(kie, provider)
    kie.have_lapsed = True
    with provider.stream(result.files[0]) as chunks:
        assert b"".join(chunks) == CLIP
    assert kie.fresh_links == [result.files[0].url]


def test_a_file_that_nobody_knows_may_still_come(kie: FakeKie, provider: KieProvider) -> None:
    file = ended(kie, provider).files[0]
    kie.have_lapsed, kie.question_reply = True, says(422, "The URL was not made by this service")
    with pytest.raises(UnavailableError, match="no fresh link"), provider.stream(file):
        pass


def test_the_key_goes_to_no_file(kie: FakeKie, provider: KieProvider) -> None:
    with provider.stream(ended(kie, provider).files[0]) as chunks:
        assert b"".join(chunks)
    assert "authorization" not in kie.requests[-1].headers


def test_inputs_never_replace_each_other(kie: FakeKie, provider: KieProvider, tmp_path: Path) -> None:
    frame = tmp_path / "frame.png"
    frame.write_bytes(b"\x89PNG\r\n\x1a\n" + b"pixels")
    addresses = {provider.publish(frame, "image/png") for _ in range(2)}
    assert len(addresses) == len(kie.uploads) == 2
    assert all(body.count(b"pixels") == 1 for body in kie.uploads.values())


# ---- the account, and calls ----
def test_the_balance_is_in_dollars(kie: FakeKie, provider: KieProvider) -> None:
    assert provider.balance() == Decimal("6.1725")
    kie.question_reply = says(401, f"{KEY} is not known")
    with pytest.raises(AuthenticationError) as caught:
        provider.balance()
    assert KEY not in str(caught.value)


def test_without_a_key_for_callbacks_none_is_asked_for(kie: FakeKie, provider: KieProvider) -> None:
    provider.submit(job(webhook_url=CALLBACK))
    with contextlib.closing(KieProvider(KEY, base_url=kie.url)) as deaf:
        deaf.submit(job(webhook_url=CALLBACK))
        assert not deaf.verify_webhook(*kie.callback("t-1", time.time()))
    assert [order.get("callBackUrl") for order in kie.orders] == [CALLBACK, None]


def test_our_callback_address_is_not_kept_with_the_answers(kie: FakeKie, provider: KieProvider) -> None:
    submission = provider.submit(job(webhook_url=CALLBACK))
    kie.succeed(submission.request_id)
    _, body = kie.callback(submission.request_id, time.time())
    kept = [submission, provider.poll(submission), provider.result(submission), provider.parse_webhook(body)]
    assert "secret-token" in body.decode()
    assert "secret-token" not in json.dumps([dict(answer.raw) for answer in kept])
