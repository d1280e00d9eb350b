"""A shot list on its page: all of it, or every reason why not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.models import Role, Scene, Shot
from tests.factories import make_member, make_project, make_scene, make_shot, make_take

ADDRESS = "/tide/import/"


@pytest.fixture
def project(db, client):
    project = make_project(slug="tide")
    client.force_login(make_member(project, Role.ARTIST))
    return project


def send(client, text, name="shots.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, data, content_type="text/csv")})


def test_a_list_becomes_scenes_and_shots(client, project):
    response = send(client, "scene,shot,prompt,seconds\n1,1,A wave,5\n1,2,A gull,10\n2,1,A net,\n")
    assert response["Location"] == "/tide/"
    assert Scene.objects.count() == 2
    assert list(Shot.objects.values_list("prompt", flat=True)) == ["A wave", "A gull", "A net"]
    assert "2 scenes and 3 shots added" in client.get("/tide/").text


def test_every_bad_row_and_column_is_named_and_nothing_comes_in(client, project):
    response = send(
        client, "scene,shot,prompt,seconds,model\n1,1,,5,\n1,2,A gull,7,\n1,3,A net,5,kling-9000\n"
    )
    assert response.status_code == 422
    assert [(each.row, each.column) for each in response.context["problems"]] == [
        (2, "prompt"),
        (3, "seconds"),
        (4, "model"),
    ]
    assert "3 things to change in the file" in response.text
    assert "Row 4" in response.text
    assert not Scene.objects.exists()


@pytest.mark.parametrize(
    "data", [b"\xff\xfes\x00c\x00", b"name,words\n1,A wave\n", b"scene,prompt\n", b"\x00\x01\x02", b"scene"]
)
def test_a_file_that_is_no_shot_list_is_refused_with_words(client, project, data):
    response = send(client, data)
    assert response.status_code == 422
    assert response.context["problems"]
    assert not Scene.objects.exists()


def test_no_file_and_an_empty_one_are_said_at_the_field(client, project):
    for response in (client.post(ADDRESS), send(client, "")):
        assert response.status_code == 422
        assert response.context["form"].errors["file"]


def test_takes_stay_when_a_list_comes_again(client, project):
    take = make_take(make_shot(make_scene(project)))
    send(client, "scene,shot,prompt\n1,1,A calmer wave\n")
    take.refresh_from_db()
    assert take.shot.prompt == "A calmer wave"
    assert take.generation.prompt == "A wave breaks over a pier at dawn."
