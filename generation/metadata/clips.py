"""The description in a clip: tags of the container, and an XMP packet where MP4 keeps one. Nothing is coded anew."""

import struct
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from . import xmp
from .description import Description
from .errors import UnwritableError

_XMP_BOX = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
"""The name under which XMP stands in an MP4, as Adobe's specification gives it."""
_OF_THE_CONTAINER = {"major_brand", "minor_version", "compatible_brands", "encoder"}
_KINDS = {"video", "audio", "subtitle"}


def write_clip(source: Path, target: Path, description: Description) -> None:
    """Copy an MP4, MOV or WebM with the description as tags; its index comes first. Raises UnwritableError."""
    try:
        with av.open(source) as clip:
            is_webm = "webm" in clip.format.name
            container, options = _container(clip, source)
            with av.open(target, "w", format=container, options=options) as copy:
                _remux(clip, copy, description)
    except (av.FFmpegError, ValueError) as error:
        raise UnwritableError(f"The clip cannot be packed anew: {error}") from error
    if not is_webm:
        with target.open("ab") as file:
            file.write(_box(xmp.packet(description)))


def _container(clip: InputContainer, source: Path) -> tuple[str, dict[str, str]]:
    if "webm" in clip.format.name:
        return "webm", {}
    with source.open("rb") as file:
        is_quicktime = file.read(12)[8:] == b"qt  "
    return ("mov" if is_quicktime else "mp4"), {"movflags": "use_metadata_tags+faststart"}


def _remux(clip: InputContainer, copy: OutputContainer, description: Description) -> None:
    kept = {name: words for name, words in clip.metadata.items() if name not in _OF_THE_CONTAINER}
    copy.metadata.update(kept | description.facts | {"comment": description.prompt})
    streams = {
        stream.index: copy.add_stream_from_template(stream)
        for stream in clip.streams
        if stream.type in _KINDS
    }
    for packet in clip.demux([stream for stream in clip.streams if stream.index in streams]):
        if packet.dts is None:
            # The end of a stream, which carries nothing.
            continue
        packet.stream = streams[packet.stream.index]
        copy.mux(packet)


def _box(body: bytes) -> bytes:
    return struct.pack(">I4s", 24 + len(body), b"uuid") + _XMP_BOX + body
