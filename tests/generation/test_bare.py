"""Copies without metadata: the same picture, and no word of who made it."""

from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from generation.bare import make_bare, type_of_bare
from generation.media import BrokenMediaError, probe
from generation.providers.mock_media import render_clip, render_still


@pytest.mark.parametrize(("suffix", "content_type"), [("jpg", "image/jpeg"), ("webp", "image/webp")])
def test_a_still_is_written_again_from_its_pixels(tmp_path: Path, suffix: str, content_type: str) -> None:
    told, bare = tmp_path / f"told.{suffix}", tmp_path / f"bare.{suffix}"
    render_still(told, width=320, height=180, prompt="Soap", model="Famous Model", seed=3)
    assert b"Famous Model" in told.read_bytes()
    make_bare(told, bare, content_type)
    assert b"Famous" not in bare.read_bytes()
    with Image.open(told) as one, Image.open(bare) as other:
        assert one.size == other.size
        assert not other.getexif()


def test_a_clip_is_packed_anew_without_a_word(tmp_path: Path) -> None:
    told, bare = tmp_path / "told.mp4", tmp_path / "bare.mp4"
    render_clip(
        told,
        width=320,
        height=180,
        seconds=Decimal(1),
        prompt="Soap",
        model="Famous Model",
        seed=3,
        has_audio=True,
    )
    assert b"Famous Model" in told.read_bytes()
    make_bare(told, bare, "video/mp4")
    held = bare.read_bytes()
    assert not any(word in held for word in (b"Famous", b"x264", b"Lavf", b"Rushes"))
    one, other = probe(told), probe(bare)
    assert (one.width, one.height, one.has_audio) == (other.width, other.height, other.has_audio)
    assert abs((one.seconds or 0) - (other.seconds or 0)) < 0.1


def test_what_cannot_be_made_bare_is_not_shown(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    with pytest.raises(BrokenMediaError):
        make_bare(broken, tmp_path / "bare.mp4", "video/mp4")
    with pytest.raises(BrokenMediaError):
        make_bare(broken, tmp_path / "bare.svg", "image/svg+xml")
    assert type_of_bare("video/quicktime") == "video/mp4"
