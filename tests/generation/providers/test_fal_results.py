"""How the end of a job at fal is judged, what it cost, and where its files may be fetched from."""

from decimal import Decimal
from typing import Any

import pytest

from generation.catalogue import catalogue, validate, wire_arguments
from generation.providers.base import Job, Phase, RemoteFile, Result, Submission, Verdict
from generation.providers.errors import UnavailableError, UnknownJobError, UnsupportedError
from generation.providers.fal import FalProvider
from tests.fakes.fal import KEY, FakeFal, picture
from tests.fakes.sockets import Reply


@pytest.fixture
def sent(fal: FalProvider) -> Submission:
    spec = catalogue().find("flux-dev")
    values = validate(spec, {"prompt": "Salt on slate.", "seed": 11})
    return fal.submit(Job("ref", spec.slug, spec.endpoint, wire_arguments(spec, values), values))


def ended(fake: FakeFal, fal: FalProvider, sent: Submission, status: int, body: Any, **extra: Any) -> Result:
    """The judgement of a job that ended with this answer; `extra` is what its status says besides."""
    fake.last.status, fake.last.extra = "COMPLETED", extra
    fake.last.result = Reply(status, body)
    return fal.result(sent)


def detail(kind: str, message: str = "As it is.", **more: Any) -> dict[str, Any]:
    return {"detail": [{"loc": ["body", "prompt"], "msg": message, "type": kind, **more}]}


ENDS = [
    # status, body, verdict, code, billed
    (422, detail("content_policy_violation"), Verdict.FAILED, "content_rejected", None),
    (422, detail("no_media_generated"), Verdict.FAILED, "no_media_generated", None),
    (422, detail("image_too_small"), Verdict.FAILED, "image_too_small", None),
    (422, detail("value_error.missing"), Verdict.FAILED, "value_error.missing", None),
    (422, {"detail": "As it is."}, Verdict.FAILED, "http_422", None),
    (500, detail("internal_server_error"), Verdict.FAILED, "internal_server_error", False),
    (504, detail("generation_timeout"), Verdict.FAILED, "generation_timeout", False),
    (400, detail("downstream_service_error"), Verdict.FAILED, "downstream_service_error", False),
    (
        503,
        {"detail": "As it is.", "error_type": "runner_disconnected"},
        Verdict.FAILED,
        "runner_disconnected",
        False,
    ),
    (499, {"detail": "As it is.", "error_type": "client_cancelled"}, Verdict.CANCELLED, "", False),
]


@pytest.mark.parametrize(("status", "body", "verdict", "code", "billed"), ENDS)
def test_each_bad_end(
    fake: FakeFal,
    fal: FalProvider,
    sent: Submission,
    status: int,
    body: Any,
    verdict: Verdict,
    code: str,
    billed: bool,
) -> None:
    result = ended(fake, fal, sent, status, body)
    assert (result.verdict, result.code, result.billed, result.message) == (
        verdict,
        code,
        billed,
        "As it is.",
    )
    if verdict is Verdict.FAILED:
        assert result.raw["http_status"] == status


