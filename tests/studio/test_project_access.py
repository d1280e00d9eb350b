"""Who may open what: by role, for strangers, for the signed out."""

import pytest
from django.urls import reverse

from billing.models import Hold
from generation.models import Generation
from studio.models import Membership, Project, Role, Scene, Shot, Take
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

# URL name, arguments beside the project's, and the smallest role that may open it.
PAGES = [
    ("project-detail", (), Role.VIEWER),
    ("project-spend", (), Role.VIEWER),
    ("project-members", (), Role.VIEWER),
    ("shot-card", ("shot",), Role.VIEWER),
    ("shot-import", (), Role.ARTIST),
    ("project-generate", (), Role.ARTIST),
    ("scene-create", (), Role.ARTIST),
    ("scene-edit", ("scene",), Role.ARTIST),
    ("scene-generate", ("scene",), Role.ARTIST),
    ("shot-create", ("scene",), Role.ARTIST),
    ("shot-edit", ("shot",), Role.ARTIST),
    ("project-edit", (), Role.PRODUCER),
    ("project-budget", (), Role.PRODUCER),
]
DEEDS = [
    ("project-fallbacks", (), Role.PRODUCER),
    ("project-members", (), Role.PRODUCER),
    ("member-role", ("member",), Role.PRODUCER),
    ("member-remove", ("member",), Role.PRODUCER),
    ("project-edit", (), Role.PRODUCER),
    ("project-budget", (), Role.PRODUCER),
    ("shot-import", (), Role.ARTIST),
    ("project-generate", (), Role.ARTIST),
    ("scene-generate", ("scene",), Role.ARTIST),
    ("scene-create", (), Role.ARTIST),
    ("scene-edit", ("scene",), Role.ARTIST),
    ("scene-delete", ("scene",), Role.ARTIST),
    ("scene-move", ("scene",), Role.ARTIST),
    ("shot-create", ("scene",), Role.ARTIST),
    ("shot-edit", ("shot",), Role.ARTIST),
    ("shot-delete", ("shot",), Role.ARTIST),
    ("shot-move", ("shot",), Role.ARTIST),
]
BELOW = {Role.PRODUCER: Role.ARTIST, Role.ARTIST: Role.REVIEWER}


@pytest.fixture
def project(db):
    project = make_project(slug="tide")
    make_take(make_shot(make_scene(project)))
    return project


@pytest.fixture
def address(project):
    def build(name, arguments):
        rows = {
            "scene": Scene.objects.get().pk,
            "shot": Shot.objects.get().pk,
            "member": Membership.objects.earliest("pk").pk,
        }
        return reverse(f"studio:{name}", args=["tide", *(rows[each] for each in arguments)])

    return build


def written():
    """All that a refused request must leave as it is."""
    tables = (Project, Scene, Shot, Take, Membership, Generation, Hold)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize(("name", "arguments", "role"), PAGES)
def test_the_smallest_role_that_may_opens_the_page(client, project, address, name, arguments, role):
    client.force_login(make_member(project, role))
    assert client.get(address(name, arguments)).status_code == 200


@pytest.mark.parametrize(("name", "arguments", "role"), [page for page in PAGES if page[2] in BELOW])
def test_the_role_below_is_told_why_not(client, project, address, name, arguments, role):
    client.force_login(make_member(project, BELOW[role]))
    response = client.get(address(name, arguments))
    assert response.status_code == 403
    assert f"this needs the role {role.label.lower()}" in response.text


@pytest.mark.parametrize(("name", "arguments", "role"), DEEDS)
def test_the_role_below_changes_nothing(client, project, address, name, arguments, role):
    client.force_login(make_member(project, BELOW[role]))
    before = written()
    assert client.post(address(name, arguments), {"to": "later"}).status_code == 403
    assert written() == before


@pytest.mark.parametrize(("name", "arguments", "role"), PAGES + DEEDS)
def test_for_a_stranger_there_is_no_such_project(client, address, name, arguments, role):
    client.force_login(make_user())
    before = written()
    assert client.get(address(name, arguments)).status_code in {404, 405}
    assert client.post(address(name, arguments)).status_code in {404, 405}
    assert written() == before


@pytest.mark.parametrize(("name", "arguments", "role"), PAGES + DEEDS)
def test_the_signed_out_are_asked_to_sign_in(client, address, name, arguments, role):
    before = written()
    for answer in (client.get(address(name, arguments)), client.post(address(name, arguments))):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("login"))
    assert written() == before


@pytest.mark.parametrize("name", ["project-list", "project-create"])
@pytest.mark.django_db
def test_the_signed_out_see_no_projects(client, name):
    assert client.get(reverse(f"studio:{name}"))["Location"].startswith(reverse("login"))


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
    assert "Add somebody" not in team
