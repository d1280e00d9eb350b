"""Somebody who orders on the pages, scene after scene, and tries again whatever happens to the site."""

import re
import threading
from collections.abc import Sequence
from typing import Self

import httpx

from tests.chaos.house import PASSWORD, PRODUCER, PROJECT

FIELD = re.compile(
    r'<input type="hidden" name="(csrfmiddlewaretoken|token|total|shown|profile|shots)" value="([^"]*)"'
)
LOGIN = "/accounts/login/"
RETRY_SECONDS = 0.3


class Producer:
    """`ordered` counts the scenes of which the site said that they are on their way."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=20, headers={"Referer": url})
        self.stop = threading.Event()
        self.tries = 0
        self.ordered = 0
        self.slowest = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop.set()
        self.client.close()

    def order_all(self, scenes: Sequence[int], pause: float) -> None:
        """Order a take of every shot, one scene each `pause` seconds; only `stop` makes it give up."""
        self._sign_in()
        for scene in scenes:
            self.order(scene)
            self.stop.wait(pause)

    def order(self, scene: int) -> None:
        """Press the button of one scene until all of its shots have a take."""
        address = f"/{PROJECT}/scenes/{scene}/generate/"
        while not self.stop.is_set():
            page = self._patiently("GET", address)
            if page is None:
                return
            fields: dict[str, list[str]] = {}
            for name, value in FIELD.findall(page.text):
                fields.setdefault(name, []).append(value)
            if "shots" not in fields:
                self.ordered += 1
                return
            # The same form again, as a browser does when somebody presses “try again”: it may order only once.
            self._patiently("POST", address, fields)

    def _sign_in(self) -> None:
        while not self.stop.is_set():
            page = self._patiently("GET", LOGIN)
            if page is None:
                return
            token = dict(FIELD.findall(page.text))["csrfmiddlewaretoken"]
            fields = {"csrfmiddlewaretoken": [token], "login": [PRODUCER], "password": [PASSWORD]}
            self._patiently("POST", LOGIN, fields)
            if "sessionid" in self.client.cookies:
                return

    def _patiently(
        self, method: str, address: str, fields: dict[str, list[str]] | None = None
    ) -> httpx.Response | None:
        """The first answer that is no failure of the site's; None once told to stop."""
        while not self.stop.is_set():
            self.tries += 1
            try:
                answer = self.client.request(method, address, data=fields)
            except httpx.TransportError:
                self.stop.wait(RETRY_SECONDS)
                continue
            self.slowest = max(self.slowest, answer.elapsed.total_seconds())
            if answer.status_code < 500:
                return answer
            self.stop.wait(RETRY_SECONDS)
        return None
