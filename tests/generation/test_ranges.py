"""Serving a stored file: the table of ranges, conditions, headers, and both kinds of server."""

import asyncio
import tracemalloc
from email.utils import formatdate
from pathlib import Path

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, RequestFactory
from pytest_django import Settings

from generation.ranges import UnsatisfiableError, deliver, parse_range, safe_filename, serve

# An answer that is closed has Django look after its connections, whatever was answered.
pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    return path


def get(path: Path, method: str = "GET", content_type: str = "video/mp4", **headers: str) -> HttpResponseBase:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/file", headers=named)
    return serve(request, path, content_type=content_type, filename="clip.mp4", etag="abc")


def body(answer: HttpResponseBase) -> bytes:
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=1000-", 1000, SIZE - 1),
        ("bytes=1000-999999", 1000, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        ("bytes=-999999", 0, SIZE - 1),
        ("bytes = 5 - 9", 5, 9),
    ],
)
def test_a_range_is_answered_with_exactly_its_bytes(clip: Path, header: str, first: int, last: int) -> None:
    answer = get(clip, Range=header)

    assert answer.status_code == 206
    assert body(answer) == CONTENT[first : last + 1]
    assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_past_the_end_is_refused_with_the_size(clip: Path, header: str) -> None:
    answer = get(clip, Range=header)

    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize(
    "header",
    ["bytes=0-1,4-5", "items=0-1", "bytes=5-2", "bytes=", "bytes=-", "bytes=a-b", "0-1", "bytes=1--2", ""],
)
def test_what_makes_no_sense_is_ignored_and_the_whole_file_sent(clip: Path, header: str) -> None:
    answer = get(clip, Range=header)

    assert (answer.status_code, answer["Content-Length"]) == (200, str(SIZE))
    assert body(answer) == CONTENT
    assert not answer.has_header("Content-Range")


def test_the_whole_file_is_described(clip: Path) -> None:
    answer = get(clip)

    assert body(answer) == CONTENT
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["ETag"] == '"abc"'
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Disposition"] == 'inline; filename="clip.mp4"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-cache"


def test_head_has_the_same_headers_and_no_body(clip: Path) -> None:
    answer = get(clip, "HEAD", Range="bytes=0-9")

    assert (answer.status_code, answer["Content-Length"], answer["ETag"]) == (200, str(SIZE), '"abc"')
    assert answer.content == b""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": '"abc"'}, 304),
        ({"If_None_Match": 'W/"abc", "x"'}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_Match": '"other"'}, 412),
        ({"If_None_Match": '"abc"', "Range": "bytes=0-9"}, 304),
        ({"If_Range": '"abc"', "Range": "bytes=0-9"}, 206),
        ({"If_Range": '"other"', "Range": "bytes=0-9"}, 200),
        ({"If_Range": 'W/"abc"', "Range": "bytes=0-9"}, 200),
        ({"If_Range": "Thu, 01 Jan 2015 00:00:00 GMT", "Range": "bytes=0-9"}, 200),
        ({"If_Range": "nonsense", "Range": "bytes=0-9"}, 200),
    ],
)
def test_conditions_decide_what_is_sent(clip: Path, headers: dict[str, str], status: int) -> None:
    answer = get(clip, **headers)

    assert answer.status_code == status
    assert answer["Cache-Control"] == "private, no-cache"


def test_a_part_is_sent_when_the_date_of_the_file_is_the_one_known(clip: Path) -> None:
    modified = formatdate(int(clip.stat().st_mtime), usegmt=True)

    assert get(clip, If_Range=modified, Range="bytes=0-9").status_code == 206
    assert get(clip, If_Modified_Since=modified).status_code == 304


def test_an_empty_file_is_sent_empty_and_has_no_ranges(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()

    assert body(get(path)) == b""
    assert get(path, Range="bytes=0-").status_code == 416


@pytest.mark.parametrize(
    ("content_type", "served", "disposition"),
    [
        ("image/png", "image/png", "inline"),
        ("audio/mpeg", "audio/mpeg", "inline"),
        ("image/svg+xml", "image/svg+xml", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("", "application/octet-stream", "attachment"),
    ],
)
def test_only_plain_media_is_shown_and_the_rest_is_locked_down(
    clip: Path, content_type: str, served: str, disposition: str
) -> None:
    answer = get(clip, content_type=content_type)

    assert answer["Content-Type"] == served
    assert answer["Content-Disposition"].partition(";")[0] == disposition
    assert ("sandbox" in answer.get("Content-Security-Policy", "")) == (disposition == "attachment")
    answer.close()


def test_a_file_that_is_gone_is_a_404(tmp_path: Path) -> None:
    with pytest.raises(Http404, match="gone from the storage"):
        get(tmp_path / "no.mp4")


def test_a_local_file_is_delivered_by_its_key(settings: Settings, clip: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(clip.parent)},
        },
    }
    request = RequestFactory().get("/file", headers={"Range": "bytes=0-1"})

    answer = deliver(request, "clip.mp4", content_type="video/mp4", filename="x.mp4", etag="abc")

    assert (answer.status_code, body(answer)) == (206, CONTENT[:2])


def test_under_an_async_server_the_bytes_come_from_an_async_iterator(clip: Path) -> None:
    async def fetch() -> tuple[bool, bytes]:
        request: HttpRequest = AsyncRequestFactory().get("/file", headers={"Range": "bytes=10-19"})
        assert isinstance(request, ASGIRequest)
        answer = serve(request, clip, content_type="video/mp4", filename="clip.mp4", etag="abc")
        assert isinstance(answer, StreamingHttpResponse)
        return answer.is_async, b"".join([chunk async for chunk in answer])

    assert asyncio.run(fetch()) == (True, CONTENT[10:20])


@pytest.mark.parametrize("is_async", [False, True])
def test_a_player_that_goes_away_leaves_no_file_open(tmp_path: Path, is_async: bool) -> None:
    """A file left open would be a ResourceWarning, which is an error here."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(3 * 1024 * 1024))

    async def leave_early() -> int:
        request = AsyncRequestFactory().get("/file")
        answer = serve(request, path, content_type="video/mp4", filename="clip.mp4", etag="abc")
        part = aiter(answer)  # type: ignore[arg-type]
        first = await anext(part)
        await part.aclose()  # type: ignore[attr-defined]
        return len(first)

    if is_async:
        assert asyncio.run(leave_early()) == 512 * 1024
    else:
        answer = get(path)
        assert len(next(iter(answer))) == 512 * 1024  # type: ignore[call-overload]
        answer.close()


def test_memory_stays_small_however_large_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)

    tracemalloc.start()
    try:
        sent = sum(len(chunk) for chunk in get(path))  # type: ignore[attr-defined]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sent == 200 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clip.mp4", "clip.mp4"),
        ("Söap – Schnitt №1.mp4", "Soap-Schnitt-No1.mp4"),
        ('a"b\r\nc.png', "a-b-c.png"),
        ("../../etc/passwd", "etc-passwd"),
        ("漢字.webp", "file.webp"),
        ("", "file"),
        ("x" * 300 + ".mp4", "x" * 90 + ".mp4"),
    ],
)
def test_names_of_files_are_made_safe(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


def test_an_absurd_number_is_no_range() -> None:
    assert parse_range("bytes=" + "9" * 30 + "-", 10) is None
    with pytest.raises(UnsatisfiableError):
        parse_range("bytes=" + "9" * 18 + "-", 10)
