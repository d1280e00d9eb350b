"""A page that loses its connection says so, and shows how things stand when it has it again, without a reload."""

import signal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.test_embedded import Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
ARRIVES_MS = 90_000
AWAY = "Not connected. This page catches up by itself."


def goes_on_unloaded(page: Page) -> None:
    page.evaluate("window.neverReloaded = true")


def test_what_happened_meanwhile_is_shown_when_the_network_is_back(
    visitor: Visitor, shot_paths: list[str]
) -> None:
    path = shot_paths[10]
    watching, colleague = visitor.open(path), visitor.open(path)
    board = visitor.open(f"/{path.split('/')[1]}/")
    goes_on_unloaded(watching)
    goes_on_unloaded(board)
    before = watching.locator(".take-tile").count()
    watching.get_by_role("button", name="Generate").click()
    expect(watching.locator(".take-tile")).to_have_count(before + 1)
    for page in (watching, board):
        page.context.set_offline(True)
    expect(watching.get_by_text(AWAY)).to_be_visible()
    expect(board.get_by_text(AWAY)).to_be_visible()

    # Meanwhile the take ends, and a colleague circles it.
    colleague.locator(".take-tile-link").first.click()
    expect(colleague.locator("#take-panel video")).to_be_visible(timeout=ARRIVES_MS)
    colleague.get_by_role("button", name="Circle this take").click()
    expect(colleague.locator("#take-panel .badge--circled")).to_be_visible()
    assert watching.locator("#take-panel video").count() == 0

    for page in (watching, board):
        page.context.set_offline(False)
    expect(watching.locator("#take-panel video")).to_be_visible()
    expect(watching.locator("#take-panel .badge--circled")).to_be_visible()
    expect(watching.locator(".take-tile--circled")).to_have_count(1)
    shot = path.rstrip("/").rsplit("/", 1)[1]
    expect(board.locator(f"#shot-{shot} .badge--circled")).to_be_visible()
    for page in (watching, board):
        expect(page.get_by_text(AWAY)).to_be_hidden()
        assert page.evaluate("window.neverReloaded")


def test_a_page_listens_also_when_a_script_comes_late(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.route("**/hx-sse.min*", lambda route: page.wait_for_timeout(700) or route.continue_())
    page.goto("/asmr-sampler/")
    expect(page.locator("#stream")).to_have_attribute("data-htmx-powered", "true")


def test_a_page_outlives_a_server_that_goes_away(
    visitor: Visitor, studio: Studio, shot_paths: list[str]
) -> None:
    board = visitor.open(f"/{shot_paths[0].split('/')[1]}/")
    goes_on_unloaded(board)
    card = board.locator(".shot-card").first
    title = card.locator("h3 a")
    expect(board.locator("#stream")).to_have_attribute("data-htmx-powered", "true")
    studio.end(signal.SIGTERM)
    expect(board.get_by_text(AWAY)).to_be_visible()
    shot = (card.get_attribute("id") or "").removeprefix("shot-")
    studio.write("UPDATE studio_shot SET title = 'Words from elsewhere' WHERE id = ?", shot)
    studio.start()
    expect(title).to_contain_text("Words from elsewhere")
    expect(board.get_by_text(AWAY)).to_be_hidden()
    assert board.evaluate("window.neverReloaded")
