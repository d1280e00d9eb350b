"""The money runs out while somebody writes, and comes back: nothing is lost, nothing is reloaded."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
WORDS = "Words that took a while to find."
BUDGET = "/asmr-sampler/budget/"


def set_limit(page: Page, limit: str) -> None:
    page.goto(BUDGET)
    page.get_by_label("New limit").fill(limit)
    page.get_by_label("Why").fill("A test.")
    page.get_by_role("button", name="Change the budget").click()
    page.wait_for_url("**/spend/")


def test_the_form_says_what_is_missing_keeps_the_wish_and_goes_on(
    visitor: Visitor, shot_paths: list[str]
) -> None:
    money = visitor.open(BUDGET)
    before = money.get_by_label("New limit").input_value()
    page = visitor.open(shot_paths[7], viewport={"width": 390, "height": 844})
    page.evaluate("window.neverReloaded = true")
    page.locator("#id_prompt").fill(WORDS)
    page.get_by_text("×2").click()
    tiles = page.locator(".take-tile")
    number = tiles.count()

    set_limit(money, "0.01")
    expect(page.get_by_text("This needs")).to_be_visible()
    page.locator("#order-price .button--large").click()
    expect(page.get_by_text("What you wanted is kept")).to_be_visible()
    expect(page.locator("#id_prompt")).to_have_value(WORDS)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    set_limit(money, before)
    expect(page.get_by_text("There is enough now")).to_be_visible()
    expect(page.locator("#id_prompt")).to_have_value(WORDS)
    page.locator("#order-price .button--large").click()
    expect(tiles).to_have_count(number + 2)
    expect(page.get_by_text("There is enough now")).to_have_count(0)
    assert page.evaluate("window.neverReloaded")
    assert [line for line in visitor.complaints if "409" not in line] == []
