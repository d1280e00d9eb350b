"""A flagged file in a real browser: veiled, and open for everybody after one press."""

import sqlite3

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.test_embedded import Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
ARRIVES_MS = 90_000


# A shot of its own: on one with a take already, Generate would first offer that take.
SHOT = 8
CLIPS = (
    "SELECT o.id, t.number FROM generation_output o JOIN studio_take t ON t.generation_id = o.generation_id "
    "WHERE o.content_type = 'video/mp4' AND t.shot_id = {} ORDER BY o.id LIMIT 1"
)


def clips(studio: Studio, shot: str) -> list[tuple[int, int]]:
    """The first clip of the shot at this address: its output and the number of its take."""
    return studio.rows(CLIPS.format(int(shot.strip("/").rpartition("/")[2])))


def flag_one(studio: Studio, shot: str) -> str:
    """Flag a clip as its provider would; returns the address of its take."""
    [(output, number)] = clips(studio, shot)
    connection = sqlite3.connect(studio.folder / "rushes.sqlite3", timeout=20)
    with connection:
        connection.execute(
            "UPDATE generation_output SET is_flagged = 1, opened_at = NULL WHERE id = ?", [output]
        )
    connection.close()
    return f"{shot}?take={number}"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_a_flagged_clip_is_veiled_until_it_is_opened(
    visitor: Visitor, studio: Studio, shot_paths: list[str], colors: str
) -> None:
    shot = shot_paths[SHOT]
    # So high that the bar with the price lies over no field.
    page = visitor.open(shot, color_scheme=colors, viewport={"width": 1440, "height": 1800})
    panel = page.locator("#take-panel")
    if not clips(studio, shot):
        page.get_by_role("button", name="Generate").click()
        expect(panel.locator("video")).to_be_visible(timeout=ARRIVES_MS)
    # Away from the clip first: a player that is just reading it would be refused the rest, and say so.
    page.goto("/")
    page.goto(flag_one(studio, shot))
    expect(panel).to_contain_text("was flagged by the provider’s safety check")
    expect(panel.locator("video")).to_have_count(0)
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("button", name="Show it to everybody here").click()
    expect(panel.locator("video")).to_be_visible()
    expect(panel).not_to_contain_text("flagged by the provider’s")
    assert visitor.complaints == []
