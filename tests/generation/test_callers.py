"""Providers that call us are asked rarely, but only while their calls arrive."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation import callers
from generation.models import Heartbeat
from tests.fakes.fal import FakeFal
from tests.generation.test_webhooks import delivered, fake, sent

__all__ = ["fake"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_noted", {})


def test_nobody_calls_at_first() -> None:
    assert callers.callers() == frozenset()


def test_who_called_is_known_from_a_signed_call(fake: FakeFal) -> None:
    generation = sent()
    fake.finish(fake.last)
    assert delivered(fake, fake.last, generation) == 200
    assert callers.callers() == {"fal"}


def test_who_has_not_called_for_a_while_is_asked_again_as_any_other() -> None:
    callers.called("fal")
    Heartbeat.objects.update(seen_at=timezone.now() - callers.LATELY - timedelta(seconds=1))
    assert callers.callers() == frozenset()


def test_many_calls_are_one_line_written() -> None:
    callers.called("fal")
    before = Heartbeat.objects.get().seen_at
    callers.called("fal")
    assert Heartbeat.objects.get().seen_at == before