def test_a_job_whose_status_names_an_error_failed_whatever_the_gateway_says(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    result = ended(
        fake, fal, sent, 502, b"<html>", error="The runner died.", error_type="runner_server_error"
    )
    assert (result.verdict, result.message, result.billed) == (Verdict.FAILED, "The runner died.", False)


def test_a_gateway_that_stumbles_says_nothing_about_the_job(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    for status in (400, 500, 502, 503, 504):
        with pytest.raises(UnavailableError):
            ended(fake, fal, sent, status, b"<html>nginx</html>")


def test_a_key_that_lapsed_meanwhile_says_nothing_about_the_job(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    fake.finish(fake.last)
    fake.always |= dict.fromkeys(("status", "result", "cancel"), Reply(401, {"detail": "No user found."}))
    for question in (fal.poll, fal.result, fal.cancel):
        with pytest.raises(UnavailableError):
            question(sent)
    fake.always.clear()
    assert fal.result(sent).verdict is Verdict.SUCCEEDED


def test_a_job_cancelled_while_it_ran_may_be_billed(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    body = {"detail": "Cancelled.", "error_type": "client_cancelled"}
    result = ended(fake, fal, sent, 499, body, metrics={"inference_time": 12.0})
    assert (result.verdict, result.billed) == (Verdict.FAILED, None)


def test_cancelling_that_comes_too_late_leaves_the_result(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    fake.finish(fake.last)
    assert fal.cancel(sent) is False
    assert fal.result(sent).verdict is Verdict.SUCCEEDED


def test_an_end_without_an_error_and_without_a_file(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    result = ended(fake, fal, sent, 200, {"images": [], "seed": 3})
    assert (result.verdict, result.code, result.billed) == (Verdict.FAILED, "no_media", None)


@pytest.mark.parametrize(
    ("body", "urls"),
    [
        ({"images": [{"url": "https://v3.fal.media/1.png"}, {"url": "https://v3.fal.media/2.png"}]}, 2),
        ({"image": {"url": "https://v3.fal.media/1.png"}, "mask": {"url": "https://v3.fal.media/m.png"}}, 1),
        ({"video": {"url": "https://v3.fal.media/1.mp4", "file_name": "1.mp4"}, "timings": {}}, 1),
        ({"output_video": {"url": "https://v3.fal.media/1.mp4"}, "seed": 3}, 1),
    ],
)
def test_every_file_of_a_result_is_found(
    fake: FakeFal, fal: FalProvider, sent: Submission, body: Any, urls: int
) -> None:
    assert len(ended(fake, fal, sent, 200, body).files) == urls


@pytest.mark.parametrize(
    ("seed", "kept"), [(7, 7), (2**63 - 1, 2**63 - 1), (2**63, None), (True, None), ("7", None)]
)
def test_a_seed_that_does_not_fit_is_left_out(
    fake: FakeFal, fal: FalProvider, sent: Submission, seed: Any, kept: int | None
) -> None:
    body = {"images": [{"url": "https://v3.fal.media/1.png"}], "seed": seed}
    assert ended(fake, fal, sent, 200, body).seed == kept


def test_flags_of_fals_own_check_are_kept(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    body = {"images": [{"url": "https://v3.fal.media/1.png"}], "has_nsfw_concepts": [True]}
    assert ended(fake, fal, sent, 200, body).raw["has_nsfw_concepts"] == [True]


# ---- money ----
def test_the_balance_is_exact_or_not_known(fake: FakeFal, fal: FalProvider) -> None:
    fake.balance = 12.3456
    assert fal.balance() == Decimal("12.3456")
    for nonsense in (None, "much", True, {}):
        fake.balance = nonsense
        with pytest.raises(UnavailableError):
            fal.balance()


def test_billed_units_make_the_exact_cost(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.units, fake.unit_price = "3.008", 0.03
    fake.finish(fake.last)
    assert [fal.result(sent).cost for _ in range(3)] == [Decimal("0.09024")] * 3
    assert fake.count("pricing") == 1


def test_without_units_or_without_their_price_the_cost_is_not_known(
    fake: FakeFal, fal: FalProvider, sent: Submission
) -> None:
    fake.finish(fake.last)
    assert fal.result(sent).cost is None
    fake.always["pricing"] = Reply(403, {"error": {"type": "authorization_error"}})
    fake.units = "2"
    fake.finish(fake.last)
    result = fal.result(sent)
    assert (result.verdict, result.cost) == (Verdict.SUCCEEDED, None)


@pytest.mark.parametrize("units", ["", "many", "NaN", "Infinity", "-1", "0"])
def test_nonsense_units_are_no_cost(fake: FakeFal, fal: FalProvider, sent: Submission, units: str) -> None:
    fake.units = units
    fake.finish(fake.last)
    assert fal.result(sent).cost is None


@pytest.mark.parametrize(("units", "billed"), [("0", False), ("2", True)])
def test_units_say_whether_a_refused_job_was_billed(
    fake: FakeFal, fal: FalProvider, sent: Submission, units: str, billed: bool
) -> None:
    fake.last.status = "COMPLETED"
    fake.last.result = Reply(422, detail("no_media_generated"), {"X-Fal-Billable-Units": units})
    result = fal.result(sent)
    assert (result.verdict, result.billed) == (Verdict.FAILED, billed)


# ---- questions ----
def test_ten_thousand_ahead(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.last.position = 10_000
    assert (fal.poll(sent).phase, fal.poll(sent).position) == (Phase.WAITING, 10_000)


def test_of_many_log_lines_only_the_last_are_kept(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.last.status = "IN_PROGRESS"
    fake.last.extra = {"logs": [{"message": f"step {number} with {KEY}"} for number in range(500)]}
    kept = fal.poll(sent).raw["logs"]
    assert len(kept) == 20
    assert kept[-1]["message"] == "step 499 with [hidden]"


def test_questions_are_asked_once_each(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.always["status"] = Reply(503, b"<html>nginx</html>")
    with pytest.raises(UnavailableError):
        fal.poll(sent)
    assert fake.count("status") == 1


def test_a_forgotten_job(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.jobs.clear()
    with pytest.raises(UnknownJobError):
        fal.cancel(sent)


# ---- files ----
def test_files_are_fetched_without_our_key(fake: FakeFal, fal: FalProvider, sent: Submission) -> None:
    fake.finish(fake.last)
    with fal.stream(fal.result(sent).files[0]) as chunks:
        assert b"".join(chunks) == picture()
    assert not fake.keys_seen_by_media


@pytest.mark.parametrize("status", [403, 404, 410, 500])
def test_a_link_that_ran_out_is_to_be_asked_for_again(
    fake: FakeFal, fal: FalProvider, sent: Submission, status: int
) -> None:
    fake.finish(fake.last)
    fake.always["media"] = Reply(status, b"gone")
    with pytest.raises(UnavailableError), fal.stream(fal.result(sent).files[0]):
        pass


def test_a_file_inside_the_answer(fal: FalProvider) -> None:
    with fal.stream(RemoteFile("data:image/png;base64,aGVsbG8=")) as chunks:
        assert b"".join(chunks) == b"hello"
    with pytest.raises(UnavailableError), fal.stream(RemoteFile("data:image/png;base64,$$$")):
        pass
    with pytest.raises(UnsupportedError), fal.stream(RemoteFile("data:image/png,hello")):
        pass
