"""Files of a result, fetched from where a provider put them: only from hosts that it may use, only over https, and
never from an address inside our own network.

Every hop, redirects included, is checked in the transport: name, scheme, and each address the name stands for. The
connection then goes to the very address that was checked. How many bytes are taken is the storage's to say.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import httpx

from generation.providers.errors import RefusedError, UnavailableError
from generation.providers.http import hosts_of, network

CHUNK_BYTES = 256 * 1024
TIMEOUT = httpx.Timeout(30, connect=10, pool=30)
# No kept connections: one that was made for a name must not serve another name at the same address.
LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=0)
MAX_REDIRECTS = 3
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolver = Callable[[str, int], list[str]]


class AddressRefusedError(RefusedError):
    """The file lies where it must not be fetched from."""

    code = "address_refused"
    advice = "Ask whoever runs the studio to look at the address; a new host of the provider is added in the settings."


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Downloader:
    """Opens files at a provider's hosts.

    `allowed` names hosts (`v3.fal.media`, or `*.fal.media` for all below). An entry with a scheme
    (`http://127.0.0.1:8901`) is an origin that whoever runs the studio vouches for: it is taken as it is.
    `longest` is the number of seconds that one file may take.
    """

    def __init__(
        self,
        allowed: Collection[str],
        *,
        resolver: Resolver = resolve,
        transport: httpx.BaseTransport | None = None,
        longest: float = 1800,
    ) -> None:
        inner = transport or network(LIMITS)
        self.longest = longest
        self._client = httpx.Client(
            transport=_GuardedTransport(inner, hosts_of(allowed), resolver),
            timeout=TIMEOUT,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            headers={"Accept-Encoding": "identity"},
        )

    @contextmanager
    def open(self, url: str) -> Iterator[Iterator[bytes]]:
        """A file as a stream of chunks.

        Raises AddressRefusedError, or UnavailableError when it does not come, or comes by half (a link that ran out
        is among these: ask for the result again, it names a new one).
        """
        try:
            with self._client.stream("GET", url) as response:
                if response.status_code != 200:
                    raise UnavailableError(
                        f"{response.url.host} answered {response.status_code} instead of the file."
                    )
                yield self._chunks(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(
                f"The file did not come: {type(error).__name__} {error}".rstrip()
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        ends_at = time.monotonic() + self.longest
        try:
            for chunk in response.iter_bytes(CHUNK_BYTES):
                if time.monotonic() > ends_at:
                    raise UnavailableError(f"The file took longer than {self.longest:g} seconds.")
                yield chunk
        except httpx.HTTPError as error:
            raise UnavailableError(f"The file broke off: {type(error).__name__} {error}".rstrip()) from error


class _GuardedTransport(httpx.BaseTransport):
    """Checks where a request goes, and connects to the address that was checked."""

    def __init__(self, inner: httpx.BaseTransport, allowed: tuple[str, ...], resolver: Resolver) -> None:
        self.inner = inner
        self.origins = {entry for entry in allowed if "://" in entry}
        self.hosts = {entry for entry in allowed if "://" not in entry}
        self.resolver = resolver

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if f"{url.scheme}://{url.netloc.decode('ascii')}" in self.origins:
            return self.inner.handle_request(request)
        self._check_name(url)
        failure: httpx.TransportError | None = None
        for address in self._checked_addresses(url):
            try:
                return self.inner.handle_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError(f"{url.host} has no address.")

    def close(self) -> None:
        self.inner.close()

    def _check_name(self, url: httpx.URL) -> None:
        if url.scheme != "https" or url.port not in (None, 443) or url.userinfo:
            raise AddressRefusedError(
                f"Files are fetched over plain https only, not from {url.scheme}://{url.host}."
            )
        host = url.host.lower().rstrip(".")
        if not any(_matches(host, pattern) for pattern in self.hosts):
            raise AddressRefusedError(f"{host} is not among the hosts that this provider may deliver from.")

    def _checked_addresses(self, url: httpx.URL) -> list[str]:
        try:
            addresses = self.resolver(url.host, url.port or 443)
        except OSError as error:
            raise httpx.ConnectError(f"{url.host} is not known to the name service: {error}") from error
        for address in addresses:
            if not is_public(address):
                raise AddressRefusedError(f"{url.host} stands for {address}, which is not a public address.")
        return addresses


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public network: not private, loopback, link-local, shared or multicast."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        embedded = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            embedded = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to an address instead of a name; certificate and Host header keep the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
