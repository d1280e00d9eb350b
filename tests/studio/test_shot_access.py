"""Pages and fragments around a shot. Who may do what stands in `access_table`."""

import pytest
from django.urls import reverse

from generation.models import Output
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


@pytest.fixture
def project(db):
    project = make_project(slug="tide")
    make_take(make_shot(make_scene(project)))
    make_upload(project)
    return project


def address(project, name, kind):
    models = {"shot": Shot, "take": Take, "output": Output, "upload": Upload}
    return reverse(f"studio:{name}", args=[project.slug, models[kind].objects.first().pk])


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
