"""The shot page in a real browser, on the real studio with the mock provider."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.test_embedded import Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
ARRIVES_MS = 90_000
PLAY = """async () => {
  const video = document.querySelector("#take-panel video");
  video.muted = true;
  await video.play();
  await new Promise((done) => video.addEventListener("timeupdate", () => video.currentTime > 0.3 && done()));
  return [video.readyState, video.currentTime];
}"""


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()


def test_a_take_is_ordered_arrives_plays_and_is_circled(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(shot_paths[0])
    tiles = page.locator(".take-tile")
    before = tiles.count()
    left = page.locator(".order-left").inner_text()
    page.evaluate("window.neverReloaded = true")
    generate(page)
    expect(tiles).to_have_count(before + 1)
    expect(page.locator("#take-panel video")).to_be_visible(timeout=ARRIVES_MS)
    ready, seconds = page.evaluate(PLAY)
    assert ready >= 2
    assert seconds > 0
    page.get_by_role("button", name="Circle this take").click()
    expect(page.locator("#take-panel .badge--circled")).to_be_visible()
    assert page.evaluate("!document.querySelector('#take-panel video').paused"), "circling stopped the clip"
    expect(page.locator(".take-money-amount")).to_contain_text("charged")
    expect(page.locator(".order-left")).not_to_have_text(left)
    assert page.evaluate("window.neverReloaded")
    assert visitor.complaints == []


def test_a_double_click_orders_once(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(shot_paths[1])
    tiles = page.locator(".take-tile")
    before = tiles.count()
    page.get_by_role("button", name="Generate").dblclick()
    expect(page.locator("#take-panel video")).to_be_visible(timeout=ARRIVES_MS)
    page.reload()
    expect(tiles).to_have_count(before + 1)


def test_another_page_hears_of_it(visitor: Visitor, shot_paths: list[str]) -> None:
    watching, ordering = visitor.open(shot_paths[2]), visitor.open(shot_paths[2])
    before = watching.locator(".take-tile").count()
    generate(ordering)
    for page in (ordering, watching):
        expect(page.locator(".take-tile")).to_have_count(before + 1)
    expect(watching.locator("#take-news")).to_contain_text("is ready", timeout=ARRIVES_MS)


def test_takes_arrive_without_the_stream(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open("/")
    page.route("**/live/", lambda route: route.abort())
    page.goto(shot_paths[3])
    generate(page)
    expect(page.locator("#take-panel video")).to_be_visible(timeout=ARRIVES_MS)


def test_the_price_follows_the_fields(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(shot_paths[3])
    price = page.locator("#order-price .button-price")
    before = price.inner_text()
    page.get_by_text("×2").click()
    expect(price).not_to_have_text(before)
    page.locator("#id_prompt").fill("Words that must not be lost")
    page.locator("#order-model").select_option("kling-v2-text")
    expect(page.locator("#shown-model")).to_have_value("kling-v2-text")
    expect(page.locator("#id_prompt")).to_have_value("Words that must not be lost")
    expect(page.locator(".order-left")).to_contain_text("left of")


def test_it_works_without_scripts(visitor: Visitor, shot_paths: list[str]) -> None:
    page = visitor.open(shot_paths[4], java_script_enabled=False)
    before = page.locator(".take-tile").count()
    generate(page)
    expect(page.locator(".take-tile")).to_have_count(before + 1)
    expect(page.locator("#take-panel")).to_contain_text("Take ")


def test_a_model_may_call_a_parameter_like_a_property_of_forms(
    visitor: Visitor, shot_paths: list[str]
) -> None:
    page = visitor.open(f"{shot_paths[4]}?model=kling-o1-video-to-video-reference")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#order-words a").first).to_be_visible()
    page.select_option("#order-model", "ray-2-flash-text")
    expect(page.locator("#order-fields-ray-2-flash-text")).to_be_visible()
    assert [line for line in visitor.complaints if "422" not in line] == []


@pytest.mark.parametrize("use", ["input", "take"])
def test_a_file_that_is_in_is_not_sent_again(
    visitor: Visitor, shot_paths: list[str], tmp_path: Path, use: str
) -> None:
    page = visitor.open(shot_paths[5])
    file = tmp_path / "still.png"
    Image.new("RGB", (64, 64), "teal").save(file)
    page.get_by_text("Bring your own file").click()
    page.set_input_files("#upload-file", file)
    page.check(f"#upload-form input[value={use}]")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#upload-file")).to_have_value("")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#upload-notes")).to_contain_text("Choose a file first")


def test_enter_in_a_field_spends_nothing(visitor: Visitor, studio: Studio, shot_paths: list[str]) -> None:
    page = visitor.open(f"{shot_paths[4]}?model=flux-dev")
    before = studio.rows("SELECT count(*) FROM generation_generation")
    page.locator("#id_seed").fill("7")
    with page.expect_response("**/parameters/"):
        page.locator("#id_seed").press("Enter")
    assert studio.rows("SELECT count(*) FROM generation_generation") == before
