"""How smoothly does a storyboard of 500 shots scroll?

    python bench/scroll.py [--json] [--shots N] [--speed PIXELS]

The product's own server (one uvicorn process, SQLite) draws the board, every card with a still of 640 by 360, and
Chromium scrolls it from top to bottom at a steady speed, 1440 pixels wide; then an empty page of the same height, by
the same script in the same browser. `frames` a second and `p95_ms` between two frames are what was drawn; `blocked_ms`
is how long tasks of more than 50 ms kept the page from answering, each counted beyond its first 50; `script_ms`,
`style_ms` and `layout_ms` are what the page's main thread did meanwhile. `ratio` is the board's p95 to that of the
empty page: 1 is as smooth as this machine can be.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

SPEED = 2_500
WINDOW = {"width": 1440, "height": 900}
SCROLL = """async (speed) => {
  const blocked = [];
  const observer = new PerformanceObserver((list) => blocked.push(...list.getEntries().map((each) => each.duration)));
  observer.observe({ type: "longtask" });
  const gaps = [];
  const began = performance.now();
  let before = began;
  await new Promise((done) => {
    const step = (now) => {
      gaps.push(now - before);
      before = now;
      scrollTo({ top: ((now - began) / 1000) * speed, behavior: "instant" });
      if (scrollY + innerHeight >= document.documentElement.scrollHeight - 2) done();
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return { gaps: gaps.slice(2), blocked, seconds: (before - began) / 1000 };
}"""


def fill() -> None:
    """A still under the name of every poster of the big project."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from generation.models import Output
    from generation.providers.mock_media import render_still

    with tempfile.TemporaryDirectory() as folder:
        still = Path(folder, "still.webp")
        render_still(still, width=640, height=360, prompt="A pier at dawn.", model="mock", seed=7)
        for key in Output.objects.values_list("poster_key", flat=True):
            if key and not default_storage.exists(key):
                default_storage.save(key, ContentFile(still.read_bytes()))


def measured(page: Page, speed: int) -> dict[str, Any]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = spent(session)
    found = page.evaluate(SCROLL, speed)
    after = spent(session)
    session.detach()
    gaps = sorted(found["gaps"])
    return {
        "seconds": round(found["seconds"], 1),
        "frames": round(len(gaps) / found["seconds"], 1),
        "p50_ms": round(statistics.median(gaps), 1),
        "p95_ms": round(gaps[int(len(gaps) * 0.95)], 1),
        "longest_ms": round(gaps[-1], 1),
        "blocked_ms": round(sum(each - 50 for each in found["blocked"])),
    } | {name: round(1000 * (after[name] - before[name])) for name in after}


def spent(session: CDPSession) -> dict[str, float]:
    """Seconds of the page's main thread since it was opened, by what it did."""
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    names = {"script_ms": "ScriptDuration", "style_ms": "RecalcStyleDuration", "layout_ms": "LayoutDuration"}
    return {ours: told[theirs] for ours, theirs in names.items()}


def runs(address: str, cookies: dict[str, str], speed: int) -> Iterator[dict[str, Any]]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.goto(f"{address}/big/")
        page.wait_for_timeout(1_000)
        height = page.evaluate("document.documentElement.scrollHeight")
        board = measured(page, speed)
        drawn = page.locator(".shot-card").count()
        page.goto("about:blank")
        page.evaluate("height => { document.body.style.height = `${height}px` }", height)
        empty = measured(page, speed)
        yield {"page": "empty", "pixels": height} | empty
        ratio = round(board["p95_ms"] / empty["p95_ms"], 2)
        yield {"page": "storyboard", "pixels": height, "cards": drawn, "ratio": ratio} | board
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--shots", type=int, default=500, help="how many shots the board has")
    parser.add_argument("--speed", type=int, default=SPEED, help="pixels a second")
    options = parser.parse_args()
    # Only now: the rig sets Django up on its database.
    from pages import sign_in
    from rig.big_studio import big_studio
    from rig.page_server import page_server
    from rig.sizes import Sizes

    sizes = Sizes(
        projects=2,
        big_shots=options.shots,
        big_takes=2 * options.shots,
        most_takes=9,
        takes=2 * options.shots + 20,
        uploads=4,
        entries=4 * options.shots,
        in_flight=4,
        small_shots=4,
    )
    with big_studio("", sizes):
        fill()
        with page_server() as address:
            for row in runs(address, sign_in(), options.speed):
                print(json.dumps(row) if options.json else sentence(row), flush=True)


def sentence(row: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in row.items())


if __name__ == "__main__":
    main()
