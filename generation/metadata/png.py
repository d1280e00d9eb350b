"""The description in a PNG: text chunks right behind the header; all other chunks as they are."""

import shutil
import struct
import zlib
from pathlib import Path
from typing import IO

from .description import Description
from .errors import UnwritableError
from .xmp import packet

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_XMP = b"XML:com.adobe.xmp"
_MOST_TEXT = 1024 * 1024
"""Bytes of a text chunk that are looked at; a longer one is passed on unread."""


def write_png(source: Path, target: Path, description: Description) -> None:
    """Copy a PNG with the description as iTXt chunks. Raises UnwritableError."""
    with source.open("rb") as file, target.open("wb") as copy:
        if file.read(8) != _SIGNATURE:
            raise UnwritableError("The file does not begin as a PNG does.")
        old = _find_xmp(file)
        file.seek(8)
        copy.write(_SIGNATURE)
        _copy_chunk(file, copy, *_head(file, wanted=b"IHDR"))
        for name, words in description.facts.items():
            copy.write(_text_chunk(name.encode(), words.encode()))
        copy.write(_text_chunk(b"Description", description.prompt.encode()) if description.prompt else b"")
        copy.write(_text_chunk(_XMP, packet(description, old)))
        _copy_rest(file, copy, {_XMP, b"Description", *(name.encode() for name in description.facts)})


def _copy_rest(file: IO[bytes], copy: IO[bytes], own: set[bytes]) -> None:
    """All that follows, but for what was just said anew."""
    while True:
        size, kind = _head(file)
        if kind in _TEXTS and _keyword(file, size) in own:
            file.seek(size + 4, 1)
            continue
        _copy_chunk(file, copy, size, kind)
        if kind == b"IEND":
            # Some programs keep something of their own behind the end.
            shutil.copyfileobj(file, copy)
            return


def _find_xmp(file: IO[bytes]) -> bytes:
    """The XMP packet that is there already, if it is there plainly."""
    while True:
        size, kind = _head(file)
        if kind == b"iTXt" and size <= _MOST_TEXT and _keyword(file, size) == _XMP:
            body = file.read(size)
            # After the keyword: two bytes on compression, then language and translated keyword, each to a zero.
            is_compressed, rest = body[len(_XMP) + 1], body[len(_XMP) + 3 :]
            return b"" if is_compressed else rest.split(b"\x00", 2)[2]
        if kind == b"IEND":
            return b""
        file.seek(size + 4, 1)


def _head(file: IO[bytes], *, wanted: bytes = b"") -> tuple[int, bytes]:
    head = file.read(8)
    if len(head) < 8 or (wanted and head[4:] != wanted):
        raise UnwritableError("The PNG's chunks are not in order.")
    size, kind = struct.unpack(">I4s", head)
    return size, kind


def _keyword(file: IO[bytes], size: int) -> bytes:
    """The keyword of the text chunk that comes; the file stays where it is."""
    start = file.read(min(size, 80))
    file.seek(-len(start), 1)
    return start.partition(b"\x00")[0]


def _copy_chunk(file: IO[bytes], copy: IO[bytes], size: int, kind: bytes) -> None:
    copy.write(struct.pack(">I4s", size, kind))
    left = size + 4
    while left > 0:
        part = file.read(min(left, 1024 * 1024))
        if not part:
            raise UnwritableError("The PNG ends in the middle of a chunk.")
        copy.write(part)
        left -= len(part)


def _text_chunk(keyword: bytes, text: bytes) -> bytes:
    body = b"iTXt" + keyword + b"\x00\x00\x00\x00\x00" + text
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
