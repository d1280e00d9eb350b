"""Three prompts on three models, twice each, in a real browser: from the form to the report."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
MODELS = ("kling-2.5-turbo-text", "ray-2-flash-text", "animatediff")
PLACES = "() => [...document.querySelectorAll('#prompt-1 video')].map((clip) => clip.currentTime)"


def test_a_comparison_from_its_form_to_its_report(visitor: Visitor) -> None:
    page = visitor.open("/asmr-sampler/comparisons/new/")
    page.fill("[name=name]", "Three models")
    page.select_option("[name=prompt_set]", "asmr")
    for model in MODELS:
        page.check(f"[name=models][value='{model}']")
    page.select_option("[name=repeats]", "2")
    assert barriers(page) == []
    page.get_by_role("button", name="See what it costs").click()
    expect(page.get_by_text("Its length cannot be chosen: always 2 s.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name=re.compile("^Order 18 takes")).click()

    # It fills by itself.
    summary = page.locator("#compare-summary")
    expect(summary).to_contain_text("18 of 18 takes have arrived", timeout=120_000)
    clips = page.locator("video[data-cell]")
    expect(clips).to_have_count(18)
    home = page.url
    assert barriers(page) == []

    page.locator("#prompt-1").get_by_role("button", name="Play this row").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('#prompt-1 video')].every((clip) => clip.currentTime > 0.5)"
    )
    places = page.evaluate(PLACES)
    assert len(places) == 6
    assert max(places) - min(places) < 0.4
    page.locator("#prompt-1").get_by_role("button", name="Pause").click()

    score = page.locator(".cell-score").first
    score.locator("summary").click()
    for name in ("clarity", "adherence", "motion", "suitability", "colour"):
        score.locator(f"[name={name}][value='4']").check()
    score.get_by_role("button", name="Save the score").click()
    expect(page.locator(".cell-score summary").first).to_contain_text("4.0 of 5")

    page.get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", name="Worth its money")).to_be_visible()
    ranked = page.locator("[aria-labelledby=rank-title] tbody tr")
    expect(ranked).to_have_count(3)
    expect(ranked.first).to_contain_text("20.00")
    expect(ranked.nth(1)).to_contain_text("Nobody has scored it yet.")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(home)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visitor.complaints == []
