"""The exam that every adapter passes.

A provider's test class takes `ProviderContract`, `WireContract` where there is a network, `WebhookContract` where there
are webhooks, and gives one fixture, `counterpart`. See docs/adding-a-provider.md.
"""

import hashlib
import json
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from generation import providers
from generation.media_types import sniff
from generation.providers.base import LostOrder, Phase, Progress, RemoteFile, Result, Submission, Verdict
from generation.providers.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotSentError,
    OutOfCreditError,
    ProviderError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UncertainError,
    UnknownJobError,
    UnsupportedError,
)
from tests.contracts.counterpart import CallingCounterpart, Counterpart, Fault, WireCounterpart

NOW = datetime.now(UTC)
UNKNOWN = Submission(request_id="0f0f0f0f-dead-4000-8000-00000000beef", endpoint="fal-ai/flux/dev")


def kept(submission: Submission) -> Submission:
    """What the database remembers of a submission, read back."""
    remembered = json.loads(
        json.dumps([submission.request_id, dict(submission.urls), submission.endpoint, dict(submission.raw)])
    )
    return Submission(request_id=remembered[0], urls=remembered[1], endpoint=remembered[2])


def fetched(counterpart: Counterpart, file: RemoteFile) -> bytes:
    with counterpart.provider.stream(file) as chunks:
        return b"".join(chunks)


