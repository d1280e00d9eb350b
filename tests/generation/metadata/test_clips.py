"""Clips that say how they were made; not one packet of picture or sound is changed."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from generation import media
from generation.metadata import write
from generation.providers.mock_media import render_clip
from tests.generation.metadata.test_pictures import PROMPT, SAID, SOURCE_TYPE, words_of


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "master.mp4"
    facts: dict[str, Any] = {"prompt": "Soap", "model": "Kling", "seed": 3, "has_audio": True}
    render_clip(path, width=128, height=72, seconds=Decimal("1.5"), **facts)
    return path


def packets(path: Path) -> list[tuple[str, Fraction | None, bytes]]:
    """All that is coded, with its time."""
    with av.open(path) as opened:
        return [
            (each.stream.type, each.pts * each.time_base if each.pts is not None else None, bytes(each))
            for each in opened.demux()
            if each.dts is not None
        ]


def test_the_tags_are_there_and_the_media_is_the_same(clip: Path, tmp_path: Path) -> None:
    before = clip.read_bytes()
    copy = tmp_path / "copy.mp4"
    write(clip, copy, "video/mp4", SAID)
    assert clip.read_bytes() == before
    with av.open(copy) as opened:
        tags = dict(opened.metadata)
    assert (tags["prompt"], tags["model"], tags["seed"]) == (PROMPT, SAID.model, "7")
    assert (tags["generation"], tags["digital_source_type"]) == (SAID.generation, SOURCE_TYPE)
    assert sorted(packets(copy)) == sorted(packets(clip))
    one, other = media.probe(clip), media.probe(copy)
    assert (one.seconds, one.fps, one.codec, one.has_audio) == (other.seconds, other.fps, other.codec, True)


def test_the_index_comes_first_and_xmp_last(clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    write(clip, copy, "video/mp4", SAID)
    content = copy.read_bytes()
    boxes, place = [], 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4])
        boxes.append(content[place + 4 : place + 8].decode())
        place += size
    assert place == len(content)
    assert boxes.index("moov") < boxes.index("mdat")
    assert boxes[-1] == "uuid"
    assert words_of(content[-size:])["DigitalSourceType"] == SOURCE_TYPE


@pytest.mark.parametrize(
    ("form", "codec", "content_type"),
    [("webm", "libvpx", "video/webm"), ("mov", "libx264", "video/quicktime")],
)
def test_other_containers_stay_what_they_are(
    tmp_path: Path, form: str, codec: str, content_type: str
) -> None:
    master, copy = tmp_path / f"master.{form}", tmp_path / f"copy.{form}"
    with av.open(master, "w") as made:
        stream = made.add_stream(codec, rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(6):
            made.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        made.mux(stream.encode(None))
    write(master, copy, content_type, SAID)
    assert media.probe(copy).content_type == content_type
    assert [body for *_, body in packets(copy)] == [body for *_, body in packets(master)]
    with av.open(copy) as opened:
        tags = {name.lower(): words for name, words in opened.metadata.items()}
    assert tags["prompt"] == PROMPT
    assert tags["digital_source_type"] == SOURCE_TYPE
