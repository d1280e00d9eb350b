"""fal's platform API: what a unit costs, and the history of requests, in which a lost order can be found again."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from generation.providers.base import LostOrder
from generation.providers.errors import AuthenticationError, UnavailableError, UnsupportedError
from generation.providers.http import Secrets, ask

logger = logging.getLogger(__name__)

API_URL = "https://api.fal.ai/v1"
PRICE_SECONDS = 3600.0
# fal's clock and ours may differ.
SLACK = timedelta(minutes=2)
PAGE = 100
MAX_PAGES = 5


class Platform:
    """Questions to the platform API, with the same key as the queue."""

    def __init__(self, client: httpx.Client, secrets: Secrets, url: str = "") -> None:
        self._client = client
        self._secrets = secrets
        self._url = (url or API_URL).rstrip("/")
        self._prices: dict[str, tuple[float, Decimal | None]] = {}
        self._lock = threading.Lock()

    def cost(self, endpoint: str, units: Decimal | None) -> Decimal | None:
        """What so many units cost in US dollars; None when the price of a unit cannot be had."""
        if units is None:
            return None
        if units == 0:
            return Decimal(0)
        price = self._unit_price(endpoint)
        return None if price is None else price * units

    def balance(self) -> Decimal:
        """US dollars left. Raises UnsupportedError for a key that may not read it, which an ordinary key may not be."""
        response = self._answer("/account/billing", {"expand": "credits"})
        if response.status_code == 401:
            raise AuthenticationError("fal does not accept the key.")
        if response.status_code == 403:
            raise UnsupportedError("fal tells the balance only to a key with admin scope.")
        credits = _body(response).get("credits")
        found = credits.get("current_balance") if isinstance(credits, Mapping) else None
        if not isinstance(found, int | Decimal) or isinstance(found, bool):
            raise UnavailableError("fal's answer about the balance cannot be read.")
        return Decimal(found)

    def find(self, lost: LostOrder) -> str | None:
        """The id of the one request that can only be this order, or None.

        Two that fit are as good as none: a wrong guess would give one order another's picture.
        """
        fits = {
            str(item["request_id"])
            for item in self._history(lost)
            if item.get("request_id")
            and item["request_id"] not in lost.known
            and _is_same(item.get("json_input"), lost)
        }
        if len(fits) > 1:
            logger.warning(
                "%s requests at fal could be the lost order %s; a person decides.", len(fits), lost.reference
            )
        return fits.pop() if len(fits) == 1 else None

    def _history(self, lost: LostOrder) -> list[Mapping[str, Any]]:
        """The requests to this endpoint since shortly before the order. Raises UnavailableError."""
        params: dict[str, str | int] = {
            "endpoint_id": lost.endpoint,
            "start": (lost.ordered_at - SLACK).isoformat(),
            "limit": PAGE,
            "expand": "payloads",
        }
        items: list[Mapping[str, Any]] = []
        for _ in range(MAX_PAGES):
            page = self._get("/models/requests/by-endpoint", params)
            items += [item for item in page.get("items") or [] if isinstance(item, Mapping)]
            if not page.get("has_more") or not page.get("next_cursor"):
                return items
            params["cursor"] = str(page["next_cursor"])
        # Without the rest nobody can say that only one fits.
        raise UnavailableError(f"fal's history of {lost.endpoint} is too long to look through.")

    def _unit_price(self, endpoint: str) -> Decimal | None:
        with self._lock:
            asked_at, price = self._prices.get(endpoint, (0.0, None))
            if asked_at and time.monotonic() - asked_at < PRICE_SECONDS:
                return price
        try:
            price = _price_in(self._get("/models/pricing", {"endpoint_id": endpoint}), endpoint)
        except UnavailableError as error:
            logger.warning(
                "The price of a unit of %s cannot be had, so the estimate counts: %s", endpoint, error
            )
            price = None
        with self._lock:
            self._prices[endpoint] = (time.monotonic(), price)
        return price

    def _get(self, path: str, params: Mapping[str, str | int]) -> Mapping[str, Any]:
        return _body(self._answer(path, params))

    def _answer(self, path: str, params: Mapping[str, str | int]) -> httpx.Response:
        return ask(self._client, "GET", f"{self._url}{path}", secrets=self._secrets, params=params)


def _body(response: httpx.Response) -> Mapping[str, Any]:
    if response.status_code != 200:
        raise UnavailableError(f"fal's platform answered {response.status_code}.")
    try:
        # Prices are money: they never pass through a float.
        body = json.loads(response.text, parse_float=Decimal)
    except ValueError as error:
        raise UnavailableError("fal's platform answered something that is no JSON.") from error
    return body if isinstance(body, Mapping) else {}


def _price_in(body: Mapping[str, Any], endpoint: str) -> Decimal | None:
    for entry in body.get("prices") or []:
        if (
            isinstance(entry, Mapping)
            and entry.get("endpoint_id") == endpoint
            and entry.get("currency") == "USD"
        ):
            amount = entry.get("unit_price")
            return Decimal(amount) if isinstance(amount, Decimal | int) and amount >= 0 else None
    return None


def _is_same(sent: Any, lost: LostOrder) -> bool:
    """Whether a request's input is this order's. Files are left out: their address is made when they are sent."""
    if not isinstance(sent, Mapping):
        return False
    ours = {name: value for name, value in lost.arguments.items() if not _is_file(value)}
    theirs = {name: value for name, value in sent.items() if name in ours}
    return bool(ours) and _plain(theirs) == _plain(ours)


def _is_file(value: Any) -> bool:
    return any(
        isinstance(each, str) and each.startswith("file:")
        for each in (value if isinstance(value, list) else [value])
    )


def _plain(value: Any) -> Any:
    """JSON in one spelling, so that 3.5 and Decimal("3.50") are the same."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)).normalize()
    return value
