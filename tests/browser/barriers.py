"""What keeps people out of a page: axe's rules, with those for the size of targets, and the width of the window."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Every rule that axe has switched on by itself, and the one of WCAG 2.2 that it has not.
RULES: dict[str, Any] = {
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,
}
# Nothing is judged by what lies over it for a moment: the header, further down, and a message that goes by itself.
_UNCOVERED = """() => {
  scrollTo({ top: 0, behavior: "instant" });
  for (const each of document.querySelectorAll("#messages [data-brief]")) each.remove();
}"""
_TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


def barriers(page: Page) -> list[str]:
    """Each as a line; none where everybody can use the page. What the others say is added by the caller."""
    page.evaluate(_UNCOVERED)
    found = [
        f"{rule['id']} ({rule['impact']}, {len(rule['nodes'])} times): {rule['nodes'][0]['html'][:200]} "
        f"({rule['nodes'][0]['failureSummary'][:200]})"
        for rule in Axe().run(page, options=RULES).response["violations"]
    ]
    return [*found, "wider than the window"] if page.evaluate(_TOO_WIDE) else found
