"""Which kinds of files we keep, how to tell them by their first bytes, and the suffix of each."""

import re

IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/svg+xml"})
VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm"})
AUDIO_TYPES = frozenset({"audio/mpeg", "audio/wav", "audio/aac", "audio/ogg", "audio/mp4", "audio/flac"})
MEDIA_TYPES = IMAGE_TYPES | VIDEO_TYPES | AUDIO_TYPES

SNIFF_BYTES = 2048
"""How much of the beginning `sniff` wants to see; an SVG may carry a long preamble."""

SUFFIXES: dict[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/avif": (".avif",),
    "image/svg+xml": (".svg",),
    "video/mp4": (".mp4", ".m4v"),
    "video/quicktime": (".mov", ".qt"),
    "video/webm": (".webm",),
    "audio/mpeg": (".mp3",),
    "audio/wav": (".wav",),
    "audio/aac": (".aac",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mp4": (".m4a",),
    "audio/flac": (".flac",),
}
"""The suffixes a type may come with; the first is the one we store under."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_RIFF_FORMS = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_SVG_START = re.compile(
    rb"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE\s+svg[^>]*>\s*)?<svg[\s>]", re.DOTALL
)


def media_of(content_type: str) -> str:
    """`image`, `video` or `audio` of a content type that we keep."""
    return content_type.partition("/")[0]


def suffix_for(content_type: str) -> str:
    """The suffix, with its dot, that a file of this type is stored under."""
    return SUFFIXES[content_type][0]


def sniff(first_bytes: bytes) -> str | None:
    """The content type of a file that begins so (up to `SNIFF_BYTES`); None for what we do not keep."""
    for magic, content_type in _MAGIC:
        if first_bytes.startswith(magic):
            return content_type
    if first_bytes[:4] == b"RIFF":
        return _RIFF_FORMS.get(first_bytes[8:12])
    if first_bytes[4:8] == b"ftyp":
        return _iso_media(first_bytes)
    if first_bytes.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in first_bytes[:64] else None
    if len(first_bytes) >= 2 and first_bytes[0] == 0xFF and first_bytes[1] & 0xE0 == 0xE0:
        return _mpeg_audio(first_bytes[1])
    if _SVG_START.match(first_bytes.removeprefix(b"\xef\xbb\xbf")):
        return "image/svg+xml"
    return None


def _iso_media(first_bytes: bytes) -> str | None:
    """The type of an ISO base media file, from the brands in its `ftyp` box."""
    size = int.from_bytes(first_bytes[:4])
    brands = first_bytes[8:12] + first_bytes[16 : max(16, min(size, len(first_bytes)))]
    if b"avif" in brands or b"avis" in brands:
        return "image/avif"
    if brands[:3] in (b"M4A", b"M4B"):
        return "audio/mp4"
    if brands[:4] == b"qt  ":
        return "video/quicktime"
    if b"heic" in brands or b"mif1" in brands:
        return None
    return "video/mp4"


def _mpeg_audio(second_byte: int) -> str | None:
    """AAC in ADTS frames has layer bits 00, MP3 and MP2 have 01 and 10. Version bits 01 are reserved.

    Layer I (11) is no longer made, and accepting it would take a UTF-16 text's mark for sound.
    """
    if second_byte & 0xF6 == 0xF0:
        return "audio/aac"
    is_sound = second_byte & 0x18 != 0x08 and second_byte & 0x06 in (0x02, 0x04)
    return "audio/mpeg" if is_sound else None
