"""What to do about an error, by its code."""

import pytest

from generation.providers.advice import USUAL, advice_for
from generation.providers.errors import AuthenticationError, ContentRejectedError, UncertainError
from generation.providers.kie_wire import FAILURES


@pytest.mark.parametrize("error", [AuthenticationError, ContentRejectedError, UncertainError])
def test_an_error_of_the_tree_gives_its_own_advice(error: type[AuthenticationError]) -> None:
    assert advice_for(error.code) == error.advice


@pytest.mark.parametrize(
    "code",
    ["no_media", "unusable_file", "timed_out", "content_policy_violation", "image_too_small", "http_503"],
)
def test_a_word_of_ours_or_of_a_provider_gives_advice_of_its_own(code: str) -> None:
    assert advice_for(code) not in ("", USUAL)


@pytest.mark.parametrize("code", FAILURES.values())
def test_each_code_that_kie_s_adapter_gives_is_known(code: str) -> None:
    assert advice_for(code) != USUAL


def test_families_of_words_share_their_advice() -> None:
    assert advice_for("runner_disconnected") == advice_for("runner_server_error")
    assert advice_for("greater_than_equal") == advice_for("invalid_request")
    assert "length" in advice_for("video_duration_too_long")


def test_an_unknown_code_gets_the_usual_advice_and_no_code_gets_none() -> None:
    assert advice_for("something_new") == USUAL
    assert advice_for("") == ""
