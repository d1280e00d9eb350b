"""A flagged file in a real browser: veiled, and open for everybody after one press."""

import sqlite3

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.test_embedded import Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
ARRIVES_MS = 90_000


CLIPS = (
    "SELECT o.id, p.slug, s.id, t.number FROM generation_output o "
    "JOIN studio_take t ON t.generation_id = o.generation_id JOIN studio_shot s ON s.id = t.shot_id "
    "JOIN studio_scene c ON c.id = s.scene_id JOIN studio_project p ON p.id = c.project_id "
    "WHERE o.content_type = 'video/mp4' ORDER BY o.id LIMIT 1"
)


def flag_one(studio: Studio) -> str:
    """Flag a clip as its provider would; returns the address of its take."""
    [(output, slug, shot, number)] = studio.rows(CLIPS)
    connection = sqlite3.connect(studio.folder / "rushes.sqlite3", timeout=20)
    with connection:
        connection.execute(
            "UPDATE generation_output SET is_flagged = 1, opened_at = NULL WHERE id = ?", [output]
        )
    connection.close()
    return f"/{slug}/shots/{shot}/?take={number}"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_a_flagged_clip_is_veiled_until_it_is_opened(
    visitor: Visitor, studio: Studio, shot_paths: list[str], colors: str
) -> None:
    # A shot of its own: on one with a take already, Generate would first offer that take.
    page = visitor.open(shot_paths[6], color_scheme=colors)
    panel = page.locator("#take-panel")
    if not studio.rows(CLIPS):
        page.get_by_role("button", name="Generate").click()
        expect(panel.locator("video")).to_be_visible(timeout=ARRIVES_MS)
    # Away from the clip first: a player that is just reading it would be refused the rest, and say so.
    page.goto("/")
    page.goto(flag_one(studio))
    expect(panel).to_contain_text("was flagged by the provider’s safety check")
    expect(panel.locator("video")).to_have_count(0)
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("button", name="Show it to everybody here").click()
    expect(panel.locator("video")).to_be_visible()
    expect(panel).not_to_contain_text("flagged by the provider’s")
    assert visitor.complaints == []
