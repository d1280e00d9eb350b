"""Going through a page without a pointer: each stop has to be seen."""

from playwright.sync_api import Locator, Page

MOST_STOPS = 60
# What has the focus, if somebody looking at the window can tell: a ring or a shadow, on it or on the label it is in.
_UNSEEN = """async () => {
  const at = document.activeElement;
  await Promise.allSettled(at.getAnimations().map((each) => each.finished));
  const name = at.outerHTML.slice(0, 160);
  if (!at.matches(":focus-visible")) return `no ring: ${name}`;
  const shown = at.matches("input") && getComputedStyle(at).opacity === "0" ? at.closest("label") : at;
  const style = getComputedStyle(shown);
  const hasRing = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  if (!hasRing && style.boxShadow === "none") return `no ring: ${name}`;
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 40)];
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return `outside the window: ${name}`;
  const above = document.elementFromPoint(x, y);
  return above && (shown.contains(above) || above.contains(shown)) ? "" : `covered: ${name}`;
}"""


def unseen(page: Page) -> str:
    """Why the focus cannot be seen; empty when it can."""
    said: str = page.evaluate(_UNSEEN)
    return said


def reach(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """Press Tab until the target has the focus, and see the focus at every stop."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        if why := unseen(page):
            raise AssertionError(why)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} was not reached by {key}")
