"""Shots that change places by hand, and words that are changed on the card."""

import re
from decimal import Decimal

import pytest

from studio import selections
from studio.models import Activity, Role, Shot
from tests.factories import make_member, make_project, make_scene, make_shot, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def project(db):
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


@pytest.fixture
def scenes(project):
    """Two scenes of three shots each."""
    made = make_scene(project), make_scene(project)
    for scene in made:
        for _ in range(3):
            make_shot(scene)
    return made


def shot_of(scene, number):
    return Shot.objects.get(scene=scene, number=number)


def order(scene):
    return list(Shot.objects.filter(scene=scene).order_by("position").values_list("number", flat=True))


def seen(client):
    found = re.findall(r'data-scene="(\d+)"[^>]*data-order="([0-9a-f]+)"', client.get("/tide/").text)
    return ",".join(":".join(each) for each in found)


def put(client, shot, scene, *, seen, **neighbours):
    sent = {"shot": shot.pk, "scene": scene.pk, "seen": seen} | {
        name: each.pk for name, each in neighbours.items()
    }
    return client.post("/tide/board/order/", sent, headers=HTMX)


def test_a_shot_is_put_beside_another_one(client, artist, scenes):
    scene, _ = scenes
    first, last = shot_of(scene, "1"), shot_of(scene, "3")
    answer = put(client, last, scene, seen=seen(client), before=first)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div class="stack stack--loose board')
    assert order(scene) == ["3", "1", "2"]
    put(client, last, scene, seen=seen(client), after=first)
    assert order(scene) == ["1", "3", "2"]
    assert Activity.objects.filter(shot=last).count() == 2
    put(client, last, scene, seen=seen(client), after=first)
    assert Activity.objects.filter(shot=last).count() == 2, "it was there already"


def test_a_shot_goes_to_another_scene_with_a_number_that_is_free_there(client, artist, scenes):
    first, second = scenes
    moved = shot_of(first, "2")
    answer = put(client, moved, second, seen=seen(client), after=shot_of(second, "1"))
    assert "shot 1 / 2 is shot 2 / 4 now" in answer.text
    assert order(first) == ["1", "3"]
    assert order(second) == ["1", "4", "2", "3"]
    assert list(first.shots.order_by("position").values_list("position", flat=True)) == [1, 2]


def test_an_empty_scene_takes_a_shot(client, project, artist, scenes):
    empty = make_scene(project)
    put(client, shot_of(scenes[0], "1"), empty, seen=seen(client))
    assert order(empty) == ["1"]


def test_an_archived_shot_stays_beside_its_neighbours(client, project, artist, scenes):
    scene, _ = scenes
    selections.archive(project, [shot_of(scene, "2").pk], artist)
    put(client, shot_of(scene, "3"), scene, seen=seen(client), before=shot_of(scene, "1"))
    assert order(scene) == ["3", "1", "2"]


def test_an_order_that_was_not_the_one_shown_changes_nothing(client, artist, scenes):
    scene, other = scenes
    before = seen(client)
    make_shot(other)
    shot, first = shot_of(scene, "3"), shot_of(scene, "1")
    assert put(client, shot, scene, seen=before, before=first).status_code == 200, (
        "the other scene does not matter"
    )
    for stale in (before, "", "nonsense"):
        answer = put(client, shot, other, seen=stale)
        assert answer.status_code == 409
        assert "so nothing was moved" in answer.text
        assert 'id="board"' in answer.text
    assert order(scene) == ["3", "1", "2"]
    assert order(other) == ["1", "2", "3", "4"]


def test_shots_of_others_are_not_moved(client, artist, scenes):
    foreign = make_shot()
    assert put(client, foreign, scenes[0], seen=seen(client)).status_code == 404
    assert put(client, shot_of(scenes[0], "1"), foreign.scene, seen=seen(client)).status_code == 404


def words_of(client, shot):
    page = client.get(f"/tide/shots/{shot.pk}/words/", headers=HTMX).text
    return re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]


def rewrite(client, shot, **sent):
    return client.post(f"/tide/shots/{shot.pk}/words/", sent, headers=HTMX)


def test_prompt_and_length_are_changed_on_the_card(client, artist, scenes):
    shot = shot_of(scenes[0], "1")
    answer = rewrite(client, shot, prompt="A gull.", seconds="10", seen=words_of(client, shot))
    assert answer.status_code == 200
    assert "A gull." in answer.text
    assert 'hx-target="#summary"' in answer.text
    shot.refresh_from_db()
    assert (shot.prompt, shot.seconds) == ("A gull.", Decimal(10))
    assert Activity.objects.get(shot=shot).words == "changed shot 1 / 1: prompt, length"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"prompt": " ", "seconds": "5"}, "a shot is never without one"),
        ({"prompt": "A gull.", "seconds": "47"}, "5 or 10"),
        ({"prompt": "A gull.", "seconds": "soon"}, "Enter a number"),
    ],
)
def test_words_that_cannot_be_are_named_and_nothing_is_saved(client, artist, scenes, sent, words):
    shot = shot_of(scenes[0], "1")
    answer = rewrite(client, shot, seen=words_of(client, shot), **sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert "is-editing" in answer.text
    before = shot.prompt
    shot.refresh_from_db()
    assert (shot.prompt, shot.seconds) == (before, Decimal(5))


def test_what_a_teammate_wrote_meanwhile_is_shown_before_it_is_replaced(client, artist, scenes):
    shot = shot_of(scenes[0], "1")
    old = words_of(client, shot)
    Shot.objects.filter(pk=shot.pk).update(prompt="A teammate’s gull.")
    answer = rewrite(client, shot, prompt="My gull.", seconds="5", seen=old)
    assert answer.status_code == 409
    assert "A teammate’s gull." in answer.text
    assert "My gull." in answer.text
    shot.refresh_from_db()
    assert shot.prompt == "A teammate’s gull."
    new = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)[1]
    assert rewrite(client, shot, prompt="My gull.", seconds="5", seen=new).status_code == 200
    shot.refresh_from_db()
    assert shot.prompt == "My gull."


def test_without_htmx_the_whole_shot_is_edited(client, artist, scenes):
    shot = shot_of(scenes[0], "1")
    assert client.get(f"/tide/shots/{shot.pk}/words/")["Location"] == f"/tide/shots/{shot.pk}/edit/"
