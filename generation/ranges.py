"""Answering with a stored file: whole or in parts, so that a player can seek, at constant memory.

Whoever calls this has already decided that the person may see the file.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe, quote_etag

from generation.media_types import MEDIA_TYPES
from generation.storage import local_path, signed_url

CHUNK_BYTES = 512 * 1024
SHOWN_TYPES = MEDIA_TYPES - {"image/svg+xml"}
"""What a browser may show by itself. An SVG can carry scripts, so it is only ever offered for saving."""

_ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\Z")
_LOCKED_DOWN = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


ASK_EACH_TIME = "private, no-cache"
"""A browser keeps the file, and asks whether it may still show it before it does: 304 costs no file."""


def deliver(
    request: HttpRequest,
    key: str,
    *,
    content_type: str,
    filename: str,
    etag: str,
    cache: str = ASK_EACH_TIME,
) -> HttpResponseBase:
    """Answer with the file under `key`: bytes when it lies here, a redirect to a signed link when on S3.

    `cache` is what a browser may do with the bytes, as Cache-Control says it.
    """
    is_attachment = content_type not in SHOWN_TYPES
    name = safe_filename(filename)
    if url := signed_url(
        key, filename=name, content_type=_served_type(content_type), attachment=is_attachment
    ):
        answer = HttpResponseRedirect(url)
        # Shorter than the link lives, so that a remembered redirect never leads to a dead one.
        answer["Cache-Control"] = f"private, max-age={settings.S3_LINK_SECONDS // 2}"
        return answer
    path = local_path(key)
    if path is None:
        raise Http404("This file is not kept where it can be served from.")
    return serve(request, path, content_type=content_type, filename=name, etag=etag, cache=cache)


def serve(
    request: HttpRequest,
    path: Path,
    *,
    content_type: str,
    filename: str,
    etag: str,
    cache: str = ASK_EACH_TIME,
) -> HttpResponseBase:
    """Answer a GET or HEAD with the file at `path`, or with the single range of it that was asked for.

    `etag` is any text that changes with the content, such as its SHA-256. Raises Http404 without a file.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Http404("This file is gone from the storage.") from error
    size, modified, tag = found.st_size, int(found.st_mtime), quote_etag(etag)
    early = get_conditional_response(request, tag, modified)
    if early is not None:
        early["Cache-Control"] = cache
        return early
    answer: HttpResponseBase
    try:
        answer = _answer(request, path, size, _wanted_range(request, size, tag, modified))
    except UnsatisfiableError:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    answer["ETag"] = tag
    answer["Last-Modified"] = http_date(modified)
    _describe(answer, content_type, safe_filename(filename))
    answer["Cache-Control"] = cache
    return answer


def safe_filename(name: str) -> str:
    """The name in plain ASCII, at most 100 characters, fit for any file system and any header."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", folded)
    found = re.search(r"\.[A-Za-z0-9]{1,8}\Z", words)
    suffix = found.group() if found else ""
    stem = words.removesuffix(suffix).strip("-._")[:90]
    return (stem or "file") + suffix


class UnsatisfiableError(Exception):
    """The range asked for begins after the end of the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte, both included, of a Range header; None when it is to be ignored and all is sent.

    Ignored are other units, several ranges at once and what makes no sense. Raises `UnsatisfiableError`.
    """
    match = _ONE_RANGE.match(header.strip().replace(" ", ""))
    if match is None:
        return None
    start, end, suffix = match.groups()
    if suffix is not None:
        if int(suffix) == 0 or size == 0:
            raise UnsatisfiableError
        return max(0, size - int(suffix)), size - 1
    first, last = int(start), int(end) if end else size - 1
    if first >= size:
        raise UnsatisfiableError
    if last < first:
        return None
    return first, min(last, size - 1)


def _wanted_range(request: HttpRequest, size: int, tag: str, modified: int) -> tuple[int, int] | None:
    header = request.headers.get("Range", "")
    if request.method != "GET" or not header or not _if_range_holds(request, tag, modified):
        return None
    return parse_range(header, size)


def _if_range_holds(request: HttpRequest, tag: str, modified: int) -> bool:
    """Whether the parts somebody already has are of this very file; if not, all of it is sent."""
    condition = request.headers.get("If-Range", "").strip()
    if not condition:
        return True
    return condition == tag or parse_http_date_safe(condition) == modified


def _answer(request: HttpRequest, path: Path, size: int, wanted: tuple[int, int] | None) -> HttpResponseBase:
    first, last = wanted or (0, size - 1)
    headers = {"Content-Length": str(last - first + 1)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    if wanted:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    # Each kind of server warns of, and buffers, the other kind of iterator.
    read = _read_async if isinstance(request, ASGIRequest) else _read
    part = read(path, first, last)
    return StreamingHttpResponse(part, status=206 if wanted else 200, headers=headers)


def _read(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


async def _read_async(path: Path, first: int, last: int) -> AsyncIterator[bytes]:
    """The same, with each read in a thread: a slow disk must not stop the other pages."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
    finally:
        file.close()


def _describe(answer: HttpResponseBase, content_type: str, filename: str) -> None:
    is_shown = content_type in SHOWN_TYPES
    answer["Content-Type"] = _served_type(content_type)
    answer["Content-Disposition"] = content_disposition_header(not is_shown, filename) or "inline"
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    if not is_shown:
        answer["Content-Security-Policy"] = _LOCKED_DOWN


def _served_type(content_type: str) -> str:
    return content_type if content_type in MEDIA_TYPES else "application/octet-stream"
