"""The same order twice in a real browser: the take that is there is offered, and a second press means it."""

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
OFFERED = "This take is there already. Nothing was ordered."


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_take_is_offered_and_insisting_orders(
    visitor: Visitor, shot_paths: list[str], has_scripts: bool
) -> None:
    path = shot_paths[-1 if has_scripts else -2]
    page = visitor.open(path, java_script_enabled=has_scripts)
    tiles = page.locator(".take-tile")
    before = tiles.count()
    page.get_by_role("button", name="Generate").click()
    expect(tiles).to_have_count(before + 1)
    page.goto(path)
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text(OFFERED)).to_be_visible()
    expect(tiles).to_have_count(before + 1)
    if has_scripts:
        assert barriers(page) == []
    page.get_by_role("button", name="Generate again").click()
    expect(tiles).to_have_count(before + 2)
    expect(page.get_by_text(OFFERED)).to_have_count(0)
