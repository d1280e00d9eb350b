"""What is ordered is what the button showed: nothing dearer, no other words, and not beside what came meanwhile."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.catalogue import catalogue
from generation.models import Generation, Status
from generation.orders import retry
from generation.switches.in_force import forget, switch
from generation.switches.models import SwitchState
from studio import fallbacks
from studio.models import Role, Take
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
KLING = "kling-2.5-turbo-text"
CHEAP = f"{KLING} 1000 1000 "


@pytest.fixture
def shot():
    return make_shot(make_scene(make_project(slug="tide", budget="10.00")))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def generate(client, shot, shown, **changes):
    """Press Generate on a page with this tag; the answer, and the tag that it shows."""
    sent = {
        "model": KLING,
        "shown_model": KLING,
        "token": str(uuid.uuid4()),
        "count": "1",
        "prompt": "A wave.",
    }
    sent |= {"seconds": "5", "aspect_ratio": "16:9", "shown": str(shown)} | changes
    answer = client.post(reverse("studio:shot-generate", args=["tide", shot.pk]), sent)
    return answer, answer.context["order"].tag if answer.context else None


def once_more(client, take, shown):
    sent = {"token": str(uuid.uuid4()), "shown": str(shown)}
    return client.post(reverse("studio:take-retry", args=["tide", take.pk]), sent, headers=FRAGMENT)


def panel(client, take):
    return client.get(reverse("studio:take-detail", args=["tide", take.pk]), headers=FRAGMENT)


def test_generate_orders_nothing_dearer_than_it_said_and_then_in_one_press(client, shot, artist):
    shown = client.get(shot.get_absolute_url()).context["order"].tag
    answer, now = generate(client, shot, shown, seconds="10")
    assert answer.status_code == 409
    assert "Nothing was ordered yet." in answer.text
    assert "The price is $0.42 now; the page showed $0.21." in answer.text
    assert not Take.objects.exists()
    assert generate(client, shot, now, seconds="10")[0].status_code == 302
    assert generate(client, shot, now, seconds="5")[0].status_code == 302, "what is cheaper is no surprise"
    assert Take.objects.count() == 2


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("", "The page did not show the price yet: it is $0.21."),
        ("nonsense -1 x", "The page did not show the price yet"),
        ("flux-dev 9000000 9000000 ", "showed the price of another model"),
        (f"{KLING} 9000000 1 ", "It can cost up to $0.21 now"),
    ],
)
def test_what_showed_no_price_or_another_one_orders_nothing(client, shot, artist, shown, words):
    answer, _ = generate(client, shot, shown)
    assert answer.status_code == 409
    assert words in answer.text
    assert not Take.objects.exists()


def test_a_look_that_was_changed_meanwhile_is_read_first(client, shot, artist):
    shown = client.get(shot.get_absolute_url()).context["order"].tag
    shot.scene.project.style = "Film noir"
    shot.scene.project.save()
    answer, now = generate(client, shot, shown)
    assert answer.status_code == 409
    assert "The look of the project has changed" in answer.text
    assert "<mark> Film noir</mark>" in answer.text
    assert generate(client, shot, now)[0].status_code == 302
    assert Generation.objects.get().prompt == "A wave. Film noir"


def test_a_double_press_whose_price_rose_between_still_orders_once(client, shot, artist):
    token, shown = str(uuid.uuid4()), client.get(shot.get_absolute_url()).context["order"].tag
    assert generate(client, shot, shown, token=token)[0].status_code == 302
    assert generate(client, shot, CHEAP, token=token)[0].status_code == 302
    assert Take.objects.count() == 1


def test_once_more_orders_nothing_dearer_than_it_said(client, shot, artist):
    take = make_take(shot)
    answer = once_more(client, take, CHEAP)
    assert answer.status_code == 409
    assert "The price is $0.21 now; the page showed $0.001. Nothing was ordered" in answer.text
    assert Take.objects.count() == 1
    assert once_more(client, take, answer.context["panel"].once_more.tag).status_code == 200
    assert Take.objects.count() == 2


def test_a_failed_take_says_what_replaced_it_before_more_is_ordered(client, shot, artist):
    failed = make_take(shot, status=Status.FAILED, error_code="not_sent")
    before = panel(client, failed).context["panel"].once_more.tag
    fallback = retry(failed.generation, None, key=fallbacks.key_of(failed.generation))
    new = Take.objects.create(shot=shot, number=2, generation=fallback)
    answer = once_more(client, failed, before)
    assert answer.status_code == 409
    assert "Another take has been ordered in its place meanwhile." in answer.text
    assert f"the fallback {catalogue().find(KLING).name} was ordered in its place" in answer.text
    assert f'href="{shot.get_absolute_url()}?take={new.number}">Look at take 2</a>' in answer.text
    assert Take.objects.count() == 2
    assert once_more(client, failed, answer.context["panel"].once_more.tag).status_code == 200
    assert Take.objects.count() == 3


def off(take):
    spec = catalogue().find(KLING)
    switch(spec, SwitchState.DISABLED, why="Too slow", by=None)
    return "is switched off in this studio"


def put_away(take):
    take.shot.archived_at = timezone.now()
    take.shot.save()
    return "The shot is archived. Bring it back first."


def hide_its_file(take):
    frame = make_upload(take.shot.scene.project, hidden_at=timezone.now(), hidden_why="A real face")
    facts = {"key": frame.key, "sha256": frame.sha256, "from": f"upload:{frame.pk}"}
    take.generation.request["inputs"] = {"start_image.0": facts}
    take.generation.save()
    return "The studio has hidden this file: A real face."


@pytest.mark.parametrize("forbid", [off, put_away, hide_its_file])
def test_what_cannot_be_ordered_again_is_not_offered_and_says_why(client, shot, artist, forbid):
    staff = make_user("root", is_staff=True, is_superuser=True)
    take = make_take(shot, status=Status.FAILED, error_code="not_sent")
    shown = panel(client, take).context["panel"].once_more.tag
    words = forbid(take)
    try:
        page = panel(client, take).text
        assert "Once more" not in page
        assert "Make it with the final model" not in page
        assert words in page
        assert once_more(client, take, shown).status_code == 422
        client.force_login(staff)
        assert ("Order again" in client.get("/ops/").text) == (forbid is hide_its_file)
        take.delete()  # Its order may outlive it.
        if forbid is not put_away:
            again = reverse("studio:operations-retry", args=[take.generation_id])
            text = client.post(again, {"shown": str(shown)}, follow=True).text
            assert "hidden" in text or "switched off" in text
        assert Generation.objects.count() == 1
    finally:
        forget()


def test_an_archived_shot_offers_no_order(client, shot, artist):
    put_away(make_take(shot))
    page = client.get(shot.get_absolute_url())
    assert "This shot is archived, so nothing is ordered for it." in page.text
    assert not re.search(r"<span[^>]*>Generate", page.text)
    answer, _ = generate(client, shot, page.context["order"].tag)
    assert answer.status_code == 422
    assert Generation.objects.count() == 1


def test_a_dead_letter_is_ordered_for_the_price_that_was_shown(client, shot):
    dead = make_take(shot, status=Status.FAILED, error_code="not_sent").generation
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    address = reverse("studio:operations-retry", args=[dead.pk])
    answer = client.post(address, {"shown": CHEAP}, follow=True)
    assert "The price is $0.21 now; the page showed $0.001. Nothing was ordered" in answer.text
    assert Generation.objects.count() == 1
    tag = answer.context["dead_letters"][0].tag
    assert "Ordered again for $0.21" in client.post(address, {"shown": str(tag)}, follow=True).text
