"""A review session from the first page to its end, without ever touching a pointer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.browser.keyboard import reach, unseen
from tests.browser.production import Production

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PLAYS = "() => !document.querySelector('[data-player] video').paused"
STANDS = "() => document.querySelector('[data-player] video').paused"
NEWS = """() => document.getElementById("review-opinions")
  .dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: { ctx: {} } }))"""
LOADED = "() => document.querySelector('[data-player] video').readyState >= 2"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_session_goes_from_the_list_to_its_end_by_keys_alone(
    visitor: Visitor, production: Production
) -> None:
    page = visitor.open("/", session=production.sessions["rita"], viewport={"width": 1440, "height": 900})
    reach(page, page.get_by_role("link", name="To review"))
    press(page, "Enter")
    expect(page.get_by_text("4 finished takes")).to_be_visible()
    reach(page, page.get_by_role("link", name="Begin with the newest"))
    press(page, "Enter")
    title = page.locator("#review-title")
    expect(title).to_contain_text("take 2")
    first = title.inner_text()

    # It plays by itself; then frame by frame.
    page.wait_for_function(PLAYS)
    press(page, "Space")
    page.wait_for_function(STANDS)
    page.wait_for_function(LOADED)
    frame = page.locator("[data-frame-input]")
    before = int(frame.input_value())
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    expect(frame).to_have_value(str(before + 2))

    # A line is drawn by the arrows, said what it means, and sent.
    press(page, "d")
    sheet = page.get_by_role("application", name="Sheet to draw on")
    expect(sheet).to_be_focused()
    assert unseen(page) == ""
    press(page, "ArrowUp", "Space", "Shift+ArrowRight")
    # What others do meanwhile is swapped in beside it.
    page.evaluate(NEWS)
    press(page, "Shift+ArrowDown", "Space")
    expect(sheet.locator(".ink-line")).to_have_count(1)
    expect(frame).to_have_value(str(before + 2))
    assert barriers(page) == []
    press(page, "Escape")
    expect(page.get_by_role("button", name="Draw")).to_be_focused()
    press(page, "c")
    assert unseen(page) == ""
    page.keyboard.type("The foam is too grey here.")
    press(page, "Control+Enter")
    said = page.locator(".comment", has_text="The foam is too grey here.")
    expect(said.locator("[data-sketch] path")).to_have_count(1)
    expect(said.locator("[data-seek]")).to_have_attribute("data-seek", str(before + 2))

    # Stars, the circle, and a verdict, which leads on.
    press(page, "4")
    expect(page.locator(".star--lit")).to_have_count(4)
    circle = page.locator("#circle-form button")
    was = circle.get_attribute("aria-pressed")
    press(page, "o")
    expect(circle).to_have_attribute("aria-pressed", "false" if was == "true" else "true")
    press(page, "a")
    expect(title).not_to_have_text(first)
    expect(title).to_be_focused()
    second = title.inner_text()
    press(page, "n")
    expect(title).not_to_have_text(second)
    press(page, "p")
    expect(title).to_have_text(second)
    press(page, "r")
    expect(page.locator("#retake-reason")).to_be_focused()
    page.keyboard.type("Slower, please.")
    press(page, "Control+Enter")
    expect(title).not_to_have_text(second)

    press(page, "n")
    expect(page.get_by_role("link", name="End")).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert barriers(page) == []
    press(page, "Escape", "n")
    page.wait_for_url(re.compile("/review/$"))
    expect(page.get_by_text("2 finished takes")).to_be_visible()
    assert visitor.complaints == []