class ProviderContract:
    """Orders, questions, ends and files."""

    @pytest.fixture
    def submission(self, counterpart: Counterpart) -> Submission:
        return kept(counterpart.provider.submit(counterpart.job()))

    def test_the_registry_makes_it_from_settings(self, counterpart: Counterpart, settings: Any) -> None:
        adapter = type(counterpart.provider)
        where = providers.PROVIDERS[adapter.slug]
        assert where == f"{adapter.__module__}.{adapter.__qualname__}"
        assert isinstance(adapter.from_settings(settings), adapter)

    def test_an_order_is_one_job_with_an_id(self, counterpart: Counterpart) -> None:
        submission = counterpart.provider.submit(counterpart.job())
        assert 0 < len(submission.request_id) <= 200
        assert submission.endpoint == counterpart.job().endpoint
        assert submission.urls
        assert counterpart.paid_jobs() == 1

    def test_what_is_kept_of_an_order_is_enough_to_ask(
        self, counterpart: Counterpart, submission: Submission
    ) -> None:
        progress = counterpart.provider.poll(submission)
        assert progress.phase in (Phase.WAITING, Phase.RUNNING)
        assert progress.position is None or progress.position >= 0

    def test_a_running_job_runs(self, counterpart: Counterpart, submission: Submission) -> None:
        counterpart.run(submission)
        progress = counterpart.provider.poll(submission)
        assert progress.phase is Phase.RUNNING
        assert progress.percent is None or 0 <= progress.percent <= 100

    def test_a_result_asked_for_too_early_is_pending(
        self, counterpart: Counterpart, submission: Submission
    ) -> None:
        assert counterpart.provider.result(submission).verdict is Verdict.PENDING
        counterpart.run(submission)
        assert counterpart.provider.result(submission).verdict is Verdict.PENDING

    def test_a_job_that_ends_well_has_files(self, counterpart: Counterpart, submission: Submission) -> None:
        counterpart.finish(submission)
        assert counterpart.provider.poll(submission).phase is Phase.FINISHED
        result = counterpart.provider.result(submission)
        assert result.verdict is Verdict.SUCCEEDED
        assert result.files
        assert result.cost is None or result.cost > 0
        for file in result.files:
            assert sniff(fetched(counterpart, file)[:512]) in {"image/png", "image/jpeg", "video/mp4"}

    def test_a_file_is_the_same_each_time(self, counterpart: Counterpart, submission: Submission) -> None:
        counterpart.finish(submission)
        seen = {
            hashlib.sha256(fetched(counterpart, counterpart.provider.result(submission).files[0])).digest()
            for _ in range(2)
        }
        assert len(seen) == 1

    def test_a_job_that_ends_badly_says_why(self, counterpart: Counterpart, submission: Submission) -> None:
        words = counterpart.fail(submission)
        assert counterpart.provider.poll(submission).phase is Phase.FINISHED
        result = counterpart.provider.result(submission)
        assert result.verdict is Verdict.FAILED
        assert not result.files
        assert words in result.message
        assert 0 < len(result.code) <= 40

    def test_what_is_kept_is_json_without_the_key(
        self, counterpart: Counterpart, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        submission = counterpart.provider.submit(counterpart.job())
        answers: list[Submission | Progress | Result] = [submission]
        answers += [counterpart.provider.poll(submission)]
        counterpart.finish(submission)
        answers += [counterpart.provider.poll(submission), counterpart.provider.result(submission)]
        texts = [json.dumps(dict(answer.raw)) for answer in answers]
        texts += [repr(answers), repr(counterpart.provider), repr(vars(counterpart.provider)), caplog.text]
        if counterpart.secret:
            assert not [text for text in texts if counterpart.secret in text]

    def test_an_unknown_job_is_neither_finished_nor_failed(self, counterpart: Counterpart) -> None:
        with pytest.raises(UnknownJobError):
            counterpart.provider.poll(UNKNOWN)
        with pytest.raises(UnknownJobError):
            counterpart.provider.result(UNKNOWN)

    def test_cancelling_is_a_wish(self, counterpart: Counterpart, submission: Submission) -> None:
        if not counterpart.can_cancel:
            with pytest.raises(UnsupportedError):
                counterpart.provider.cancel(submission)
            return
        assert counterpart.provider.cancel(submission) is True
        assert counterpart.provider.result(submission).verdict in (Verdict.CANCELLED, Verdict.PENDING)

    def test_a_finished_job_is_not_cancelled(self, counterpart: Counterpart, submission: Submission) -> None:
        counterpart.finish(submission)
        if counterpart.can_cancel:
            assert counterpart.provider.cancel(submission) is False
        assert counterpart.provider.result(submission).verdict is Verdict.SUCCEEDED

    def test_looking_for_an_order_makes_none(self, counterpart: Counterpart, submission: Submission) -> None:
        found = counterpart.provider.find(counterpart.job().reference)
        assert found is None or found.request_id == submission.request_id
        with suppress(NotSentError):  # the provider vouches that it has no such order
            assert counterpart.provider.find("ffffffff-0000-4000-8000-000000000002") is None
        assert counterpart.paid_jobs() == 1

    def test_a_job_that_is_known_is_not_found_for_another_order(
        self, counterpart: Counterpart, submission: Submission
    ) -> None:
        job, known = counterpart.job(), frozenset({submission.request_id})
        lost = LostOrder("ffffffff-0000-4000-8000-000000000002", job.endpoint, job.arguments, NOW, known)
        assert counterpart.provider.search(lost) is None

    def test_an_input_gets_an_address(self, counterpart: Counterpart, tmp_path: Path) -> None:
        picture = tmp_path / "frame.png"
        picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
        assert "://" in counterpart.provider.publish(picture, "image/png")
        assert counterpart.paid_jobs() == 0

    def test_an_unsigned_call_is_never_believed(self, counterpart: Counterpart) -> None:
        for body in (b"", b"\xff{", b"[]", b'{"request_id": "1", "data": {"taskId": "1"}}'):
            with suppress(UnsupportedError):  # this provider never calls
                assert counterpart.provider.verify_webhook({}, body) is False


class WireContract:
    """What a network can do to an order, a question or a file."""

    def refused(self, counterpart: WireCounterpart, fault: Fault, error: type[ProviderError]) -> Any:
        counterpart.spoil_order(fault)
        with pytest.raises(error) as caught:
            counterpart.provider.submit(counterpart.job())
        assert counterpart.orders_received() == 1
        if counterpart.secret:
            assert counterpart.secret not in f"{caught.value!r} {caught.value.raw!r}"
        return caught.value

    def test_arguments_arrive_as_they_were_frozen(self, counterpart: WireCounterpart) -> None:
        counterpart.provider.submit(counterpart.job())
        assert counterpart.arguments_received() == counterpart.job().arguments

    def test_a_lost_answer_is_uncertain_and_one_job(self, counterpart: WireCounterpart) -> None:
        error = self.refused(counterpart, Fault.LOST, UncertainError)
        assert error.may_be_billed is None
        assert counterpart.paid_jobs() == 1

    @pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.GARBLED])
    def test_an_answer_that_says_nothing_is_uncertain(
        self, counterpart: WireCounterpart, fault: Fault
    ) -> None:
        assert self.refused(counterpart, fault, UncertainError).may_be_billed is None

    def test_an_order_that_reached_nobody_may_be_sent_again(self, counterpart: WireCounterpart) -> None:
        with pytest.raises(NotSentError):
            counterpart.unreachable().submit(counterpart.job())
        assert counterpart.paid_jobs() == 0

    def test_too_many_orders_wait(self, counterpart: WireCounterpart) -> None:
        assert self.refused(counterpart, Fault.BUSY, RateLimitedError).retry_after == 7

    def test_a_key_that_is_not_accepted(self, counterpart: WireCounterpart) -> None:
        assert self.refused(counterpart, Fault.BAD_KEY, AuthenticationError).may_be_billed is False

    def test_an_empty_account(self, counterpart: WireCounterpart) -> None:
        assert self.refused(counterpart, Fault.NO_CREDIT, OutOfCreditError).may_be_billed is False

    def test_a_value_that_is_not_accepted_is_named(self, counterpart: WireCounterpart) -> None:
        error = self.refused(counterpart, Fault.BAD_VALUE, InvalidRequestError)
        assert error.field == counterpart.bad_field
        assert str(error)

    def test_an_unknown_status_is_running_and_is_noticed(
        self, counterpart: WireCounterpart, caplog: pytest.LogCaptureFixture
    ) -> None:
        submission = counterpart.provider.submit(counterpart.job())
        counterpart.say_status(submission, "meditating")
        assert counterpart.provider.poll(submission).phase is Phase.RUNNING
        assert "meditating" in caplog.text

    @pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.GARBLED, Fault.BUSY, Fault.LOST])
    def test_a_question_without_an_answer_says_nothing_about_the_job(
        self, counterpart: WireCounterpart, fault: Fault
    ) -> None:
        submission = counterpart.provider.submit(counterpart.job())
        counterpart.finish(submission)
        counterpart.spoil_questions(fault)
        with pytest.raises(UnavailableError):
            counterpart.provider.poll(submission)
        with pytest.raises(UnavailableError):
            counterpart.provider.result(submission)

    def test_half_a_file_is_no_file(self, counterpart: WireCounterpart) -> None:
        result = self.finished(counterpart)
        counterpart.halve_files()
        with pytest.raises(UnavailableError):
            fetched(counterpart, result.files[0])

    @pytest.mark.parametrize("address", ["http://127.0.0.1:9/secret", "https://169.254.169.254/latest"])
    def test_a_file_is_not_followed_into_our_own_network(
        self, counterpart: WireCounterpart, address: str
    ) -> None:
        result = self.finished(counterpart)
        counterpart.redirect_files(address)
        with pytest.raises(RefusedError):
            fetched(counterpart, result.files[0])

    def finished(self, counterpart: WireCounterpart) -> Result:
        submission = counterpart.provider.submit(counterpart.job())
        counterpart.finish(submission)
        return counterpart.provider.result(submission)


