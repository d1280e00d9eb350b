"""The colours of the mock provider's pictures, chosen by words of the prompt, and its repeatable chance."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TONES = 1024
FULL = np.uint16(32767)
"""The most that a channel of a packed colour holds: 15 bits, so that two may be added in 16."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Five colours from shadow to light and an accent, the motif they suit, and the words that call them."""

    words: tuple[str, ...]
    motif: str
    tones: tuple[str, str, str, str, str]
    accent: str


_SOAP = ("soap", "pastel", "cream", "candy", "cake", "petal", "blossom", "skin")
_SAND = ("sand", "desert", "dune", "beach", "amber", "grain", "dust", "wheat")
_FOAM = ("foam", "cloud", "milk", "snow", "bubble", "white", "ice", "mist")

PALETTES: tuple[Palette, ...] = (
    Palette(_SOAP, "slabs",
            ("#4a2c55", "#a8649a", "#e79fb4", "#f8cfc4", "#fff3e6"), "#8fe0cf"),
    Palette(_SOAP, "slabs",
            ("#173f45", "#4f9a94", "#a5d9c8", "#f1ead8", "#fffaf0"), "#f7b3bd"),
    Palette(_SAND, "dunes",
            ("#2b1716", "#96533f", "#dd9b78", "#f4d2b0", "#fff5e6"), "#ffc9a3"),
    Palette(_FOAM, "silk",
            ("#3a3360", "#857fc0", "#c1bfe4", "#eae8f6", "#ffffff"), "#ffd6ec"),
    Palette(_SAND, "dunes",
            ("#2a130a", "#8a451c", "#d58a3c", "#f4c67a", "#fff2d2"), "#ffd79a"),
    Palette(_FOAM, "silk",
            ("#16395c", "#4886b4", "#93c4e0", "#d9ecf5", "#ffffff"), "#bfe9ff"),
    Palette(("neon", "city", "street", "cyberpunk", "club", "tokyo", "car", "traffic"), "bokeh",
            ("#04040e", "#150f38", "#4b1a80", "#d02a8c", "#ff8fc7"), "#2de2e6"),
    Palette(("night", "moon", "star", "space", "galaxy", "dark", "dream"), "bokeh",
            ("#02040d", "#0b1a3a", "#1f4277", "#6f94c9", "#e3ecff"), "#ffd9a0"),
    Palette(("forest", "moss", "tree", "jungle", "garden", "leaf", "green", "park"), "grove",
            ("#030c07", "#0f3022", "#2f6b48", "#94bd68", "#f6edb2"), "#f7e7a0"),
    Palette(("sea", "ocean", "water", "wave", "river", "rain", "lake", "pool", "blue"), "silk",
            ("#021a26", "#065a6b", "#1d9a9c", "#84d6c6", "#effff4"), "#ffd8a8"),
    Palette(("fire", "lava", "sunset", "dawn", "sun", "ember", "red", "volcano"), "dunes",
            ("#14040d", "#5b0f2c", "#c8372a", "#ff9a45", "#ffe6a8"), "#ffcf70"),
    Palette(("coffee", "chocolate", "wood", "leather", "honey", "caramel", "clay"), "silk",
            ("#170a05", "#4c2411", "#8f5428", "#d09a5e", "#fbe6c4"), "#ffcf8a"),
    Palette(("gold", "perfume", "jewel", "luxury", "wedding", "candle", "glass", "watch"), "bokeh",
            ("#080604", "#2b1c0e", "#7a5220", "#d9a648", "#fff0c4"), "#ffdf9e"),
    Palette(("mountain", "hill", "landscape", "valley", "fog", "aerial", "drone"), "dunes",
            ("#0a1424", "#29435f", "#5f7f99", "#b9c3c6", "#fbe9d0"), "#ffd2a6"),
)  # fmt: skip


def palette_for(prompt: str, seed: int) -> Palette:
    """A palette of the first telling word in the prompt; the seed chooses among several, or all."""
    for word in re.findall(r"[a-z]+", prompt.lower()):
        suited = [palette for palette in PALETTES if _names(palette, word)]
        if suited:
            break
    else:
        suited = list(PALETTES)
    return suited[seeded(prompt, seed, "palette").integers(len(suited))]


def _names(palette: Palette, word: str) -> bool:
    return any(word in (known, known + "s", known + "y") for known in palette.words)


def seeded(prompt: str, seed: int, purpose: str) -> np.random.Generator:
    """Chance that is the same in every process for the same words."""
    digest = hashlib.sha256(f"{purpose}\0{seed}\0{prompt}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16])))


def rgb(colour: str) -> npt.NDArray[np.float32]:
    """Red, green and blue from 0 to 1 of `#rrggbb`."""
    return np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)], np.float32)


def packed(colours: npt.NDArray[np.floating]) -> npt.NDArray[np.uint64]:
    """Colours as one number each, with 15 bits in lanes of 16: one look-up a point, and two may be added."""
    lanes = np.zeros((len(colours), 4), np.uint16)
    lanes[:, :3] = np.rint(colours * FULL)
    return lanes.view(np.uint64)[:, 0]


def ramp(palette: Palette) -> npt.NDArray[np.uint64]:
    """`TONES` packed colours from shadow to light."""
    stops = np.linspace(0, TONES - 1, len(palette.tones))
    colours = np.array([rgb(colour) for colour in palette.tones])
    # Between two stops the eye wants an S-shaped way, not a corner: smooth the straight ramp once.
    straight = np.stack([np.interp(np.arange(TONES), stops, colours[:, band]) for band in range(3)], axis=1)
    padded = np.pad(straight, ((96, 96), (0, 0)), mode="edge")
    window = np.hanning(193)
    smooth = [np.convolve(padded[:, band], window / window.sum(), mode="valid") for band in range(3)]
    return packed(np.stack(smooth, axis=1))
