"""What fal gets from us: the arguments of every model, headers, files; and how a lost order is found again."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fal_client.client import SyncClient

from generation.catalogue import catalogue, validate, wire_arguments
from generation.providers.base import Job, LostOrder
from generation.providers.errors import AuthenticationError, RefusedError, UnavailableError, UncertainError
from generation.providers.fal import FalProvider
from generation.providers.fal_queue import OneShotClient
from generation.providers.fal_uploads import Uploads
from generation.providers.http import Secrets, api_client
from tests.fakes.fal import KEY, FakeFal
from tests.fakes.sockets import Reply

FACTS = json.loads((Path(__file__).parent.parent / "catalogue_facts.json").read_text(encoding="utf-8"))
OF_FAL = [fact for fact in FACTS if fact["provider"] == "fal"]
LISTS = {"image_urls", "input_image_urls"}


def an_order(model: str = "flux-dev", reference: str = "ref-1", webhook_url: str = "", **values: Any) -> Job:
    spec = catalogue().find(model)
    checked = validate(spec, {"prompt": "Salt on slate."} | values)
    return Job(
        reference=reference,
        model=spec.slug,
        endpoint=spec.endpoint,
        arguments=wire_arguments(spec, checked),
        values=checked,
        webhook_url=webhook_url,
    )


def furthest(fact: dict[str, Any], pick: Callable[[list[Any]], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order in the provider's words that goes to the documented ends, and what must arrive."""
    asked: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    needed = {name for name, facts in fact["parameters"].items() if facts.get("required")}
    needed |= {group[0] for group in fact["one_of"]}
    for name, facts in fact["parameters"].items():
        if name in needed:
            asked[name] = _sample(name, facts)
        elif isinstance(facts.get("words"), list) and name != "motions":
            asked[name] = pick(facts["words"])
        elif "min" in facts and "max" in facts:
            asked[name] = pick([facts["min"], facts["max"]])
        elif "default" in facts:
            expected[name] = facts["default"]
    return asked, expected | asked


def _sample(name: str, facts: dict[str, Any]) -> Any:
    if isinstance(facts.get("words"), list):
        return facts["words"][-1]
    if name in LISTS:
        return ["https://files.example/1.png", "https://files.example/2.png"]
    if name.endswith("_url"):
        return f"https://files.example/{name}"
    return {"effect_scene": "hug", "voice_id": "oversea_male1"}.get(name, "Salt on slate.")


@pytest.mark.parametrize("pick", [lambda words: words[0], lambda words: words[-1]], ids=["first", "last"])
@pytest.mark.parametrize("fact", OF_FAL, ids=lambda fact: fact["slug"])
def test_every_model_is_ordered_in_the_documented_words(
    fake: FakeFal, fal: FalProvider, fact: dict[str, Any], pick: Callable[[list[Any]], Any]
) -> None:
    asked, expected = furthest(fact, pick)
    spec = catalogue().find(fact["slug"])
    values = validate(spec, asked)
    fal.submit(Job("ref", spec.slug, spec.endpoint, wire_arguments(spec, values), values))
    assert fake.last.endpoint == fact["endpoint"]
    assert fake.last.arguments == expected
    if "duration" in expected:
        assert isinstance(fake.last.arguments["duration"], str)


def test_what_goes_along_with_an_order(fake: FakeFal, fal: FalProvider) -> None:
    fal.submit(an_order(webhook_url="https://studio.example/webhooks/fal/1/2/?a=b&c=d"))
    headers = fake.last.headers
    assert headers["authorization"] == f"Key {KEY}"
    assert headers["x-app-fal-disable-fallback"] == "true"
    assert json.loads(headers["x-fal-object-lifecycle-preference"]) == {"expiration_duration_seconds": 604800}
    assert fake.last.webhook == "https://studio.example/webhooks/fal/1/2/?a=b&c=d"


def test_without_a_public_address_no_call_is_asked_for(fake: FakeFal, fal: FalProvider) -> None:
    fal.submit(an_order())
    assert fake.last.webhook == ""


