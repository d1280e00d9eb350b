"""Who may open and do what around a shot: members by role, strangers, the signed out."""

import pytest
from django.urls import reverse

from billing.models import Hold
from generation.models import Generation, Output
from studio.models import Role, Shot, Take, Upload
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

PAGES = [
    ("shot-detail", "shot", Role.VIEWER),
    ("take-list", "shot", Role.VIEWER),
    ("take-detail", "take", Role.VIEWER),
    ("take-tile", "take", Role.VIEWER),
]
FILES = [
    ("media-output", "output"),
    ("media-poster", "output"),
    ("upload-file", "upload"),
    ("upload-poster", "upload"),
]
DEEDS = [
    ("shot-parameters", "shot", Role.ARTIST),
    ("shot-estimate", "shot", Role.ARTIST),
    ("shot-generate", "shot", Role.ARTIST),
    ("shot-save", "shot", Role.ARTIST),
    ("shot-upload", "shot", Role.ARTIST),
    ("take-retry", "take", Role.ARTIST),
    ("take-cancel", "take", Role.ARTIST),
    ("take-circle", "take", Role.REVIEWER),
    ("take-uncircle", "take", Role.REVIEWER),
]
BELOW = {Role.ARTIST: Role.REVIEWER, Role.REVIEWER: Role.VIEWER}


@pytest.fixture
def project(db):
    project = make_project(slug="tide")
    make_take(make_shot(make_scene(project)))
    make_upload(project)
    return project


def address(project, name, kind):
    models = {"shot": Shot, "take": Take, "output": Output, "upload": Upload}
    return reverse(f"studio:{name}", args=[project.slug, models[kind].objects.first().pk])


def written():
    return Take.objects.count(), Generation.objects.count(), Hold.objects.count(), Upload.objects.count()


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize(("name", "kind", "role"), PAGES)
def test_members_open_what_strangers_cannot(client, project, name, kind, role, fragment):
    url = address(project, name, kind)
    headers = {"HX-Request": "true"} if fragment else {}
    client.force_login(make_member(project, role))
    answer = client.get(url, headers=headers, follow=True)
    assert answer.status_code == 200
    assert (b"<!doctype html>" in answer.content) == (not fragment or name == "shot-detail")
    client.force_login(make_user())
    assert client.get(url, headers=headers).status_code == 404
    client.logout()
    assert client.get(url, headers=headers).status_code == 302


@pytest.mark.parametrize(("name", "kind"), FILES)
def test_files_are_for_members_only(client, project, name, kind):
    url = address(project, name, kind)
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.logout()
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize(("name", "kind", "role"), DEEDS)
def test_a_smaller_role_a_stranger_and_the_signed_out_change_nothing(client, project, name, kind, role):
    url, before = address(project, name, kind), written()
    client.force_login(make_member(project, BELOW[role]))
    assert client.post(url).status_code == 403
    client.force_login(make_user())
    assert client.post(url).status_code == 404
    client.logout()
    assert client.post(url).status_code == 302
    assert written() == before
    assert not Take.objects.filter(is_circled=True).exists()


@pytest.mark.parametrize(("name", "kind", "role"), DEEDS)
def test_deeds_are_posts(client, project, name, kind, role):
    client.force_login(make_member(project, Role.PRODUCER))
    assert client.get(address(project, name, kind)).status_code == 405


def test_the_live_stream_of_a_server_that_cannot_stream_is_empty(client, project):
    client.force_login(make_member(project, Role.VIEWER))
    assert client.get(reverse("studio:project-live", args=["tide"])).status_code == 204


def test_another_project_s_shot_is_not_reached_through_one_s_own(client, project):
    other = make_project(slug="other")
    user = make_member(other, Role.PRODUCER)
    client.force_login(user)
    shot = Shot.objects.get(scene__project=project)
    assert client.get(reverse("studio:shot-detail", args=["other", shot.pk])).status_code == 404
    output = Output.objects.first()
    assert client.get(reverse("studio:media-output", args=["other", output.pk])).status_code == 404


def test_viewers_see_no_controls_that_they_may_not_use(client, project):
    url = address(project, "shot-detail", "shot")
    client.force_login(make_member(project, Role.VIEWER))
    page = client.get(url).content.decode()
    assert "order-form" not in page
    assert "Circle this take" not in page
    assert "Once more" not in page
    client.force_login(make_member(project, Role.REVIEWER))
    page = client.get(url).content.decode()
    assert "Circle this take" in page
    assert "order-form" not in page
