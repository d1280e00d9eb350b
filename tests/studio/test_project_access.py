"""What is said to whom may not, and what is not offered. Who may open what stands in `access_table`."""

import pytest
from django.urls import reverse

from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take


@pytest.fixture
def project(db):
    project = make_project(slug="tide")
    make_take(make_shot(make_scene(project)))
    return project


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [("project-edit", Role.ARTIST, "producer"), ("shot-import", Role.REVIEWER, "artist")],
)
def test_the_role_below_is_told_why_not(client, project, name, role, words):
    client.force_login(make_member(project, role))
    response = client.get(reverse(f"studio:{name}", args=["tide"]))
    assert response.status_code == 403
    assert f"this needs the role {words}" in response.text


@pytest.mark.parametrize("name", ["scene-edit", "scene-generate", "shot-create"])
def test_a_scene_of_another_project_is_not_there(client, project, name):
    client.force_login(make_member(project, Role.PRODUCER))
    other = make_scene(make_project())
    assert client.get(reverse(f"studio:{name}", args=["tide", other.pk])).status_code == 404


def test_a_viewer_is_offered_nothing_to_change(client, project):
    client.force_login(make_member(project, Role.VIEWER))
    board = client.get(project.get_absolute_url()).text
    assert "Move shot" not in board
    assert "New scene" not in board
    assert "Generate" not in board
    team = client.get(reverse("studio:project-members", args=["tide"])).text
    assert "Invite by mail" not in team