class WebhookContract:
    """Calls from the provider: believed only with its own fresh signature."""

    def test_a_signed_call_names_its_job(self, counterpart: CallingCounterpart) -> None:
        headers, body = counterpart.webhook("job-7", time.time())
        assert counterpart.provider.verify_webhook(headers, body)
        assert counterpart.provider.verify_webhook({k.lower(): v for k, v in headers.items()}, body)
        assert counterpart.provider.parse_webhook(body).request_id == "job-7"

    @pytest.mark.parametrize("seconds", [-400, 400])
    def test_an_old_or_future_call_is_not_believed(
        self, counterpart: CallingCounterpart, seconds: int
    ) -> None:
        assert not counterpart.provider.verify_webhook(*counterpart.webhook("job-7", time.time() + seconds))

    def test_a_call_about_another_job_than_was_signed_is_not_believed(
        self, counterpart: CallingCounterpart
    ) -> None:
        headers, body = counterpart.webhook("job-7", time.time())
        assert not counterpart.provider.verify_webhook(headers, body.replace(b"job-7", b"job-8"))

    def test_without_any_one_of_its_headers_a_call_is_not_believed(
        self, counterpart: CallingCounterpart
    ) -> None:
        headers, body = counterpart.webhook("job-7", time.time())
        for missing in headers:
            rest = {name: value for name, value in headers.items() if name != missing}
            assert not counterpart.provider.verify_webhook(rest, body)
            for wrong in ("", "0", "nan", "é", "1e999", "00" * 64):
                assert not counterpart.provider.verify_webhook({**rest, missing: wrong}, body)
