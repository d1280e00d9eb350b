"""Housekeeping on a folder and on S3: what goes, what stays, and that nothing goes twice or by mistake."""

import io
import json
import os
import re
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.check import check_books
from billing.models import Entry
from generation import clearing, health, storage, stored
from generation.models import CostState, Event, Generation, Output, Status
from studio import housekeeping, takes
from studio.models import Project, Take
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload, make_user
from tests.storages import s3_server, use_bucket, use_folder

pytestmark = pytest.mark.django_db
CLIP = b"a clip of a pier"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    """Files lie in a folder, and then in a bucket."""
    if request.param == "folder":
        use_folder(settings, tmp_path)
    else:
        use_bucket(settings, tmp_path, request.getfixturevalue("s3_url"))
    return str(request.param)


@pytest.fixture
def project() -> Project:
    found: Project = make_project(slug="tide", keep_days=30)
    return found


def old_take(project: Project, *, days: float = 31, status: Status = Status.SUCCEEDED, **fields: Any) -> Take:
    """A take whose files are in the storage, ended so many days ago."""
    shot = make_shot(project.scenes.first() or make_scene(project))
    take: Take = make_take(
        shot, status=status, files=1, finished_at=timezone.now() - timedelta(days=days), **fields
    )
    output = file_of(take)
    folder = f"generations/{str(take.generation.key)[:2]}/{take.generation.key}"
    output.key, output.poster_key = f"{folder}/0.mp4", f"{folder}/0.poster.webp"
    output.size_bytes = len(CLIP)
    output.save()
    for key in clearing.keys_of(output):
        storages["default"].save(key, ContentFile(CLIP))
    return take


def file_of(take: Take) -> Output:
    return Output.objects.get(generation=take.generation)


def there(take: Take) -> list[bool]:
    return [storage.exists(key) for key in clearing.keys_of(file_of(take))]


def housekeep(*words: str) -> dict[str, Any]:
    said = io.StringIO()
    call_command("housekeep", *words, "--json", stdout=said)
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def aged(days: float = 2) -> Any:
    """So many days later, for what housekeeping thinks."""
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=True)


# ---- retention ----
def test_what_nobody_chose_is_cleared_and_its_history_and_money_stay(place: str, project: Project) -> None:
    take = old_take(project)
    before = (Generation.objects.values().get(), Entry.objects.count(), Event.objects.count())

    report = housekeep()

    assert report["freed"]["retention"] == {"files": 1, "bytes": len(CLIP)}
    assert there(take) == [False, False, False]
    output = file_of(take)
    assert output.cleared_at
    assert output.erased_at
    assert output.sha256 == "0" * 64
    now = Generation.objects.values().get()
    assert {**now, "changed_at": None} == {**before[0], "changed_at": None}
    assert Entry.objects.count() == before[1]
    assert list(Event.objects.values_list("actor", "note"))[before[2] :] == [
        ("retention", "Files cleared: the project keeps takes like this for 30 days.")
    ]
    assert check_books().agrees
    assert housekeep()["files"] == 0


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda take: takes.circle(take, None), id="circled"),
        pytest.param(
            lambda take: (takes.circle(take, None), takes.uncircle(take.shot, None)), id="once circled"
        ),
        pytest.param(lambda take: takes.mark_exported([take.pk]), id="exported"),
        pytest.param(
            lambda take: Output.objects.filter(generation=take.generation).update(used_at=timezone.now()),
            id="an order started from it",
        ),
        pytest.param(
            lambda take: Generation.objects.update(cost_state=CostState.UNDETERMINED, cost_micros=None),
            id="nobody knows its cost",
        ),
        pytest.param(
            lambda take: Generation.objects.update(finished_at=timezone.now() - timedelta(days=29)),
            id="not old enough",
        ),
        pytest.param(lambda take: Project.objects.update(keep_days=None), id="the project keeps all"),
        pytest.param(lambda take: Project.objects.update(keep_days=32), id="the project keeps it longer"),
    ],
)
def test_what_was_chosen_or_is_not_settled_stays(place: str, project: Project, choose: Any) -> None:
    take = old_take(project)
    choose(take)
    assert housekeep()["files"] == 0
    assert there(take) == [True, True, True]
    assert file_of(take).cleared_at is None


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.READY, Status.UNCERTAIN])
def test_what_is_being_made_is_never_touched(place: str, project: Project, status: Status) -> None:
    take = old_take(project, status=status)
    Output.objects.all().delete()  # as between saving the file and writing its row
    folder = f"generations/{str(take.generation.key)[:2]}/{take.generation.key}"
    with aged(400):
        assert housekeep()["files"] == 0
    assert storage.exists(f"{folder}/0.mp4")


