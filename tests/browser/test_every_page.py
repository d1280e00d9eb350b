"""Every page that a producer, a client and a stranger can come to, in one browser: nothing keeps anybody out."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.barriers import barriers
from tests.browser.conftest import Visitor
from tests.browser.production import Production
from tests.studio.every_page import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
LOOKS = [("light", 1440), ("dark", 390), ("dark", 1440), ("light", 390)]
# One look a page, each in its turn. EVERY_LOOK=true takes every page in all four: minutes, for whoever changes colours.
EVERY_LOOK = os.environ.get("EVERY_LOOK") == "true"


def looks(number: int) -> list[tuple[str, int]]:
    return LOOKS if EVERY_LOOK else [LOOKS[number % len(LOOKS)]]


OPEN_FOLDS = "for (const fold of document.querySelectorAll('details:not(.drop)')) fold.open = true"


def barriers_by_page(page: Page, walk: Walk) -> Iterator[tuple[str, list[str]]]:
    for number, address in enumerate(walk):
        for scheme, width in looks(number):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            answer = page.goto(address)
            assert answer, address
            assert answer.status < 500, address
            page.evaluate(OPEN_FOLDS)
            yield f"{address} ({scheme}, {width})", barriers(page)
        walk.read(answer.text())


def test_no_page_has_a_barrier(visitor: Visitor, production: Production) -> None:
    page = visitor.open("/", session=production.sessions["ada"])
    signed_in = dict(barriers_by_page(page, Walk("/", "/design/", "/no/such/page/", of_a_kind=1)))
    page.context.clear_cookies()
    clients = [f"/client/{token}/" for token in production.tokens.values()]
    doors = ["/accounts/login/", "/accounts/password/reset/", f"/invitations/{production.invitation}/"]
    signed_out = dict(barriers_by_page(page, Walk(*clients, *doors)))

    assert len(signed_in) > 45
    assert len(signed_out) > 7
    everywhere = signed_in | signed_out
    found = {address: lines for address, lines in everywhere.items() if lines}
    assert found == {}, "\n".join(f"{address}\n  " + "\n  ".join(lines) for address, lines in found.items())
    # What a status above 399 says is no fault of the page.
    assert [line for line in visitor.complaints if "Failed to load resource" not in line] == []
