"""A flagged file is seen by nobody before a reviewer has opened it: the server keeps it, not the page."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from PIL import Image

from generation.catalogue import catalogue
from generation.models import Event
from studio.media_choices import MediaLibrary
from studio.models import Role
from studio.plans import TakeRefusedError, plan
from tests.factories import make_member, make_output, make_project, make_scene, make_shot, make_take

FRAGMENT = {"HX-Request": "true"}
VIDEO_TO_VIDEO = "kling-o1-video-to-video-reference"


@pytest.fixture
def take(db, settings, tmp_path):
    changed = {name: dict(each) for name, each in settings.STORAGES.items()}
    changed["default"] = {**changed["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = changed
    take = make_take(make_shot(make_scene(make_project(slug="tide"))), files=0)
    output = make_output(take.generation, is_flagged=True)
    still = io.BytesIO()
    Image.effect_noise((640, 360), 90).convert("RGB").save(still, "WEBP")
    storages["default"].save(output.key, ContentFile(b"a clip"))
    storages["default"].save(output.poster_key, ContentFile(still.getvalue()))
    return take


@pytest.fixture
def viewer(client, take):
    client.force_login(make_member(take.shot.scene.project, Role.VIEWER))
    return client


@pytest.fixture
def reviewer(client, take):
    client.force_login(make_member(take.shot.scene.project, Role.REVIEWER, "rita"))
    return client


def output_of(take):
    return take.generation.outputs.get()


def media(name, take):
    return reverse(f"studio:{name}", args=["tide", output_of(take).pk])


def opening(take):
    return reverse("studio:take-open", args=["tide", take.pk, output_of(take).pk])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.PRODUCER])
@pytest.mark.parametrize("query", [{}, {"download": "1"}, {"download": "master"}])
def test_the_file_and_its_still_are_kept_from_everybody(client, take, role, query):
    client.force_login(make_member(take.shot.scene.project, role))
    assert client.get(media("media-output", take), query).status_code == 403
    assert client.get(media("media-poster", take), query).status_code == 403


def test_a_few_pixels_of_it_are_served(viewer, take):
    answer = viewer.get(media("media-blurred", take))
    assert answer["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (12, 7)


def test_pages_show_only_these(viewer, take):
    blurred = media("media-blurred", take)
    for page in (
        viewer.get(take.shot.get_absolute_url()).content.decode(),
        viewer.get(take.shot.scene.project.get_absolute_url()).content.decode(),
        viewer.get("/").content.decode(),
    ):
        assert blurred in page
        assert "is-blurred" in page
        assert f'"{media("media-output", take)}"' not in page
        assert "download=" not in page
        assert media("media-poster", take) not in page


def test_a_viewer_is_told_who_can_open_it_and_cannot(viewer, take):
    page = viewer.get(take.shot.get_absolute_url()).content.decode()
    assert "A reviewer can open it." in page
    assert opening(take) not in page
    assert viewer.post(opening(take)).status_code == 403
    assert output_of(take).is_closed


def test_a_reviewer_opens_it_for_everybody_and_is_remembered(reviewer, take):
    assert opening(take) in reviewer.get(take.shot.get_absolute_url()).content.decode()
    before = take.generation.changed_at
    answer = reviewer.post(opening(take), headers=FRAGMENT)
    assert answer.status_code == 200
    assert media("media-output", take) in answer.content.decode()
    output = output_of(take)
    assert output.is_flagged
    assert not output.is_closed
    assert output.opened_by.username == "rita"
    assert (
        Event.objects.filter(generation=take.generation, actor="rita", note__contains="flagged").count() == 1
    )
    take.generation.refresh_from_db()
    assert take.generation.changed_at > before
    reviewer.force_login(make_member(take.shot.scene.project, Role.VIEWER))
    assert reviewer.get(media("media-output", take)).status_code == 200
    assert reviewer.get(media("media-poster", take)).status_code == 200


def test_opening_twice_is_one_opening(reviewer, take):
    assert reviewer.post(opening(take)).status_code == 302
    opened_at = output_of(take).opened_at
    assert reviewer.post(opening(take)).status_code == 302
    assert output_of(take).opened_at == opened_at
    assert Event.objects.filter(generation=take.generation, actor="rita").count() == 1


def test_a_file_of_another_take_is_not_opened_here(reviewer, take):
    other = make_take(take.shot, files=0)
    stranger = make_output(other.generation, is_flagged=True)
    address = reverse("studio:take-open", args=["tide", take.pk, stranger.pk])
    assert reviewer.post(address).status_code == 404
    outside = make_take(files=0)
    strange = make_output(outside.generation, is_flagged=True)
    assert (
        reviewer.post(reverse("studio:take-open", args=["tide", outside.pk, strange.pk])).status_code == 404
    )
    strange.refresh_from_db()
    assert strange.is_closed


def test_no_order_starts_from_a_closed_file(take):
    shot = make_shot(take.shot.scene)
    values = {"prompt": "Move.", "video": f"take:{take.pk}"}
    with pytest.raises(TakeRefusedError, match="reviewer has opened"):
        plan(shot, model=VIDEO_TO_VIDEO, values=values)


def test_closed_files_are_not_offered_to_start_from(take):
    fine = make_take(take.shot)
    parameter = next(each for each in catalogue().find(VIDEO_TO_VIDEO).parameters if each.type == "video")
    offered = MediaLibrary(take.shot.scene.project).choices(parameter)
    assert [choice.value for choice in offered] == [f"take:{fine.pk}"]
