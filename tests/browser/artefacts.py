"""Pictures of what the stories saw, for people to look at afterwards: `var/screenshots/`, never part of the project."""

from playwright.sync_api import Page

from tests.conftest import ROOT

FOLDER = ROOT / "var" / "screenshots"


def keep(page: Page, name: str) -> None:
    """The window as it is now. `name` says who saw it and what: "client-take"."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
