"""The demo studio, running for real, and a Chromium that has signed in to it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.services import need_chromium
from tests.test_embedded import Studio

# A busy machine draws clips and answers pages on the same two cores.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="package")
def studio(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    need_chromium()
    made = Studio(tmp_path_factory.mktemp("studio"))
    shutil.copy(tables, made.folder / "rushes.sqlite3")
    made.environment |= {"MOCK_QUEUE_SECONDS": "0.5", "MOCK_RUN_SECONDS": "1.5"}
    made.start()
    yield made
    assert made.process is not None
    made.process.kill()
    made.process.wait(30)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in(studio: Studio, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of somebody who has signed in, as Playwright stores them."""
    log = (studio.folder / "log").read_text()
    found = re.search(r"Sign in as (\S+) with the password (\S+)", log)
    assert found, log
    state = tmp_path_factory.mktemp("browser") / "state.json"
    context = chromium.new_context(base_url=f"http://127.0.0.1:{studio.port}")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", found[1])
    page.fill("[name=password]", found[2])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    context.storage_state(path=state)
    context.close()
    return state


class Visitor:
    """Opens contexts as the signed-in user and remembers what the browser complained of."""

    def __init__(self, chromium: Browser, studio: Studio, state: Path) -> None:
        self._chromium, self._studio, self._state = chromium, studio, state
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, path: str, **options: object) -> Page:
        context = self._chromium.new_context(
            base_url=f"http://127.0.0.1:{self._studio.port}",
            storage_state=self._state,
            **options,  # type: ignore[arg-type]
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))
        page.goto(path)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitor(chromium: Browser, studio: Studio, signed_in: Path) -> Iterator[Visitor]:
    made = Visitor(chromium, studio, signed_in)
    yield made
    made.close()


@pytest.fixture
def shot_paths(studio: Studio) -> list[str]:
    """The addresses of the demo's shots, in the order of their ids."""
    rows = studio.rows(
        "SELECT p.slug, s.id FROM studio_shot s JOIN studio_scene c ON c.id = s.scene_id "
        "JOIN studio_project p ON p.id = c.project_id ORDER BY s.id"
    )
    return [f"/{slug}/shots/{pk}/" for slug, pk in rows]
