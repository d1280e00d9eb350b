"""The pages of the activity: for every member, filtered, in pages, as a page and as a fragment."""

import uuid

import pytest
from django.urls import reverse

from studio import activity_lines, outline, takes
from studio.activity import Deed, note
from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/tide/activity/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project))


@pytest.fixture
def viewer(client, project):
    person = make_member(project, Role.VIEWER, "vera")
    client.force_login(person)
    return person


def lines(response):
    return [str(line.activity) for day in response.context["days"].days for line in day.lines]


def test_every_member_sees_who_did_what_and_where_it_leads(client, viewer, project, ada, shot):
    take = make_take(shot)
    takes.circle(take, ada)
    note(project, None, Deed.DOWNLOADED, words="ordered <i>a</i>")
    page = client.get(ADDRESS)
    assert lines(page) == [
        "The studio ordered <i>a</i>",
        "ada circled take 1 of shot 1 / 1",
        "ada opened the project",
    ]
    assert f'href="{shot.get_absolute_url()}?take=1"' in page.text
    assert "ordered &lt;i&gt;a&lt;/i&gt;" in page.text
    assert "<h2" in page.text
    assert "Today" in page.text
    part = client.get(ADDRESS, headers=HTMX)
    assert "<html" not in part.text
    assert lines(part) == lines(page)


def test_it_is_chosen_by_person_deed_and_place(client, viewer, project, ada, shot):
    other = make_shot(make_scene(project))
    ivo = make_member(project, Role.ARTIST, "ivo")
    outline.change(shot, ada, ["prompt"])
    outline.change(other, ivo, ["prompt"])
    note(project, None, Deed.TAKE_REPLACED, take=make_take(other))
    chosen = {
        f"who={ivo.pk}": ["ivo changed shot 2 / 1: prompt"],
        "who=studio": ["The studio ordered take 1 of shot 2 / 1 in the place of one whose model was down"],
        "deed=project-opened": ["ada opened the project"],
        f"place=shot-{shot.pk}": ["ada changed shot 1 / 1: prompt"],
        f"place=scene-{other.scene_id}&deed=shot-changed": ["ivo changed shot 2 / 1: prompt"],
        f"place=shot-{shot.pk}&who={ivo.pk}": [],
    }
    for query, expected in chosen.items():
        assert lines(client.get(f"{ADDRESS}?{query}")) == expected, query
    assert len(lines(client.get(f"{ADDRESS}?who=x&deed=y&place=shot-9999&batch=z&before=q"))) == 4


def test_what_was_done_at_once_is_one_line_that_leads_to_each(client, viewer, project, ada, shot):
    batch = uuid.uuid4()
    for each in (shot, make_shot(shot.scene)):
        note(project, ada, Deed.SHOT_ARCHIVED, shot=each, batch=batch)
    note(project, ada, Deed.SHOT_ARCHIVED, words="archived 2 shots", batch=batch)
    page = client.get(ADDRESS)
    assert lines(page) == ["ada archived 2 shots", "ada opened the project"]
    assert f'href="{ADDRESS}?batch={batch}"' in page.text
    assert lines(client.get(f"{ADDRESS}?batch={batch}")) == [
        "ada archived shot 1 / 2",
        "ada archived shot 1 / 1",
    ]
    assert lines(client.get(f"{ADDRESS}?place=shot-{shot.pk}")) == ["ada archived shot 1 / 1"]


def test_older_lines_stand_on_further_pages(client, viewer, project, ada):
    for _ in range(activity_lines.A_PAGE):
        note(project, ada, Deed.DOWNLOADED)
    page = client.get(f"{ADDRESS}?who={ada.pk}")
    older = page.context["days"].page.older
    assert f"?who={ada.pk}&amp;before={older}" in page.text
    assert 'hx-trigger="activity' in page.text
    last = client.get(f"{ADDRESS}?who={ada.pk}&before={older}")
    assert lines(last) == ["ada opened the project"]
    assert 'hx-trigger="activity' not in last.text


def test_a_shot_has_its_own(client, viewer, project, ada, shot):
    address = reverse("studio:shot-activity", args=["tide", shot.pk])
    assert client.get(address)["Location"] == f"{ADDRESS}?place=shot-{shot.pk}"
    assert "Nothing has been done with this shot yet." in client.get(address, headers=HTMX).text
    outline.change(shot, ada, ["prompt"])
    note(project, ada, Deed.DOWNLOADED)
    part = client.get(address, headers=HTMX)
    assert lines(part) == ["ada changed shot 1 / 1: prompt"]
    assert "<html" not in part.text
    assert address in client.get(shot.get_absolute_url()).text


def test_strangers_and_the_signed_out_see_nothing(client, project, shot):
    addresses = (ADDRESS, reverse("studio:shot-activity", args=["tide", shot.pk]))
    for address in addresses:
        assert client.get(address)["Location"].startswith(reverse("login"))
    client.force_login(make_user())
    for address in addresses:
        assert client.get(address).status_code == 404
