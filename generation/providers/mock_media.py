"""The files of the mock provider: playable clips and stills, the same bytes for the same order.

A clip is H.264 (High, yuv420p) in an MP4 whose index comes first, of exactly the size asked and of the asked
length to the nearest frame. The prompt is drawn in. Prompt, model and seed are written into the file's metadata, and
not into the picture: who judges takes without names must not read one there.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from generation.providers.mock_palettes import rgb, seeded
from generation.providers.mock_scenery import Scene
from generation.providers.mock_slate import (
    Plane,
    Slate,
    lay_out,
    letter_mask,
    shade_mask,
)

SAMPLE_RATE = 48_000
_CLIP_SIDE = 260
_STILL_SIDE = 720
_X264 = {
    "preset": "ultrafast",
    "deblock": "0,0",
    "crf": "24",
    "threads": "1",
    # What `ultrafast` leaves out and costs next to nothing: smooth edges of blocks, and the High profile.
    "x264-params": "cabac=1:8x8dct=1:keyint=48:scenecut=0:colorprim=bt709:transfer=bt709:colormatrix=bt709",
}


def render_clip(
    path: Path | str,
    *,
    width: int,
    height: int,
    seconds: Decimal,
    fps: int = 24,
    prompt: str,
    model: str,
    seed: int,
    has_audio: bool = False,
) -> None:
    """Write an MP4 of `width` by `height` pixels (even numbers) and `seconds`, to the nearest frame."""
    if width % 2 or height % 2 or width < 16 or height < 16:
        raise ValueError(
            f"A clip of {width}×{height} cannot be made: both sides must be even and at least 16."
        )
    frames = max(1, int((seconds * fps).quantize(Decimal(1), ROUND_HALF_UP)))
    picture = _ClipPainter(width, height, frames, fps, prompt=prompt, seed=seed)
    with av.open(
        str(path), "w", format="mp4", options={"movflags": "use_metadata_tags+faststart"}
    ) as container:
        container.metadata.update(_facts(prompt, model, seed))
        video = container.add_stream("libx264", rate=fps, options=_X264)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.time_base = Fraction(1, fps)
        video.codec_context.profile = "High"
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if has_audio else None
        if sound is not None:
            # Headers are written with the first packet, so the sound goes first; the muxer interleaves.
            _mux_sound(container, sound, Fraction(frames, fps), prompt, seed)
        for index in range(frames):
            frame = picture.frame(index)
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def render_still(path: Path | str, *, width: int, height: int, prompt: str, model: str, seed: int) -> None:
    """Write a picture of `width` by `height` pixels, as PNG, JPEG or WebP by the path's suffix."""
    path = Path(path)
    share = min(1.0, _STILL_SIDE / max(width, height))
    scene = Scene(max(8, round(width * share)), max(8, round(height * share)), prompt, seed)
    moment = float(seeded(prompt, seed, "moment").uniform(0, 8))
    small = (scene.paint(moment)[:, :, :3] >> 8).astype(np.uint8)
    picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    picture = _with_grain(picture, prompt, seed)
    _letter_still(picture, prompt, "Mock provider", scene.palette.accent)
    facts = _facts(prompt, model, seed)
    if path.suffix == ".png":
        text = PngInfo()
        for name, value in facts.items():
            text.add_itxt(name, value)
        picture.save(path, "PNG", pnginfo=text, compress_level=3)
        return
    exif = Image.Exif()
    exif[0x010E] = f"{prompt} | {model} | seed {seed}"
    picture.save(path, "WEBP" if path.suffix == ".webp" else "JPEG", quality=90, exif=exif)


