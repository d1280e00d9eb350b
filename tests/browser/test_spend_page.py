"""The page of spending in a real browser: by keyboard, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PATH = "/asmr-sampler/spend/"


def test_the_figures_behind_the_charts_open_by_keyboard(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(PATH)
    table = page.get_by_role("table", name="Spent each day")
    expect(table).to_be_hidden()
    page.locator("#days summary").focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    expect(page.get_by_role("img", name="All that was spent")).to_be_visible()


def test_filters_work_without_scripts(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(PATH, java_script_enabled=False)
    page.locator(".ledger-fold summary").click()
    page.get_by_label("What").select_option("release")
    page.get_by_label("Search").fill("no such words")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Clear the filters to see all.")).to_be_visible()
    assert "kind=release" in page.url
    page.get_by_role("link", name="Clear").click()
    assert "kind=" not in page.url
