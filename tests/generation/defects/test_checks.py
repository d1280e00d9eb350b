"""Each defect is found in a clip that has it, and in no clip that only looks a little like it."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.defects import frames as looking
from generation.defects.checks import Check
from generation.defects.file import check
from generation.media import BrokenMediaError
from generation.providers.mock_media import render_clip
from tests.generation.defects.clips import HEIGHT, RATE, WIDTH, Picture, blurred, clip, moving, window

pytestmark = pytest.mark.database_free


def found(path: Path, *, wants_sound: bool = False) -> dict[str, Check]:
    return {each.name: each for each in check(path, wants_sound=wants_sound)}


def defects(path: Path, *, wants_sound: bool = False) -> set[str]:
    return {each.name for each in check(path, wants_sound=wants_sound) if each.is_defect}


def test_a_clip_without_faults_has_none_and_every_number(tmp_path: Path) -> None:
    checks = found(clip(tmp_path / "good.mp4", moving))
    assert [name for name, each in checks.items() if each.is_defect] == []
    assert list(checks) == ["black", "frozen", "flicker", "sharpness"]
    assert checks["black"].sentence == "No frame is black."
    assert checks["sharpness"].measured is not None
    for each in checks.values():
        assert Check.from_json(each.as_json()) == each


def dark(place: int) -> Picture:
    """A night: nothing brighter than a fifth, and it moves."""
    return (moving(place) // 5).astype(np.uint8)


def faded_in(place: int) -> Picture:
    return (moving(place) * min(1.0, place / 20)).astype(np.uint8)


def with_cuts(place: int) -> Picture:
    """Three settings, of different brightness."""
    return np.clip(moving(place).astype(int) + (-60, 40, 0)[place // 16], 0, 255).astype(np.uint8)


def one_thing_moves(place: int) -> Picture:
    picture = window(100).copy()
    picture[80:92, 40 + place : 52 + place] = 240
    return picture


def sharp_in_the_middle(place: int) -> Picture:
    picture = blurred(place).copy()
    picture[50:130, 100:220] = moving(place)[50:130, 100:220]
    return picture


@pytest.mark.parametrize(
    "picture_at",
    [lambda place: window(place * 0.15), dark, faded_in, with_cuts, one_thing_moves, sharp_in_the_middle],
    ids=["a slow pan", "dark but moving", "faded in", "cuts", "one thing moves", "sharp in the middle"],
)
def test_what_only_looks_like_a_fault_is_none(tmp_path: Path, picture_at: Callable[[int], Picture]) -> None:
    path = clip(tmp_path / "fine.mp4", picture_at)
    assert [each for each in check(path) if each.is_defect] == []


def test_black_frames_are_counted_in_seconds(tmp_path: Path) -> None:
    path = clip(tmp_path / "black.mp4", lambda place: moving(place) * (place >= RATE))
    checks = found(path)
    assert [name for name, each in checks.items() if each.is_defect] == ["black"]
    assert checks["black"].measured == Decimal("1.0")
    assert checks["black"].sentence == "1.0 s of 2.0 s are black."
    assert defects(clip(tmp_path / "all.mp4", lambda place: moving(0) * 0)) == {"black"}


def test_frozen_frames_are_found_with_their_place(tmp_path: Path) -> None:
    path = clip(tmp_path / "frozen.mp4", lambda place: moving(min(place, 12)), gop=12)
    checks = found(path)
    assert [name for name, each in checks.items() if each.is_defect] == ["frozen"]
    assert checks["frozen"].measured == Decimal("1.5")
    assert checks["frozen"].sentence == "Nothing moves for 1.5 s, from 0.5 s on."


@pytest.mark.parametrize("every", [2, 4])
def test_light_that_shakes_is_flicker(tmp_path: Path, every: int) -> None:
    def flickering(place: int) -> Picture:
        return np.clip(moving(place).astype(int) + (0 if place % every else 12), 0, 255).astype(np.uint8)

    checks = found(clip(tmp_path / "flicker.mp4", flickering))
    assert [name for name, each in checks.items() if each.is_defect] == ["flicker"]
    assert "The light flickers" in checks["flicker"].sentence


def test_a_clip_in_which_nothing_is_sharp_is_soft(tmp_path: Path) -> None:
    sharp, soft = found(clip(tmp_path / "1.mp4", moving)), found(clip(tmp_path / "2.mp4", blurred))
    assert [name for name, each in soft.items() if each.is_defect] == ["sharpness"]
    assert soft["sharpness"].measured < sharp["sharpness"].measured / 2  # type: ignore[operator]


def test_a_flat_picture_says_nothing_of_its_sharpness(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "flat.png")
    checks = found(tmp_path / "flat.png")
    assert (checks["sharpness"].measured, checks["sharpness"].is_defect) == (None, False)
    assert not checks["black"].is_defect
    Image.new("RGB", (64, 64), "black").save(tmp_path / "black.png")
    assert defects(tmp_path / "black.png") == {"black"}


def test_a_silent_track_is_a_defect_only_where_sound_was_asked_for(tmp_path: Path) -> None:
    silent = clip(tmp_path / "silent.mp4", moving, frames=12, peak=0.0)
    heard = found(silent, wants_sound=True)["silence"]
    assert (heard.is_defect, heard.measured) == (True, Decimal(-120))
    assert "silence" not in found(silent)
    # A hundredth of full scale is 40 dB below it: a whisper, and no defect.
    whisper = found(clip(tmp_path / "whisper.mp4", moving, frames=12, peak=0.01), wants_sound=True)["silence"]
    assert not whisper.is_defect
    assert whisper.measured == pytest.approx(Decimal(-40), abs=Decimal(1))
    assert "silence" not in found(clip(tmp_path / "mute.mp4", moving, frames=12), wants_sound=True)


def test_of_a_long_clip_only_parts_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_PIXELS", 60 * WIDTH * HEIGHT)
    path = clip(tmp_path / "long.mp4", lambda place: moving(place % 200), frames=240, gop=12)
    seen = looking.look(path, looking_info(path))
    assert 40 <= sum(len(part) for part in seen.parts) <= 60
    assert seen.parts[-1][0].at > 8, "the end of the clip was looked at too"
    assert defects(path) == set()
    one_key_frame = clip(tmp_path / "rare.mp4", lambda place: moving(place % 200), frames=240, gop=250)
    assert len(looking.look(one_key_frame, looking_info(one_key_frame)).parts) == 1


def looking_info(path: Path) -> "looking.MediaInfo":
    from generation.media import probe

    return probe(path)


def test_a_broken_clip_raises_the_error_of_the_house(tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole.mp4", moving).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenMediaError):
        check(cut)
    (tmp_path / "words.mp4").write_text("no clip at all")
    with pytest.raises(BrokenMediaError):
        check(tmp_path / "words.mp4")


def test_what_the_mock_provider_makes_has_no_defects(tmp_path: Path) -> None:
    for prompt in ("soap", "neon"):
        path = tmp_path / f"{prompt}.mp4"
        render_clip(
            path, width=320, height=576, seconds=Decimal(2), prompt=prompt, model="m", seed=1, has_audio=True
        )
        assert defects(path, wants_sound=True) == set()
