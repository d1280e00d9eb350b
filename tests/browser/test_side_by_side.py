"""Two takes in a real browser: they play together, step together, and are wiped by the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
FRAME = 1 / 24
TIMES = "() => [...document.querySelectorAll('video[data-side]')].map((clip) => clip.currentTime)"


def times(page: Page) -> list[float]:
    found: list[float] = page.evaluate(TIMES)
    return found


def test_two_takes_play_and_step_together(visitor: Visitor, shot_paths: list[str]) -> None:
    path = shot_paths[6]
    page = visitor.open(path, viewport={"width": 390, "height": 844})
    before = page.locator(".take-tile").count()
    page.get_by_text("×2").click()
    page.get_by_role("button", name="Generate 2 takes").click()
    picks = page.locator(".sides-pick")
    expect(picks).to_have_count(before + 2, timeout=60_000)
    for pick in picks.all()[:2]:
        pick.check()
    page.get_by_role("button", name="Side by side").click()
    clips = page.locator("video[data-side]")
    expect(clips).to_have_count(2)
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((clip) => clip.readyState >= 2)"
    )
    assert barriers(page) == []

    page.locator("body").press("Space")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((clip) => clip.currentTime > 1)"
    )
    first, second = times(page)
    assert abs(first - second) <= FRAME
    page.locator("body").press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    paused = times(page)
    assert paused[0] == paused[1]
    page.locator("body").press("ArrowRight")
    page.locator("body").press("ArrowRight")
    page.locator("body").press("ArrowLeft")
    stepped = times(page)
    assert stepped[0] == stepped[1] == pytest.approx(paused[0] + FRAME, abs=0.001)

    page.locator("body").press("w")
    handle = page.get_by_role("slider", name="Wipe between the two takes")
    expect(handle).to_be_focused()
    box = clips.nth(0).bounding_box()
    assert box == clips.nth(1).bounding_box()
    handle.press("ArrowRight")
    expect(handle).to_have_value("50.5")
    assert times(page) == stepped
    assert visitor.complaints == []
