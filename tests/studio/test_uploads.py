"""Files that people bring along: several at once, checked each by itself, and put to use."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from studio.models import Activity, Deed, LibraryItem, Role, Shot, Take, Upload
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)
from tests.storages import use_folder

PAGE, LIBRARY = "/tide/uploads/", "/library/upload/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project(db, settings, tmp_path):
    use_folder(settings, tmp_path)
    return make_project(slug="tide")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project), model="kling-o1-image-to-video")


@pytest.fixture
def ada(client, project):
    ada = make_member(project, Role.ARTIST, "ada")
    client.force_login(ada)
    return ada


def picture(name="pier.png"):
    drawn = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/png")


def use(client, upload, **sent):
    return client.post(f"/tide/uploads/{upload.pk}/use/", sent)


def test_several_files_are_taken_in_and_each_refusal_is_told_in_words(client, ada, project):
    files = [
        picture(),
        SimpleUploadedFile("notes.png", b"only words", "image/png"),
        picture("pier.mp4"),
        picture("b.png"),
        SimpleUploadedFile("empty.png", b""),
    ]
    page = client.post(PAGE, {"files": files}, follow=True).content.decode()
    assert sorted(Upload.objects.values_list("name", flat=True)) == ["b.png", "pier.png"]
    assert LibraryItem.objects.filter(upload__name="pier.png", added_by=ada, media="image").exists()
    assert Activity.objects.filter(deed=Deed.FILE_UPLOADED, actor=ada).count() == 2
    assert "2 files are uploaded." in page
    assert "“notes.png” was not taken. The content is no picture, video or sound known here" in page
    assert "“pier.mp4” was not taken. The name ends in “.mp4”, but the content is image/png" in page
    assert "“empty.png” was not taken. This file is empty" in page


def test_a_file_alone_is_answered_in_its_line(client, ada, project, settings):
    kept = client.post(PAGE, {"files": picture("<b>.png")}, headers=HTMX)
    assert kept.status_code == 200
    assert "&lt;b&gt;.png" in kept.content.decode()
    assert f"/tide/uploads/{Upload.objects.get().pk}/use/" in kept.content.decode()
    settings.MAX_UPLOAD_BYTES = 10
    refused = client.post(PAGE, {"files": picture()}, headers=HTMX)
    assert (refused.status_code, Upload.objects.count()) == (422, 1)
    assert "larger than 10 bytes" in refused.content.decode()
    assert client.post(PAGE, {}, headers=HTMX).status_code == 422
    assert "Choose a file first" in client.post(PAGE, {}, follow=True).content.decode()


def test_the_library_takes_files_into_the_project_that_is_chosen(client, ada, project):
    other = make_project(slug="reef")
    assert client.get(LIBRARY).context["projects"].get() == project
    answer = client.post(LIBRARY, {"project": "tide", "files": picture()})
    assert answer["Location"] == "/library/?project=tide&state=uploaded"
    assert client.post(LIBRARY, {"project": "reef", "files": picture()}).status_code == 404
    assert client.post(LIBRARY, {"files": picture()}).status_code == 404
    make_member(other, Role.REVIEWER, "bela")
    assert Upload.objects.get().project == project


def test_a_project_that_the_form_makes_up_is_none(client, ada):
    for made_up in ("nowhere", "ti\0de", ""):
        assert client.post(LIBRARY, {"project": made_up}).status_code == 404


def test_an_upload_becomes_a_take_once(client, ada, project, shot):
    upload = make_upload(project)
    answer = use(client, upload, shot=shot.pk, **{"as": "take"})
    assert answer["Location"] == f"{shot.get_absolute_url()}?take=1"
    assert Take.objects.get().upload == upload
    again = use(client, upload, shot=shot.pk, **{"as": "take"})
    assert again.status_code == 422
    assert "is take 1 of this shot already" in again.content.decode()
    assert Take.objects.count() == LibraryItem.objects.count() == 1
    assert "Shot 1 / 1, take 1" in client.get(f"/tide/uploads/{upload.pk}/use/").content.decode()


def test_a_shot_starts_from_an_upload_where_its_model_takes_one(client, ada, project, shot):
    upload = make_upload(project, content_type="image/png", width=1280, height=720)
    answer = use(client, upload, shot=shot.pk, **{"as": "input"})
    assert answer["Location"] == shot.get_absolute_url()
    shot.refresh_from_db()
    assert shot.settings == {"start_image": f"upload:{upload.pk}"}
    assert Activity.objects.filter(deed=Deed.SHOT_CHANGED, shot=shot).exists()
    plain = make_shot(shot.scene, model="kling-2.5-turbo-text")
    refused = use(client, upload, shot=plain.pk, **{"as": "input"})
    assert refused.status_code == 422
    assert "does not start from a picture" in refused.content.decode()
    assert Shot.objects.get(pk=plain.pk).settings == {}


def test_a_shot_that_is_not_chosen_or_not_of_the_project_is_refused(client, ada, project):
    upload = make_upload(project)
    assert "Choose a shot first" in use(client, upload).content.decode()
    assert use(client, upload, shot=make_shot().pk).status_code == 404
    assert use(client, upload, shot="9" * 30).status_code == 422
    assert not Take.objects.exists()


def test_who_may_look_and_who_may_bring(client, project, shot):
    upload = make_upload(project)
    pages = [PAGE, f"/tide/uploads/{upload.pk}/use/"]
    for page in [*pages, LIBRARY]:
        assert client.get(page).status_code == client.post(page).status_code == 302
    client.force_login(make_user())
    for page in pages:
        assert client.get(page).status_code == client.post(page, {"files": picture()}).status_code == 404
    assert "No project to upload to" in client.get(LIBRARY).content.decode()
    client.force_login(make_member(project, Role.REVIEWER))
    for page in pages:
        seen = client.get(page)
        assert (seen.status_code, '<form class="card' in seen.content.decode()) == (200, False)
        assert client.post(page, {"files": picture(), "shot": shot.pk}).status_code == 403
    assert client.post(LIBRARY, {"project": "tide", "files": picture()}).status_code == 403
    assert (Upload.objects.count(), Take.objects.count()) == (1, 0)


def test_a_take_of_a_shot_and_a_file_of_the_project_are_listed(client, ada, project, shot):
    make_take(shot)
    make_take(shot, upload=make_upload(project, name="used.mp4"))
    make_upload(project, name="gulls.wav", content_type="audio/wav", poster_key="")
    page = client.get(PAGE).content.decode()
    assert all(name in page for name in ("used.mp4", "gulls.wav", "Is 1 / 1 take 2"))
    assert "1 / 1 take 1" not in page
