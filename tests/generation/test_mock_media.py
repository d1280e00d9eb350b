"""The mock provider's files: playable, exact, repeatable, and moving."""

import hashlib
from decimal import Decimal
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from generation.media import probe
from generation.providers.mock_media import render_clip, render_still
from generation.providers.mock_palettes import PALETTES, palette_for
from generation.providers.mock_slate import lay_out, plain, wrapped

SHAPES = [(360, 640), (640, 360), (480, 480), (432, 768), (624, 352), (416, 312), (840, 360), (128, 96)]


def clip(path: Path, **changes: object) -> Path:
    order: dict[str, object] = {
        "width": 180,
        "height": 320,
        "seconds": Decimal(1),
        "prompt": "A wire cuts soap",
        "model": "kling-o1",
        "seed": 7,
    }
    render_clip(path, **(order | changes))  # type: ignore[arg-type]
    return path


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_clip_of_every_shape_plays_with_the_exact_size_length_and_frames(
    tmp_path: Path, width: int, height: int
) -> None:
    path = clip(tmp_path / "clip.mp4", width=width, height=height, seconds=Decimal("0.5"))

    info = probe(path)

    assert (info.width, info.height, info.seconds, info.fps) == (width, height, Decimal("0.5"), Decimal(24))
    assert (info.media, info.content_type, info.codec, info.has_audio) == (
        "video",
        "video/mp4",
        "h264",
        False,
    )
    assert {frame.shape for frame in pictures(path)} == {(height, width)}
    assert len(pictures(path)) == 12


@pytest.mark.parametrize(
    ("seconds", "fps", "frames"),
    [("5", 24, 120), ("0.04", 24, 1), ("1.02", 25, 26), ("2.5", 30, 75), ("3", 16, 48), ("0.001", 24, 1)],
)
def test_a_clip_has_the_asked_length_to_the_nearest_frame(
    tmp_path: Path, seconds: str, fps: int, frames: int
) -> None:
    path = clip(tmp_path / "clip.mp4", width=64, height=64, seconds=Decimal(seconds), fps=fps)

    assert len(pictures(path)) == frames
    assert probe(path).seconds == (Decimal(frames) / fps).quantize(Decimal("0.001"))


def test_a_clip_is_in_the_form_that_browsers_play_and_starts_before_it_is_loaded(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4")

    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.profile, stream.codec_context.pix_fmt) == ("High", "yuv420p")
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_same_order_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first = clip(tmp_path / "first.mp4", has_audio=True)
    again = clip(tmp_path / "again.mp4", has_audio=True)
    other = clip(tmp_path / "other.mp4", has_audio=True, seed=8)

    assert checksum(first) == checksum(again)
    assert checksum(first) != checksum(other)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.words[0] + palette.tones[0])
def test_motion_is_visible_in_every_scene(tmp_path: Path, palette: object) -> None:
    path = clip(tmp_path / "clip.mp4", prompt=palette.words[0], seconds=Decimal(3))  # type: ignore[attr-defined]

    frames = [frame[: 320 * 3 // 5].astype(float) for frame in pictures(path)]

    assert np.abs(frames[0] - frames[36]).mean() > 1.5
    assert np.abs(frames[0] - frames[-1]).mean() > 2.5


def test_the_lettering_is_drawn_and_the_time_runs(tmp_path: Path) -> None:
    frames = pictures(clip(tmp_path / "clip.mp4", prompt="night", width=360, height=640))
    layout = lay_out(360, 640)
    strip = frames[0][layout.top :]

    assert (strip > 190).sum() > 100
    line = slice(layout.line_y, layout.line_y + layout.line_height)
    assert frames[-1][line, 180:320].mean() > frames[0][line, 180:320].mean() + 60


def test_sound_is_there_when_asked_for_and_as_long_as_the_picture(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", seconds=Decimal(2), has_audio=True)

    with av.open(path) as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert probe(path).has_audio is True
    assert probe(path).seconds == Decimal(2)
    assert samples.shape[1] / 48_000 == pytest.approx(2, abs=0.05)
    assert 0.02 < np.abs(samples).max() < 1


def test_a_clip_carries_its_prompt_model_and_seed(tmp_path: Path) -> None:
    with av.open(clip(tmp_path / "clip.mp4", prompt="Čaj & “foam”")) as container:
        facts = dict(container.metadata)

    assert (facts["prompt"], facts["model"], facts["seed"]) == ("Čaj & “foam”", "kling-o1", "7")


@pytest.mark.parametrize("size", [(181, 320), (180, 0), (2, 2)])
def test_a_size_that_cannot_be_encoded_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="both sides must be even"):
        clip(tmp_path / "clip.mp4", width=size[0], height=size[1])
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize(
    ("suffix", "content_type"), [(".png", "image/png"), (".jpg", "image/jpeg"), (".webp", "image/webp")]
)
@pytest.mark.parametrize(("width", "height"), [(512, 512), (333, 777), (1600, 400), (64, 48)])
def test_a_still_has_the_exact_size_in_every_format(
    tmp_path: Path, suffix: str, content_type: str, width: int, height: int
) -> None:
    path = tmp_path / f"still{suffix}"
    render_still(path, width=width, height=height, prompt="Sand", model="flux-dev", seed=3)

    info = probe(path)

    assert (info.media, info.content_type, info.width, info.height) == ("image", content_type, width, height)


def test_a_still_is_repeatable_and_carries_its_prompt(tmp_path: Path) -> None:
    for name in ("first.png", "again.png"):
        render_still(tmp_path / name, width=200, height=120, prompt="Écume", model="flux-dev", seed=3)

    assert checksum(tmp_path / "first.png") == checksum(tmp_path / "again.png")
    with Image.open(tmp_path / "first.png") as picture:
        assert picture.info["prompt"] == "Écume"
        assert picture.info["seed"] == "3"


def test_the_palette_follows_the_first_telling_word_and_else_the_seed() -> None:
    assert "sand" in palette_for("Pouring sand into foam", 1).words
    assert "soap" in palette_for("Soaps, cut", 1).words
    assert palette_for("xyz", 5) == palette_for("xyz", 5)
    assert len({palette_for("xyz", seed).words for seed in range(40)}) > 5
    assert {palette_for("foam", seed).tones for seed in range(20)} == {
        palette.tones for palette in PALETTES if "foam" in palette.words
    }


@pytest.mark.parametrize("prompt", ["", "word", "long " * 200, "x" * 400, "漢字 prompt", "a\nb\tc", "🙂"])
def test_any_prompt_fits_in_two_lines(prompt: str) -> None:
    lines = wrapped(prompt, lay_out(360, 640))

    assert 1 <= len(lines) <= 2
    assert all(lines)


def test_letters_that_the_typeface_lacks_lose_their_accents_or_become_dots() -> None:
    assert plain("Café – Łódź “x” 漢") == "Cafe - Łódź “x” 漢".replace("Ł", "·").replace("ó", "o").replace(
        "ź", "z"
    ).replace("漢", "·")
