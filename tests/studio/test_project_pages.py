"""The list of projects, a new one, its settings."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.views.defaults import server_error

from billing.models import Account
from studio.models import Project, Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

NEW = {"name": "High Tide", "slug": "", "description": "", "aspect_ratio": "9:16", "budget": "25.50"}


@pytest.fixture
def ada(client, db):
    user = make_user("ada")
    user.user_permissions.add(Permission.objects.get(codename="add_project"))
    client.force_login(user)
    return user


def test_who_was_not_allowed_to_starts_no_project(client, db):
    client.force_login(make_user("bob"))
    assert "New project" not in client.get("/").text
    assert client.get("/new/").status_code == 403
    response = start(client)
    assert response.status_code == 403
    assert "Whoever runs the studio" in response.text
    assert not Project.objects.exists()
    assert not Account.objects.exists()


def start(client, **changes):
    return client.post(reverse("studio:project-create"), NEW | changes)


def test_whoever_starts_a_project_is_its_producer_and_sets_its_budget(client, ada):
    response = start(client)
    project = Project.objects.get(slug="high-tide")
    assert response["Location"] == "/high-tide/"
    assert project.memberships.get().role == Role.PRODUCER
    assert project.aspect_ratio == "9:16"
    assert str(project.account.budgets.get().limit) == "25.500000"


@pytest.mark.parametrize(
    ("name", "there", "slug"),
    [
        ("High Tide", ["high-tide"], "high-tide-2"),
        ("High Tide", ["high-tide", "high-tide-2", "high-tide-4"], "high-tide-3"),
        ("Tide " * 14, ["-".join(["tide"] * 12)], f"{'-'.join(['tide'] * 10)}-ti-2"),
    ],
)
def test_a_name_that_was_used_before_is_numbered(client, ada, name, there, slug):
    for each in there:
        make_project(slug=each)
    assert start(client, name=name)["Location"] == f"/{slug}/"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"slug": "admin"}, "slug", "The site itself uses “admin”"),
        ({"name": "New"}, "slug", "The site itself uses “new”"),
        ({"name": "Live"}, "slug", "The site itself uses “live”"),
        ({"slug": "taken"}, "slug", "The short name “taken” is taken"),
        ({"slug": "_tide"}, "slug", "Begin with a small letter or a digit"),
        ({"slug": "a b"}, "slug", "valid “slug”"),
        ({"name": "潮"}, "slug", "Give a short name"),
        ({"budget": "1,000"}, "budget", "has a comma"),
        ({"budget": "lots"}, "budget", "not an amount of money"),
        ({"budget": "0"}, "budget", "above zero"),
        ({"budget": "-5"}, "budget", "above zero"),
        ({"aspect_ratio": "2:9"}, "aspect_ratio", "not one of the available choices"),
    ],
)
def test_bad_input_is_named_at_its_field_and_writes_nothing(client, ada, changes, field, words):
    make_project(slug="taken")
    response = start(client, **changes)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert Project.objects.count() == Account.objects.count() == 1


def test_the_list_shows_only_ones_own_projects_with_progress_and_money(client, ada):
    project = make_project(ada, name="High Tide", budget="20.00")
    scene = make_scene(project)
    make_take(make_shot(scene), is_circled=True, cost="0.35")
    make_shot(scene)
    make_project(name="Somebody else’s")
    page = client.get("/").text
    assert "High Tide" in page
    assert "1 of 2 shots circled" in page
    assert "$19.65" in page
    assert "Somebody else’s" not in page


def test_the_list_costs_the_same_number_of_queries_however_much_there_is(
    client, ada, django_assert_num_queries
):
    def more():
        project = make_project(ada)
        for _ in range(3):
            make_take(make_shot(make_scene(project)))

    more()
    # Session, user, the number of projects and of archived ones, the page's projects, their scenes, their takes, the
    # takes to show, outputs, uploads, counters of the budgets; twice whether the user may start projects.
    with django_assert_num_queries(14):
        client.get("/")
    more()
    more()
    with django_assert_num_queries(14):
        client.get("/")


def test_a_long_list_has_pages(client, ada):
    for number in range(49):
        make_project(ada, name=f"Film {number:02}")
    first, second = client.get("/").text, client.get("/?page=2").text
    assert first.count("project-card") == 48
    assert second.count("project-card") == 1
    assert "Film 00" in second
    assert "Page 1 of 2" in first


def test_an_empty_list_says_how_to_begin(client, ada):
    assert "Start a project" in client.get("/").text


def test_settings_are_saved_and_a_project_can_be_put_away_and_back(client, ada):
    project = make_project(ada, slug="tide")
    address = reverse("studio:project-edit", args=["tide"])
    settings = {
        "name": "Low Tide",
        "description": "",
        "aspect_ratio": "1:1",
    }
    client.post(address, settings | {"is_archived": "on"})
    project.refresh_from_db()
    assert (project.name, project.aspect_ratio) == ("Low Tide", "1:1")
    assert "Low Tide" not in client.get("/").text
    assert "Low Tide" in client.get("/?archived=1").text
    client.post(address, settings)
    assert "Low Tide" in client.get("/").text


def test_what_is_not_there_and_what_may_not_be_has_a_page_of_the_house(client, ada):
    missing = client.get("/nowhere/")
    assert missing.status_code == 404
    assert "There is nothing here" in missing.text
    project = make_project(slug="tide")
    client.force_login(make_member(project, Role.VIEWER))
    assert "You may not do this" in client.get(reverse("studio:project-edit", args=["tide"])).text


def test_a_form_without_its_token_is_refused_with_words(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = start(strict)
    assert response.status_code == 403
    assert "This form has grown old" in response.text
    assert not Project.objects.exists()


def test_when_rushes_breaks_it_says_so_in_the_style_of_the_house(rf):
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Rushes could not answer" in response.text
