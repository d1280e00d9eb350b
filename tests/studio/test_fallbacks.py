"""Another model in the place of one that is down: when, once, within the price, and told on the page."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing import budgets, limits
from billing.models import Hold
from generation import lifecycle
from generation.models import Event, Generation, Lane, Status
from generation.orders import retry
from generation.signals import look_back
from studio import fallbacks, takes
from studio.models import Fallback, Role, Take
from tests.factories import make_member, make_project, make_scene, make_shot

pytestmark = pytest.mark.django_db
DOWN, STAND_IN = "kling-2.5-turbo-text", "kling-3.0-standard-text"
PRO = "kling-3.0-pro-text"
LONG_AGO = timedelta(days=1)


@pytest.fixture
def shot():
    shot = make_shot(make_scene(make_project(slug="tide")))
    allow(shot)
    return shot


@pytest.fixture
def fail(django_capture_on_commit_callbacks):
    def end(take, code="not_sent", billed=False):
        with django_capture_on_commit_callbacks(execute=True):
            assert lifecycle.fail(
                take.generation,
                code=code,
                message="No answer.",
                billed=billed,
                cost=None,
                trace=lifecycle.Trace("submit", "Given up."),
            )

    return end


def allow(shot, model=DOWN, fallback=STAND_IN, ceiling=5_000_000, position=0):
    return Fallback.objects.create(
        project=shot.scene.project,
        model=model,
        fallback=fallback,
        ceiling_micros=ceiling,
        position=position,
        agreed_at=timezone.now() - LONG_AGO,
    )


def ordered(shot):
    return takes.order([takes.plan(shot, model=DOWN)], None)[0]


def told(take):
    return Event.objects.filter(generation=take.generation, actor="fallback").values_list("note", flat=True)


def test_a_model_that_is_down_is_replaced_and_the_page_says_so(client, shot, fail):
    take = ordered(shot)
    fail(take)
    new = Take.objects.get(shot=shot, number=2)
    assert new.generation.replaces == take.generation
    assert new.generation.model == STAND_IN
    assert new.generation.request["values"]["seconds"] == 5
    assert new.generation.prompt == shot.prompt
    assert "as take 2" in told(take).get()
    client.force_login(make_member(shot.scene.project, Role.VIEWER))
    page = client.get(reverse("studio:take-detail", args=["tide", new.pk]), headers={"HX-Request": "true"})
    assert "Made by the fallback" in page.text


def test_the_news_twice_orders_once(shot, fail):
    take = ordered(shot)
    fail(take)
    fallbacks.when_ended(take.generation_id)
    assert Generation.objects.count() == Hold.objects.count() == Take.objects.count() == 2


def end_unheard(take):
    """The process dies between the end and the news of it."""
    lifecycle.fail(
        take.generation,
        code="unavailable",
        message="No answer.",
        billed=False,
        cost=None,
        trace=lifecycle.Trace("sweep", "Given up."),
    )


def test_news_that_a_dead_process_never_told_are_found(shot):
    take = ordered(shot)
    end_unheard(take)
    look_back.send_robust(sender=None)
    assert Take.objects.count() == 1, "somebody may be telling it right now"
    Generation.objects.filter(pk=take.generation_id).update(finished_at=timezone.now() - fallbacks.SETTLED)
    for _ in range(2):
        look_back.send_robust(sender=None)
    assert Take.objects.count() == 2
    assert Take.objects.get(number=2).generation.replaces == take.generation


def test_what_ended_too_long_ago_is_not_ordered_any_more(shot):
    take = ordered(shot)
    end_unheard(take)
    Generation.objects.filter(pk=take.generation_id).update(
        finished_at=timezone.now() - fallbacks.LOOK_BACK - fallbacks.SETTLED
    )
    look_back.send_robust(sender=None)
    assert Take.objects.count() == 1


def test_what_failed_before_anyone_agreed_is_not_replaced(shot):
    take = ordered(shot)
    end_unheard(take)
    Generation.objects.filter(pk=take.generation_id).update(
        finished_at=timezone.now() - 2 * fallbacks.SETTLED
    )
    Fallback.objects.update(agreed_at=timezone.now() - fallbacks.SETTLED)
    look_back.send_robust(sender=None)
    fallbacks.when_ended(take.generation_id)
    assert Take.objects.count() == 1
    Fallback.objects.update(agreed_at=timezone.now() - LONG_AGO)
    look_back.send_robust(sender=None)
    assert Take.objects.count() == 2


def test_what_somebody_gave_up_on_is_not_replaced(shot):
    take = ordered(shot)
    end_unheard(take)
    ended = timezone.now() - fallbacks.SETTLED
    Generation.objects.filter(pk=take.generation_id).update(finished_at=ended, laid_aside_at=timezone.now())
    look_back.send_robust(sender=None)
    fallbacks.when_ended(take.generation_id)
    assert Take.objects.count() == 1


def test_what_somebody_ordered_again_is_not_replaced_too(shot):
    take = ordered(shot)
    end_unheard(take)
    take.generation.refresh_from_db()
    takes.retry(take, None)
    fallbacks.when_ended(take.generation_id)
    assert Take.objects.count() == 2
    assert "was replaced already" in told(take).get()


def open_circuit(provider):
    Lane.objects.create(provider=provider, failures=5, opened_at=timezone.now(), retry_at=timezone.now())


def test_a_fallback_whose_provider_is_down_as_well_is_passed_over(shot, fail, settings):
    settings.USE_MOCK_DATA, settings.KIE_API_KEY, settings.FAL_KEY = False, "kie-key", "fal-key"
    for position, fallback in enumerate((STAND_IN, DOWN), 1):
        allow(shot, PRO, fallback, position=position)
    take = takes.order([takes.plan(shot, model=PRO)], None)[0]
    open_circuit("fal")
    fail(take)
    new = Take.objects.get(number=2).generation
    assert (new.model, new.provider) == (DOWN, "kie")
    assert "instead, as take 2" in told(take).get()


def test_where_all_fallbacks_are_down_as_well_that_is_told_once(shot, fail):
    """Here the mock plays every provider, so its circuit is the one that counts."""
    allow(shot, fallback=PRO, position=1)
    take = ordered(shot)
    open_circuit("mock")
    fail(take)
    Generation.objects.filter(pk=take.generation_id).update(finished_at=timezone.now() - fallbacks.SETTLED)
    look_back.send_robust(sender=None)
    assert Take.objects.count() == 1
    assert told(take).get().endswith("down as well.")


def test_a_budget_without_room_is_told_once_and_nothing_is_held(shot, fail):
    take = ordered(shot)
    budget = limits.main_budget(shot.scene.project.account)
    limits.change_limit(budget, Decimal("0.40"), by=None, why="No more.")
    Generation.objects.filter(pk=take.generation_id).update(finished_at=None)
    fail(take)
    for _ in range(2):
        look_back.send_robust(sender=None)
    assert Take.objects.count() == 1
    assert told(take).get().endswith("The budget has no room for it.")
    assert budgets.available(shot.scene.project.account).held == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_hear_it_at_once_order_once():
    shot = make_shot(make_scene(make_project(slug="tide")))
    allow(shot)
    take = ordered(shot)
    end_unheard(take)
    start = threading.Barrier(2)

    def hear():
        try:
            start.wait(10)
            fallbacks.when_ended(take.generation_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=hear) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Generation.objects.count() == Hold.objects.count() == Take.objects.count() == 2


def test_a_fallback_that_is_down_too_ends_the_chain(shot, fail):
    allow(shot, STAND_IN, DOWN)
    fail(ordered(shot))
    fail(Take.objects.get(shot=shot, number=2))
    assert Take.objects.count() == 2


@pytest.mark.parametrize(
    ("code", "billed"), [("content_rejected", False), ("invalid_request", False), ("not_sent", None)]
)
def test_another_end_is_not_replaced(shot, fail, code, billed):
    fail(ordered(shot), code, billed)
    assert Take.objects.count() == 1


def test_what_somebody_wanted_stopped_is_not_replaced(shot, fail):
    take = ordered(shot)
    assert lifecycle.wish_cancelled(take.generation_id, lifecycle.Trace("ada"))
    fail(take)
    assert Take.objects.count() == 1


def test_without_a_row_nothing_is_ordered(shot, fail):
    Fallback.objects.all().delete()
    fail(ordered(shot))
    assert Take.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ceiling_micros": 10_000}, "more than the $0.01 agreed to"),
        ({"fallback": "kling-3.0-standard-image"}, "Choose a file for “First frame”"),
        ({"fallback": "gone"}, "There is no model called “gone”"),
    ],
)
def test_what_stands_against_it_is_told(shot, fail, change, words):
    Fallback.objects.update(**change)
    take = ordered(shot)
    fail(take)
    assert Take.objects.count() == 1
    assert words in told(take).get()
    assert take.shot.scene.project.account.budgets.get()


def test_the_next_in_order_is_tried(shot, fail):
    Fallback.objects.update(ceiling_micros=10_000)
    allow(shot, fallback="kling-3.0-pro-text", position=1)
    fail(ordered(shot))
    assert Take.objects.get(number=2).generation.model == "kling-3.0-pro-text"


def test_a_retry_is_no_stand_in(shot, fail):
    take = ordered(shot)
    fail(take, "content_rejected")
    take.generation.refresh_from_db()
    again = retry(take.generation, None)
    assert fallbacks.words(again) == ""
    assert again.status == Status.QUEUED


def row(**changes):
    given = {"model": DOWN, "fallback": STAND_IN, "ceiling": "1.50", "ORDER": "1"} | changes
    count = {"fallbacks-TOTAL_FORMS": "1", "fallbacks-INITIAL_FORMS": "0"}
    return count | {f"fallbacks-0-{name}": value for name, value in given.items()}


def test_a_producer_sets_and_removes_the_fallbacks(client, shot):
    client.force_login(make_member(shot.scene.project, Role.PRODUCER))
    Fallback.objects.all().delete()
    url = reverse("studio:project-fallbacks", args=["tide"])
    assert client.post(url, row()).status_code == 302
    assert str(Fallback.objects.get().ceiling) == "1.500000"
    assert "If a model is down" in client.get(reverse("studio:project-edit", args=["tide"])).text
    assert client.post(url, row(DELETE="on")).status_code == 302
    assert not Fallback.objects.exists()


def test_a_row_that_nobody_changed_was_agreed_to_when_it_was(client, shot):
    client.force_login(make_member(shot.scene.project, Role.PRODUCER))
    url, old = reverse("studio:project-fallbacks", args=["tide"]), Fallback.objects.get().agreed_at
    assert client.post(url, row(ceiling="5.00")).status_code == 302
    assert Fallback.objects.get().agreed_at == old
    assert client.post(url, row(ceiling="6.00")).status_code == 302
    assert Fallback.objects.get().agreed_at > old + LONG_AGO / 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fallback": DOWN}, "this is the one that would be down"),
        ({"fallback": "flux-dev"}, "a still for a still"),
        ({"ceiling": "0"}, "above zero"),
    ],
)
def test_a_row_that_cannot_be_meant_is_marked(client, shot, changes, words):
    client.force_login(make_member(shot.scene.project, Role.PRODUCER))
    response = client.post(reverse("studio:project-fallbacks", args=["tide"]), row(**changes))
    assert response.status_code == 422
    assert words in response.text
    assert Fallback.objects.count() == 1
