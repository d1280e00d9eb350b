"""The very same order again: the take that is there is offered first, and nothing is ordered until somebody insists."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Hold
from generation.models import Generation, Status
from studio.models import Role, Take
from tests.factories import make_member, make_project, make_scene, make_shot
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}
KLING = "kling-2.5-turbo-text"
OFFERED = "This take is there already. Nothing was ordered."


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="10.00"), number="12A"))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def press(client, shot, *, headers=None, follow=True, **changes):
    """Press Generate on a fresh form."""
    given = {
        "model": KLING,
        "shown_model": KLING,
        "token": str(uuid.uuid4()),
        "count": "1",
        "prompt": "A wave breaks over a pier at dawn.",
        "seconds": "5",
        "aspect_ratio": "16:9",
    }
    address = reverse("studio:shot-generate", args=[shot.scene.project.slug, shot.pk])
    given |= {"shown": dear(changes.get("model", KLING))} | changes
    return client.post(address, given, headers=headers or {}, follow=follow)


def end(status, **fields):
    now = timezone.now()
    Generation.objects.update(status=status, finished_at=now, **fields)


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_the_take_that_is_there_is_offered_and_nothing_is_ordered(client, shot, artist, headers):
    press(client, shot)
    Generation.objects.update(created_at=timezone.now() - timedelta(minutes=3, seconds=5))
    text = press(client, shot, headers=headers).content.decode()
    assert OFFERED in text
    assert "Take 1 of this shot is being made" in text
    assert "3\xa0minutes ago" in text
    assert f'href="{shot.get_absolute_url()}?take=1"' in text
    assert 'name="again" value="1"' in text
    assert ("<!doctype" in text) == (not headers)
    assert Take.objects.count() == Hold.objects.count() == 1


def test_what_was_typed_and_the_token_stay_for_the_second_press(client, shot, artist):
    press(client, shot, prompt="My own words")
    token = str(uuid.uuid4())
    text = press(client, shot, prompt="My own words", token=token).content.decode()
    assert "My own words</textarea>" in text
    assert f'value="{token}" id="order-token"' in text
    press(client, shot, prompt="My own words", token=token, again="1")
    assert Take.objects.count() == 2


def test_insisting_twice_with_one_form_orders_once(client, shot, artist):
    press(client, shot)
    token = str(uuid.uuid4())
    for _ in range(2):
        answer = press(client, shot, token=token, again="1")
    assert "not ordered a second time" in answer.content.decode()
    assert Take.objects.count() == 2


def test_the_second_half_of_a_double_click_is_no_repeat(client, shot, artist):
    token = str(uuid.uuid4())
    press(client, shot, token=token)
    text = press(client, shot, token=token).content.decode()
    assert OFFERED not in text
    assert "not ordered a second time" in text


def test_one_of_another_shot_of_the_project_is_offered_where_it_is(client, shot, artist):
    press(client, shot)
    end(Status.SUCCEEDED)
    other = make_shot(make_scene(shot.scene.project))
    text = press(client, other).content.decode()
    assert f"Take 1 of shot {shot.label} was made with this model and these settings just now." in text
    assert f'href="{shot.get_absolute_url()}?take=1"' in text
    assert not other.takes.exists()


def test_the_shot_s_own_is_offered_before_another_shot_s(client, shot, artist):
    other = make_shot(make_scene(shot.scene.project))
    press(client, shot)
    press(client, other, again="1")
    assert "Take 1 of this shot" in press(client, shot).content.decode()


def test_another_project_s_take_is_nobody_s_business(client, shot, artist):
    elsewhere = make_shot(make_scene(make_project(slug="dunes")))
    client.force_login(make_member(elsewhere.scene.project, Role.ARTIST))
    press(client, elsewhere)
    client.force_login(artist)
    press(client, shot)
    assert Take.objects.count() == 2


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_what_gave_nothing_is_not_offered(client, shot, artist, status):
    press(client, shot)
    end(status)
    press(client, shot)
    assert Take.objects.count() == 2


def test_what_somebody_wants_stopped_is_not_offered(client, shot, artist):
    press(client, shot)
    Generation.objects.update(cancel_requested_at=timezone.now())
    press(client, shot)
    assert Take.objects.count() == 2


def test_what_the_mock_made_is_not_offered_once_there_is_a_key(client, shot, artist, settings):
    press(client, shot)
    settings.USE_MOCK_DATA, settings.FAL_KEY, settings.KIE_API_KEY = False, "key", "key"
    press(client, shot)
    assert Take.objects.count() == 2


def test_any_other_wish_is_an_order_of_its_own(client, shot, artist):
    for changes in ({}, {"seconds": "10"}, {"prompt": "Foam"}, {"aspect_ratio": "9:16"}):
        press(client, shot, **changes)
    assert Take.objects.count() == 4


def test_a_chosen_seed_is_compared_and_a_drawn_one_is_not(client, shot, artist):
    still = {"model": "flux-dev", "shown_model": "flux-dev", "num_images": "1"}
    press(client, shot, seed="7", **still)
    press(client, shot, seed="8", **still)
    assert Take.objects.count() == 2
    assert OFFERED in press(client, shot, seed="7", **still).content.decode()
    assert OFFERED in press(client, shot, **still).content.decode()


def test_several_takes_at_once_are_never_questioned(client, shot, artist):
    press(client, shot)
    press(client, shot, count="2")
    assert Take.objects.count() == 3
