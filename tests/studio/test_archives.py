"""Many files in one ZIP: what is in it, what its manifest says, and what it leaves behind."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from billing import budgets
from generation.models import Output, Status
from generation.parts import PART_BYTES
from studio.archives.contents import Piece
from studio.archives.stream import zipped
from studio.models import Activity, Deed, LibraryItem, Role, Take, Upload
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)
from tests.storages import s3_server, use_bucket, use_folder

URL = "/library/download/"
CLIP = b"a clip, stored as it came. " * 50


@pytest.fixture
def project(db, settings, tmp_path):
    use_folder(settings, tmp_path)
    return make_project(slug="tide", name="Tide")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project, number="12/A"), number="=4")


@pytest.fixture
def ada(client, project):
    ada = make_member(project, Role.ARTIST, "ada")
    client.force_login(ada)
    return ada


def keep(file, content=CLIP):
    storages["default"].save(file.key, ContentFile(content))
    facts = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    type(file).objects.filter(pk=file.pk).update(**facts)
    return file


def kept_take(shot, **fields):
    take = make_take(shot, **fields)
    keep(take.generation.outputs.get())
    return take


def opened(answer):
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    return archive, rows


def line_of(take):
    return LibraryItem.objects.get(take=take).pk


def nothing_is_written():
    return (
        not Take.objects.exclude(exported_at=None).exists()
        and not Activity.objects.filter(deed=Deed.DOWNLOADED).exists()
    )


def test_the_chosen_files_come_with_a_manifest_and_are_kept_from_then_on(client, ada, project, shot):
    take = kept_take(shot, seed=7, prompt="=A wave", cost="0.40", estimate="0.50", by=ada)
    budgets.adjust(
        project.account, Decimal("-0.15"), by=None, why="Bill", reference="a-1", hold=take.generation.hold
    )
    one = keep(make_upload(project, name="../Möwe am Pier.mp4", uploaded_by=ada), b"one")
    two = keep(make_upload(project, name="mowe-AM-pier.MP4"), b"two")
    unwanted = kept_take(shot)
    chosen = [line_of(take), *LibraryItem.objects.filter(upload__in=[one, two]).values_list("pk", flat=True)]
    archive, rows = opened(client.post(URL, {"item": [*chosen, "x", "9" * 30]}))
    names = [
        "tide/tide-sc12-A-sh-4-take1.mp4",
        "tide/uploads/Mowe-am-Pier.mp4",
        "tide/uploads/mowe-AM-pier-2.MP4",
    ]
    assert sorted(archive.namelist()) == ["manifest.csv", *names]
    assert archive.read(names[0]) == CLIP
    by_file = {row["file"]: row for row in rows}
    made = by_file[names[0]]
    said = (
        "scene",
        "shot",
        "take",
        "model",
        "seed",
        "prompt",
        "cost_usd",
        "made_by",
        "sha256",
        "bytes",
        "source",
    )
    assert [made[name] for name in said] == [
        "12/A", "'=4", "1", "kling-2.5-turbo-text", "7", "'=A wave", "0.25", "ada",
        hashlib.sha256(CLIP).hexdigest(), str(len(CLIP)), "generated",
    ]  # fmt: skip
    assert by_file[names[1]]["name"] == "../Möwe am Pier.mp4"
    take.refresh_from_db()
    unwanted.refresh_from_db()
    assert (take.exported_at is not None, unwanted.exported_at) == (True, None)
    assert Activity.objects.get(deed=Deed.DOWNLOADED).words.startswith(
        "downloaded 3 files as rushes-library-"
    )


def test_costs_are_for_those_who_may_order_and_stand_once_a_take(client, ada, project, shot):
    take = kept_take(shot, files=1, cost="0.40")
    second = take.generation.outputs.create(
        index=1, key="generations/two.png", content_type="image/png", size_bytes=0, sha256=""
    )
    keep(second)
    assert [row["cost_usd"] for row in opened(client.post(URL, {"all": 1}))[1]] == ["0.40", ""]
    client.force_login(make_member(project, Role.REVIEWER))
    archive, rows = opened(client.post(URL, {"all": 1}))
    assert [row["cost_usd"] for row in rows] == ["", ""]
    assert archive.namelist()[1].endswith("-take1-2.png")


def test_what_has_no_file_is_named_and_the_archive_goes_on(client, ada, shot):
    gone, closed, cleared, failed, there = (
        make_take(shot), kept_take(shot), make_take(shot), make_take(shot, status=Status.FAILED), kept_take(shot),
    )  # fmt: skip
    Output.objects.filter(generation=closed.generation).update(is_flagged=True)
    Output.objects.filter(generation=cleared.generation).update(cleared_at=timezone.now())
    archive, rows = opened(client.post(URL, {"all": 1}))
    assert len(archive.namelist()) == 2
    reasons = {row["take"]: row["missing_because"] for row in rows}
    assert reasons["1"] == "gone from the storage"
    assert reasons["2"].startswith("flagged")
    assert reasons["3"].startswith("The file was cleared on")
    assert (reasons["4"], reasons["5"]) == ("no file: failed", "")
    exported = Take.objects.exclude(exported_at=None).values_list("number", flat=True)
    assert sorted(exported) == [gone.number, there.number]
    assert failed.exported_at is None


def test_nothing_chosen_and_nothing_there_are_refused_and_write_nothing(client, ada, shot):
    make_take(shot, status=Status.FAILED)
    for query in ({}, {"all": "1", "q": "wave"}, {"item": line_of(Take.objects.get())}):
        answer = client.post(URL, query)
        assert answer.status_code == 302
        assert answer["Location"] == ("/library/?q=wave" if "q" in query else "/library/?")
    assert "There is no file to download among these" in client.get("/library/").content.decode()
    assert nothing_is_written()


def test_others_files_are_not_handed_out(client, ada, project, shot):
    foreign = kept_take(make_shot())
    assert client.post(URL, {"item": line_of(foreign)}).status_code == 302
    client.force_login(make_user())
    kept_take(shot)
    assert client.post(URL, {"all": "1"}).status_code == 302
    assert client.post("/tide/cut.zip").status_code == 404
    client.logout()
    assert client.post(URL, {"all": "1"})["Location"].startswith("/accounts/login/")
    assert client.post("/tide/cut.zip")["Location"].startswith("/accounts/login/")
    assert nothing_is_written()


def test_the_cut_is_numbered_in_the_order_of_the_film(client, ada, project):
    second, first = make_scene(project, position=2), make_scene(project, position=1)
    kept_take(make_shot(second), is_circled=True)
    make_shot(first)
    kept_take(make_shot(first, archived_at=timezone.now()), is_circled=True)
    take = make_take(make_shot(first), upload=keep(make_upload(project, name="own.mp4")), is_circled=True)
    kept_take(take.shot)
    archive, rows = opened(client.post("/tide/cut.zip"))
    assert archive.namelist() == [
        "tide-cut/002-own.mp4",
        f"tide-cut/003-tide-sc{second.number}-sh1-take1.mp4",
        "manifest.csv",
    ]
    assert [row["missing_because"] for row in rows] == ["no take of this shot is circled", "", ""]
    assert list(Take.objects.exclude(exported_at=None).values_list("is_circled", flat=True)) == [True]


def test_to_look_at_the_address_hands_out_nothing(client, ada, project, shot):
    take = kept_take(shot, is_circled=True)
    assert client.get(URL, {"all": "1", "q": "wave"})["Location"] == "/library/?q=wave"
    assert client.get("/tide/cut.zip")["Location"] == "/tide/"
    file = reverse("studio:media-output", args=["tide", take.generation.outputs.get().pk]) + "?download=1"
    led = client.get(file, headers={"Sec-Fetch-Site": "cross-site"})
    assert led["Location"] == f"{shot.get_absolute_url()}?take=1"
    assert client.get(file, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 403
    assert nothing_is_written()
    assert client.get(file, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert not nothing_is_written()


def test_a_project_without_a_cut_says_so(client, ada, shot):
    make_take(shot)
    answer = client.post("/tide/cut.zip", follow=True)
    assert "No circled take has a file yet" in answer.content.decode()
    assert nothing_is_written()


def test_it_streams_under_asgi_and_can_be_left_in_the_middle(async_client, ada, shot):
    kept_take(shot)
    async_client.force_login(ada)

    async def fetched():
        answer = await async_client.post(URL, {"all": "1"})
        whole = b"".join([part async for part in answer.streaming_content])
        other = await async_client.post(URL, {"all": "1"})
        parts = aiter(other.streaming_content)
        await anext(parts)
        await parts.aclose()
        return whole

    assert zipfile.ZipFile(io.BytesIO(async_to_sync(fetched)())).testzip() is None


def test_a_file_on_s3_comes_part_by_part_and_one_that_is_gone_is_named(client, ada, settings, tmp_path, shot):
    large = bytes(PART_BYTES) + b"and a little more"
    with s3_server() as address:
        use_bucket(settings, tmp_path, address)
        keep(make_take(shot).generation.outputs.get(), large)
        keep(make_take(shot).generation.outputs.get(), bytes(PART_BYTES))
        make_take(shot)
        archive, rows = opened(client.post(URL, {"all": 1}))
    assert archive.read(rows[0]["file"]) == large
    assert len(archive.read(rows[1]["file"])) == PART_BYTES
    assert rows[2]["missing_because"] == "gone from the storage"


def test_a_file_of_200_mb_takes_the_memory_of_a_few_parts(project, settings):
    path = Path(storages["default"].location) / "uploads" / "large.mp4"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(200_000_000)
    upload = Upload(
        name="large.mp4", key="uploads/large.mp4", size_bytes=200_000_000, created_at=timezone.now()
    )
    tracemalloc.start()
    size = sum(len(part) for part in zipped([Piece(project, file=upload, path="large.mp4")]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 200_000_000
    assert peak < 6 * PART_BYTES
