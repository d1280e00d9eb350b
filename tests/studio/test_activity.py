"""The activity: who did what, one line a deed, written in its transaction and never changed."""

import uuid

import pytest
from django.contrib.auth import get_user_model

from studio import activity, outline, takes, team
from studio.activity import Activity, Deed
from studio.models import Membership, Role, Shot
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project))


def said(project):
    """The lines of a project, oldest first, without the one that it was opened."""
    return [str(line) for line in Activity.objects.filter(project=project).order_by("pk")][1:]


def test_the_deeds_of_a_script_say_who_did_them(project, ada):
    scene = outline.add_scene(project, ada, title="Pier")
    shot = outline.add_shot(scene, ada, prompt="A wave.")
    outline.add_shot(scene, ada, prompt="A gull.")
    outline.move(shot, 2, ada)
    outline.move(shot, 2, ada)
    shot.prompt = "Two waves."
    outline.change(shot, ada, ["prompt"])
    outline.change(shot, ada, [])
    outline.delete(shot, ada)
    assert said(project) == [
        "ada added scene 1",
        "ada added shot 1 / 1",
        "ada added shot 1 / 2",
        "ada moved shot 1 / 1 to place 2 of its scene",
        "ada changed shot 1 / 1: prompt",
        "ada deleted shot 1 / 1",
    ]


def test_what_was_done_stays_readable_when_shot_and_person_are_gone(project, ada, shot):
    ivo = make_member(project, Role.ARTIST, "ivo")
    outline.change(shot, ivo, ["prompt"])
    outline.delete(shot, ada)
    get_user_model().objects.get(pk=ivo.pk).delete()
    assert said(project) == ["ivo changed shot 1 / 1: prompt", "ada deleted shot 1 / 1"]
    assert not Activity.objects.filter(shot__isnull=False).exists()
    assert Activity.objects.get(deed=Deed.SHOT_CHANGED).actor is None


def test_an_order_leaves_one_line_a_take_and_a_second_press_none(project, ada):
    shots = [make_shot(make_scene(project)) for _ in range(2)]
    token = uuid.uuid4()
    for _ in range(2):
        ordered = takes.order([takes.plan(shot) for shot in shots], ada, token=token)
    assert {take.batch for take in ordered} == {token}
    assert said(project) == [
        "ada ordered take 1 of shot 1 / 1",
        "ada ordered take 1 of shot 2 / 1",
        "ada ordered 2 takes of 2 shots",
    ]
    assert Activity.objects.filter(is_part=True).count() == 2
    assert set(Activity.objects.filter(deed=Deed.TAKE_ORDERED).values_list("batch", flat=True)) == {token}
    takes.cancel(ordered[0], ada)
    takes.cancel(ordered[0], ada)
    assert said(project)[3:] == ["ada cancelled take 1 of shot 1 / 1"]


def test_one_take_alone_is_no_batch(project, ada, shot):
    assert takes.order([takes.plan(shot)], ada)[0].batch is None


def test_circling_is_told_when_it_changes_something(project, ada, shot):
    first, second = make_take(shot), make_take(shot)
    takes.circle(first, ada)
    takes.circle(first, ada)
    takes.circle(second, ada)
    takes.uncircle(shot, ada)
    takes.uncircle(shot, ada)
    assert said(project) == [
        "ada circled take 1 of shot 1 / 1",
        "ada circled take 2 of shot 1 / 1",
        "ada let take 2 of shot 1 / 1 go",
    ]


def test_the_team_and_its_changes(project, ada):
    make_user("ivo")
    membership = team.add_member(project, "ivo", Role.ARTIST, ada)
    team.change_role(membership, Role.REVIEWER, ada)
    team.remove_member(Membership.objects.get(pk=membership.pk), membership.user)
    assert said(project) == [
        "ada added ivo to the team as artist",
        "ada made ivo reviewer",
        "ivo left the team",
    ]


def test_a_refused_deed_leaves_no_line(project, ada, shot):
    make_take(shot, status="submitted")
    with pytest.raises(outline.HistoryError):
        outline.delete(shot, ada)
    with pytest.raises(ValueError, match="is not one of them"):
        outline.move(shot, 7, ada)
    with pytest.raises(team.TeamError):
        team.remove_member(Membership.objects.get(), ada)
    assert said(project) == []
    assert Shot.objects.filter(pk=shot.pk).exists()


def test_settings_and_budget_leave_their_line(client, project, ada):
    client.force_login(ada)
    page = client.get("/tide/edit/")
    fields = page.context["form"].initial | {"name": "High tide", "is_archived": "on", "keep_days": ""}
    assert client.post("/tide/edit/", fields).status_code == 302
    client.post("/tide/budget/", {"limit": "80", "why": "The client pays for more."})
    assert said(project) == [
        "ada changed the settings: name",
        "ada archived the project",
        "ada set the budget to $80.00: The client pays for more.",
    ]


def test_it_is_never_changed(project, ada):
    line = activity.note(project, ada, Deed.DOWNLOADED)
    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(TypeError):
        Activity.objects.update(words="did nothing")
    with pytest.raises(TypeError):
        Activity.objects.all().delete()


def test_long_words_are_cut_and_nobody_is_the_studio(project):
    line = activity.note(project, None, Deed.DOWNLOADED, words="x" * 400)
    assert len(line.words) == activity.LONGEST
    assert str(line).startswith("The studio xxx")
