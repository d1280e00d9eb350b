"""Regular expressions are searched in a process that is ended when it takes too long."""

import time

import pytest

from generation.safety.patterns import MOST_LETTERS, Hit, PatternError, first_hit, problem_of

pytestmark = pytest.mark.database_free


def test_the_first_hit_is_named() -> None:
    assert first_hit([r"\bgun\b", r"bl(oo|u)d"], ["a quiet sea", "BLUD, snow"]) == Hit(1, 1, 0, 4)
    assert first_hit([r"\bgun\b"], ["a gunwale"]) is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "a.*a.*a.*a.*b"])
def test_an_expression_that_would_never_end_is_refused_and_stopped(pattern: str) -> None:
    began = time.monotonic()
    assert "takes too long" in problem_of(pattern)
    assert time.monotonic() - began < 15


def test_a_search_that_never_ends_names_its_rule() -> None:
    with pytest.raises(PatternError) as caught:
        first_hit(["gun", "(a+)+$"], ["a" * 5000 + "!"])
    assert caught.value.pattern == 1


@pytest.mark.parametrize("pattern", ["(", "a{5,1}", "(?<!a*)b", "*"])
def test_a_broken_expression_is_refused_with_the_reason(pattern: str) -> None:
    assert problem_of(pattern).startswith("This is no regular expression: ")


def test_an_expression_that_fits_everything_or_is_too_long_is_refused() -> None:
    assert "fits an empty text" in problem_of("(gun)?")
    assert str(MOST_LETTERS) in problem_of("a" * (MOST_LETTERS + 1))


@pytest.mark.parametrize(
    "pattern", [r"\bgun(s|shot)?\b", r"blood\w*", r"child.{0,40}weapon", r"\bk[i1]ll\b", "暴力"]
)
def test_ordinary_expressions_are_taken(pattern: str) -> None:
    assert problem_of(pattern) == ""
