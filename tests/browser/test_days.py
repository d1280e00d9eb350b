"""A day of each role, wide and narrow, light and dark: what they came to do, and what is not theirs to do."""

import base64
import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.artefacts import keep
from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.browser.production import Production
from tests.studio.test_access import PICTURE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ARRIVES_MS = 90_000
FRAME = 1 / 24
TIMES = "() => [...document.querySelectorAll('video[data-side]')].map((clip) => clip.currentTime)"
A_FILE = """(bytes) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0))], "dune.gif"));
  return carried;
}"""


def turn(page: Page, size: dict[str, int], scheme: Literal["light", "dark"]) -> None:
    """The other half of the day: another window, another light."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)


def test_a_producer_starts_a_film_gives_it_money_and_people(visitor: Visitor, production: Production) -> None:
    page = visitor.open("/", session=production.sessions["pia"], viewport=WIDE, color_scheme="light")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Harbour")
    page.get_by_label("Budget in US dollars").fill("12.50")
    page.get_by_role("button", name="Start the project").click()
    expect(page.get_by_text("An empty board")).to_be_visible()
    assert barriers(page) == []
    keep(page, "producer-new-film-1440-light")
    page.goto("/harbour/budget/")
    page.get_by_label("Limit").fill("20")
    page.locator("[name=why]").fill("The client added a scene.")
    page.locator("main form.form button[type=submit]").click()
    expect(page.get_by_text("$20.00").first).to_be_visible()

    turn(page, NARROW, "dark")
    page.goto("/harbour/members/")
    page.get_by_label("Mail address").fill("nora@example.com")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator(".invited", has_text="nora@example.com")).to_be_visible()
    assert barriers(page) == []
    keep(page, "producer-team-390-dark")
    page.goto("/dunes/spend/?range=all")
    expect(page.get_by_text("$1.40").first).to_be_visible()
    keep(page, "producer-spend-390-dark")
    assert visitor.complaints == []


def test_an_artist_writes_orders_circles_and_brings_a_file(visitor: Visitor, production: Production) -> None:
    page = visitor.open("/dunes/", session=production.sessions["aron"], viewport=NARROW, color_scheme="light")
    page.get_by_role("button", name="Final").click()
    expect(page.get_by_role("button", name="Final")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Draft").click()
    expect(page.get_by_role("button", name="Draft")).to_have_attribute("aria-pressed", "true")
    keep(page, "artist-board-390-light")

    page.goto("/dunes/uploads/")
    carried = page.evaluate_handle(A_FILE, base64.b64encode(PICTURE).decode())
    page.dispatch_event("form[data-upload]", "drop", {"dataTransfer": carried})
    expect(page.locator("[data-upload-list]")).to_contain_text("dune.gif")
    expect(page.get_by_text("Uploaded", exact=True).first).to_be_visible()

    turn(page, WIDE, "dark")
    page.goto(f"/dunes/shots/{production.shots[1]}/")
    page.locator("#id_prompt").fill("A dune in the rain at {morning|sunset}, seen from far.")
    expect(page.locator("#order-sent")).to_contain_text("2 texts")
    assert barriers(page) == []
    page.get_by_role("button", name=re.compile("^Generate 2 takes")).click()
    tiles = page.locator(".take-tile")
    expect(tiles).to_have_count(2)
    expect(page.locator("#take-panel .player img")).to_be_visible(timeout=ARRIVES_MS)
    page.get_by_role("button", name="Circle this take").click()
    expect(page.locator("#take-panel .badge--circled")).to_be_visible()
    expect(tiles.locator("img")).to_have_count(2, timeout=ARRIVES_MS)
    assert barriers(page) == []
    keep(page, "artist-workbench-1440-dark")
    assert page.goto("/dunes/budget/").status == 403  # type: ignore[union-attr]
    assert [line for line in visitor.complaints if "403" not in line] == []


def test_a_reviewer_compares_four_takes_and_decides(visitor: Visitor, production: Production) -> None:
    shot = f"/dunes/shots/{production.shots[0]}/"
    page = visitor.open(shot, session=production.sessions["rex"], viewport=NARROW, color_scheme="dark")
    for pick in page.locator(".sides-pick").all():
        pick.check()
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator("video[data-side]")).to_have_count(4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((clip) => clip.readyState >= 2)"
    )
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((clip) => clip.currentTime > 0.5)"
    )
    times = page.evaluate(TIMES)
    assert max(times) - min(times) <= FRAME
    page.locator("body").press("Space")
    assert barriers(page) == []
    keep(page, "reviewer-four-takes-390-dark")

    turn(page, WIDE, "light")
    page.locator("#side-3").get_by_role("button", name="Circle this take").click()
    expect(page.locator("#side-3 .badge--circled")).to_be_visible()
    page.goto("/review/?project=dunes")
    page.get_by_role("link", name="Shot 1 / 1, take 3").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#review-title")).to_contain_text("take 2")
    keep(page, "reviewer-session-1440-light")
    page.goto(shot)
    expect(page.get_by_role("button", name="Generate")).to_have_count(0)
    assert visitor.complaints == []


def test_a_viewer_sees_all_and_orders_nothing(visitor: Visitor, production: Production) -> None:
    page = visitor.open("/dunes/", session=production.sessions["vic"], viewport=WIDE, color_scheme="dark")
    card = page.locator(".shot-card", has_text="Ridge")
    box = card.locator("video").bounding_box()
    assert box
    # The pointer's place across the card is the place in its clip, and nothing plays when it has left.
    clip = card.locator("video")
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20)
    page.wait_for_function("(clip) => Math.abs(clip.currentTime - 3.75) < 0.2", arg=clip.element_handle())
    keep(page, "viewer-board-1440-dark")
    page.mouse.move(2, 2)
    page.wait_for_function("(clip) => clip.preload === 'none' && clip.paused", arg=clip.element_handle())
    expect(page.locator(".shot-pick, [data-grip]")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Generate|Archive|Draft|Final"))).to_have_count(0)

    turn(page, NARROW, "light")
    page.goto(f"/dunes/shots/{production.shots[0]}/")
    expect(page.locator("#take-panel video")).to_be_visible()
    expect(page.locator("#order-form, #upload-form, .button-price")).to_have_count(0)
    assert barriers(page) == []
    keep(page, "viewer-shot-390-light")
    assert page.goto("/dunes/generate/").status == 403  # type: ignore[union-attr]
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    keep(page, "viewer-refused-390-light")
    assert [line for line in visitor.complaints if "403" not in line] == []
