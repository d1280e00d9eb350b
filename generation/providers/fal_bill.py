"""fal's bill: one event a request, by the platform API, for keys of the scope ADMIN."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from generation.providers.base import BillLine
from generation.providers.errors import AuthenticationError, UnavailableError
from generation.providers.fal_platform import API_URL
from generation.providers.http import Secrets, api_client, ask

PAGE = 10_000
# fal answers for at most 90 days at once.
SPAN = timedelta(days=89)
MAX_PAGES = 500


class Bill:
    """Asks with a key of its own, which may see money and is used for nothing else."""

    def __init__(self, key: str, url: str = "", transport: httpx.BaseTransport | None = None) -> None:
        self._secrets = Secrets(key)
        self._client = api_client(headers={"Authorization": f"Key {key}"}, transport=transport)
        self._url = f"{(url or API_URL).rstrip('/')}/models/billing-events"

    def lines(self, since: datetime, until: datetime) -> Iterator[BillLine]:
        """Every event in the time, the end not included. Raises UnavailableError or AuthenticationError."""
        while since < until:
            end = min(since + SPAN, until)
            yield from self._span(since, end)
            since = end

    def close(self) -> None:
        self._client.close()

    def _span(self, since: datetime, until: datetime) -> Iterator[BillLine]:
        params: dict[str, str | int] = {"start": _iso(since), "end": _iso(until), "limit": PAGE}
        for _ in range(MAX_PAGES):
            page = self._page(params)
            yield from (_line(event) for event in page["billing_events"])
            cursor = page.get("next_cursor")
            if not page.get("has_more") or not cursor:
                return
            if params.get("cursor") == str(cursor):
                raise UnavailableError("fal's bill repeats one page for ever.")
            params["cursor"] = str(cursor)
        raise UnavailableError("fal's bill is too long to read at once. Ask for fewer days.")

    def _page(self, params: Mapping[str, str | int]) -> Mapping[str, Any]:
        response = ask(self._client, "GET", self._url, secrets=self._secrets, params=params)
        if response.status_code in (401, 403):
            raise AuthenticationError(
                f"fal does not tell its bill to this key ({response.status_code}). Make a key of the scope ADMIN at "
                "fal.ai/dashboard/keys and set FAL_ADMIN_KEY to it, or export the bill and pass it with --file."
            )
        if response.status_code != 200:
            raise UnavailableError(f"fal's platform answered {response.status_code} instead of its bill.")
        try:
            # Money never passes through a float.
            body = json.loads(response.text, parse_float=Decimal)
        except ValueError as error:
            raise UnavailableError("fal's platform answered something that is no JSON.") from error
        events = body.get("billing_events") if isinstance(body, Mapping) else None
        if not isinstance(events, list):
            raise UnavailableError("fal's platform answered something that is no bill.")
        return {**body, "billing_events": events}


def _line(event: Any) -> BillLine:
    """A line that cannot be read stops everything: a bill that lacks lines would look like a smaller one."""
    if not isinstance(event, Mapping) or not isinstance(event.get("request_id"), str):
        raise UnavailableError("fal's bill has a line without a request id.")
    name = event["request_id"]
    try:
        at = datetime.fromisoformat(str(event.get("timestamp")))
    except ValueError as error:
        raise UnavailableError(f"fal's bill says no readable time for {name}.") from error
    return BillLine(
        request_id=name,
        endpoint=str(event.get("endpoint_id") or ""),
        amount=_amount(event),
        units=_number(event.get("output_units")),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        raw=dict(event),
    )


def _amount(event: Mapping[str, Any]) -> Decimal:
    """The charge after discounts, in US dollars. The billionths are the same charge, and exact."""
    nanos = _number(event.get("cost_estimate_nano_usd"))
    if nanos is not None:
        return nanos / 1_000_000_000
    total = _number(event.get("cost_total"))
    if total is None:
        raise UnavailableError(f"fal's bill says no amount for {event['request_id']}.")
    return total


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    return Decimal(value)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
