"""An order at Kie.ai from the front door to the books, with nothing in between replaced."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from billing.models import HoldState
from generation import orders, providers, tasks
from generation.models import CostState, Generation, Status
from generation.orders import Order
from generation.providers.mock_media import render_clip
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.kie import FakeKie, says
from tests.fakes.sockets import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def kie(settings: Any, tmp_path: Path) -> Iterator[FakeKie]:
    clip = tmp_path / "clip.mp4"
    render_clip(clip, width=320, height=180, seconds=Decimal(1), prompt="Rain", model="Kling", seed=1)
    with FakeKie() as fake:
        fake.clip = clip.read_bytes()
        for name, value in {"USE_MOCK_DATA": False, **fake.settings()}.items():
            setattr(settings, name, value)
        providers.forget()
        yield fake
        providers.provider_named("kie").close()
    providers.forget()


def placed() -> Generation:
    account = make_project().account
    return orders.place(
        Order(account=account, model="kling-2.5-turbo-text", values={"prompt": "Rain on a tin roof."})
    )


def sent() -> Generation:
    generation = placed()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    return generation


def watched(generation: Generation) -> Generation:
    """The generation after the watcher looked once and the worker did what it was told."""
    Generation.objects.update(poll_at=timezone.now() - timedelta(seconds=1))
    watcher = Watcher(tell=lambda task, pk: task(pk))
    watcher.poll_due()
    watcher.close()
    generation.refresh_from_db()
    return generation


def test_a_job_is_charged_what_kie_says_it_cost(kie: FakeKie) -> None:
    generation = sent()
    assert (generation.provider, generation.status) == ("kie", Status.SUBMITTED)
    assert watched(generation).status == Status.SUBMITTED

    kie.succeed(generation.external_id, creditsConsumed=40)
    assert watched(generation).status == Status.SUCCEEDED
    assert (generation.estimate, generation.cost) == (Decimal("0.21"), Decimal("0.20"))
    assert generation.hold.state == HoldState.SETTLED
    assert generation.outputs.get().content_type == "video/mp4"


def test_a_job_that_failed_without_a_number_keeps_its_money_held(kie: FakeKie) -> None:
    generation = sent()
    kie.fail(generation.external_id, "501", "Internal error")
    assert watched(generation).status == Status.FAILED
    assert generation.cost_state == CostState.UNDETERMINED
    assert generation.hold.state == HoldState.OPEN
    assert "Internal error" in generation.error_message


def test_an_order_whose_answer_was_lost_is_never_sent_again(kie: FakeKie) -> None:
    kie.order_replies.append(Reply(lost=True))
    generation = sent()
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    assert generation.hold.state == HoldState.OPEN
    assert len(kie.tasks) == 1


def test_an_order_that_kie_turns_away_waits_as_long_as_it_says(kie: FakeKie) -> None:
    kie.order_replies.append(says(429, "Call frequency is too high", Retry_After="7"))
    generation = sent()
    assert generation.status == Status.QUEUED
    assert generation.not_before is not None
    assert 5 < (generation.not_before - timezone.now()).total_seconds() <= 7
    assert not kie.tasks


def test_a_refused_order_costs_nothing(kie: FakeKie) -> None:
    kie.order_replies.append(says(402, "Credits insufficient"))
    generation = sent()
    assert (generation.status, generation.error_code) == (Status.FAILED, "out_of_credit")
    assert generation.hold.state == HoldState.RELEASED


def test_a_clip_that_is_a_page_is_not_kept_and_is_charged(kie: FakeKie) -> None:
    generation = sent()
    kie.succeed(generation.external_id)
    kie.file_reply = Reply(200, b"<!doctype html><p>Sorry." * 40, {"Content-Type": "video/mp4"})
    assert watched(generation).status == Status.FAILED
    assert (generation.error_code, generation.cost) == ("unusable_file", Decimal("0.21"))
    assert not generation.outputs.exists()


def test_a_link_that_ran_out_and_comes_back_loses_nothing(kie: FakeKie) -> None:
    generation = sent()
    kie.succeed(generation.external_id)
    kie.file_reply = Reply(503)
    assert watched(generation).status == Status.READY
    kie.file_reply, kie.have_lapsed = None, True
    Generation.objects.update(lease_until=None)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert len(kie.tasks) == 1
