"""The demo studio, running for real, and a Chromium that has signed in to it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

from tests.browser.production import Production
from tests.services import need_chromium
from tests.studio.every_page import is_policy
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


@pytest.fixture(scope="package")
def production(studio: Studio) -> Production:
    """People of every role and something of everything, beside the demo."""
    fill = "from tests.browser.production import fill; fill()"
    return Production.read(studio.manage("shell", "--no-imports", "-c", fill).stdout)


class Visitor:
    """Opens contexts as the signed-in user, or as a person of the production, and remembers what went wrong.

    `complaints` are the browser's. `elsewhere` and `unguarded`, addresses that were asked for at another host and pages
    that came without their content security policy, stay empty in every story.
    """

    def __init__(self, chromium: Browser, studio: Studio, state: Path) -> None:
        self._chromium, self._state = chromium, state
        self.home = f"http://127.0.0.1:{studio.port}"
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.unguarded: list[str] = []

    def open(self, path: str, *, session: str | None = None, **options: Any) -> Page:
        """A page in a context of its own. `session` is a cookie; an empty one stands for somebody signed out."""
        state: Any = self._state if session is None else {"cookies": self._cookies(session), "origins": []}
        # What fades in would be looked at half-way.
        given = {"reduced_motion": "reduce"} | options
        context = self._chromium.new_context(base_url=self.home, storage_state=state, **given)
        self._contexts.append(context)
        context.on("request", lambda request: self._follow(request.url))
        context.on("response", self._look_at)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))
        page.goto(path)
        return page

    def _cookies(self, session: str) -> list[dict[str, str]]:
        return [{"name": "sessionid", "value": session, "url": self.home}] if session else []

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def _follow(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and not url.startswith(f"{self.home}/"):
            self.elsewhere.append(url)

    def _look_at(self, response: Response) -> None:
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and not is_policy(response.headers.get("content-security-policy", "")):
            self.unguarded.append(response.url)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitor(chromium: Browser, studio: Studio, signed_in: Path) -> Iterator[Visitor]:
    made = Visitor(chromium, studio, signed_in)
    yield made
    made.close()
    assert (made.elsewhere, made.unguarded) == ([], [])


@pytest.fixture
def shot_paths(studio: Studio) -> list[str]:
    """The addresses of the demo's shots, in the order of their ids."""
    rows = studio.rows(
        "SELECT p.slug, s.id FROM studio_shot s JOIN studio_scene c ON c.id = s.scene_id "
        "JOIN studio_project p ON p.id = c.project_id "
        "WHERE p.slug = 'asmr-sampler' ORDER BY s.id"
    )
    return [f"/{slug}/shots/{pk}/" for slug, pk in rows]
