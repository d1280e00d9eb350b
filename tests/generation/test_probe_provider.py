"""What the probe finds at providers on loopback, and that it never shows a key."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from generation import providers
from tests.fakes import fal as fake_fal
from tests.fakes import kie as fake_kie
from tests.fakes.fal import FakeFal
from tests.fakes.kie import FakeKie, says
from tests.fakes.sockets import Reply


@pytest.fixture
def fakes(settings: Any) -> Iterator[tuple[FakeFal, FakeKie]]:
    """Both providers on loopback, with adapters that are made when the test first needs them."""
    with FakeFal() as fal, FakeKie() as kie:
        for name, value in (fal.settings() | kie.settings()).items():
            setattr(settings, name, value)
        providers.forget()
        yield fal, kie
        for slug in providers.KEYS:
            providers.provider_named(slug).close()  # type: ignore[attr-defined]
    providers.forget()


@pytest.fixture
def fal(fakes: tuple[FakeFal, FakeKie]) -> FakeFal:
    return fakes[0]


@pytest.fixture
def kie(fakes: tuple[FakeFal, FakeKie]) -> FakeKie:
    return fakes[1]


def probe(slug: str) -> str:
    out = io.StringIO()
    call_command("probe_provider", slug, stdout=out)
    return out.getvalue()


def refused(slug: str) -> str:
    with pytest.raises(CommandError) as refusal:
        probe(slug)
    assert refusal.value.returncode == 1
    words = str(refusal.value)
    assert "\n" not in words
    return words


def test_kie_tells_its_balance_and_knows_no_made_up_job(kie: FakeKie) -> None:
    said = probe("kie")
    assert "KIE_API_KEY is set" in said
    assert "$6.1725" in said
    assert "answered in" in said
    assert "Kie.ai answers and accepts the key." in said
    assert fake_kie.KEY not in said
    assert kie.orders == []


def test_fal_tells_its_balance_to_a_key_that_may_know(fal: FakeFal) -> None:
    assert "$24.50" in probe("fal")


def test_fal_answers_though_it_tells_no_balance(fal: FakeFal) -> None:
    fal.always["billing"] = Reply(403, {"error": {"type": "authorization_error"}})
    said = probe("fal")
    assert "admin scope" in said
    assert "FAL_KEY is set" in said
    assert "fal.ai answers and accepts the key." in said
    assert fake_fal.KEY not in said
    assert fal.jobs == {}


@pytest.mark.parametrize(("slug", "setting"), [("fal", "FAL_KEY"), ("kie", "KIE_API_KEY")])
def test_a_wrong_key_is_said_in_one_line_without_it(
    fal: FakeFal, kie: FakeKie, settings: Any, slug: str, setting: str
) -> None:
    setattr(settings, setting, "a-wrong-key-that-nobody-may-see")
    words = refused(slug)
    assert "key" in words
    assert "a-wrong-key" not in words


@pytest.mark.parametrize(("slug", "setting"), [("fal", "FAL_KEY"), ("kie", "KIE_API_KEY")])
def test_without_a_key_it_names_the_setting(settings: Any, slug: str, setting: str) -> None:
    setattr(settings, setting, "")
    assert f"{setting} is not set" in refused(slug)


def test_an_empty_account_is_said(kie: FakeKie) -> None:
    kie.credits = 0
    assert "top it up" in refused("kie")


def test_a_provider_that_is_down_or_repeats_the_key_is_said_without_it(kie: FakeKie, fal: FakeFal) -> None:
    kie.question_reply = says(500, f"bad things happened to {fake_kie.KEY}")
    assert fake_kie.KEY not in refused("kie")
    fal.always["status"] = Reply(503, {"detail": f"no runner for {fake_fal.KEY}"})
    assert fake_fal.KEY not in refused("fal")


@pytest.mark.parametrize("slug", ["mock", "veo"])
def test_what_cannot_be_probed_is_named(slug: str) -> None:
    assert refused(slug) == f"There is no provider “{slug}” to probe: it can be fal or kie."


def test_it_says_when_the_mock_plays_all_the_same(kie: FakeKie, settings: Any) -> None:
    settings.USE_MOCK_DATA = True
    assert "USE_MOCK_DATA is on" in probe("kie")
    settings.USE_MOCK_DATA = False
    assert "go to the provider" in probe("kie")
