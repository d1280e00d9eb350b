"""The lettering on the mock provider's pictures: prompt and provider on a scrim, with a running time code.

The lettering stands still, so it is set once, as one multiplication and one addition per point; a frame is
then finished by blending that single strip, and by the few digits and the line that move.
"""

import textwrap
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Plane = npt.NDArray[np.uint8]
Weights = npt.NDArray[np.uint16]

_SHADE = 0.74
_WHITE = 224
_TEXT = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a picture, in pixels from its top left; places are even, for halved planes."""

    width: int
    height: int
    margin: int
    top: int
    prompt_size: int
    meta_size: int
    line_y: int
    line_height: int


def lay_out(width: int, height: int) -> Layout:
    """Sizes that follow from the shorter side, so that the slate reads alike in every format."""
    unit = min(width, height * 1.25) / 100
    prompt_size, meta_size = max(9, round(4.3 * unit)), max(7, round(2.5 * unit))
    margin = _even(5.2 * unit)
    line_height = max(2, _even(0.55 * unit))
    line_y = height - _even(4.4 * unit)
    depth = 4.4 * unit + 2.2 * prompt_size * 1.3 + meta_size * 1.3 + 13 * unit
    return Layout(
        width, height, margin, max(0, _even(height - depth)), prompt_size, meta_size, line_y, line_height
    )


def _even(value: float) -> int:
    return int(value) // 2 * 2


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface that Pillow brings along: it is the same everywhere."""
    return ImageFont.load_default(size)


def plain(text: str) -> str:
    """The text in the letters that the typeface has: accents fall away, other scripts become dots."""
    folded = unicodedata.normalize("NFKD", " ".join(text.split()).translate(_QUOTES))
    kept = (letter for letter in folded if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() or letter in "·…“”’" else "·" for letter in kept)


_QUOTES = str.maketrans({"–": "-", "—": "-", "„": "“", "‘": "’", "×": "x", "ß": "ss", "ø": "o", "ł": "l"})


def wrapped(prompt: str, layout: Layout) -> list[str]:
    """The prompt in at most two lines; what does not fit ends in an ellipsis."""
    letters = font(layout.prompt_size)
    room = layout.width - 2 * layout.margin
    text = plain(prompt) or "Untitled"
    columns = max(8, int(room / (letters.getlength(text) / len(text))))
    while True:
        lines = textwrap.wrap(text, columns, max_lines=2, placeholder=" …", break_long_words=True)
        if columns <= 8 or all(letters.getlength(line) <= room for line in lines):
            return lines
        columns -= 1


def letter_mask(layout: Layout, prompt: str, meta: str) -> npt.NDArray[np.floating]:
    """How much of each point in the strip below `layout.top` is lettering, 0 to 1."""
    strip = Image.new("L", (layout.width, layout.height - layout.top))
    draw = ImageDraw.Draw(strip)
    meta_y = layout.line_y - layout.top - round(layout.meta_size * 2.0)
    draw.text((layout.margin, meta_y), plain(meta), fill=176, font=font(layout.meta_size))
    lines = wrapped(prompt, layout)
    y = meta_y - round(layout.prompt_size * (1.28 * len(lines) + 0.42))
    for line in lines:
        draw.text((layout.margin, y), line, fill=255, font=font(layout.prompt_size))
        y += round(layout.prompt_size * 1.28)
    return np.asarray(strip, np.float32) / 255


def shade_mask(layout: Layout) -> npt.NDArray[np.floating]:
    """How dark the scrim is on each row of the strip: nothing at its top, most at its foot."""
    way = np.linspace(0, 1, layout.height - layout.top, dtype=np.float32)
    return _SHADE * (way * way * (3 - 2 * way))[:, None]


class Slate:
    """Blends the lettering into the planes of a picture in YUV 4:2:0 (limited range)."""

    def __init__(
        self, width: int, height: int, *, prompt: str, meta: str, accent: tuple[int, int, int]
    ) -> None:
        self.layout = layout = lay_out(width, height)
        letters, shade = letter_mask(layout, prompt, meta), shade_mask(layout)
        keep = (1 - shade) * (1 - letters)
        self._keep, self._add = _weights(keep, 16 * shade * (1 - letters) + _WHITE * letters)
        halved = (
            keep[: keep.shape[0] // 2 * 2].reshape(keep.shape[0] // 2, 2, width // 2, 2).mean(axis=(1, 3))
        )
        self._keep_colour, self._add_colour = _weights(halved, 128 * (1 - halved))
        self._accent = accent
        self._digits = _digit_masks(layout.meta_size)

    def draw(self, planes: tuple[Plane, Plane, Plane], *, share: float, time_code: str) -> None:
        """Finish one frame: `share` of the line is drawn, from 0 to 1."""
        layout, (luma, *colours) = self.layout, planes
        _blend(luma[layout.top :], self._keep, self._add)
        for plane in colours:
            _blend(plane[layout.top // 2 :], self._keep_colour, self._add_colour)
        self._draw_line(planes, share)
        self._draw_time(luma, time_code)

    def _draw_line(self, planes: tuple[Plane, Plane, Plane], share: float) -> None:
        layout = self.layout
        whole = layout.width - 2 * layout.margin
        rows, drawn = slice(layout.line_y, layout.line_y + layout.line_height), round(whole * share / 2) * 2
        luma = planes[0]
        rest = luma[rows, layout.margin + drawn : layout.margin + whole]
        rest += (np.uint8(235) - rest) // 5
        for plane, value, half in zip(planes, self._accent, (1, 2, 2), strict=True):
            left = layout.margin // half
            plane[rows.start // half : rows.stop // half, left : left + drawn // half] = value

    def _draw_time(self, luma: Plane, time_code: str) -> None:
        layout, (height, advance) = self.layout, next(iter(self._digits.values())).shape
        x = layout.width - layout.margin - advance * len(time_code)
        y = layout.line_y - round(layout.meta_size * 2.0)
        for letter in time_code:
            mask = self._digits[letter]
            field = luma[y : y + height, x : x + advance]
            _blend(field, 256 - mask, mask * 196)
            x += advance


def _weights(keep: npt.NDArray[np.floating], add: npt.NDArray[np.floating]) -> tuple[Weights, Weights]:
    """As 8-bit fixed point: the sum stays below 65,536 for every 8-bit point."""
    return np.rint(keep * 256).astype(np.uint16), np.rint(add * 256).astype(np.uint16)


def _blend(field: Plane, keep: Weights, add: Weights) -> None:
    mixed = field * keep
    mixed += add
    mixed >>= 8
    field[:] = mixed


@lru_cache(maxsize=8)
def _digit_masks(size: int) -> dict[str, Weights]:
    """Each digit in a cell of the same width, so that a running time code does not tremble."""
    letters = font(size)
    advance = max(round(letters.getlength(digit)) for digit in "0123456789") + 1
    masks = {}
    for letter in "0123456789:":
        cell = Image.new("L", (advance, round(size * 1.3)))
        offset = (advance - letters.getlength(letter)) / 2
        ImageDraw.Draw(cell).text((offset, 0), letter, fill=216, font=letters)
        masks[letter] = np.asarray(cell, np.uint16)
    return masks
