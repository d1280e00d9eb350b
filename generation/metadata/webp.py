"""The description in a WebP: EXIF and XMP chunks at its end; the picture's own chunks byte for byte."""

import struct
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError

from . import exif, xmp
from .description import Description
from .errors import UnwritableError

_ALPHA, _HAS_EXIF, _HAS_XMP = 0x10, 0x08, 0x04
_DESCRIPTIONS = (b"EXIF", b"XMP ")
_MOST_TEXT = 4 * 1024 * 1024


def write_webp(source: Path, target: Path, description: Description) -> None:
    """Copy a WebP with the description as EXIF and XMP. Raises UnwritableError."""
    with source.open("rb") as file, target.open("wb") as copy:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WEBP":
            raise UnwritableError("The file does not begin as a WebP does.")
        copy.write(head)
        old: dict[bytes, bytes] = {}
        is_first = True
        while (chunk := file.read(8)) and len(chunk) == 8:
            kind, size = struct.unpack("<4sI", chunk)
            if is_first:
                copy.write(_extended_header(source, file, kind, size))
                is_first = False
            if kind == b"VP8X":
                file.seek(size + size % 2, 1)
            elif kind in _DESCRIPTIONS and size <= _MOST_TEXT:
                old[kind] = file.read(size)
                file.seek(size % 2, 1)
            elif kind not in _DESCRIPTIONS:
                copy.write(chunk)
                _copy(file, copy, size + size % 2)
        own = exif.exif(description, old.get(b"EXIF", b"")).removeprefix(exif.MARK)
        _write_chunk(copy, b"EXIF", own)
        _write_chunk(copy, b"XMP ", xmp.packet(description, old.get(b"XMP ", b"")))
        length = copy.tell() - 8
        copy.seek(4)
        copy.write(struct.pack("<I", length))


def _extended_header(source: Path, file: IO[bytes], kind: bytes, size: int) -> bytes:
    """The chunk that says what else there is: the file's own with our flags, or a new one for a simple file."""
    if kind == b"VP8X":
        body = bytearray(file.read(size))
        file.seek(-size, 1)
        body[0] |= _HAS_EXIF | _HAS_XMP
        return struct.pack("<4sI", kind, size) + bytes(body)
    try:
        with Image.open(source) as picture:
            width, height, has_alpha = picture.width, picture.height, picture.has_transparency_data
    except (UnidentifiedImageError, OSError) as error:
        raise UnwritableError("The WebP's picture cannot be read.") from error
    flags = _HAS_EXIF | _HAS_XMP | (_ALPHA if has_alpha else 0)
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return struct.pack("<4sIB3x", b"VP8X", 10, flags) + sides


def _write_chunk(copy: IO[bytes], kind: bytes, body: bytes) -> None:
    copy.write(struct.pack("<4sI", kind, len(body)) + body + b"\x00" * (len(body) % 2))


def _copy(file: IO[bytes], copy: IO[bytes], count: int) -> None:
    while count > 0:
        part = file.read(min(count, 1024 * 1024))
        if not part:
            raise UnwritableError("The WebP ends in the middle of a chunk.")
        copy.write(part)
        count -= len(part)
