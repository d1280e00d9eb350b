"""The client's day: a link from a producer, its password, the marked take, a word and a verdict; then it is over."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.artefacts import keep
from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.browser.production import Production

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
SECRET = "low tide at nine"
PLAY = """async () => {
  const clip = document.querySelector("[data-player] video");
  clip.muted = true;
  await clip.play();
  await new Promise((done) => clip.addEventListener("timeupdate", () => clip.currentTime > 0.2 && done()));
  clip.pause();
  return [clip.videoWidth, clip.currentSrc];
}"""


def make_link(page: Page) -> str:
    """Fill the producer's form; the address of the link."""
    page.get_by_label("For whom").fill("Acme Films")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_label("They may approve, or ask for a retake").check()
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("Address of the link").input_value()


def test_a_client_looks_and_says_until_the_link_is_revoked(visitor: Visitor, production: Production) -> None:
    producer = visitor.open("/pier/client-links/", session=production.sessions["pia"])
    address = make_link(producer)

    page = visitor.open(address, session="", viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.get_by_label("Password").fill("high tide at ten")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("That is not the password")).to_be_visible()
    assert barriers(page) == []
    keep(page, "client-password-390-dark")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("For Acme Films.")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("A wave breaks")
    page.get_by_role("link", name="Begin with the first").click()

    # The marked copy is made by a worker; the page says so until it is there.
    for _ in range(40):
        if page.locator("[data-player]").count():
            break
        expect(page.get_by_text("This is being prepared for you.")).to_be_visible()
        page.wait_for_timeout(500)
        page.reload()
    width, source = page.evaluate(PLAY)
    assert width > 0
    assert f"{page.url}files/0/" == source
    assert barriers(page) == []

    # Wide and light for the other half of the day: a word, refused while it is empty, then a verdict.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Send").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("textbox", name="Your comment").fill("Could it be warmer?")
    page.get_by_role("button", name="Send").last.click()
    expect(page.locator(".comment", has_text="Could it be warmer?")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You approved this")).to_be_visible()
    expect(page.get_by_text("The team has been told.")).to_be_visible()
    assert barriers(page) == []
    keep(page, "client-take-1440-light")
    # That a word was refused is noted by the browser, and no fault of the page.
    assert [line for line in visitor.complaints if "422" not in line] == []

    producer.goto("/pier/client-links/")
    producer.get_by_role("link", name="Acme Films").click()
    expect(producer.get_by_role("row", name="Judged")).to_be_visible()
    producer.go_back()
    producer.get_by_role("button", name="Revoke the link for Acme Films").click()
    expect(producer.get_by_text("leads nowhere any more")).to_be_visible()
    answer = page.reload()
    assert answer
    assert answer.status == 404
    assert barriers(page) == []
    expect(page.get_by_role("heading", name="This link leads nowhere")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Pier")
    keep(page, "client-revoked-1440-light")