def test_fals_client_still_lets_its_network_be_replaced(fake: FakeFal) -> None:
    """A new version that does not use `_client` for its orders would repeat them behind our back."""
    assert "_client" in vars(SyncClient)
    seen: list[str] = []

    def network(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(502, text="nginx")

    client = OneShotClient(key=KEY, transport=httpx.MockTransport(network))
    with pytest.raises(UncertainError):
        client.submit("fal-ai/flux/dev", {"prompt": "Salt."})
    assert seen == ["https://queue.fal.run/fal-ai/flux/dev"]
    client._client.close()


def test_the_key_goes_to_no_address_outside_the_queue(fake: FakeFal, fal: FalProvider) -> None:
    submission = fal.submit(an_order())
    with FakeFal() as stranger:
        urls = {name: url.replace(fake.url, stranger.url) for name, url in submission.urls.items()}
        fal.poll(dataclasses.replace(submission, urls=urls))
        fal.poll(dataclasses.replace(submission, urls={}))
        assert not stranger.requests
    assert fake.count("status") == 2


def test_an_uploaded_file_arrives_whole_and_without_our_key(
    fake: FakeFal, fal: FalProvider, tmp_path: Path
) -> None:
    frame = tmp_path / "frame.png"
    frame.write_bytes(bytes(range(256)) * 4000)
    address = fal.publish(frame, "image/png")
    assert fake.files[address.removeprefix(f"{fake.url}/files/")] == frame.read_bytes()
    initiated, uploaded = fake.requests
    assert initiated.json == {"file_name": "frame.png", "content_type": "image/png"}
    assert initiated.query == {"storage_type": "fal-cdn-v3"}
    assert uploaded.headers["content-type"] == "image/png"
    assert not fake.keys_seen_by_media


def test_a_large_file_goes_in_parts(fake: FakeFal, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(range(251)) * 1000)
    with api_client(headers={"Authorization": f"Key {KEY}"}) as client:
        uploads = Uploads(
            client, fake.url, Secrets(KEY), lifecycle="{}", large_bytes=99_999, part_bytes=100_000
        )
        address = uploads.publish(clip, "video/mp4")
        uploads.close()
    assert fake.files[address.removeprefix(f"{fake.url}/files/")] == clip.read_bytes()
    assert fake.requests[0].path == "/storage/upload/initiate-multipart"
    assert [len(request.body) for request in fake.requests[1:4]] == [100_000, 100_000, 51_000]
    assert [part["etag"] for part in fake.requests[4].json["parts"]] == ["part-1", "part-2", "part-3"]
    assert not fake.keys_seen_by_media


@pytest.mark.parametrize(
    ("kind", "reply", "error"),
    [
        ("initiate", Reply(503, b""), UnavailableError),
        ("initiate", Reply(lost=True), UnavailableError),
        ("initiate", Reply(200, b"{}"), UnavailableError),
        ("initiate", Reply(403, {"detail": "No."}), AuthenticationError),
        ("initiate", Reply(413, {"detail": "Too large."}), RefusedError),
        ("initiate", Reply(200, {"upload_url": "ftp://x/y", "file_url": "https://x/y"}), RefusedError),
        ("upload", Reply(500, b""), UnavailableError),
        ("upload", Reply(400, b"expired"), UnavailableError),
    ],
)
def test_a_file_that_is_not_taken(
    fake: FakeFal, fal: FalProvider, tmp_path: Path, kind: str, reply: Reply, error: type[Exception]
) -> None:
    frame = tmp_path / "frame.png"
    frame.write_bytes(b"abc")
    fake.script[kind].append(reply)
    with pytest.raises(error):
        fal.publish(frame, "image/png")


# ---- lost orders ----
def lost(order: Job, **changes: Any) -> LostOrder:
    facts = LostOrder(order.reference, order.endpoint, order.arguments, datetime.now(UTC))
    return dataclasses.replace(facts, **changes)


def losing(fake: FakeFal, fal: FalProvider, order: Job) -> None:
    fake.script["submit"].append(Reply(lost=True))
    with pytest.raises(UncertainError):
        fal.submit(order)


def test_a_lost_order_is_found_by_what_it_asked_for(fake: FakeFal, fal: FalProvider) -> None:
    fal.submit(an_order(seed=1))
    losing(fake, fal, an_order(seed=2, guidance_scale=3.5))
    fal.submit(an_order(seed=3))
    found = fal.search(lost(an_order(seed=2, guidance_scale=3.5)))
    assert found is not None
    assert found.request_id == "job-0002"
    fake.finish(fake.jobs["job-0002"])
    assert fal.result(found).files
    assert len(fake.jobs) == 3


def test_an_order_that_never_arrived_is_not_found(fake: FakeFal, fal: FalProvider) -> None:
    fal.submit(an_order(seed=1))
    assert fal.search(lost(an_order(seed=2))) is None


def test_other_orders_jobs_are_not_taken_for_it_and_two_that_fit_are_none(
    fake: FakeFal, fal: FalProvider
) -> None:
    order = an_order("nano-banana-pro", seed=5)
    fal.submit(order)
    losing(fake, fal, order)
    assert fal.search(lost(order)) is None
    found = fal.search(lost(order, known=frozenset({"job-0001"})))
    assert found is not None
    assert found.request_id == "job-0002"


def test_files_do_not_count_because_their_address_is_made_when_they_are_sent(
    fake: FakeFal, fal: FalProvider
) -> None:
    sent = an_order("kling-o1-image-to-video", start_image="https://v3.fal.media/files/a/frame.png")
    losing(fake, fal, sent)
    frozen = dict(sent.arguments) | {"start_image_url": "file:uploads/ab/frame.png"}
    assert fal.search(lost(sent, arguments=frozen)) is not None


@pytest.mark.parametrize(
    "reply", [Reply(403, {"error": {"type": "authorization_error"}}), Reply(200, b"<html>")]
)
def test_a_history_that_cannot_be_read_says_nothing(fake: FakeFal, fal: FalProvider, reply: Reply) -> None:
    fake.always["history"] = reply
    with pytest.raises(UnavailableError):
        fal.search(lost(an_order()))


def test_a_history_in_pages_is_read_to_its_end(fake: FakeFal, fal: FalProvider) -> None:
    order = an_order(seed=9)
    item = {"request_id": "deep-down", "json_input": dict(order.arguments)}
    fake.script["history"] += [
        Reply(body={"items": [], "has_more": True, "next_cursor": "2"}),
        Reply(body={"items": [item], "has_more": False, "next_cursor": None}),
    ]
    found = fal.search(lost(order))
    assert found is not None
    assert found.request_id == "deep-down"
    assert fake.requests[-1].query["cursor"] == "2"
