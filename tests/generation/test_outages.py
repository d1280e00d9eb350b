"""A storage that is away and a disk that is full: the job waits, nothing is left half, and it comes right by itself."""

import errno
import io
import os
import resource
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image

from billing.check import check_books
from billing.models import HoldState
from generation import orders, storage, tasks
from generation.models import Generation, Output, Status
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider
from tests.fakes.sockets import Reply, Request, SocketServer
from tests.storages import s3_server, use_bucket, use_folder

pytestmark = pytest.mark.django_db
LIMIT = 24 * 1024 * 1024
LARGE = 32 * 1024 * 1024


@pytest.fixture
def large(provider: ScriptedProvider) -> bytes:
    """A whole picture that weighs more than there is room for: what follows its end does not hurt it."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(drawn, "PNG")
    provider.file = drawn.getvalue() + bytes(LARGE)
    return provider.file


def ready() -> Generation:
    account = make_project().account
    generation = orders.place(
        orders.Order(account=account, model="flux-dev", values={"prompt": "Sand falls."})
    )
    tasks.submit(generation.pk)
    Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
    return generation


def stored(generation: Generation) -> Generation:
    tasks.store(generation.pk)
    generation.refresh_from_db()
    return generation


def when_its_time_has_come(generation: Generation) -> Generation:
    """The pause is over; the sweep finds the job, and nobody else does anything."""
    past = timezone.now() - timedelta(hours=1)
    Generation.objects.filter(pk=generation.pk).update(lease_until=past, dispatched_at=past)
    watcher = Watcher(tell=lambda task, pk: task(pk), beats=False)
    watcher.tick()
    watcher.close()
    generation.refresh_from_db()
    return generation


def assert_it_waits(generation: Generation) -> None:
    now = timezone.now()
    assert generation.status == Status.READY
    assert generation.lease_until is not None
    assert now < generation.lease_until <= now + timedelta(seconds=80)
    assert generation.hold.state == HoldState.OPEN
    assert not Output.objects.exists()


def assert_it_came_right(generation: Generation, content: bytes) -> None:
    assert generation.status == Status.SUCCEEDED
    generation.hold.refresh_from_db()
    assert generation.hold.state == HoldState.SETTLED
    with storage.open_stored(generation.outputs.get().key) as file:
        assert file.read() == content
    assert check_books().agrees


def files_under(folder: str) -> list[Path]:
    return [path for path in Path(folder).rglob("*") if path.is_file()]


@contextmanager
def no_file_may_be_larger() -> Iterator[None]:
    """A real limit of the system on every file of this process: writing beyond it is an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own for a folder, too small for the file."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={LIMIT}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk can be mounted by root only, where the machine allows it")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_limit_on_the_download_folder_is_waited_out(large: bytes, settings: Any, tmp_path: Path) -> None:
    use_folder(settings, tmp_path)
    generation = ready()
    with no_file_may_be_larger():
        assert_it_waits(stored(generation))
    assert files_under(str(tmp_path)) == []
    assert_it_came_right(when_its_time_has_come(generation), large)
    assert files_under(settings.DOWNLOAD_ROOT) == []


@pytest.mark.parametrize("full", ["downloads", "media"])
def test_a_full_disk_is_waited_out(large: bytes, settings: Any, tmp_path: Path, full: str) -> None:
    use_folder(settings, tmp_path)
    generation = ready()
    with small_disk(tmp_path / full):
        with pytest.raises(OSError, match="No space left") as full_disk:
            (tmp_path / full / "check").write_bytes(large)
        assert full_disk.value.errno == errno.ENOSPC
        (tmp_path / full / "check").unlink()
        assert_it_waits(stored(generation))
        assert files_under(str(tmp_path)) == []
    assert_it_came_right(when_its_time_has_come(generation), large)
    assert files_under(settings.DOWNLOAD_ROOT) == []


@pytest.mark.parametrize("away", ["media", "downloads"])
def test_a_folder_that_is_not_there_is_waited_for(
    provider: ScriptedProvider, settings: Any, tmp_path: Path, away: str
) -> None:
    use_folder(settings, tmp_path)
    (tmp_path / away).write_text("a file where a disk should be mounted")
    generation = ready()
    assert_it_waits(stored(generation))
    (tmp_path / away).unlink()
    assert files_under(str(tmp_path)) == []
    assert_it_came_right(when_its_time_has_come(generation), provider.file)


def test_each_try_waits_longer(provider: ScriptedProvider, settings: Any, tmp_path: Path) -> None:
    use_folder(settings, tmp_path)
    (tmp_path / "media").touch()
    generation, waits = ready(), []
    for _ in range(6):
        Generation.objects.update(lease_until=None)
        begun = timezone.now()
        found = stored(generation).lease_until
        assert found is not None
        waits.append((found - begun).total_seconds())
    assert waits[0] < 4
    assert waits[-1] > 30
    assert max(waits) < 80


def test_a_bucket_that_does_not_answer_is_waited_for(
    provider: ScriptedProvider, settings: Any, tmp_path: Path
) -> None:
    with s3_server() as url:
        use_bucket(settings, tmp_path, url)
        here = settings.STORAGES
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
        _lead_to(settings, nobody)
        generation = ready()
        assert_it_waits(stored(generation))
        assert files_under(settings.DOWNLOAD_ROOT) == []
        settings.STORAGES = here
        assert_it_came_right(when_its_time_has_come(generation), provider.file)


class BreakingS3(SocketServer):
    """Takes the beginning of an upload, and refuses its parts as an S3 does whose disk is full."""

    parts = 0

    def answer(self, request: Request) -> Reply:
        if request.method == "POST" and "uploads" in request.path + str(request.query):
            return Reply(200, _BEGUN, headers={"Content-Type": "application/xml"})
        if request.method == "PUT":
            self.parts += 1
            return Reply(507, b"<Error><Code>InsufficientStorage</Code></Error>")
        if request.method == "POST":
            return Reply(200, _BEGUN)
        return Reply(404)


_BEGUN = (
    b'<?xml version="1.0"?><InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>"
)


def test_a_bucket_that_breaks_off_an_upload_shows_nothing_of_it(
    large: bytes, settings: Any, tmp_path: Path
) -> None:
    with s3_server() as url, BreakingS3() as breaking:
        client = use_bucket(settings, tmp_path, url)
        here = settings.STORAGES
        _lead_to(settings, breaking.url)
        generation = ready()
        assert_it_waits(stored(generation))
        assert breaking.parts >= 1
        assert files_under(settings.DOWNLOAD_ROOT) == []
        settings.STORAGES = here
        assert_it_came_right(when_its_time_has_come(generation), large)
        # The file is brought here for its poster, which is kept beside it there.
        tasks.draw_poster(generation.outputs.get().pk)
        bucket: Any = storages["default"]
        listed = client.list_objects_v2(Bucket=bucket.bucket_name)["Contents"]
        assert sorted(found["Key"].rpartition("/")[2] for found in listed) == ["0.png", "0.poster.webp"]


def _lead_to(settings: Any, endpoint: str) -> None:
    """The same bucket at another address, with the house's patience cut short."""
    default = settings.STORAGES["default"]
    quick = Config(
        signature_version="s3v4", connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}
    )
    options = {**default["OPTIONS"], "endpoint_url": endpoint, "client_config": quick}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
