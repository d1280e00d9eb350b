"""A storyboard worked on in a real browser: by pointer and keys, live beside a second window, on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
BOARD = "/asmr-sampler/"
ONCE_TOLD = """(done, failed) => {
  document.addEventListener('board', () => done(true), {once: true});
  setTimeout(failed, 20000, new Error('Nothing was told of the board.'));
}"""


def numbers(page: Page, scene: int) -> str:
    return " ".join(
        page.locator("[data-scene]")
        .nth(scene)
        .locator(".shot-card .frame-label:first-child")
        .all_text_contents()  # The text inside a card that is not in the window is not laid out.
    )


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Lets the browser go on until the condition is true, as `expect` does for elements."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("It did not come true within twenty seconds.")


def test_shots_are_carried_dragged_picked_and_edited_while_a_teammate_looks_on(visitor: Visitor) -> None:
    page = visitor.open(BOARD, viewport={"width": 1440, "height": 1400})
    other = visitor.open(BOARD, viewport={"width": 390, "height": 844}, color_scheme="dark")
    before = numbers(page, 0)
    ids = (
        page.locator("[data-scene]")
        .first.locator(".shot-card")
        .evaluate_all("all => all.map((each) => each.id)")
    )

    # Keys: carried two places on, put back, then kept.
    grip = page.locator(f"#{ids[0]} [data-grip]")
    grip.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#board-says")).to_contain_text("Place 2 of")
    page.keyboard.press("Escape")
    assert numbers(page, 0) == before
    page.keyboard.press("ArrowRight")
    with page.expect_response("**/board/order/") as kept:
        page.keyboard.press("Enter")
    assert kept.value.status == 200
    expect(grip).to_be_focused()
    after = numbers(page, 0)
    assert after != before
    # The teammate's board follows by itself.
    first = other.locator("[data-scene]").first.locator(".shot-card").first
    expect(first).to_have_id(ids[1])
    # Also where one answer is still on its way when the next move is told: the page does not stop at the older one.
    held: list[tuple[Route, APIResponse]] = []
    other.route(re.compile(r"/asmr-sampler/\?"), lambda route: held.append((route, route.fetch())), times=1)
    for at, key in enumerate(("ArrowRight", "ArrowLeft")):
        grip.focus()
        page.keyboard.press(key)
        other.evaluate(f"() => {{ window.told = new Promise({ONCE_TOLD}); }}")
        page.keyboard.press("Enter")
        other.evaluate("() => window.told")
        if at == 0:
            wait_until(page, lambda: bool(held))
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(first).to_have_id(ids[1])
    assert numbers(page, 0) == after
    wait_until(page, lambda: numbers(other, 0) == after)

    # A drag into another scene.
    target = page.locator("[data-scene]").nth(1).locator(".shot-card").first
    with page.expect_response("**/board/order/") as dragged:
        page.locator(f"#{ids[2]} .frame").drag_to(target.locator(".frame"), force=True)
    assert dragged.value.status == 200
    expect(page.locator("[data-scene]").nth(1).locator(f"#{ids[2]}")).to_be_visible()

    # A row of shots by shift, put away together, and brought back.
    boxes = page.locator("[data-scene]").nth(2).locator(".shot-pick")
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".selection-count")).to_contain_text("3 shots selected")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("3 shots are archived")).to_be_visible()
    page.goto(f"{BOARD}?archived=1")
    page.locator("[data-pick=board]").click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_text("3 shots are back on the board")).to_be_visible()

    # Words on the card.
    page.goto(BOARD)
    card = page.locator(f"#{ids[1]}")
    card.hover(force=True)
    card.get_by_role("link", name="Edit shot").click()
    card.get_by_role("textbox", name="Prompt").fill("A bar of soap turns slowly.")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("A bar of soap turns slowly.")).to_be_visible()
    for each in (page, other):
        assert barriers(each) == []
    assert visitor.complaints == []