def test_an_uploaded_take_stays(place: str, project: Project) -> None:
    upload = make_upload(project, key=f"uploads/ab/{uuid.uuid4()}.mp4", poster_key="")
    storages["default"].save(upload.key, ContentFile(CLIP))
    make_take(make_shot(make_scene(project)), upload=upload)
    with aged(400):
        assert housekeep()["files"] == 0
    assert storage.exists(upload.key)


def test_only_the_project_that_was_named_is_looked_at(place: str, project: Project) -> None:
    mine, others = old_take(project), old_take(make_project(slug="sand", keep_days=1))
    report = housekeep("--project", "tide")
    assert report["freed"] == {"retention": {"files": 1, "bytes": len(CLIP)}}
    assert (there(mine)[-1], there(others)[-1]) == (False, True)


# ---- races ----
@pytest.mark.parametrize("way", ["circled", "exported"])
def test_a_take_that_is_chosen_between_the_list_and_the_claim_survives(
    place: str, project: Project, way: str
) -> None:
    from studio import retention

    first, second = old_take(project), old_take(project)
    found = retention.cleared(project, timezone.now())
    assert next(found)[0].generation == first.generation
    if way == "circled":
        takes.circle(second, None)
    else:
        takes.mark_exported([second.pk])
    assert list(found) == []
    assert there(second) == [True, True, True]


def test_a_run_that_died_after_the_claim_is_finished_by_the_next(place: str, project: Project) -> None:
    from studio import retention

    take = old_take(project)
    next(retention.cleared(project, timezone.now()))
    assert there(take) == [True, True, True]
    Project.objects.update(keep_days=None)
    assert housekeep("--dry-run")["files"] == 1
    assert housekeep()["files"] == 1
    assert there(take) == [False, False, False]
    assert file_of(take).erased_at


def test_a_cleared_take_cannot_be_circled(place: str, project: Project) -> None:
    take = old_take(project)
    housekeep()
    with pytest.raises(takes.TakeRefusedError, match="Order it once more"):
        takes.circle(take, None)
    take.refresh_from_db()
    assert not take.is_circled


def test_two_never_run_together_and_looking_is_always_allowed(place: str) -> None:
    assert health.take_lease("housekeeping", "somebody", timedelta(minutes=1))
    with pytest.raises(CommandError, match="going on already"):
        call_command("housekeep")
    assert housekeep("--dry-run")["files"] == 0
    health.give_up_lease("housekeeping", "somebody")
    assert housekeep()["files"] == 0
    assert housekeep()["files"] == 0, "the lease is given back"


def test_a_run_that_is_asked_to_stop_ends_and_says_so(place: str, project: Project) -> None:
    take = old_take(project)
    stop = threading.Event()
    stop.set()
    report = housekeeping.run(stop=stop)
    assert report.problems == ["retention: Stopped before the end; the next run goes on."]
    assert list(report.freed) == ["retention"]
    assert there(take) == [True, True, True]
    assert housekeep()["files"] == 1


def test_looking_for_strays_stops_when_asked(settings: Any, tmp_path: Path) -> None:
    use_folder(settings, tmp_path)
    stray()
    stop = threading.Event()
    stop.set()
    assert housekeeping.run(only=["strays"], stop=stop).problems == [
        "strays: Stopped before the end; the next run goes on."
    ]


# ---- strays ----
def stray(name: str = "0.mp4") -> str:
    key = f"generations/ab/{uuid.uuid4()}/{name}"
    storages["default"].save(key, ContentFile(CLIP))
    return key


def test_an_old_file_that_no_row_knows_goes_and_a_young_one_stays(place: str) -> None:
    lost = [
        stray(),
        stray("0.poster.webp"),
        f"uploads/cd/{uuid.uuid4()}.png",
        f"comparisons/cd/{uuid.uuid4()}.mp4",
    ]
    for key in lost[2:]:
        storages["default"].save(key, ContentFile(CLIP))
    assert housekeep()["files"] == 0
    with aged():
        assert housekeep()["freed"]["strays"] == {"files": 4, "bytes": 4 * len(CLIP)}
    assert not any(storage.exists(key) for key in lost)


