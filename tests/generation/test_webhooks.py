"""Calls from providers: only fal's own fresh word about its own job moves a row, and it moves it once."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from generation import callbacks, orders, providers, tasks
from generation.models import Event, Generation, Status
from generation.orders import Order
from tests.factories import make_project
from tests.fakes.fal import FakeFal, FakeJob
from tests.fakes.sockets import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeFal]:
    """The studio with fal on loopback and a public address."""
    with FakeFal() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        settings.USE_MOCK_DATA, settings.PUBLIC_URL = False, "https://studio.example"
        providers.forget()
        yield server
        providers.provider_named("fal").close()
        providers.forget()


def placed() -> Generation:
    return orders.place(Order(account=make_project().account, model="flux-dev", values={"prompt": "Rain."}))


def sent() -> Generation:
    generation = placed()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    return generation


def call(generation: Generation, body: bytes, headers: dict[str, str], *, token: str = "") -> int:
    path = callbacks.address_of(generation).removeprefix("https://studio.example")
    if token:
        path = path.replace(callbacks.token_of(generation.key), token)
    return (
        Client(enforce_csrf_checks=True)
        .post(path, data=body, content_type="application/json", headers=headers)
        .status_code
    )


def delivered(fake: FakeFal, job: FakeJob, generation: Generation) -> int:
    body = fake.notice(job)
    return call(generation, body, fake.signed(body, request_id=job.id))


def history(generation: Generation) -> tuple[str, int]:
    generation.refresh_from_db()
    return generation.status, Event.objects.filter(generation=generation).count()


def test_a_signed_call_makes_the_row_ready_and_tells_a_worker(
    fake: FakeFal, django_capture_on_commit_callbacks: Any
) -> None:
    generation = sent()
    fake.finish(fake.last)
    with django_capture_on_commit_callbacks() as told:
        assert delivered(fake, fake.last, generation) == 200
    assert history(generation)[0] == Status.READY
    store, call_next = told
    assert store.args == (tasks.store, generation.pk)
    assert call_next.args == ("fal",)


def test_the_answer_waits_for_nobody(fake: FakeFal) -> None:
    generation = sent()
    asked = fake.count("result") + fake.count("status")
    delivered(fake, fake.last, generation)
    assert fake.count("result") + fake.count("status") == asked


def test_a_repeated_call_changes_nothing(fake: FakeFal, django_capture_on_commit_callbacks: Any) -> None:
    generation = sent()
    delivered(fake, fake.last, generation)
    before = history(generation)
    with django_capture_on_commit_callbacks() as told:
        assert [delivered(fake, fake.last, generation) for _ in range(3)] == [200, 200, 200]
    assert history(generation) == before
    assert not told


def test_a_call_about_a_finished_take_changes_nothing(fake: FakeFal) -> None:
    generation = sent()
    fake.finish(fake.last)
    delivered(fake, fake.last, generation)
    tasks.store(generation.pk)
    before = history(generation)
    assert before[0] == Status.SUCCEEDED
    assert delivered(fake, fake.last, generation) == 200
    assert history(generation) == before


def test_a_call_finds_the_job_of_an_order_whose_answer_was_lost(fake: FakeFal) -> None:
    fake.script["submit"].append(Reply(lost=True))
    generation = sent()
    assert (generation.status, generation.external_id) == (Status.UNCERTAIN, "")
    fake.finish(fake.last)
    assert delivered(fake, fake.last, generation) == 200
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.external_id) == (Status.SUCCEEDED, fake.last.id)
    assert generation.outputs.count() == 1
    assert len(fake.jobs) == 1


def test_a_call_may_overtake_the_answer_to_the_order(fake: FakeFal) -> None:
    generation = placed()
    Generation.objects.filter(pk=generation.pk).update(status=Status.SUBMITTING)
    body = b'{"request_id": "early-bird", "status": "OK", "payload": {}}'
    assert call(generation, body, fake.signed(body, request_id="early-bird")) == 200
    generation.refresh_from_db()
    assert (generation.status, generation.external_id) == (Status.READY, "early-bird")


def test_a_call_for_a_job_that_is_not_over_is_put_right_by_asking(fake: FakeFal) -> None:
    generation = sent()
    assert delivered(fake, fake.last, generation) == 200
    tasks.store(generation.pk)
    assert history(generation)[0] == Status.SUBMITTED


# The clock runs on meanwhile, towards the later one.
@pytest.mark.parametrize("seconds", [-301, 330])
def test_a_stale_call_is_refused(fake: FakeFal, seconds: int) -> None:
    generation = sent()
    before = history(generation)
    body = fake.notice(fake.last)
    headers = fake.signed(body, request_id=fake.last.id, at=time.time() + seconds)
    assert call(generation, body, headers) == 403
    assert history(generation) == before


def test_forged_and_unsigned_calls_are_refused_and_cost_us_few_questions(fake: FakeFal) -> None:
    generation = sent()
    before = history(generation)
    body = fake.notice(fake.last)
    ours, fake.signing_key = fake.signing_key, Ed25519PrivateKey.generate()
    forged = fake.signed(body, request_id=fake.last.id)
    fake.signing_key = ours
    assert call(generation, body, {}) == 403
    for _ in range(5):
        assert call(generation, body, forged) == 403
    changed = body.replace(b"OK", b"KO")
    assert call(generation, changed, fake.signed(body, request_id=fake.last.id)) == 403
    assert history(generation) == before
    assert fake.count("jwks") == 1


def test_new_keys_of_fal_are_fetched_when_the_old_ones_do_not_fit(fake: FakeFal) -> None:
    generation = sent()
    with time_machine.travel(time.time(), tick=False) as clock:
        delivered(fake, fake.last, generation)
        fake.signing_key = Ed25519PrivateKey.generate()
        clock.shift(61)
        assert delivered(fake, fake.last, generation) == 200
        assert fake.count("jwks") == 2
        clock.shift(24 * 3600)
        assert delivered(fake, fake.last, generation) == 200
        assert fake.count("jwks") == 3


def test_without_fals_keys_the_call_is_to_come_again(fake: FakeFal) -> None:
    generation = sent()
    before = history(generation)
    fake.always["jwks"] = Reply(503, b"")
    assert delivered(fake, fake.last, generation) == 503
    assert history(generation) == before


@pytest.mark.parametrize("token", ["x", "0" * 64])
def test_a_wrong_token_finds_nothing(fake: FakeFal, token: str) -> None:
    generation = sent()
    body = fake.notice(fake.last)
    assert call(generation, body, fake.signed(body, request_id=fake.last.id), token=token) == 404
    assert history(generation)[0] == Status.SUBMITTED


def test_an_unknown_generation_or_provider_is_not_there(fake: FakeFal) -> None:
    key = uuid.uuid4()
    generation = sent()
    own = f"{generation.key}/{callbacks.token_of(generation.key)}"
    for path in (f"fal/{key}/{callbacks.token_of(key)}/", f"mock/{own}/", f"nobody/{own}/"):
        answer = Client().post(f"/webhooks/{path}", data=b"{}", content_type="application/json")
        assert (answer.status_code, answer.content) == (404, b"")


def test_another_jobs_call_at_this_address_is_not_believed(fake: FakeFal) -> None:
    first, second = sent(), sent()
    theirs = fake.jobs[second.external_id]
    assert delivered(fake, theirs, first) == 404
    Generation.objects.filter(pk=first.pk).update(status=Status.UNCERTAIN, external_id="")
    assert delivered(fake, theirs, first) == 404
    assert history(first)[0] == Status.UNCERTAIN


def test_only_small_calls_with_a_job_in_them(fake: FakeFal) -> None:
    generation = sent()
    large = json.dumps({"request_id": fake.last.id, "payload": "x" * 1024**2}).encode()
    assert call(generation, large, fake.signed(large, request_id=fake.last.id)) == 413
    for body in (b"", b"nonsense", b"[]", b'{"request_id": 7}', b'{"request_id": ""}', b"\xff\xfe"):
        assert call(generation, body, fake.signed(body, request_id=fake.last.id)) == 400
    assert history(generation)[0] == Status.SUBMITTED


def test_only_post(fake: FakeFal) -> None:
    path = callbacks.address_of(sent()).removeprefix("https://studio.example")
    assert Client().get(path).status_code == 405


def test_there_is_no_address_without_a_public_one(fake: FakeFal, settings: Any) -> None:
    generation = sent()
    settings.PUBLIC_URL = ""
    assert callbacks.address_of(generation) == ""


def test_a_token_made_with_the_former_secret_still_counts(fake: FakeFal, settings: Any) -> None:
    generation = sent()
    old = callbacks.token_of(generation.key)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another one, long and random"
    assert callbacks.token_of(generation.key) != old
    assert callbacks.is_token(generation.key, old)
    settings.SECRET_KEY_FALLBACKS = []
    assert not callbacks.is_token(generation.key, old)
