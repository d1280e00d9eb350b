"""The library: what is found, in which order, and by whom."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.models import Generation, Output, Status
from studio.library import search
from studio.models import LibraryItem, Rating, Role, Take
from studio.permissions import library_of
from tests.factories import (
    make_member,
    make_output,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

URL = "/library/"


@pytest.fixture
def project(db):
    return make_project(slug="tide", name="Tide")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project))


@pytest.fixture
def ada(client, project):
    ada = make_member(project, Role.VIEWER, "ada")
    client.force_login(ada)
    return ada


def titles(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return [card.title for card in answer.context["cards"]]


def test_it_needs_somebody_who_is_signed_in(client, db):
    assert client.get(URL).status_code == 302


def test_it_shows_takes_and_uploads_of_ones_own_projects_only(client, ada, shot):
    make_take(shot)
    upload = make_upload(shot.scene.project, name="pier.mp4")
    make_take(shot, upload=upload)
    make_take(make_shot())
    make_upload(make_project())
    assert titles(client) == ["pier.mp4", "1 / 1 take 1"]
    client.force_login(make_user())
    assert titles(client) == []


def test_an_archived_project_is_left_out_until_it_is_asked_for(client, ada, project, shot):
    make_take(shot)
    project.archived_at = timezone.now()
    project.save()
    assert titles(client) == []
    assert titles(client, project="tide") == ["1 / 1 take 1"]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("wave", True),
        ("WAVE pier", True),
        ("brea", True),
        ("reaks", False),
        ('"breaks over a"', True),
        ('"over breaks"', False),
        ('"breaks', True),
        ("mowe", True),
        ("Möwe", True),
        ("25%", True),
        ("5_%", False),
        ("日本", True),
        ("本の", True),
        ("submarine", False),
        ("...", True),
        ("\x00wave", True),
    ],
)
def test_words_of_the_prompt_are_found_alike_on_every_database(client, ada, shot, words, is_found):
    make_take(shot, prompt="A wave breaks over a PIER, one Möwe, 25% grey. 日本の海")
    assert titles(client, q=words) == (["1 / 1 take 1"] if is_found else [])


def test_each_filter_finds_its_own(client, ada, project, shot):
    bela = make_member(project, Role.ARTIST, "bela")
    make_take(shot)  # 1
    make_take(shot, status=Status.FAILED)  # 2
    make_take(shot, status=Status.SUBMITTED)  # 3
    make_take(shot, is_circled=True, by=bela)  # 4
    make_take(shot, model="flux-dev", media="image", files=0)  # 5
    make_output(
        Generation.objects.get(model="flux-dev"),
        content_type="image/png",
        width=768,
        height=1360,
        seconds=None,
    )
    upload = make_upload(project, name="gulls.wav", content_type="audio/wav", seconds=Decimal(30))
    used = make_upload(project, name="used.mp4", width=1280, height=720, seconds=Decimal(8))
    make_take(shot, upload=used)
    old = timezone.now() - timedelta(days=40)
    LibraryItem.objects.filter(take__number=1).update(created_at=old)
    Output.objects.filter(generation__take__number=4).update(is_flagged=True)

    def found(**query):
        return sorted(each.removeprefix("1 / 1 take ") for each in titles(client, **query))

    assert found(state="failed") == ["2"]
    assert found(state="working") == ["3"]
    assert found(state="circled") == ["4"]
    assert found(state="ready") == ["1", "4", "5", "gulls.wav", "used.mp4"]
    assert found(state="uploaded") == ["gulls.wav", "used.mp4"]
    assert found(state="unused") == ["gulls.wav"]
    assert found(state="flagged") == ["4"]
    assert found(state="cleared") == []
    for take, author, stars in ((1, ada, 5), (1, bela, 4), (5, ada, 2), (6, ada, 3)):
        Rating.objects.create(take=Take.objects.get(number=take), author=author, stars=stars)
    assert found(stars="4") == ["1"]
    assert found(stars="5") == []
    assert found(stars="2") == ["1", "5", "used.mp4"]
    assert "4.5 stars" in client.get(URL).content.decode()
    assert found(model="flux-dev") == ["5"]
    assert found(kind="audio") == ["gulls.wav"]
    assert found(member=str(bela.pk)) == ["4"]
    assert found(aspect="9:16") == ["5"]
    assert found(aspect="16:9", longest="5") == ["1", "4"]
    assert found(shortest="6") == ["gulls.wav", "used.mp4"]
    assert found(to=f"{old:%Y-%m-%d}") == ["1"]
    assert found(**{"from": f"{timezone.now():%Y-%m-%d}", "state": "failed"}) == ["2"]
    assert found(q="gull") == ["gulls.wav"]
    assert str(upload) == "gulls.wav"


def test_a_filter_that_is_wrong_says_so_and_does_not_filter(client, ada, shot):
    make_take(shot)
    query = {"from": "2026-11-21", "to": "2026-11-01", "state": "nonsense", "shortest": "x", "after": "zz"}
    answer = client.get(URL, query)
    assert "This day is before the first one" in answer.content.decode()
    assert len(answer.context["cards"]) == 1
    assert titles(client, order="nonsense") == ["1 / 1 take 1"]


def test_pages_follow_each_other_without_a_gap_while_takes_arrive(client, ada, shot):
    for _ in range(search.PAGE + 2):
        make_take(shot, status=Status.FAILED)
    every = list(range(1, search.PAGE + 3))
    for order, numbers in (("", every[::-1]), ("oldest", every)):
        first = client.get(URL, {"order": order, "q": "wave"})
        following = first.context["following"]
        assert f"?order={order}&amp;q=wave&amp;after={following}" in first.content.decode()
        if not order:
            make_take(shot, status=Status.FAILED)
        second = client.get(URL, {"order": order, "q": "wave", "after": following})
        cards = [*first.context["cards"], *second.context["cards"]]
        assert [card.item.take.number for card in cards][: len(every)] == numbers
        assert second.context["following"] is None
    part = client.get(URL, {"after": following}, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith("<li")
    assert "HX-Request" in part["Vary"]
    assert client.get(URL, {"after": "1" * 18}).status_code == 200


def test_a_cleared_file_and_a_closed_one_are_shown_for_what_they_are(client, ada, shot):
    cleared, closed = make_take(shot), make_take(shot)
    Output.objects.filter(generation=cleared.generation).update(cleared_at=timezone.now())
    Output.objects.filter(generation=closed.generation).update(is_flagged=True)
    page = client.get(URL).content.decode()
    output = cleared.generation.outputs.get()
    assert "The file was cleared on" in page
    assert reverse("studio:media-output", args=["tide", output.pk]) not in page
    assert reverse("studio:media-blurred", args=["tide", closed.generation.outputs.get().pk]) in page
    assert reverse("studio:media-output", args=["tide", closed.generation.outputs.get().pk]) + '"' not in page
    assert 'name="item"' not in page


def test_lines_of_a_deleted_shot_go_with_it(project, shot):
    make_take(shot, upload=make_upload(project))
    shot.delete()
    assert [item.upload.name for item in LibraryItem.objects.all()] == ["pier.mp4"]
    assert library_of(make_user()).count() == 0
