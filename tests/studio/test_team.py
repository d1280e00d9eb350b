"""The team: people come, change and go, but never the last producer."""

import pytest
from django.urls import reverse

from studio.models import Membership, Role
from tests.factories import make_member, make_project, make_user

ADDRESS = "/tide/members/"


@pytest.fixture
def ada(client, db):
    user = make_user("ada")
    client.force_login(user)
    return user


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide")


def role_of(user):
    return Membership.objects.get(user=user).role


def deed(name, user):
    return reverse(f"studio:{name}", args=["tide", Membership.objects.get(user=user).pk])


@pytest.fixture
def ivo(ada):
    """Somebody who works with Ada elsewhere."""
    return make_member(make_project(ada), Role.ARTIST, "ivo")


def test_a_colleague_is_added_by_name(client, project, ivo):
    assert "ivo" in client.get(ADDRESS).text
    client.post(ADDRESS, {"username": "ivo", "role": "reviewer"})
    assert Membership.objects.get(user=ivo, project=project).role == Role.REVIEWER
    client.force_login(ivo)
    assert client.get("/tide/").status_code == 200


@pytest.mark.parametrize(
    ("username", "role", "field", "words"),
    [
        ("nobody", "artist", "username", "Choose somebody from the list, or invite them by mail."),
        ("stranger", "artist", "username", "Choose somebody from the list, or invite them by mail."),
        ("gone", "artist", "username", "Choose somebody from the list, or invite them by mail."),
        ("ada", "viewer", "username", "Choose somebody from the list, or invite them by mail."),
        ("", "artist", "username", "required"),
        ("ivo", "king", "role", "not one of the available choices"),
    ],
)
def test_who_cannot_be_added_is_named_at_the_field(client, project, ivo, username, role, field, words):
    make_user("stranger")
    make_user("gone", is_active=False)
    response = client.post(ADDRESS, {"username": username, "role": role})
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert Membership.objects.get(project=project).role == Role.PRODUCER


def test_a_member_gets_another_role(client, project):
    ivo = make_member(project, Role.VIEWER)
    client.post(deed("member-role", ivo), {"role": "producer"})
    assert role_of(ivo) == Role.PRODUCER


def test_the_only_producer_stays_one(client, project, ada):
    for name in ("member-role", "member-remove"):
        page = client.post(deed(name, ada), {"role": "artist"}, follow=True).text
        assert "ada is the only producer" in page
    assert role_of(ada) == Role.PRODUCER


def test_a_producer_may_leave_when_another_stays(client, project, ada):
    make_member(project, Role.PRODUCER)
    response = client.post(deed("member-remove", ada))
    assert response["Location"] == "/"
    assert client.get("/tide/").status_code == 404


def test_who_is_off_the_team_no_longer_sees_the_project(client, project):
    ivo = make_member(project, Role.ARTIST)
    client.post(deed("member-remove", ivo))
    client.force_login(ivo)
    assert client.get("/tide/").status_code == 404


def test_a_role_that_does_not_exist_changes_nothing(client, project):
    ivo = make_member(project, Role.VIEWER)
    assert "That is no role" in client.post(deed("member-role", ivo), {"role": "king"}, follow=True).text
    assert role_of(ivo) == Role.VIEWER


def test_a_member_of_another_project_is_out_of_reach(client, project):
    other = make_member(make_project(), Role.VIEWER)
    assert client.post(deed("member-remove", other)).status_code == 404
    assert role_of(other) == Role.VIEWER
