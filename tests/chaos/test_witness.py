"""The judge of the storm can say no: it condemns the naive way, and each single crime."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property

import fal_client
import httpx
import pytest

from generation.providers.fal_queue import QUEUE_URL, Readdressed
from tests.chaos.provider import CALM, Luck, StormyFal
from tests.chaos.servers import wait_until
from tests.chaos.witness import Order, check
from tests.fakes.fal import KEY

pytestmark = pytest.mark.database_free

UNLUCKY = replace(CALM, answer_lost=0.3)


class StockClient(fal_client.SyncClient):
    """fal's client as it comes, except that its built-in address leads to the fake."""

    address = ""

    @cached_property
    def _client(self) -> httpx.Client:
        network = Readdressed(httpx.HTTPTransport(), QUEUE_URL, self.address)
        return httpx.Client(transport=network, headers={"Authorization": self._auth.header_value}, timeout=10)


def naively(fal: StormyFal, orders: list[str]) -> list[Order]:
    """Each message is carried out by whoever gets it, with the stock client; every third message comes twice."""
    client = type("Client", (StockClient,), {"address": fal.url})(key=KEY)
    network = client._client  # made once, before the threads would each make one

    def deliver(order: str) -> Order:
        try:
            job = client.submit("fal-ai/flux/dev", {"prompt": order}).request_id
        except (httpx.HTTPError, fal_client.client.FalClientError):
            return Order(order, "failed", "", ("hold", "release"))
        return Order(order, "succeeded", job, ("hold", "charge"), {"file": fal.hashes[job]})

    with ThreadPoolExecutor(len(orders)) as workers:
        list(workers.map(deliver, orders[::3]))
        last = list(workers.map(deliver, orders))
    network.close()
    return last


def test_the_stock_client_without_a_claim_is_condemned() -> None:
    orders = [f"Order {number}" for number in range(24)]
    with StormyFal(1, UNLUCKY, calls=False) as fal:
        findings = check(fal, naively(fal, orders), lambda key: None)
    assert sum("was paid for" in text for text in findings) >= 8, "every third message came twice"
    assert any("nobody here knows it" in text for text in findings)


@pytest.fixture
def fal() -> Iterator[StormyFal]:
    quick = Luck(0, 0, 0, 0, 0, 0, 0, shortest=0, longest=0)
    with StormyFal(1, quick, calls=False) as made:
        headers = {"Authorization": f"Key {KEY}"}
        httpx.post(f"{made.url}/fal-ai/flux/dev", json={"prompt": "one"}, headers=headers).raise_for_status()
        wait_until(lambda: made.last.status == "COMPLETED", 10, "the job is over")
        yield made


def good(fal: StormyFal) -> Order:
    return Order("one", "succeeded", fal.last.id, ("hold", "charge"), {"file": fal.hashes[fal.last.id]})


def read(fal: StormyFal) -> bytes:
    return fal.files[f"{fal.last.id}.png"]


def test_a_good_order_is_acquitted(fal: StormyFal) -> None:
    assert check(fal, [good(fal)], lambda key: read(fal)) == []


@pytest.mark.parametrize(
    ("crime", "words"),
    [
        ({"external_id": ""}, "nobody here knows it"),
        ({"status": "submitted", "entries": ("hold",)}, "still submitted"),
        ({"status": "uncertain", "entries": ("hold",)}, "is uncertain, and the provider has it"),
        ({"status": "uncertain", "entries": ("hold", "release")}, "lines in the ledger"),
        ({"entries": ("hold",)}, "lines in the ledger"),
        ({"entries": ("hold", "charge", "charge")}, "lines in the ledger"),
        ({"status": "failed", "entries": ("hold", "release")}, "ended well there and is failed here"),
        ({"status": "failed"}, "was charged"),
        ({"files": {"file": hashlib.sha256(b"other").hexdigest()}}, "checksums"),
        ({"files": {}}, "checksums"),
    ],
)
def test_each_crime_is_found(fal: StormyFal, crime: dict[str, object], words: str) -> None:
    order = replace(good(fal), **crime)
    assert any(words in text for text in check(fal, [order], lambda key: read(fal)))


@pytest.mark.parametrize(("content", "words"), [(None, "missing"), (b"other", "another")])
def test_a_file_that_is_not_as_delivered_is_found(fal: StormyFal, content: bytes | None, words: str) -> None:
    assert any(words in text for text in check(fal, [good(fal)], lambda key: content))
