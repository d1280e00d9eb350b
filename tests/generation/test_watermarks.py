"""Words burnt into pictures and clips: there on every frame, in files that are otherwise what they were."""

from decimal import Decimal

import av
import numpy as np
import pytest
from PIL import Image

from generation.media import BrokenMediaError, probe
from generation.providers.mock_media import render_clip
from generation.watermarks import can_be_marked, mark

pytestmark = pytest.mark.database_free


def changed(before, after):
    """The share of points that differ by more than a new encoding does."""
    return float((np.abs(np.asarray(before, np.int16) - np.asarray(after, np.int16)).max(axis=2) > 24).mean())


def frames(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_picture_is_marked_all_over_and_small_enough_to_send(tmp_path):
    Image.new("RGBA", (2400, 1201), (40, 90, 60, 255)).save(tmp_path / "a.png")
    mark(tmp_path / "a.png", tmp_path / "b.jpg", "image/png", "Acme")
    with Image.open(tmp_path / "b.jpg") as marked:
        assert marked.size == (1920, 961)
        plain = np.full((961, 1920, 3), (40, 90, 60))
        for rows in (slice(0, 480), slice(480, 961)):
            for columns in (slice(0, 960), slice(960, 1920)):
                assert changed(plain[rows, columns], np.asarray(marked)[rows, columns]) > 0.02


def test_each_frame_of_a_clip_is_marked_and_its_length_and_sound_stay(tmp_path):
    facts = {"prompt": "x", "model": "y", "seed": 1, "has_audio": True}
    render_clip(tmp_path / "a.mp4", width=192, height=320, seconds=Decimal("0.5"), fps=24, **facts)
    mark(tmp_path / "a.mp4", tmp_path / "b.mp4", "video/mp4", "Acme")
    before, after = probe(tmp_path / "a.mp4"), probe(tmp_path / "b.mp4")
    assert (after.width, after.height, after.fps) == (192, 320, before.fps)
    assert abs(after.seconds - before.seconds) < Decimal("0.05")
    assert after.has_audio
    pairs = list(zip(frames(tmp_path / "a.mp4"), frames(tmp_path / "b.mp4"), strict=True))
    assert len(pairs) == 12
    assert all(changed(*pair) > 0.01 for pair in pairs)


def test_what_is_no_clip_is_refused_and_sound_cannot_be_marked(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no clip at all")
    with pytest.raises(BrokenMediaError):
        mark(tmp_path / "a.mp4", tmp_path / "b.mp4", "video/mp4", "Acme")
    assert [can_be_marked(each) for each in ("image/png", "video/mp4", "audio/mpeg", "image/svg+xml")] == [
        True,
        True,
        False,
        False,
    ]
