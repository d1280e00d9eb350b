"""The files of a project through its pages: parts, names, downloads, and S3's links."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from PIL import Image

from generation.models import Output
from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_upload

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def output(client, db, settings, tmp_path):
    changed = {name: dict(each) for name, each in settings.STORAGES.items()}
    changed["default"] = {**changed["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = changed
    project = make_project(slug="tide")
    shot = make_shot(make_scene(project, number="12A"), number="4")
    output = make_take(shot).generation.outputs.get()
    storages["default"].save(output.key, ContentFile(CONTENT))
    storages["default"].save(output.poster_key, ContentFile(b"a poster"))
    client.force_login(make_member(project, Role.VIEWER))
    return output


def url(name, pk):
    return reverse(f"studio:{name}", args=["tide", pk])


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_clip_is_served_whole_and_in_parts(client, output):
    whole = client.get(url("media-output", output.pk))
    assert (whole.status_code, whole["Content-Type"], whole["Accept-Ranges"]) == (200, "video/mp4", "bytes")
    assert whole["Cache-Control"].startswith("private")
    assert body(whole) == CONTENT
    part = client.get(url("media-output", output.pk), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(CONTENT)}")
    assert body(part) == CONTENT[100:200]
    beyond = client.get(url("media-output", output.pk), headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416


def test_a_download_is_named_after_its_place_in_the_film(client, output):
    shown = client.get(url("media-output", output.pk))
    assert shown["Content-Disposition"].startswith("inline")
    saved = client.get(url("media-output", output.pk), {"download": "1"})
    assert saved["Content-Disposition"] == 'attachment; filename="tide-sc12A-sh4-take1.mp4"'
    assert body(shown) == body(saved)


def test_posters_and_uploads_are_served(client, output):
    poster = client.get(url("media-poster", output.pk))
    assert poster["Content-Type"] == "image/webp"
    assert body(poster) == b"a poster"
    upload = make_upload(output.generation.take.shot.scene.project, name="Möwe am Pier.mp4")
    storages["default"].save(upload.key, ContentFile(b"a clip"))
    answer = client.get(url("upload-file", upload.pk), {"download": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="Mowe-am-Pier.mp4"'
    assert body(answer) == b"a clip"


def test_a_file_that_is_gone_or_has_no_poster_is_not_found(client, output):
    upload = make_upload(output.generation.take.shot.scene.project, poster_key="")
    assert client.get(url("upload-poster", upload.pk)).status_code == 404
    assert client.get(url("upload-file", upload.pk)).status_code == 404


def test_on_s3_a_member_is_led_to_a_signed_link_that_is_not_remembered(client, output, settings):
    changed = {name: dict(each) for name, each in settings.STORAGES.items()}
    changed["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "rushes",
            "endpoint_url": "http://127.0.0.1:9",
            "region_name": "us-east-1",
            "access_key": "key",
            "secret_key": "secret",
            "querystring_auth": True,
            "signature_version": "s3v4",
        },
    }
    settings.STORAGES = changed
    for query, kind in (({}, "inline"), ({"download": "1"}, "attachment")):
        answer = client.get(url("media-output", output.pk), query)
        assert answer.status_code == 302
        assert answer["Cache-Control"] == "private, no-store"
        assert "X-Amz-Signature" in answer["Location"]
        assert f"{kind}%3B" in answer["Location"]


def test_what_is_saved_says_how_it_was_made_and_the_master_can_be_had_as_it_came(client, output):
    drawn = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(drawn, "PNG")
    storages["default"].delete(output.key)
    storages["default"].save(output.key, ContentFile(drawn.getvalue()))
    Output.objects.filter(pk=output.pk).update(content_type="image/png")
    page = client.get(output.generation.take.shot.get_absolute_url()).content.decode()
    for query in ("1", "master"):
        assert f'href="{url("media-output", output.pk)}?download={query}"' in page
    copy = client.get(url("media-output", output.pk), {"download": "1"})
    assert copy["Content-Disposition"] == 'attachment; filename="tide-sc12A-sh4-take1.png"'
    with Image.open(io.BytesIO(body(copy))) as picture:
        assert picture.info["prompt"] == output.generation.prompt
    master = client.get(url("media-output", output.pk), {"download": "master"})
    assert body(master) == drawn.getvalue()
    assert master["ETag"] != copy["ETag"]
    assert body(client.get(url("media-output", output.pk))) == drawn.getvalue()