class _ClipPainter:
    """Paints, scales up and letters one frame after another."""

    def __init__(self, width: int, height: int, frames: int, fps: int, *, prompt: str, seed: int) -> None:
        self._size, self._frames, self._fps = (width, height), frames, fps
        share = min(1.0, _CLIP_SIDE / max(width, height))
        self._scene = Scene(max(8, round(width * share)), max(8, round(height * share)), prompt, seed)
        self._scaler = VideoReformatter()
        length = f"{Decimal(frames) / fps:.2f}".rstrip("0").rstrip(".")
        meta = f"Mock provider  ·  {length} s"
        accent = _limited_yuv(rgb(self._scene.palette.accent))
        self._slate = Slate(width, height, prompt=prompt, meta=meta, accent=accent)
        self._grain = _grain_tiles(width, height, prompt, seed)

    def frame(self, index: int) -> VideoFrame:
        small = VideoFrame.from_ndarray(self._scene.paint(index / self._fps), format="rgba64le")
        width, height = self._size
        frame = self._scaler.reformat(
            small, width, height, "yuv420p", dst_colorspace=Colorspace.ITU709, interpolation="BICUBIC"
        )
        luma, blue, red = (_points(plane) for plane in frame.planes)
        luma += self._grain[index % len(self._grain)]
        seconds, rest = divmod(index, self._fps)
        time_code = f"{seconds // 60:02}:{seconds % 60:02}:{rest:02}"
        self._slate.draw((luma, blue, red), share=(index + 1) / self._frames, time_code=time_code)
        return frame


def _points(plane: av.video.plane.VideoPlane) -> Plane:
    """The plane's own memory, without the padding at the end of its rows."""
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _grain_tiles(width: int, height: int, prompt: str, seed: int) -> list[Plane]:
    """A little film grain, which also hides the steps in smooth gradients.

    In two's complement, because luma keeps clear of 0 and 255: adding wraps to subtracting.
    """
    chance = seeded(prompt, seed, "grain")
    tile = chance.integers(-1, 2, (height + 32, width + 32), dtype=np.int8).view(np.uint8)
    offsets = chance.integers(0, 32, (4, 2)).tolist()
    return [tile[top : top + height, left : left + width] for top, left in offsets]


def _limited_yuv(colour: npt.NDArray[np.float32]) -> tuple[int, int, int]:
    """BT.709 luma and colour difference in limited range, of red, green and blue from 0 to 1."""
    red, green, blue = (float(part) for part in colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def _mux_sound(
    container: OutputContainer, stream: av.AudioStream, seconds: Fraction, prompt: str, seed: int
) -> None:
    """A soft chord that breathes, fading in and out."""
    chance = seeded(prompt, seed, "sound")
    samples = int(seconds * SAMPLE_RATE)
    moment = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    root = 110 * 2 ** (int(chance.integers(0, 12)) / 12)
    chord = np.zeros((2, samples), np.float32)
    for step, (ratio, loud) in enumerate(((1, 0.30), (1.5, 0.20), (2, 0.16), (2.5, 0.10), (3, 0.06))):
        swell = 0.7 + 0.3 * np.sin(np.float32(0.9 + 0.23 * step) * moment + step)
        for side, detune in enumerate((0.9985, 1.0015)):
            chord[side] += loud * swell * np.sin(np.float32(2 * np.pi * root * ratio * detune) * moment)
    edge = np.minimum(1, np.minimum(moment, moment[::-1]) / np.float32(0.6))
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(chord * edge * 0.4), format="fltp", layout="stereo"
    )
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _with_grain(picture: Image.Image, prompt: str, seed: int) -> Image.Image:
    points = np.asarray(picture, np.int16)
    grain = seeded(prompt, seed, "grain").integers(-3, 4, points.shape[:2], dtype=np.int16)
    return Image.fromarray(np.clip(points + grain[:, :, None], 0, 255).astype(np.uint8))


def _letter_still(picture: Image.Image, prompt: str, meta: str, accent: str) -> None:
    """The slate of the clips, without what moves."""
    layout = lay_out(picture.width, picture.height)
    shade = Image.fromarray(np.rint(shade_mask(layout) * 255).astype(np.uint8)).resize(
        (layout.width, layout.height - layout.top)
    )
    picture.paste((0, 0, 0), (0, layout.top), shade)
    letters = Image.fromarray(np.rint(letter_mask(layout, prompt, meta) * 255).astype(np.uint8))
    picture.paste((246, 246, 246), (0, layout.top), letters)
    foot = layout.line_y + layout.line_height - 1
    ImageDraw.Draw(picture).rectangle((layout.margin, layout.line_y, 4 * layout.margin, foot), fill=accent)


def _facts(prompt: str, model: str, seed: int) -> dict[str, str]:
    return {"prompt": prompt, "model": model, "seed": str(seed), "software": "Rushes mock provider"}
