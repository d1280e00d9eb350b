"""The history of a shot's words, and the mark on takes from before a change."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from studio import takes
from studio.briefs import changes
from studio.models import PromptVersion, Role, Shot, Take
from studio.word_diff import Piece, pieces
from tests.factories import make_member, make_project, make_scene, make_shot, make_user

FRAGMENT = {"HX-Request": "true"}
KLING = "kling-2.5-turbo-text"


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="10.00")), prompt="A wave breaks.")


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def save(client, shot, **changes):
    sent = {"model": KLING, "shown_model": KLING, "token": str(uuid.uuid4()), "count": "1"}
    sent |= {"prompt": "A wave breaks.", "seconds": "5", "aspect_ratio": "16:9"} | changes
    return client.post(reverse("studio:shot-save", args=["tide", shot.pk]), sent, headers=FRAGMENT)


def history(shot, **query):
    return reverse("studio:prompt-history", args=["tide", shot.pk], query=query)


def restore(shot, number):
    return reverse("studio:prompt-restore", args=["tide", shot.pk, number])


def ordered(shot, **changes):
    return takes.order([takes.plan(shot, **changes)], None)[0]


def fresh(take):
    return Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)


def test_words_are_compared_as_words():
    assert pieces("A wave breaks.", "A tall wave breaks!") == [
        Piece("same", "A"),
        Piece("in", " tall"),
        Piece("same", " wave breaks"),
        Piece("out", "."),
        Piece("in", "!"),
    ]


def test_each_change_is_a_version_and_the_first_words_are_kept(client, shot, artist):
    save(client, shot, prompt="A wave breaks at dawn.")
    save(client, shot, prompt="A wave breaks at dawn.", seconds="10")
    save(client, shot, prompt="A wave breaks at noon.", negative_prompt="people")
    kept = PromptVersion.objects.filter(shot=shot).order_by("number")
    assert [(each.number, each.prompt, each.negative_prompt, each.saved_by) for each in kept] == [
        (1, "A wave breaks.", "", None),
        (2, "A wave breaks at dawn.", "", artist),
        (3, "A wave breaks at noon.", "people", artist),
    ]
    assert kept[0].saved_at == shot.created_at


def test_the_shot_s_own_form_keeps_them_too(client, shot, artist):
    sent = {"number": "1", "title": "", "prompt": "Foam.", "negative_prompt": "", "model": "", "seconds": "5"}
    client.post(reverse("studio:shot-edit", args=["tide", shot.pk]), sent | {"aspect_ratio": ""})
    assert [each.prompt for each in shot.versions.all()] == ["Foam.", "A wave breaks."]


def test_the_page_compares_any_two(client, shot, artist):
    for words in ("A tall wave breaks.", "A tall wave rolls."):
        save(client, shot, prompt=words)
    client.force_login(make_member(shot.scene.project, Role.VIEWER))
    page = client.get(history(shot)).text
    assert "From version 2 to 3" in page
    assert "Bring this version back" not in page
    answer = client.get(history(shot, **{"from": "3", "to": "1"}))
    assert [piece.text for piece in answer.context["prompt_pieces"] if piece.kind == "out"] == [
        " tall",
        "rolls",
    ]


def test_a_shot_that_was_never_changed_has_one_version(client, shot, artist):
    page = client.get(history(shot)).text
    assert "1 version." in page
    assert not PromptVersion.objects.exists()


def test_a_version_is_brought_back_as_a_new_one(client, shot, artist):
    save(client, shot, prompt="A tall wave.")
    assert client.post(restore(shot, 1)).status_code == 302
    shot.refresh_from_db()
    newest = shot.versions.first()
    assert (shot.prompt, newest.number, newest.restores) == ("A wave breaks.", 3, 1)
    client.post(restore(shot, 1))
    assert shot.versions.count() == 3, "it says just that already"


@pytest.mark.parametrize("who", ["reviewer", "stranger", "signed out"])
def test_who_may_not_bring_back_changes_nothing(client, shot, artist, who):
    save(client, shot, prompt="A tall wave.")
    client.logout()
    if who != "signed out":
        client.force_login(
            make_member(shot.scene.project, Role.REVIEWER) if who == "reviewer" else make_user()
        )
    wanted = {"reviewer": 403, "stranger": 404, "signed out": 302}[who]
    assert client.post(restore(shot, 1)).status_code == wanted
    assert client.get(history(shot)).status_code == {403: 200, 404: 404, 302: 302}[wanted]
    assert Shot.objects.get().prompt == "A tall wave."
    assert PromptVersion.objects.count() == 2


def test_a_take_from_before_a_change_is_marked_until_the_words_come_back(client, shot, artist):
    take = ordered(shot)
    assert changes(fresh(take)) == []
    answer = save(client, shot, prompt="A tall wave breaks.")
    assert "from before the shot was changed" in answer.text
    assert "The shot has changed since this take." in answer.text
    assert [change.label for change in changes(fresh(take))] == ["Prompt"]
    client.post(restore(shot, 1))
    assert changes(fresh(take)) == []


def test_what_a_take_alone_was_told_is_no_older_version(shot):
    trial = ordered(shot, model=KLING, values={"prompt": "Two waves.", "seconds": 5})
    assert changes(fresh(trial)) == []
    Shot.objects.update(prompt="Two waves.")
    assert changes(fresh(trial)) == [], "it was tried first and then saved"
    Shot.objects.update(prompt="Three waves.")
    assert [change.label for change in changes(fresh(trial))] == ["Prompt"]


def test_the_look_and_the_settings_are_told_apart(shot):
    take = ordered(shot)
    shot.scene.project.style = "Film grain"
    shot.scene.project.save()
    Shot.objects.update(seconds=Decimal(10), model="kling-v2-text")
    found = [(change.label, change.then, change.now) for change in changes(fresh(take))]
    assert found == [("Look", "", "Film grain"), ("Length", "5", "10")]
