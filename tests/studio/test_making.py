"""How far a take is, on cards, tiles and the panel."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from generation.models import Generation, Status
from studio.making import Making
from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take

FRAGMENT = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("making", "words", "short", "time"),
    [
        (Making("queued", 5, 120.0), "Waiting to be sent", "Queued", "0:05 of about 2 min"),
        (Making("queued", 5, 120.0, place=1), "Next to be sent", "Next", "0:05 of about 2 min"),
        (Making("queued", 5, 0.0, place=4), "Number 4 to be sent", "3 before it", "0:05 "),
        (
            Making("submitted", 80, 120.0, position=3),
            "Number 3 in the queue",
            "3 ahead",
            "1:20 of about 2 min",
        ),
        (Making("submitted", 80, 120.0, 3, 42), "Rendering, 42 %", "42 %", "1:20 of about 2 min"),
        (Making("submitted", 3700, 120.0), "Rendering", "Rendering", "1:01:40 so far, usually about 2 min"),
        (Making("ready", 80, 120.0, None, 100), "Saving the files", "Saving", "1:20 of about 2 min"),
        (
            Making("submitted", 9, 120.0, is_cancelling=True),
            "Cancelling",
            "Cancelling",
            "0:09 of about 2 min",
        ),
    ],
)
def test_it_is_said_in_few_words(making: Making, words: str, short: str, time: str) -> None:
    assert (making.words, making.short_words) == (words, short)
    assert f"{making.clock} {making.usual_words}" == time


@pytest.mark.django_db
def test_card_tile_and_panel_say_place_per_cent_and_time(client: Client, settings: object) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 1}  # type: ignore[attr-defined]
    settings.MOCK_QUEUE_SECONDS, settings.MOCK_RUN_SECONDS = 60, 60  # type: ignore[attr-defined]
    project = make_project(slug="tide")
    client.force_login(make_member(project, Role.VIEWER))
    scene = make_scene(project)
    running = make_take(make_shot(scene), status=Status.SUBMITTED, progress=42)
    Generation.objects.update(created_at=timezone.now() - timedelta(seconds=80))
    shot = make_shot(scene)
    make_take(shot, status=Status.QUEUED)
    waiting = make_take(shot, status=Status.QUEUED)
    board = client.get("/tide/").text
    for words in ("Rendering, 42 %", 'value="42"', 'data-elapsed="80">1:20</span> of about 2 min'):
        assert words in board
    assert "Number 2 to be sent" in board
    tiles = client.get(f"/tide/shots/{shot.pk}/takes/", headers=FRAGMENT).text
    assert "1 before it" in tiles
    assert "Number 2 to be sent" in client.get(f"/tide/takes/{waiting.pk}/", headers=FRAGMENT).text
    assert "42 %" in client.get(f"/tide/takes/{running.pk}/tile/", headers=FRAGMENT).text
