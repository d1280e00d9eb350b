"""A copy of a file without anything that says who made it: for people who are to judge without knowing.

A clip is packed anew, not coded anew: what is seen and heard is the same to the bit. Tags of the container and of its
streams, chapters, attached data, and the messages that encoders leave inside the picture stream stay behind. A still is
written again from its pixels.
"""

from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from PIL import Image

from generation.media import BrokenMediaError, opened_image
from generation.media_types import media_of

# What of the coded stream carries words and no picture: supplemental messages, by the codec's own numbers.
_MESSAGES = {"h264": "6", "hevc": "39-40"}
_KINDS = {"video", "audio"}
_OPTIONS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 97, "subsampling": 0}, "WEBP": {"lossless": True}}
_STILLS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def type_of_bare(content_type: str) -> str:
    """What the copy of such a file is: a clip becomes an MP4 unless it is a WebM."""
    is_repacked = media_of(content_type) == "video" and content_type != "video/webm"
    return "video/mp4" if is_repacked else content_type


def make_bare(path: Path, into: Path, content_type: str) -> None:
    """Write the copy. Raises BrokenMediaError for what cannot be read, or is of a kind that cannot be made bare."""
    if media_of(content_type) == "video":
        _bare_clip(path, into)
    elif content_type in _STILLS:
        _bare_still(path, into, _STILLS[content_type])
    else:
        raise BrokenMediaError("A file of this kind cannot be shown without what it says of its maker.")


def _bare_still(path: Path, into: Path, kind: str) -> None:
    with opened_image(path, at_least=100_000) as picture:
        mode = picture.mode if picture.mode in {"RGB", "RGBA", "L"} else "RGBA" if kind != "JPEG" else "RGB"
        pixels = picture.convert(mode)
    # A new picture: the old one carries what its file said.
    bare = Image.new(mode, pixels.size)
    bare.paste(pixels)
    options = _OPTIONS.get(kind, {})
    bare.save(into, kind, **options)


def _bare_clip(path: Path, into: Path) -> None:
    try:
        with av.open(path) as source:
            is_webm = "webm" in source.format.name
            container = "webm" if is_webm else "mp4"
            options = {"fflags": "+bitexact"} | ({} if is_webm else {"movflags": "faststart"})
            with av.open(str(into), "w", format=container, options=options) as target:
                _repack(source, target)
    except (av.FFmpegError, ValueError) as error:
        raise BrokenMediaError("This clip cannot be packed anew.") from error


def _repack(source: InputContainer, target: OutputContainer) -> None:
    chosen = [stream for stream in source.streams if stream.type in _KINDS]
    streams = {stream.index: target.add_stream_from_template(stream) for stream in chosen}
    filters = {}
    for stream in chosen:
        streams[stream.index].metadata.clear()
        messages = _MESSAGES.get(stream.codec_context.name)
        if messages:
            filters[stream.index] = BitStreamFilterContext(f"filter_units=remove_types={messages}", stream)
    for packet in source.demux(chosen):
        index = packet.stream.index
        if packet.dts is None:
            continue
        for each in filters[index].filter(packet) if index in filters else [packet]:
            each.stream = streams[index]
            target.mux(each)
