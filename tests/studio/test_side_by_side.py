"""Takes beside each other: what is shown, how they differ, and circling from there."""

import pytest
from django.utils import timezone

from generation.models import Output, Status
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

PAGE = "/tide/shots/{}/compare/"
CIRCLE = "/tide/shots/{}/compare/circle/"


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide")))


@pytest.fixture
def ada(client, shot):
    ada = make_member(shot.scene.project, Role.REVIEWER, "ada")
    client.force_login(ada)
    return ada


def table(client, shot, takes):
    answer = client.get(PAGE.format(shot.pk), {"takes": takes})
    assert answer.status_code == 200
    return answer.context["table"], answer.content.decode()


def test_two_takes_stand_beside_each_other_with_what_differs(client, ada, shot):
    make_take(shot, prompt="A wave breaks at dawn.", seed=7)
    make_take(shot, prompt="A wave breaks at dusk.", seed=8)
    make_take(shot, upload=make_upload(shot.scene.project, content_type="image/png"))
    found, page = table(client, shot, "2,1")
    assert found.numbers == [2, 1]
    assert [(piece.kind, piece.text) for piece in found.sides[1].pieces][1:3] == [
        ("out", "dusk"),
        ("in", "dawn"),
    ]
    assert page.count("<video data-side") == 2
    assert 'id="sides-wipe"' in page
    assert "$0.35 charged" in page
    assert '<dd class="mono">7</dd>' in page
    assert 'value="3"' in page
    stills = table(client, shot, ["3", "1"])[1]
    assert stills.count("<video data-side") == 1


def test_without_two_that_can_be_seen_there_is_a_choice_or_a_reason(client, ada, shot):
    make_take(shot)
    assert "Nothing to compare yet" in table(client, shot, "1,2")[1]
    make_take(shot)
    make_take(shot, status=Status.FAILED)
    closed, cleared = make_take(shot), make_take(shot)
    Output.objects.filter(generation=closed.generation).update(is_flagged=True)
    Output.objects.filter(generation=cleared.generation).update(cleared_at=timezone.now())
    for takes in ("", "1", "1,3", "1,4", "5,1", "x,1,,99999999999"):
        found, page = table(client, shot, takes)
        assert not found.is_enough
        assert [card.take.number for card in found.offered] == [2, 1]
        assert "Two to four takes" in page


def test_more_than_four_are_cut_with_a_word_about_it(client, ada, shot):
    for _ in range(5):
        make_take(shot)
    found, page = table(client, shot, ["1", "2", "2", "3", "4", "5"])
    assert found.numbers == [1, 2, 3, 4]
    assert "4 takes fit beside each other" in page
    assert "sides-wipe" in page
    assert 'data-do="wipe"' not in page


def test_circling_stays_on_the_page(client, ada, shot):
    make_take(shot)
    make_take(shot)
    sent = {"take": "2", "takes": "1,2"}
    answer = client.post(CIRCLE.format(shot.pk), sent)
    assert answer["Location"] == f"{PAGE.format(shot.pk)}?takes=1,2"
    assert Take.objects.get(is_circled=True).number == 2
    part = client.post(CIRCLE.format(shot.pk), sent | {"take": "1"}, headers={"HX-Request": "true"})
    assert part.content.decode().count("<hx-partial") == 2
    assert Take.objects.get(is_circled=True).number == 1
    client.post(CIRCLE.format(shot.pk), sent | {"take": "1", "let-go": "1"})
    assert not Take.objects.filter(is_circled=True).exists()


def test_what_cannot_be_circled_is_refused_and_writes_nothing(client, ada, shot):
    make_take(shot, status=Status.FAILED)
    part = client.post(CIRCLE.format(shot.pk), {"take": "1", "takes": "1"}, headers={"HX-Request": "true"})
    assert part.status_code == 409
    assert "Only a take that has arrived" in part.content.decode()
    for number in ("", "9", "x", "9" * 30):
        assert client.post(CIRCLE.format(shot.pk), {"take": number}).status_code == 404
    assert not Take.objects.filter(is_circled=True).exists()


def test_who_may_look_and_who_may_circle(client, shot):
    make_take(shot)
    make_take(shot)
    page, circle, sent = PAGE.format(shot.pk), CIRCLE.format(shot.pk), {"take": "1", "takes": "1,2"}
    assert client.get(page).status_code == client.post(circle, sent).status_code == 302
    client.force_login(make_user())
    assert client.get(page).status_code == client.post(circle, sent).status_code == 404
    client.force_login(make_member(shot.scene.project, Role.VIEWER))
    seen = client.get(page, {"takes": "1,2"})
    assert "Circle this take" not in seen.content.decode()
    assert client.post(circle, sent).status_code == 403
    assert not Take.objects.filter(is_circled=True).exists()


def test_the_strip_of_the_shot_leads_here(client, ada, shot):
    make_take(shot)
    make_take(shot)
    page = client.get(f"/tide/shots/{shot.pk}/").content.decode()
    assert f'action="{PAGE.format(shot.pk)}"' in page
    assert page.count('form="sides-choice" name="takes"') == 2
