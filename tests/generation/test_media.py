"""What is read from a file itself: kind, size, length; and that broken files are told from whole ones."""

import io
import threading
import wave
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from generation import media
from generation.media import BrokenMediaError, make_poster, probe
from generation.media_types import SUFFIXES, sniff, suffix_for
from generation.posters import keep_poster
from generation.providers.mock_media import render_clip

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30px"><rect width="4" height="3"/></svg>'


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    render_clip(
        path, width=320, height=180, seconds=Decimal(3), prompt="sea", model="m", seed=1, has_audio=True
    )
    return path


def picture_bytes(form: str, size: tuple[int, int] = (120, 80)) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, form)
    return buffer.getvalue()


def sound_file(path: Path, codec: str, seconds: int = 1) -> Path:
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        tone = np.sin(np.arange(48_000 * seconds, dtype=np.float32) / 20)[None, :]
        frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000)
        for part in resampler.resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_a_picture_is_known_by_its_content(tmp_path: Path, form: str, content_type: str) -> None:
    path = tmp_path / "a-file-with-no-suffix"
    path.write_bytes(picture_bytes(form))

    info = probe(path)

    assert (info.media, info.content_type, info.width, info.height) == ("image", content_type, 120, 80)
    assert (info.seconds, info.fps, info.has_audio) == (None, None, False)
    assert info.size_bytes == path.stat().st_size


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_half_a_picture_is_broken(tmp_path: Path, form: str) -> None:
    content = picture_bytes(form)
    path = tmp_path / "half"
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(BrokenMediaError, match="damaged or incomplete"):
        probe(path)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(path)

    with pytest.raises(BrokenMediaError, match="larger than 100 megapixels"):
        probe(path)
    assert path.stat().st_size < 50_000


def test_the_bound_on_pixels_also_holds_for_a_header_that_lies_hugely(tmp_path: Path) -> None:
    content = bytearray(picture_bytes("PNG"))
    content[16:24] = (60_000).to_bytes(4) * 2
    path = tmp_path / "bomb.png"
    path.write_bytes(content)

    with pytest.raises(BrokenMediaError):
        probe(path)
    assert issubclass(PngImageFile, Image.Image)
    assert media.MAX_PIXELS == 100_000_000


def test_a_clip_tells_its_size_length_rate_and_sound(clip: Path) -> None:
    info = probe(clip)

    assert (info.media, info.content_type, info.codec) == ("video", "video/mp4", "h264")
    assert (info.width, info.height, info.has_audio) == (320, 180, True)
    assert (info.seconds, info.fps) == (Decimal("3.000"), Decimal("24.000"))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.97])
def test_a_clip_that_is_cut_short_is_broken(tmp_path: Path, clip: Path, share: float) -> None:
    content = clip.read_bytes()
    path = tmp_path / "short.mp4"
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(BrokenMediaError, match="cut short"):
        probe(path)


def test_a_clip_whose_index_is_missing_is_broken(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "index.mp4"
    path.write_bytes(clip.read_bytes().replace(b"moov", b"zzzz"))

    with pytest.raises(BrokenMediaError):
        probe(path)


def test_a_webm_and_a_mov_are_read_too(tmp_path: Path) -> None:
    for name, codec, content_type in (
        ("a.webm", "libvpx", "video/webm"),
        ("a.mov", "libx264", "video/quicktime"),
    ):
        with av.open(tmp_path / name, "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for shade in range(10):
                grey = np.full((48, 64, 3), shade * 20, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey)))
            container.mux(stream.encode(None))

        info = probe(tmp_path / name)

        assert (info.content_type, info.width, info.height) == (content_type, 64, 48)
        assert info.seconds == pytest.approx(Decimal(1), abs=Decimal("0.11"))


@pytest.mark.parametrize(
    ("name", "codec", "content_type"),
    [
        ("a.mp3", "libmp3lame", "audio/mpeg"),
        ("a.wav", "pcm_s16le", "audio/wav"),
        ("a.m4a", "aac", "audio/mp4"),
        ("a.ogg", "libopus", "audio/ogg"),
        ("a.flac", "flac", "audio/flac"),
        ("a.aac", "aac", "audio/aac"),
    ],
)
def test_sound_is_known_by_its_content(tmp_path: Path, name: str, codec: str, content_type: str) -> None:
    info = probe(sound_file(tmp_path / name, codec))

    assert (info.media, info.content_type, info.has_audio) == ("audio", content_type, True)
    assert (info.width, info.height) == (0, 0)
    assert info.seconds == pytest.approx(Decimal(1), abs=Decimal("0.12"))


def test_a_wav_that_is_cut_short_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000 * 4))
    path.write_bytes(path.read_bytes()[:16_000])

    with pytest.raises(BrokenMediaError, match="cut short"):
        probe(path)


