"""One generation through web, worker, watcher and webhook: its key in each line, and no secret in any."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from structlog.contextvars import bind_contextvars, get_contextvars

from generation import callbacks, lifecycle, log_context, orders, providers, tasks
from generation.models import Generation, Status
from generation.orders import Order
from generation.watcher import Watcher
from studio.logs.lines import formatter
from tests.factories import make_generation, make_project, make_user
from tests.fakes.fal import ADMIN_KEY, KEY, FakeFal
from tests.fakes.sockets import Reply

NOISY = ("httpx", "httpcore", "django", "django.request", "celery", "kombu", "generation.story", "fal_client")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line that anybody logs, at the finest level, as it would be written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter("json"))
    loggers = [logging.getLogger(), *map(logging.getLogger, NOISY)]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield written
    loggers[0].removeHandler(handler)
    for logger, level in before:
        logger.setLevel(level)


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeFal]:
    with FakeFal() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        settings.USE_MOCK_DATA, settings.PUBLIC_URL = False, "https://studio.example"
        providers.forget()
        yield server
        providers.provider_named("fal").close()
        providers.forget()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def looked_at() -> None:
    Generation.objects.filter(status=Status.SUBMITTED).update(poll_at=timezone.now() - timedelta(seconds=1))
    watcher = Watcher(tell=lambda task, pk: task(pk), beats=False)
    watcher.tick()
    watcher.close()


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_carries_the_key_and_no_secret(
    fake: FakeFal, log: io.StringIO, client: Client, settings: Any
) -> None:
    said = f"Key {KEY} and {ADMIN_KEY} are not welcome."
    fake.script["submit"].append(Reply(429, {"detail": said}))
    fake.script["status"] += [Reply(503, {"detail": said})]
    account = make_project().account
    generation = orders.place(Order(account=account, model="flux-dev", values={"prompt": "Rain."}))
    tasks.submit(generation.pk)
    Generation.objects.update(not_before=None)
    tasks.submit(generation.pk)
    looked_at()
    fake.finish(fake.last)
    address = callbacks.address_of(generation).removeprefix("https://studio.example")
    wrong = client.post(
        address, data=b"{}", content_type="application/json", headers={"X-Request-ID": "call-0001"}
    )
    assert wrong.status_code == 403
    looked_at()
    logging.getLogger("uvicorn.access").info('%s - "POST %s HTTP/1.1" %d', "10.0.0.1", address, 403)
    client.force_login(make_user())
    assert client.get("/no-such-project/").status_code == 404

    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    text = log.getvalue()
    token = callbacks.token_of(generation.key)
    secrets = [*KEY.split(":"), *ADMIN_KEY.split(":"), token, settings.SECRET_KEY, client.session.session_key]
    assert [line for line in text.splitlines() if any(secret in line for secret in secrets)] == []
    assert "[hidden]" in text, "the secrets did come by"

    story = [line for line in lines(log) if line.get("generation") == str(generation.key)]
    told = [line["event"] for line in story if line["logger"] == "generation.story"]
    assert told[0].startswith("new → queued by command")
    steps = [words.split(" by ")[0] for words in told]
    assert steps == [
        "new → queued",
        "queued → submitting",
        "submitting → queued",
        "queued → submitting",
        "submitting → submitted",
        "submitted → ready",
        "ready → succeeded",
    ]
    assert {line["logger"] for line in story} >= {
        "generation.story",
        "generation.watcher",
        "generation.webhooks",
    }
    (call,) = [line for line in story if line["logger"] == "generation.webhooks"]
    assert call["request_id"] == "call-0001"


@pytest.mark.django_db(transaction=True)
def test_marked_in_one_go_each_line_names_its_own_generation(log: io.StringIO) -> None:
    jobs = [make_generation(status=Status.SUBMITTED) for _ in range(2)]
    log.truncate(0)
    lifecycle.mark_all_ready([job.pk for job in jobs], "watcher")
    told = [line for line in lines(log) if line["logger"] == "generation.story"]
    assert [line["generation"] for line in told] == [str(job.key) for job in jobs]
    assert all(line["event"] == "submitted → ready by watcher" for line in told)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told(log: io.StringIO) -> None:
    order = Order(
        account=make_project().account,
        model="kling-2.5-turbo-text",
        values={"prompt": "Rain.", "seconds": 5},
    )
    with transaction.atomic():
        orders.place(order)
        transaction.set_rollback(True)
    assert [line for line in lines(log) if line["logger"] == "generation.story"] == []


def test_the_answer_names_the_request_and_a_strange_name_is_not_taken(client: Client) -> None:
    assert client.get("/accounts/login/", headers={"X-Request-ID": "from-the-proxy-1"})["X-Request-ID"] == (
        "from-the-proxy-1"
    )
    made = client.get("/accounts/login/", headers={"X-Request-ID": 'a"} {"forged": 1'})["X-Request-ID"]
    assert len(made) == 32


def test_a_task_leaves_nothing_behind_for_the_next(log: io.StringIO) -> None:
    @log_context.task
    def work(number: int) -> None:
        assert get_contextvars() == {}
        bind_contextvars(generation="x")
        _ = 1 / number

    bind_contextvars(request_id="before")
    work(1)
    assert get_contextvars() == {}
    with pytest.raises(ZeroDivisionError):
        work(0)
    assert get_contextvars() == {}
