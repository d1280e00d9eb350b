"""One door for orders and questions: what is sent once, what each kind of silence means, and what is never shown."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from generation.providers.errors import NotSentError, RateLimitedError, UnavailableError, UncertainError
from generation.providers.http import Secrets, api_client, ask, hosts_of, retry_after
from tests.fakes.sockets import Reply, Request, SocketServer

QUICK = httpx.Timeout(0.15)


class Desk(SocketServer):
    """Counts what it gets and answers as told."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply

    def answer(self, request: Request) -> Reply:
        return self.reply


@pytest.mark.parametrize("status", [301, 302, 307, 408, 409, 500, 502, 503, 504, 599])
def test_an_order_that_may_have_been_taken_is_uncertain(status: int) -> None:
    with Desk(Reply(status, b"nginx", {"Location": "/elsewhere"})) as desk, order_client() as client:
        with pytest.raises(UncertainError):
            client.post(desk.url, json={})
        assert len(desk.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 422])
def test_an_order_that_was_judged_is_the_adapters(status: int) -> None:
    with Desk(Reply(status, {"id": 1})) as desk, order_client() as client:
        answer = client.post(desk.url, json={})
        assert (answer.status_code, answer.json()) == (status, {"id": 1})


@pytest.mark.parametrize("reply", [Reply(lost=True), Reply(delay=0.5), Reply(body=b"{" * 99, half=True)])
def test_an_order_whose_answer_is_lost_late_or_broken_off_is_uncertain(reply: Reply) -> None:
    with Desk(reply) as desk, order_client(timeout=QUICK) as client:
        with pytest.raises(UncertainError):
            client.post(desk.url, json={})
        assert len(desk.requests) == 1


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol],
)
def test_an_order_that_never_left_may_be_sent_again(error: type[Exception]) -> None:
    with order_client(transport=raising(error)) as client, pytest.raises(NotSentError):
        client.post("https://queue.example", json={})


@pytest.mark.parametrize(
    "error", [httpx.ReadError, httpx.WriteError, httpx.ReadTimeout, httpx.WriteTimeout, httpx.DecodingError]
)
def test_an_order_that_may_have_left_may_not(error: type[Exception]) -> None:
    with order_client(transport=raising(error)) as client, pytest.raises(UncertainError):
        client.post("https://queue.example", json={})


def test_too_many_orders_wait_as_long_as_asked() -> None:
    with Desk(Reply(429, b"", {"Retry-After": "12"})) as desk, order_client() as client:
        with pytest.raises(RateLimitedError) as caught:
            client.post(desk.url, json={})
        assert caught.value.retry_after == 12


@pytest.mark.parametrize(
    "reply", [*(Reply(s) for s in (302, 408, 425, 429, 500, 503)), Reply(lost=True), Reply(delay=0.5)]
)
def test_a_question_without_an_answer(reply: Reply) -> None:
    with Desk(reply) as desk, api_client(headers={}, timeout=QUICK) as client:
        with pytest.raises(UnavailableError):
            ask(client, "GET", desk.url, secrets=Secrets())
        assert len(desk.requests) == 1


def test_a_question_to_no_address() -> None:
    with api_client(headers={}) as client:
        for url in ("http://127.0.0.1:9", "", "https://", "http://[::1", "nonsense"):
            with pytest.raises(UnavailableError):
                ask(client, "GET", url, secrets=Secrets())


def test_a_redirect_does_not_take_the_key_along() -> None:
    with Desk(Reply()) as other, Desk(Reply(302, headers={"Location": other.url})) as desk:
        with api_client(headers={"Authorization": "Key abc"}) as client, pytest.raises(UnavailableError):
            ask(client, "GET", desk.url, secrets=Secrets("abc"))
        assert not other.requests


def test_secrets_are_hidden_wherever_they_stand() -> None:
    secrets = Secrets("id-12345:secret-67890")
    shown = secrets.hide("Key id-12345:secret-67890, then secret-67890 and id-12345.")
    assert shown == "Key [hidden], then [hidden] and [hidden]."
    kept = secrets.redact(
        {
            "Authorization": "anything",
            "nested": [{"api_key": "x", "token": "y", "note": "has secret-67890", "n": 3, "tokens": 5}],
            "picture": "data:image/png;base64," + "A" * 9000,
            "none": None,
        }
    )
    assert kept["Authorization"] == "[hidden]"
    assert kept["nested"] == [
        {"api_key": "[hidden]", "token": "[hidden]", "note": "has [hidden]", "n": 3, "tokens": 5}
    ]
    assert len(kept["picture"]) < 2100
    assert kept["none"] is None
    assert "67890" not in repr(secrets)
    json.dumps(kept)


def test_an_empty_key_hides_nothing_by_mistake() -> None:
    assert Secrets("").hide("all of this") == "all of this"
    assert Secrets("a:b").hide("a b c") == "a b c"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("-3", 0),
        ("999999", 3600),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", 3600),
    ],
)
def test_how_long_to_wait(header: str, seconds: float | None) -> None:
    assert retry_after(httpx.Response(429, headers={"Retry-After": header})) == seconds


def test_how_long_to_wait_until_a_date() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    waited = retry_after(httpx.Response(429, headers={"Retry-After": header}))
    assert waited is not None
    assert 55 < waited <= 60


def test_host_lists_are_tidied() -> None:
    assert hosts_of([" V3.fal.media ", "", "http://127.0.0.1:8901/"]) == (
        "v3.fal.media",
        "http://127.0.0.1:8901",
    )


def order_client(**options: Any) -> httpx.Client:
    return api_client(headers={}, one_shot=True, **options)


def raising(error: Callable[[str], Exception]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("on purpose")

    return httpx.MockTransport(answer)


def test_a_slow_answer_is_given_up_in_time() -> None:
    began = time.monotonic()
    with Desk(Reply(delay=1)) as desk, api_client(headers={}, timeout=QUICK) as client:
        with pytest.raises(UnavailableError):
            ask(client, "GET", desk.url, secrets=Secrets())
        assert time.monotonic() - began < 0.8
