"""Why an order is still waiting, as the pages say it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from generation.models import Lane, Status
from studio import waiting
from studio.models import Role
from tests.factories import make_generation, make_member, make_project, make_scene, make_shot, make_take

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def hold_back(**fields: Any) -> None:
    Lane.objects.create(
        provider="mock", failures=5, opened_at=NOON - timedelta(minutes=4), retry_at=NOON, **fields
    )


def test_an_order_that_is_on_its_way_needs_no_words() -> None:
    assert waiting.reason(make_generation(status=Status.QUEUED)) == ""
    hold_back()
    assert waiting.reason(make_generation(status=Status.SUBMITTED)) == ""


def test_a_full_lane_is_explained(settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 1}
    make_generation(status=Status.SUBMITTED)
    assert waiting.reason(make_generation(status=Status.QUEUED)) == (
        "The mock provider has 1 job of ours at a time, shared between the projects. "
        "This order is sent as soon as it is its turn."
    )


def test_a_provider_that_is_away_is_named_with_the_next_try() -> None:
    hold_back()
    with time_machine.travel(NOON - timedelta(minutes=1), tick=False):
        assert waiting.reason(make_generation(status=Status.QUEUED)) == (
            "The mock provider has not taken orders since 11:56. "
            "This order waits with its money held; one is tried again at 12:00."
        )
        make_generation(status=Status.QUEUED)
    with time_machine.travel(NOON, tick=False):
        assert waiting.notices()[0].text.startswith("Orders wait with their money held; one is tried now.")


def test_a_provider_that_nobody_waits_for_is_not_said_to_be_tried() -> None:
    """Without an order there is nothing to see it by, so this can stand for days."""
    hold_back()
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        (notice,) = waiting.notices()
    assert notice.title == "The mock provider has not taken orders since 21 November, 11:56."
    assert notice.text == "No order waits for it; the next one sees whether it answers again."


def test_the_pages_say_so_and_stop_saying_so(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.VIEWER))
    shot = make_shot(make_scene(project))
    make_take(shot, status=Status.QUEUED)
    hold_back()
    words = "The mock provider has not taken orders since 11:56."
    addresses = (project.get_absolute_url(), shot.get_absolute_url())
    for address in addresses:
        assert words in client.get(address).content.decode()
    Lane.objects.all().delete()
    for address in addresses:
        assert words not in client.get(address).content.decode()
