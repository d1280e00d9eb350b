"""The page of spending in a real browser: readable by everybody, at any width, and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PATH = "/asmr-sampler/spend/"
BUDGETS = "/asmr-sampler/budget/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_it_passes_axe_and_fits(visitor: Visitor, shot_paths: list[str], scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    page = visitor.open(PATH, color_scheme=scheme, viewport=size)
    expect(page.get_by_role("heading", name="Forecast")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_the_budgets_passes_axe_and_fits(visitor: Visitor, scheme: str, width: int) -> None:
    page = visitor.open(BUDGETS, color_scheme=scheme, viewport={"width": width, "height": 900})
    expect(page.get_by_role("table", name="Changes of the budgets, newest first")).to_be_visible()
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visitor.complaints == []


def test_the_figures_behind_the_charts_open_by_keyboard(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(PATH)
    table = page.get_by_role("table", name="Spent each day")
    expect(table).to_be_hidden()
    page.locator("#days summary").focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    expect(page.get_by_role("img", name="All that was spent")).to_be_visible()


def test_filters_work_without_scripts(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(PATH, java_script_enabled=False, bypass_csp=True)
    page.locator(".ledger-fold summary").click()
    page.get_by_label("What").select_option("release")
    page.get_by_label("Search").fill("no such words")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Clear the filters to see all.")).to_be_visible()
    assert "kind=release" in page.url
    page.get_by_role("link", name="Clear").click()
    assert "kind=" not in page.url
