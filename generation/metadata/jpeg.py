"""The description in a JPEG: EXIF and XMP segments at its beginning; the picture itself byte for byte."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import IO

from . import exif, xmp
from .description import Description
from .errors import UnwritableError

_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_MOST = 65_533
"""The most bytes that a segment can hold: two of its length count its own length."""
_MOST_HEADER = 8 * 1024 * 1024
_BEGIN, _APP0, _APP1, _SCAN = 0xD8, 0xE0, 0xE1, 0xDA


def write_jpeg(source: Path, target: Path, description: Description) -> None:
    """Copy a JPEG with the description as EXIF and XMP. Raises UnwritableError."""
    with source.open("rb") as file, target.open("wb") as copy:
        segments = _segments(file)
        old_exif = _taken(segments, exif.MARK)
        old_xmp = _taken(segments, _XMP)[len(_XMP) :]
        own = [
            _fitting(lambda said: exif.exif(said, old_exif), description),
            _fitting(lambda said: _XMP + xmp.packet(said, old_xmp), description),
        ]
        after_first = 1 if segments and segments[0][0] == _APP0 else 0
        segments[after_first:after_first] = [(_APP1, body) for body in own]
        copy.write(bytes((0xFF, _BEGIN)))
        for marker, body in segments:
            copy.write(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)
        shutil.copyfileobj(file, copy)


def _fitting(make: Callable[[Description], bytes], description: Description) -> bytes:
    """The block, in fewer words where a segment has no room for all of them."""
    for said in (description, description.cut(10_000), description.cut(1_000)):
        block = make(said)
        if len(block) <= _MOST:
            return block
    raise UnwritableError("The JPEG's own description leaves no room for another.")


def _segments(file: IO[bytes]) -> list[tuple[int, bytes]]:
    """Everything before the picture, by marker; the file then stands at the picture."""
    if file.read(2) != bytes((0xFF, _BEGIN)):
        raise UnwritableError("The file does not begin as a JPEG does.")
    found: list[tuple[int, bytes]] = []
    size = 0
    while size < _MOST_HEADER:
        marker = _marker(file)
        if marker == _SCAN:
            file.seek(-2, 1)
            return found
        (length,) = struct.unpack(">H", _exactly(file, 2))
        found.append((marker, _exactly(file, max(0, length - 2))))
        size += length
    raise UnwritableError("The JPEG has more before its picture than is looked at.")


def _marker(file: IO[bytes]) -> int:
    """The next marker; any number of 0xFF may stand before it."""
    if _exactly(file, 1) != b"\xff":
        raise UnwritableError("The JPEG's segments are not in order.")
    while (byte := _exactly(file, 1)) == b"\xff":
        pass
    return byte[0]


def _exactly(file: IO[bytes], count: int) -> bytes:
    part = file.read(count)
    if len(part) < count:
        raise UnwritableError("The JPEG ends before its picture.")
    return part


def _taken(segments: list[tuple[int, bytes]], mark: bytes) -> bytes:
    """Take the first APP1 segment with this mark out of the list; b'' where there is none."""
    for index, (marker, body) in enumerate(segments):
        if marker == _APP1 and body.startswith(mark):
            del segments[index]
            return body
    return b""