def test_what_a_row_knows_stays_with_its_poster_and_its_copy(place: str, project: Project) -> None:
    take = old_take(project, days=1)
    upload = make_upload(
        project, key=f"uploads/ab/{uuid.uuid4()}.mp4", poster_key=f"uploads/ab/{uuid.uuid4()}.poster.webp"
    )
    for key in (upload.key, upload.poster_key):
        storages["default"].save(key, ContentFile(CLIP))
    with aged():
        assert housekeep()["files"] == 0
    assert there(take) == [True, True, True]
    assert storage.exists(upload.key)
    assert storage.exists(upload.poster_key)


def test_a_file_that_an_order_started_from_stays_without_its_row(place: str, project: Project) -> None:
    key = f"uploads/ab/{uuid.uuid4()}.png"
    storages["default"].save(key, ContentFile(CLIP))
    take = make_take(make_shot(make_scene(project)), files=0)
    request = {**take.generation.request, "inputs": {"image.0": {"key": key, "sha256": "a"}}}
    Generation.objects.update(request=request)
    with aged():
        assert housekeep()["files"] == 0
    assert storage.exists(key)


def test_what_lies_elsewhere_is_somebody_elses(place: str) -> None:
    keys = ["notes.txt", f"backups/{uuid.uuid4()}/0.mp4", "generations/README"]
    for key in keys:
        storages["default"].save(key, ContentFile(CLIP))
    with aged():
        assert housekeep()["files"] == 0
    assert all(storage.exists(key) for key in keys)


def test_a_database_that_knows_none_of_very_many_files_is_suspected(place: str) -> None:
    keys = [stray() for _ in range(101)]
    with aged():
        with pytest.raises(CommandError, match="is this the database of this storage"):
            call_command("housekeep", stdout=io.StringIO())
        assert all(storage.exists(key) for key in keys[:5])
        assert housekeep("--many")["freed"]["strays"]["files"] == 101


# ---- what was never finished ----
def test_a_save_that_broke_off_is_removed_once_it_is_old(place: str, project: Project) -> None:
    take = old_take(project, days=0)
    if place == "s3":
        bucket: Any = storages["default"]
        client, where = bucket.connection.meta.client, {"Bucket": bucket.bucket_name}
        where["Key"] = f"house/{file_of(take).key}"
        begun = client.create_multipart_upload(**where)["UploadId"]
        client.upload_part(**where, UploadId=begun, PartNumber=1, Body=b"x" * 5_000)
    else:
        path = storage.local_path(file_of(take).key)
        assert path is not None
        path.with_name(".0.mp4-abc").write_bytes(b"x" * 5_000)
    if place == "folder":  # to the S3 server here every upload began in 2010
        assert housekeep()["files"] == 0
    with aged():
        assert housekeep("--dry-run")["freed"]["unfinished"] == {"files": 1, "bytes": 5_000}
        assert housekeep()["freed"]["unfinished"] == {"files": 1, "bytes": 5_000}
    assert list(stored.unfinished()) == []
    assert there(take) == [True, True, True]


def test_old_temporary_files_go_and_nothing_else_of_that_folder(place: str, settings: Any) -> None:
    root = Path(settings.DOWNLOAD_ROOT)
    for name in ("incoming-a", "incoming-young", "somebody-elses"):
        root.mkdir(exist_ok=True)
        (root / name).write_bytes(b"12345")
    (root / "copy-b").mkdir()
    (root / "copy-b" / "0.mp4").write_bytes(b"12345")
    for path in (root / "incoming-a", root / "somebody-elses", root / "copy-b" / "0.mp4", root / "copy-b"):
        os.utime(path, (0, 0))
    assert housekeep("--only", "temporary")["freed"] == {"temporary": {"files": 2, "bytes": 10}}
    assert sorted(path.name for path in root.iterdir()) == ["incoming-young", "somebody-elses"]


