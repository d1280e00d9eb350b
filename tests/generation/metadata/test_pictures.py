"""Pictures that say how they were made, and show what they showed."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from generation import media
from generation.metadata import Description, UnwritableError, write
from generation.metadata.xmp import packet

PROMPT = "Ein Schwamm & ein Löffel <am> Meer – 海\nsecond line"
SAID = Description(
    prompt=PROMPT,
    model="FLUX.1 [dev]",
    provider="fal",
    parameters='{"guidance_scale": 3.5}',
    seed="7",
    generation="5b0f6c1e-0000-4000-8000-000000000001",
    made_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
)
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def drawn(path: Path, mode: str = "RGB", **options: Any) -> Path:
    noise = Image.effect_noise((90, 61), 60).convert(mode)
    noise.save(path, **options)
    return path


def written(master: Path, content_type: str, said: Description = SAID) -> Path:
    copy = master.with_name(f"copy{master.suffix}")
    write(master, copy, content_type, said)
    return copy


def xmp_of(path: Path) -> dict[str, str]:
    """The words of the packet, by their local names."""
    with Image.open(path) as picture:
        raw = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode()
    return words_of(raw)


def words_of(raw: bytes) -> dict[str, str]:
    body = raw[raw.index(b"<x:xmpmeta") : raw.index(b"</x:xmpmeta>") + len(b"</x:xmpmeta>")]
    return {each.tag.partition("}")[2]: each.text or "" for each in ElementTree.fromstring(body).iter()}


CASES = [
    ("png", "RGB", {}),
    ("png", "RGBA", {}),
    ("png", "L", {}),
    ("jpeg", "RGB", {"quality": 80}),
    ("jpeg", "L", {"progressive": True}),
    ("webp", "RGB", {"quality": 70}),
    ("webp", "RGB", {"lossless": True}),
    ("webp", "RGBA", {"lossless": True}),
]


@pytest.mark.parametrize(("form", "mode", "options"), CASES)
def test_the_copy_says_it_all_and_shows_the_same(tmp_path: Path, form: str, mode: str, options: Any) -> None:
    master = drawn(tmp_path / f"master.{form}", mode, **options)
    before = master.read_bytes()
    copy = written(master, TYPES[form])
    assert master.read_bytes() == before
    found = xmp_of(copy)
    assert found["DigitalSourceType"] == SOURCE_TYPE
    assert found["AIPromptInformation"] == found["li"] == PROMPT
    assert (found["Seed"], found["Generation"]) == ("7", SAID.generation)
    assert (found["AISystemUsed"], found["Parameters"]) == (SAID.model, SAID.parameters)
    assert media.probe(copy).content_type == TYPES[form]
    with Image.open(master) as one, Image.open(copy) as other:
        assert (one.mode, one.size) == (other.mode, other.size)
        assert (
            ImageChops.difference(one.convert("RGBA"), other.convert("RGBA")).getbbox(alpha_only=False)
            is None
        )


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_exif_says_it_too_and_what_it_said_before_stays(tmp_path: Path, form: str) -> None:
    old = Image.Exif()
    old[0x0112], old[0x010E] = 6, "an older description"
    copy = written(drawn(tmp_path / f"m.{form}", exif=old), TYPES[form])
    with Image.open(copy) as picture:
        block = picture.getexif()
        assert (block[0x0112], block[0x0131]) == (6, "Rushes")
        assert block[0x010E].encode("latin-1").decode() == PROMPT
        assert block.get_ifd(0x8769)[0xA420] == SAID.generation.replace("-", "")


def test_png_has_plain_text_and_loses_none_of_its_own(tmp_path: Path) -> None:
    own = PngInfo()
    own.add_text("Author", "somebody")
    own.add_itxt("prompt", "an older prompt")
    copy = written(drawn(tmp_path / "m.png", pnginfo=own), "image/png")
    with Image.open(copy) as picture:
        picture.load()
        assert picture.info["Author"] == "somebody"
        assert picture.info["prompt"] == picture.info["Description"] == PROMPT
    assert b"an older prompt" not in copy.read_bytes()


@pytest.mark.parametrize("form", list(TYPES))
def test_a_packet_that_is_there_already_is_kept_and_added_to(tmp_path: Path, form: str) -> None:
    older = packet(SAID).replace(b"rushes:Seed", b"rushes:Other").replace(b"trainedAlgorithmic", b"other")
    master = tmp_path / f"m.{form}"
    if form == "png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", older.decode())
        drawn(master, pnginfo=info)
    else:
        drawn(master, xmp=older)
    copy = written(master, TYPES[form])
    found = xmp_of(copy)
    assert (found["Other"], found["Seed"]) == ("7", "7")
    assert copy.read_bytes().count(b"<x:xmpmeta") == 1


def test_twice_is_the_same_as_once_for_the_picture(tmp_path: Path) -> None:
    once = written(drawn(tmp_path / "m.webp"), "image/webp")
    again = tmp_path / "again.webp"
    write(once, again, "image/webp", SAID)
    with Image.open(once) as one, Image.open(again) as other:
        assert one.tobytes() == other.tobytes()


def test_words_too_many_for_a_jpeg_s_segment_are_cut(tmp_path: Path) -> None:
    long = Description(**{**vars(SAID), "prompt": "é" * 60_000, "parameters": "{}" * 50_000})
    found = xmp_of(written(drawn(tmp_path / "m.jpeg"), "image/jpeg", long))
    assert found["AIPromptInformation"] == "é" * 10_000
    assert found["DigitalSourceType"] == SOURCE_TYPE
    assert "Parameters" not in found


def test_letters_that_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    odd = Description(**{**vars(SAID), "prompt": "a\x07b\x1bc\ufffe"})
    assert xmp_of(written(drawn(tmp_path / "m.png"), "image/png", odd))["AIPromptInformation"] == "abc"


@pytest.mark.parametrize("form", list(TYPES))
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_half_a_file_is_refused_or_passed_on_never_a_crash(tmp_path: Path, form: str, share: float) -> None:
    master = drawn(tmp_path / f"m.{form}")
    half = master.read_bytes()[: int(master.stat().st_size * share)]
    master.write_bytes(half)
    with suppress(UnwritableError):
        assert written(master, TYPES[form]).stat().st_size > len(half)
    assert master.read_bytes() == half


@pytest.mark.parametrize("content_type", ["image/gif", "image/svg+xml", *TYPES.values(), "video/mp4"])
def test_what_is_not_what_it_is_called_is_refused(tmp_path: Path, content_type: str) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"GIF89a" + bytes(300))
    with pytest.raises(UnwritableError):
        write(other, tmp_path / "copy", content_type, SAID)