@pytest.mark.parametrize(
    "content", [b"", b"<html>Not found</html>", b"GIF8", b"\x00" * 4096, b"\xff\xd8\xff"]
)
def test_what_is_no_media_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)

    with pytest.raises(BrokenMediaError, match=r"^This .*\.$"):
        probe(path)


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        (SVG, (40, 30)),
        ('<?xml version="1.0"?>\n<!-- x --><svg viewBox="0 0 12.5 8"></svg>', (12, 8)),
        ('<svg width="100%" height="100%"/>', (0, 0)),
    ],
)
def test_a_drawing_tells_its_size(tmp_path: Path, svg: str, size: tuple[int, int]) -> None:
    path = tmp_path / "a.svg"
    path.write_text(svg)

    info = probe(path)

    assert (info.media, info.content_type, (info.width, info.height)) == ("image", "image/svg+xml", size)


@pytest.mark.parametrize("svg", [SVG[:-10], "<svg", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'])
def test_a_drawing_that_is_cut_short_or_declares_entities_is_refused(tmp_path: Path, svg: str) -> None:
    path = tmp_path / "a.svg"
    path.write_text(svg)

    with pytest.raises(BrokenMediaError):
        probe(path)


def test_a_poster_of_a_clip_is_a_frame_a_third_in(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    with av.open(clip, "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for index in range(30):
            grey = np.full((90, 160, 3), 30 + index * 5, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey)))
        container.mux(stream.encode(None))

    written = make_poster(clip, tmp_path / "poster.webp", max_side=80)

    assert written is not None
    with Image.open(written) as poster:
        assert (poster.format, poster.size) == ("WEBP", (80, 45))
        assert np.asarray(poster).mean() == pytest.approx(30 + 10 * 5, abs=8)


def test_a_poster_of_a_picture_keeps_its_shape_and_its_transparency(tmp_path: Path) -> None:
    Image.new("RGBA", (600, 1200), (10, 20, 30, 0)).save(tmp_path / "a.png")

    written = make_poster(tmp_path / "a.png", tmp_path / "poster.webp", max_side=300)

    assert written is not None
    with Image.open(written) as poster:
        assert (poster.mode, poster.size) == ("RGBA", (150, 300))


@pytest.mark.parametrize("form", ["L", "LA", "P", "CMYK", "I;16", "1"])
def test_a_poster_is_made_of_any_kind_of_picture(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("a.jpg" if form == "CMYK" else "a.png")
    Image.new(form, (40, 20)).save(path)

    assert make_poster(path, tmp_path / "poster.webp") is not None
    assert probe(tmp_path / "poster.webp").content_type == "image/webp"


def test_sound_and_drawings_have_no_poster(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(SVG)

    assert make_poster(tmp_path / "a.svg", tmp_path / "poster.webp") is None
    assert make_poster(sound_file(tmp_path / "a.mp3", "libmp3lame"), tmp_path / "poster.webp") is None
    assert not (tmp_path / "poster.webp").exists()


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ", "video/quicktime"),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isom", "audio/mp4"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "image/avif"),
        (b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heic", None),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", None),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xfe<\x00s\x00", None),
        (b"MZ\x90\x00", None),
        (b"%PDF-1.7", None),
        (b"<!doctype html><svg></svg>", None),
        (b"\xef\xbb\xbf  <svg xmlns='x'>", "image/svg+xml"),
        (b"", None),
    ],
)
def test_first_bytes_are_told_apart(head: bytes, content_type: str | None) -> None:
    assert sniff(head) == content_type


def test_every_type_is_stored_under_a_suffix_of_its_own() -> None:
    assert len({suffix_for(content_type) for content_type in SUFFIXES}) == len(SUFFIXES)


def test_a_clip_whose_picture_cannot_be_drawn_has_no_poster_and_is_kept(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    with av.open(clip) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.pos is not None]
    # The lengths inside each packet but the first are made nonsense; what stands in the index is still right.
    for pos, size in places[1:]:
        data[pos : pos + min(4, size)] = b"\xff" * min(4, size)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data)
    assert probe(broken).media == "video"
    with pytest.raises(BrokenMediaError):
        make_poster(broken, tmp_path / "poster.webp")
    assert keep_poster(broken, "generations/ab/broken.mp4") == ""


def test_a_damaged_avif_is_told_as_any_other_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    whole = path.read_bytes()
    for place in range(16, len(whole), 7):
        path.write_bytes(whole[:place] + b"\xff\xff" + whole[place + 2 :])
        with suppress(BrokenMediaError):
            probe(path)


def test_a_rate_that_is_none_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "ticks.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=90_000)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert probe(path).fps is None


def test_large_pictures_are_opened_one_at_a_time_and_small_ones_beside_them(tmp_path: Path) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    Image.new("L", (64, 64)).save(small)
    Image.new("L", (4000, media.LARGE_PIXELS // 4000 + 1)).save(large, compress_level=1)
    done: list[int] = []
    with media._large:
        waiting = threading.Thread(target=lambda: done.append(probe(large).width))
        waiting.start()
        assert probe(small).width == 64
        assert make_poster(small, tmp_path / "small.webp")
        assert not done
    waiting.join(30)
    assert done == [4000]
    assert not media._large.locked()


def test_a_broken_large_picture_lets_the_next_one_in(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.new("L", (4000, media.LARGE_PIXELS // 4000 + 1)).save(large, compress_level=1)
    content = large.read_bytes()
    large.write_bytes(content[: len(content) // 2])
    with pytest.raises(BrokenMediaError):
        probe(large)
    large.write_bytes(content)
    assert probe(large).width == 4000