def test_each_temporary_folder_that_a_killed_process_leaves_is_known() -> None:
    opened = re.compile(r'temporary_folder\("([a-z]+-)"\)')
    texts = [path.read_text() for app in ("studio", "generation") for path in (ROOT / app).rglob("*.py")]
    assert {name for text in texts for name in opened.findall(text)} <= set(housekeeping.TEMPORARY)


def stuck(key: str) -> None:
    """Make a file one that cannot be removed: a folder with something in it."""
    path = storage.local_path(key)
    assert path is not None
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()


def test_files_that_cannot_be_removed_are_told_and_keep_no_others(
    settings: Any, tmp_path: Path, project: Project
) -> None:
    use_folder(settings, tmp_path)
    first, second = old_take(project), old_take(project)
    stuck(file_of(first).key)
    report = housekeeping.run()
    assert report.freed["retention"].files == 1
    assert there(second) == [False, False, False]
    assert file_of(first).erased_at is None
    (problem,) = report.problems
    assert problem.startswith("retention: 1 could not be removed, such as: ")
    assert file_of(first).key in problem


def test_of_very_many_that_cannot_be_removed_a_few_are_named(
    settings: Any, tmp_path: Path, project: Project
) -> None:
    use_folder(settings, tmp_path)
    for _ in range(housekeeping.TOLD + 2):
        stuck(file_of(old_take(project)).key)
    (problem,) = housekeeping.run(only=["retention"]).problems
    assert problem.startswith(f"retention: {housekeeping.TOLD + 2} could not be removed")
    assert problem.count("0.mp4") == housekeeping.TOLD


# ---- looking only, and refusals ----
def test_a_dry_run_says_the_same_and_changes_nothing(place: str, project: Project, settings: Any) -> None:
    take, lost = old_take(project), stray()
    temporary = Path(settings.DOWNLOAD_ROOT) / "incoming-a"
    temporary.parent.mkdir(exist_ok=True)
    temporary.write_bytes(b"12345")
    os.utime(temporary, (0, 0))
    with aged():
        before = list(Output.objects.values()), list(Generation.objects.values()), Event.objects.count()
        said = housekeep("--dry-run")
        assert (list(Output.objects.values()), list(Generation.objects.values())) == before[:2]
        assert Event.objects.count() == before[2]
        assert there(take) == [True, True, True]
        assert storage.exists(lost)
        assert temporary.exists()
        assert said["dry_run"] is True
        done = housekeep()
    assert said["freed"] == done["freed"]
    assert (done["files"], done["bytes"]) == (3, 2 * len(CLIP) + 5)


def test_a_storage_that_is_away_is_told_and_the_rest_is_done(
    settings: Any, project: Project, tmp_path: Path
) -> None:
    use_folder(settings, tmp_path)
    take = old_take(project)
    options = {"bucket_name": "x", "endpoint_url": "http://127.0.0.1:9", "access_key": "k", "secret_key": "s"}
    away = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    here = settings.STORAGES
    settings.STORAGES = {**here, "default": away}
    root = Path(settings.DOWNLOAD_ROOT)
    root.mkdir()
    (root / "incoming-a").touch()
    os.utime(root / "incoming-a", (0, 0))
    with pytest.raises(CommandError, match="retention: The storage did not work"):
        call_command("housekeep", stdout=io.StringIO())
    assert list(root.iterdir()) == []
    assert (file_of(take).cleared_at is not None, file_of(take).erased_at) == (True, None)
    settings.STORAGES = here
    assert housekeep()["files"] == 1
    assert there(take) == [False, False, False]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--project", "nowhere"], "no project “nowhere”"),
        (["--only", "dust"], "invalid choice"),
        (["--project", "tide", "--only", "strays"], "nothing but retention"),
    ],
)
def test_wrong_words_are_refused(project: Project, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("housekeep", *words)


def test_the_lines_say_what_was_freed(settings: Any, tmp_path: Path, project: Project) -> None:
    use_folder(settings, tmp_path)
    old_take(project, by=make_user())
    said = io.StringIO()
    call_command("housekeep", stdout=said)
    assert said.getvalue().splitlines() == [
        "files of takes that their project no longer keeps: 1, 16 bytes",
        "files in the storage that no row knows: 0, 0 bytes",
        "saves that broke off: 0, 0 bytes",
        "temporary files on this machine: 0, 0 bytes",
        "old visits by links for clients: 0, 0 bytes",
        "16 bytes freed",
    ]
