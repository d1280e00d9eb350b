"""Where files may be fetched from: named hosts, plain https, public addresses; and that the checked one is used."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from generation.providers.downloads import AddressRefusedError, Downloader, is_public
from generation.providers.errors import UnavailableError
from tests.fakes.certificates import certified
from tests.fakes.fal import FakeFal
from tests.fakes.sockets import Reply

PUBLIC = "151.101.1.1"
FILE = "https://v3.fal.media/files/clip.mp4"


class Network:
    """What would go out to the network, and a script of answers; no name service but `addresses`."""

    def __init__(self, *answers: httpx.Response | Exception, addresses: tuple[str, ...] = (PUBLIC,)) -> None:
        self.sent: list[httpx.Request] = []
        self.asked: list[str] = []
        self.answers = list(answers)
        self.addresses = list(addresses)
        self.downloader = Downloader(
            ["*.fal.media"], resolver=self._resolve, transport=httpx.MockTransport(self._answer)
        )

    def get(self, url: str = FILE) -> bytes:
        with self.downloader.open(url) as chunks:
            return b"".join(chunks)

    def _resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return list(self.addresses)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, content=b"film")
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    network = Network()
    assert network.get() == b"film"
    (request,) = network.sent
    assert (request.url.scheme, request.url.host, request.url.path) == ("https", PUBLIC, "/files/clip.mp4")
    assert request.headers["host"] == "v3.fal.media"
    assert request.extensions["sni_hostname"] == "v3.fal.media"
    assert "authorization" not in request.headers
    assert network.asked == ["v3.fal.media"]


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    network = Network(httpx.ConnectError("no route"), addresses=("2a04:4e42::1", PUBLIC))
    assert network.get() == b"film"
    assert [request.url.host for request in network.sent] == ["2a04:4e42::1", PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "http://v3.fal.media/a.png",
        "https://v3.fal.media:8443/a.png",
        "https://me:pw@v3.fal.media/a.png",
        "https://fal.media.evil.example/a.png",
        "https://evilfal.media/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://localhost/a.png",
        "ftp://v3.fal.media/a.png",
        "file:///etc/passwd",
    ],
)
def test_other_places_are_refused_before_anything_is_asked(url: str) -> None:
    network = Network()
    with pytest.raises((AddressRefusedError, UnavailableError)):
        network.get(url)
    assert not network.sent
    assert not network.asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
        "not an address",
    ],
)
def test_a_name_that_stands_for_an_inner_address_is_refused(address: str) -> None:
    assert not is_public(address)
    for addresses in ((address,), (PUBLIC, address)):
        network = Network(addresses=addresses)
        with pytest.raises(AddressRefusedError, match="not a public address"):
            network.get()
        assert not network.sent


@pytest.mark.parametrize("address", [PUBLIC, "2a04:4e42::1", "::ffff:151.101.1.1", "64:ff9b::9765:101"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_a_redirect_is_checked_like_the_first_address() -> None:
    network = Network(httpx.Response(302, headers={"Location": "https://v3b.fal.media/b.mp4"}))
    assert network.get() == b"film"
    assert network.asked == ["v3.fal.media", "v3b.fal.media"]
    for place in ("http://127.0.0.1/", "https://10.0.0.1/", "https://evil.example/", "http://v3.fal.media/"):
        network = Network(httpx.Response(302, headers={"Location": place}))
        with pytest.raises(AddressRefusedError):
            network.get()
        assert len(network.sent) == 1


def test_endless_redirects_end() -> None:
    network = Network(*[httpx.Response(302, headers={"Location": FILE}) for _ in range(9)])
    with pytest.raises(UnavailableError):
        network.get()
    assert len(network.sent) <= 4


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(204), httpx.Response(206, content=b"x"), httpx.Response(404), httpx.ReadError("cut")],
)
def test_anything_but_the_whole_file_is_to_be_asked_for_again(answer: httpx.Response | Exception) -> None:
    with pytest.raises(UnavailableError):
        Network(answer).get()


def test_a_file_that_takes_too_long_ends() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 300_000

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=endless()))
    downloader = Downloader(
        ["*.fal.media"], resolver=lambda host, port: [PUBLIC], transport=transport, longest=0.05
    )
    with pytest.raises(UnavailableError, match="longer than"), downloader.open(FILE) as chunks:
        for _ in chunks:
            pass


def test_an_origin_that_the_studio_vouches_for_is_taken_as_it_is_but_nothing_beside_it() -> None:
    with FakeFal() as trusted, FakeFal() as other:
        downloader = Downloader([trusted.url])
        with downloader.open(f"{trusted.url}/files/clip.mp4") as chunks:
            assert b"".join(chunks) == trusted.files["clip.mp4"]
        trusted.always["media"] = Reply(302, headers={"Location": f"{other.url}/files/clip.mp4"})
        with pytest.raises(AddressRefusedError), downloader.open(f"{trusted.url}/files/clip.mp4"):
            pass
        assert not other.requests
        downloader.close()


def test_a_name_that_nobody_knows() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("unknown name")

    downloader = Downloader(["*.fal.media"], resolver=nobody)
    with pytest.raises(UnavailableError), downloader.open(FILE):
        pass


class Detour(httpx.BaseTransport):
    """The real network, except that every address leads to one port on loopback."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self.inner = httpx.HTTPTransport(verify=trust)
        self.port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self.port)
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize(("shown", "is_taken"), [("v3.fal.media", True), ("evil.example", False)])
def test_the_certificate_must_be_for_the_name_although_the_connection_goes_to_an_address(
    tmp_path: Path, shown: str, is_taken: bool
) -> None:
    server, client = certified(shown, tmp_path)
    with FakeFal(tls=server) as fake:
        port = int(fake.url.rpartition(":")[2])
        downloader = Downloader(
            ["v3.fal.media"], resolver=lambda host, port: [PUBLIC], transport=Detour(port, client)
        )
        if is_taken:
            with downloader.open(FILE) as chunks:
                assert b"".join(chunks) == fake.files["clip.mp4"]
        else:
            with pytest.raises(UnavailableError, match="CERTIFICATE_VERIFY_FAILED"), downloader.open(FILE):
                pass
        downloader.close()
