"""Orders for fal through fal's own client, sent at most once.

As it comes, `fal_client` repeats a POST up to ten times on a lost answer, and each repeat is a new, paid job. So its
HTTP client is replaced by ours (`SyncClient._client`; a test fails if that name goes away), whose transport sends once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
from fal_client.client import (
    USER_AGENT,
    BackupDomainTransport,
    FalClientHTTPError,
    SyncClient,
    SyncRequestHandle,
)

from generation.providers.errors import UncertainError
from generation.providers.fal_wire import refusal
from generation.providers.http import ORDER_LIMITS, Secrets, api_client, network

QUEUE_URL = "https://queue.fal.run"
BACKUP_URL = "https://queue.falrun.com"
SUBMIT_SECONDS = 30.0


@dataclass(frozen=True)
class OneShotClient(SyncClient):
    """fal's client on our transport."""

    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"Authorization": self._auth.header_value, "User-Agent": USER_AGENT}
        return api_client(headers=headers, transport=self.transport, one_shot=True)


class Orders:
    """The queue's door for orders. `queue_url` is another address of the queue, or ''."""

    def __init__(self, key: str, queue_url: str = "", transport: httpx.BaseTransport | None = None) -> None:
        self._secrets = Secrets(key)
        wire = transport or network(ORDER_LIMITS)
        self._transport: httpx.BaseTransport = (
            Readdressed(wire, QUEUE_URL, queue_url)
            if queue_url
            # The spare host is tried only when the first could not be connected to at all.
            else BackupDomainTransport(transport=wire)
        )
        self._fal = OneShotClient(key=key, default_timeout=SUBMIT_SECONDS, transport=self._transport)

    def order(
        self, endpoint: str, arguments: Mapping[str, Any], *, webhook_url: str, headers: Mapping[str, str]
    ) -> SyncRequestHandle:
        """POST the order once. Raises NotSentError, RateLimitedError, UncertainError or a RefusedError."""
        try:
            return self._fal.submit(
                endpoint, dict(arguments), webhook_url=webhook_url or None, headers=dict(headers)
            )
        except FalClientHTTPError as error:
            raise refusal(error.response, self._secrets) from error
        except (KeyError, TypeError, ValueError) as error:
            raise UncertainError(
                f"fal took the order, but its answer cannot be read ({type(error).__name__})."
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class Readdressed(httpx.BaseTransport):
    """Sends what is meant for one origin to another: fal's client has the address of the queue built in."""

    def __init__(self, inner: httpx.BaseTransport, origin: str, instead: str) -> None:
        self.inner = inner
        self.origin = httpx.URL(origin)
        self.instead = httpx.URL(instead)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self.origin.host:
            request.url = request.url.copy_with(
                scheme=self.instead.scheme, host=self.instead.host, port=self.instead.port
            )
            request.headers["Host"] = self.instead.netloc.decode("ascii")
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()
