"""Files coming in: counted, hashed, sniffed, refused; and kept in a local folder, whole or not at all."""

import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from generation import storage
from generation.media_types import IMAGE_TYPES, VIDEO_TYPES
from generation.storage import (
    EmptyFileError,
    FileRefusedError,
    IncompleteSaveError,
    TooLargeError,
    WrongTypeError,
    accept_upload,
    receive,
)

KEY = UUID("ab12cd34-0000-4000-8000-000000000001")
MP4_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> Path:
    settings.DOWNLOAD_ROOT = str(tmp_path / "incoming")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media"), "base_url": "/media/"},
        },
    }
    return tmp_path


def png(colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


def left_over(folders: Path) -> list[Path]:
    return [path for path in (folders / "incoming").rglob("*") if path.is_file()]


def test_a_received_file_is_counted_hashed_and_named_by_its_content(folders: Path) -> None:
    content = png()

    with receive([content[:3], content[3:9], b"", content[9:]], max_bytes=10_000) as received:
        assert received.path.read_bytes() == content
        assert received.size_bytes == len(content)
        assert received.sha256 == hashlib.sha256(content).hexdigest()
        assert received.content_type == "image/png"
        assert left_over(folders) == [received.path]

    assert left_over(folders) == []


def test_a_received_file_is_removed_when_its_user_fails(folders: Path) -> None:
    with pytest.raises(ZeroDivisionError), receive([png()], max_bytes=10_000):
        _ = 1 / 0

    assert left_over(folders) == []


def test_reading_stops_as_soon_as_the_cap_is_passed(folders: Path) -> None:
    asked = 0

    def endless() -> Iterator[bytes]:
        nonlocal asked
        yield MP4_HEAD
        while True:
            asked += 1
            yield bytes(1000)

    with pytest.raises(TooLargeError, match=r"larger than 4\.88 kB"):
        receive(endless(), max_bytes=5_000)

    assert asked == 5
    assert left_over(folders) == []


def test_a_file_of_exactly_the_cap_is_taken() -> None:
    with receive([png()], max_bytes=len(png())) as received:
        assert received.size_bytes == len(png())


def test_an_empty_file_is_refused(folders: Path) -> None:
    for chunks in ([], [b""], [b"", b""]):
        with pytest.raises(EmptyFileError, match="is empty"):
            receive(chunks, max_bytes=10)
    assert left_over(folders) == []


def test_a_page_in_place_of_a_clip_is_refused_after_its_first_bytes(folders: Path) -> None:
    asked = 0

    def page() -> Iterator[bytes]:
        nonlocal asked
        for _ in range(100):
            asked += 1
            yield b"<html>Sign in</html>" * 100

    with pytest.raises(WrongTypeError, match="no picture, video or sound"):
        receive(page(), max_bytes=10**9)

    assert asked == 2
    assert left_over(folders) == []


def test_a_picture_in_place_of_a_clip_is_refused_and_what_was_wanted_is_named(folders: Path) -> None:
    with pytest.raises(
        WrongTypeError, match="The content is image/png; what can be taken is: mov, mp4, webm"
    ):
        receive([png()], max_bytes=10_000, expected=VIDEO_TYPES)
    assert left_over(folders) == []


def test_a_stream_that_breaks_off_leaves_nothing(folders: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield png()
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        receive(broken(), max_bytes=10_000)
    assert left_over(folders) == []


def test_memory_stays_small_however_large_the_file_is() -> None:
    block = bytes(1024 * 1024)

    def large() -> Iterator[bytes]:
        yield MP4_HEAD
        for _ in range(200):
            yield block

    tracemalloc.start()
    try:
        with receive(large(), max_bytes=10**9) as received:
            storage.save(received, "large.mp4")
            assert received.size_bytes == 200 * 1024 * 1024 + len(MP4_HEAD)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    storage.delete("large.mp4")

    assert peak < 8 * 1024 * 1024


# ---- uploads ----
def test_an_upload_that_is_what_its_name_says_is_taken() -> None:
    with accept_upload(SimpleUploadedFile("Shot 1.PNG", png()), IMAGE_TYPES) as received:
        assert received.content_type == "image/png"


@pytest.mark.parametrize(
    ("name", "content", "allowed", "error", "words"),
    [
        ("shot.mp4", png(), VIDEO_TYPES | IMAGE_TYPES, WrongTypeError, "Rename it to end in .png"),
        ("shot", png(), IMAGE_TYPES, WrongTypeError, "ends in “nothing”"),
        ("shot.png", png(), VIDEO_TYPES, WrongTypeError, "what can be taken is: mov, mp4, webm"),
        ("shot.png", b"MZ\x90\x00 a program", IMAGE_TYPES, WrongTypeError, "no picture, video or sound"),
        ("shot.png", b"", IMAGE_TYPES, EmptyFileError, "is empty"),
    ],
)
def test_an_upload_that_is_not_what_its_name_says_is_refused(
    folders: Path,
    name: str,
    content: bytes,
    allowed: frozenset[str],
    error: type[FileRefusedError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        accept_upload(SimpleUploadedFile(name, content), allowed)
    assert left_over(folders) == []


def test_an_upload_over_the_limit_is_refused_before_it_is_read(settings: Settings, folders: Path) -> None:
    settings.MAX_UPLOAD_BYTES = 100

    with pytest.raises(TooLargeError, match="larger than 100 bytes, the most that can be uploaded"):
        accept_upload(SimpleUploadedFile("shot.png", png() + bytes(100)), IMAGE_TYPES)
    assert not (folders / "incoming").exists()


# ---- keeping ----
def test_keys_follow_from_the_generation_and_the_type() -> None:
    assert storage.output_key(KEY, 0, "video/mp4") == f"generations/ab/{KEY}/0.mp4"
    assert storage.output_key(KEY, 3, "image/jpeg") == f"generations/ab/{KEY}/3.jpg"
    assert (
        storage.poster_key(storage.output_key(KEY, 0, "video/mp4")) == f"generations/ab/{KEY}/0.poster.webp"
    )
    assert storage.upload_key(KEY, "image/png") == f"uploads/ab/{KEY}.png"


def test_a_saved_file_can_be_opened_by_its_key(folders: Path) -> None:
    with receive([png()], max_bytes=10_000) as received:
        key = storage.save(received, storage.output_key(KEY, 0, received.content_type))

    with storage.open_stored(key) as file:
        assert file.read() == png()
    assert storage.local_path(key) == folders / "media" / key


def test_saving_twice_gives_the_same_file_and_nothing_beside_it(folders: Path) -> None:
    for colour in ("red", "teal"):
        with receive([png(colour)], max_bytes=10_000) as received:
            storage.save(received, "a/b/0.png")

    assert [path.name for path in (folders / "media" / "a" / "b").iterdir()] == ["0.png"]
    assert (folders / "media" / "a" / "b" / "0.png").read_bytes() == png("teal")


def test_a_save_that_fails_leaves_the_old_file_and_nothing_half_done(folders: Path) -> None:
    with receive([png()], max_bytes=10_000) as received:
        storage.save(received, "a/0.png")
        received.discard()
        with pytest.raises(FileNotFoundError):
            storage.save(received, "a/0.png")

    assert [path.name for path in (folders / "media" / "a").iterdir()] == ["0.png"]
    assert (folders / "media" / "a" / "0.png").read_bytes() == png()


def test_a_storage_that_kept_less_than_was_sent_is_noticed(settings: Settings, folders: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "tests.generation.test_storage.ForgetfulStorage",
            "OPTIONS": {"location": str(folders)},
        },
    }
    with (
        receive([png()], max_bytes=10_000) as received,
        pytest.raises(IncompleteSaveError, match="reports 0"),
    ):
        storage.save(received, "a/0.png")


class ForgetfulStorage(FileSystemStorage):
    """Reports that nothing arrived."""

    def size(self, name: str) -> int:
        return 0


def test_deleting_may_be_repeated(folders: Path) -> None:
    with receive([png()], max_bytes=10_000) as received:
        storage.save(received, "a/0.png")

    storage.delete("a/0.png")
    storage.delete("a/0.png")

    assert not (folders / "media" / "a" / "0.png").exists()


def test_local_files_have_no_signed_link_but_our_own() -> None:
    assert storage.signed_url("a/0.png") is None
    assert storage.stored_url("a/0.png", "/takes/1/file") == "/takes/1/file"
