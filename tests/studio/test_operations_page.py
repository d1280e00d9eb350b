"""The operations page: who sees it, what it shows, and what those who may can do there."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import HoldState
from generation import orders
from generation.models import CostState, Event, Generation, Lane, Status
from generation.operations.figures import figures
from studio import takes
from studio.models import Take
from tests.factories import make_generation, make_project, make_shot, make_take, make_user
from tests.studio.dear_tags import dear

pytestmark = pytest.mark.django_db

DEEDS = ("retry", "give-up", "decide", "cancel")
VALUES = {"prompt": "Rain on tin.", "seconds": 5}


def allowed(*codenames: str, **fields: Any) -> Any:
    user = make_user(**{"is_staff": True} | fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def on_call(client: Client) -> Any:
    """Somebody who may see and act, signed in."""
    user = allowed("view_generation", "change_generation", username="on-call")
    client.force_login(user)
    return user


def letter(**fields: Any) -> Generation:
    """A take that failed because its provider could not be reached."""
    given = {
        "status": Status.FAILED,
        "error_code": "not_sent",
        "error_message": "fal could not be reached.",
        "request": {"values": VALUES},
    }
    take = make_take(**given | fields)
    assert take.generation is not None
    return take.generation


def post(client: Client, deed: str, generation: Generation, **data: str) -> str:
    address = reverse(f"studio:operations-{deed}", args=[generation.pk])
    answer = client.post(address, {"shown": dear(generation.model)} | data, follow=True)
    assert answer.status_code == 200
    return str(next(iter(answer.context["messages"])))


def strangers() -> dict[str, Any]:
    project = make_project(producer := make_user())
    assert project
    return {
        "the producer of a project": producer,
        "staff without the permission": allowed(),
        "the permission without being staff": allowed("view_generation", "change_generation", is_staff=False),
    }


def test_the_signed_out_are_sent_to_sign_in_and_others_are_told_who_can_allow_it(client: Client) -> None:
    generation = letter()
    addresses = [reverse(f"studio:operations-{deed}", args=[generation.pk]) for deed in DEEDS]
    assert client.get("/ops/").status_code == 302
    assert {client.post(address).status_code for address in addresses} == {302}
    for who, user in strangers().items():
        client.force_login(user)
        answer = client.get("/ops/")
        assert answer.status_code == 403, who
        assert 'href="/ops/"' not in client.get("/").text, who
        assert {client.post(address).status_code for address in addresses} == {403}, who
    assert Generation.objects.count() == 1
    assert Generation.objects.get().laid_aside_at is None


def test_who_may_only_look_is_offered_nothing_and_refused(client: Client) -> None:
    dead, lost = letter(), make_generation(status=Status.UNCERTAIN)
    client.force_login(allowed("view_generation"))
    page = client.get("/ops/").text
    assert "fal could not be reached." in page
    assert "Order again" not in page
    assert "Decide" not in page
    addresses = [reverse(f"studio:operations-{deed}", args=[dead.pk]) for deed in DEEDS]
    assert {client.post(address, {"verdict": "free"}).status_code for address in addresses} == {403}
    lost.refresh_from_db()
    assert lost.status == Status.UNCERTAIN


def test_it_is_linked_from_every_page_and_from_the_admin(client: Client, on_call: Any) -> None:
    assert 'href="/ops/"' in client.get("/").text
    assert 'href="/ops/"' in client.get("/admin/").text
    client.force_login(allowed("view_account"))
    assert 'href="/ops/"' not in client.get("/admin/").text


def test_it_shows_the_figures(client: Client, on_call: Any) -> None:
    make_generation(status=Status.SUBMITTED, deadline_at=timezone.now() - timedelta(hours=1))
    make_generation(status=Status.SUCCEEDED, model="flux-dev")
    letter()
    answer = client.get("/ops/?window=7d")
    shown, found = answer.context["figures"], figures("7d")
    assert shown.in_flight == found.in_flight
    assert shown.outcomes == found.outcomes
    assert [case.generation.pk for case in answer.context["dead_letters"]] == [
        job.pk for job in found.dead_letters.shown
    ]
    assert "no worker was ever seen" in answer.text
    assert "flux-dev" in answer.text
    assert "Nobody leads it" in answer.text


@pytest.mark.parametrize("window", ["", "nonsense", "9999d", "\x00"])
def test_a_window_that_is_none_is_a_day(client: Client, on_call: Any, window: str) -> None:
    assert client.get("/ops/", {"window": window}).context["figures"].outcomes.window == "24h"


def test_a_dead_letter_is_ordered_again_once_as_a_take_of_its_shot(client: Client, on_call: Any) -> None:
    dead = letter()
    button = client.get("/ops/").text
    assert "Order again" in button
    assert "Ordered again for $" in post(client, "retry", dead)
    post(client, "retry", dead)
    new = Generation.objects.exclude(pk=dead.pk).get()
    assert (new.replaces_id, new.requested_by, new.status) == (dead.pk, on_call, Status.QUEUED)
    assert Take.objects.get(generation=new).shot == Take.objects.get(generation=dead).shot
    assert new.events.first().actor == "on-call"
    assert client.get("/ops/").context["dead_letters"] == []


@pytest.mark.parametrize("has_shot", [True, False])
def test_a_dead_letter_that_was_replaced_meanwhile_is_not_ordered_again(
    client: Client, on_call: Any, has_shot: bool
) -> None:
    dead = letter()
    take = Take.objects.get(generation=dead)
    if has_shot:
        takes.retry(take, None)
    else:
        take.delete()
        orders.retry(dead, None)
    assert "was replaced already" in post(client, "retry", dead)
    assert Generation.objects.count() == 2


def test_a_dead_letter_without_a_shot_is_ordered_again_once(client: Client, on_call: Any) -> None:
    dead = letter()
    Take.objects.all().delete()
    for _ in range(2):
        assert "Ordered again for $" in post(client, "retry", dead)
    assert Generation.objects.exclude(pk=dead.pk).get().replaces_id == dead.pk


def test_a_dead_letter_that_does_not_fit_its_budget_says_so_and_nothing_is_written(
    client: Client, on_call: Any
) -> None:
    project = make_project(budget="0.10")
    take = make_take(make_shot(), status=Status.FAILED, error_code="not_sent", request={"values": VALUES})
    Generation.objects.filter(pk=take.generation_id).update(account=project.account)
    assert take.generation is not None
    text = post(client, "retry", take.generation)
    assert "0.10" in text
    assert Generation.objects.count() == 1


def test_nothing_else_is_ordered_again(client: Client, on_call: Any) -> None:
    running, given_up = make_generation(status=Status.SUBMITTED), letter(laid_aside_at=timezone.now())
    archived = letter()
    project = Take.objects.get(generation=archived).shot.scene.project
    project.archived_at = timezone.now()
    project.save()
    assert "Only what has failed" in post(client, "retry", running)
    assert "given up" in post(client, "retry", given_up)
    assert "archived" in post(client, "retry", archived)
    assert Generation.objects.count() == 3


def test_a_dead_letter_is_given_up_and_its_story_says_by_whom(client: Client, on_call: Any) -> None:
    dead = letter()
    assert post(client, "give-up", dead) == "Given up. Its story keeps who did so."
    assert Event.objects.filter(generation=dead, actor="on-call", note__startswith="Given up").count() == 1
    assert client.get("/ops/").context["dead_letters"] == []
    assert "already" in post(client, "give-up", dead)


@pytest.mark.parametrize(
    ("verdict", "cost", "state"), [("free", "0", HoldState.RELEASED), ("billed", "0.35", HoldState.SETTLED)]
)
@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.SUBMITTED, Status.READY])
def test_what_is_lost_or_overdue_is_decided(
    client: Client, on_call: Any, status: Status, verdict: str, cost: str, state: str
) -> None:
    job = make_generation(status=status, deadline_at=timezone.now() - timedelta(hours=1))
    assert f'id="decide-{job.pk}"' in client.get("/ops/").text
    post(client, "decide", job, verdict=verdict)
    job.refresh_from_db()
    assert (job.status, job.cost, job.cost_state) == (Status.FAILED, Decimal(cost), CostState.KNOWN)
    assert job.hold.state == state
    assert job.events.last().actor == "on-call"
    assert client.get("/ops/").context["to_decide"] == []


@pytest.mark.parametrize("verdict", ["", "both", "0.35"])
def test_a_verdict_that_is_none_decides_nothing(client: Client, on_call: Any, verdict: str) -> None:
    job = make_generation(status=Status.UNCERTAIN)
    assert "Choose" in post(client, "decide", job, verdict=verdict)
    job.refresh_from_db()
    assert job.status == Status.UNCERTAIN
    assert job.hold.state == HoldState.OPEN


def test_a_job_in_time_is_not_decided_about(client: Client, on_call: Any) -> None:
    job = make_generation(status=Status.SUBMITTED)
    assert "not overdue" in post(client, "decide", job, verdict="free")
    job.refresh_from_db()
    assert job.status == Status.SUBMITTED


def test_an_overdue_order_that_was_never_sent_is_cancelled(client: Client, on_call: Any) -> None:
    job = make_generation(deadline_at=timezone.now() - timedelta(hours=1))
    assert f'action="/ops/{job.pk}/cancel/"' in client.get("/ops/").text
    assert "nothing was spent" in post(client, "cancel", job)
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert job.hold.state == HoldState.RELEASED


def test_an_order_that_is_not_there_is_404_and_looking_changes_nothing(client: Client, on_call: Any) -> None:
    dead = letter()
    for deed in DEEDS:
        assert client.post(f"/ops/{dead.pk + 1}/{deed}/").status_code == 404
        assert client.get(f"/ops/{dead.pk}/{deed}/").status_code == 405
    assert Event.objects.filter(generation=dead).count() == 1


def test_a_provider_that_rests_is_shown_with_its_next_try(client: Client, on_call: Any) -> None:
    now = timezone.now()
    times = {"opened_at": now - timedelta(minutes=4), "retry_at": now + timedelta(minutes=1)}
    Lane.objects.create(provider="fal", failures=1, trouble="fal answered <503>", **times)
    page = client.get("/ops/").text
    assert "1 order in a row without an answer" in page
    assert "fal answered &lt;503&gt;" in page
    assert f"one is tried at {timezone.localtime(times['retry_at']):%H:%M:%S}" in page
    Lane.objects.update(retry_at=now)
    assert "the next order is the trial" in client.get("/ops/").text
    Lane.objects.update(opened_at=None)
    assert "Resting" not in client.get("/ops/").text


def test_words_of_providers_are_shown_as_words(client: Client, on_call: Any) -> None:
    letter(error_message="<script>alert(1)</script>")
    page = client.get("/ops/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
