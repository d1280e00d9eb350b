"""The one maker of HTTP clients: time limits on every call, no redirects where a key is sent, no key in any text.

An order goes through `OneShotTransport`, which sends it at most once and says which of three things happened. Questions
go through `ask`, which may be repeated. Files of a result come through `generation.providers.downloads`.
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from generation.providers.errors import NotSentError, RateLimitedError, UnavailableError, UncertainError

# Seconds. Small pools on purpose: httpx looks at every connection of a pool for each request.
TIMEOUT = httpx.Timeout(30, connect=10, pool=15)
LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=20)
# An order on a kept connection that the provider is just closing would count as lost. A new one each time does not.
ORDER_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=0)

LONGEST_TEXT = 2000
HIDDEN = "[hidden]"
_SECRET_NAMES = re.compile(
    r"authorization|api[-_]?key|secret|password|signature|^(access_|cdn_)?token$", re.IGNORECASE
)
_SURELY_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Secrets:
    """Texts that must never be seen: API keys and their parts."""

    def __init__(self, *values: str) -> None:
        parts = {part for value in values for part in (value, *value.split(":")) if len(part) >= 6}
        # The longest first, or a part would leave the rest of the whole behind.
        self._values = sorted(parts, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"<{len(self._values)} secrets>"

    def hide(self, text: object) -> str:
        """The text without the secrets."""
        shown = str(text)
        for value in self._values:
            shown = shown.replace(value, HIDDEN)
        return shown

    def redact(self, value: Any) -> Any:
        """A copy of a JSON value, fit to be kept: no secrets, no endless texts (pictures in data addresses)."""
        if isinstance(value, Mapping):
            return {
                str(name): HIDDEN if _SECRET_NAMES.search(str(name)) else self.redact(each)
                for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.redact(each) for each in value]
        if isinstance(value, str):
            shown = self.hide(value)
            return (
                shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}… ({len(shown)} characters)"
            )
        return value


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: making it reads every root certificate."""
    return httpx.create_ssl_context()


def network(limits: httpx.Limits = LIMITS) -> httpx.HTTPTransport:
    """The network itself, past any proxy of the environment."""
    return httpx.HTTPTransport(limits=limits, verify=_tls())


def api_client(
    *,
    headers: Mapping[str, str],
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    one_shot: bool = False,
    timeout: httpx.Timeout = TIMEOUT,
) -> httpx.Client:
    """A client for a provider's API; make it once and keep it. `headers` carry the key.

    `one_shot`: for orders; its POSTs raise NotSentError, RateLimitedError or UncertainError. `transport` stands in the
    place of the network's own.
    """
    inner = transport or network(ORDER_LIMITS if one_shot else LIMITS)
    return httpx.Client(
        base_url=base_url,
        headers=dict(headers),
        transport=OneShotTransport(inner) if one_shot else inner,
        timeout=timeout,
        follow_redirects=False,
    )


class OneShotTransport(httpx.BaseTransport):
    """Sends a POST once and never again, whatever the client above it would like to repeat.

    Our errors are none of httpx's, so a client that repeats on httpx's errors lets them through at once.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return self.inner.handle_request(request)
        host = request.url.host
        try:
            response = self.inner.handle_request(request)
            if response.status_code < 300 or response.status_code >= 400:
                # Read here: an answer that breaks off in the middle is a lost answer too.
                response.read()
        except _SURELY_NOT_SENT as error:
            raise NotSentError(f"{host} could not be reached: {_words(error)}.") from error
        except httpx.RequestError as error:
            # Also an answer that cannot be unpacked: it is an answer, so the order arrived.
            raise UncertainError(f"The answer of {host} to the order was lost: {_words(error)}.") from error
        _judge_order(response, host)
        return response

    def close(self) -> None:
        self.inner.close()


def _judge_order(response: httpx.Response, host: str) -> None:
    status = response.status_code
    if status == 429:
        raise RateLimitedError(
            f"{host} takes no more orders just now (429).", retry_after=retry_after(response)
        )
    if status in (408, 409) or status >= 500 or 300 <= status < 400:
        response.close()
        raise UncertainError(
            f"{host} answered {status} to the order, which leaves open whether it was taken."
        )


def ask(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    secrets: Secrets,
    server_errors: bool = False,
    **options: Any,
) -> httpx.Response:
    """Send something that may be repeated. Answers of 2xx and 4xx are the caller's to judge.

    Raises UnavailableError for no answer, a redirect, 408, 425, 429 and all of 5xx; with `server_errors` those of 5xx
    are the caller's too.
    """
    try:
        response = client.request(method, url, **options)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(secrets.hide(f"No answer from {_host(url)}: {_words(error)}.")) from error
    if not (server_errors and response.status_code >= 500):
        judge_answer(response, secrets)
    return response


def judge_answer(response: httpx.Response, secrets: Secrets) -> None:
    """Raise UnavailableError when the answer says no more than "not now"."""
    status = response.status_code
    if status in (408, 425, 429) or status >= 500 or 300 <= status < 400:
        raise UnavailableError(
            secrets.hide(f"{response.url.host} answered {status}: {words_of(response)}"),
            retry_after=retry_after(response),
        )


def json_of(response: httpx.Response) -> Any:
    """The answer's JSON, or None when it is none."""
    try:
        return response.json()
    except ValueError:
        return None


def words_of(response: httpx.Response) -> str:
    """The beginning of an answer as text, for messages."""
    return response.text.strip()[:300] or response.reason_phrase or "no text"


def retry_after(response: httpx.Response) -> float | None:
    """How many seconds the answer asks to wait (0–3600), or None when it does not say."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), 3600.0) if seconds == seconds else None


def hosts_of(entries: Iterable[str]) -> tuple[str, ...]:
    """Entries of a host list from the settings, tidied."""
    return tuple(entry.strip().lower().rstrip("/") for entry in entries if entry.strip())


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip().rstrip(".")


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or "the provider"
