"""Moving pictures out of nothing but a prompt and a seed: what the mock provider's clips show.

A scene is painted small, as brightness that a palette turns into colour, and scaled up afterwards: large soft
shapes look the same either way, and a clip of five seconds stays well under a second of work. The palette and
the motif follow from words in the prompt; everything else follows from the seed.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from generation.providers.mock_palettes import FULL, TONES, packed, palette_for, ramp, rgb, seeded

Field = npt.NDArray[np.floating]
Colours = npt.NDArray[np.uint16]
Motif = Callable[[float], tuple[Field, Field | None]]
"""Gives, for a time in seconds, the picture's brightness from 0 to 1 and the light of the accent's colour."""


class Scene:
    """A painted scene: `paint(t)` for any time in seconds. Small: `width` by `height` as given."""

    def __init__(self, width: int, height: int, prompt: str, seed: int) -> None:
        self.width, self.height = width, height
        self.palette = palette_for(prompt, seed)
        self.chance = seeded(prompt, seed, "scene")
        self._ramp = ramp(self.palette)
        long_side = max(width, height)
        # Coordinates run 0 to 1 along the longer side, so that shapes keep their shape in every format.
        self.x: Field = (np.arange(width, dtype=np.float32) / long_side)[None, :]
        self.y: Field = (np.arange(height, dtype=np.float32) / long_side)[:, None]
        self.wide, self.tall = width / long_side, height / long_side
        self._vignette = self._make_vignette()
        self._motif: Motif = MOTIFS[self.palette.motif](self)
        self._glints = packed(np.linspace(0, 1, TONES)[:, None] * rgb(self.palette.accent))

    def paint(self, t: float) -> Colours:
        """The picture at `t` seconds: rows of red, green, blue and an unused fourth, 16 bits each."""
        tone, glints = self._motif(t)
        tone *= self._vignette
        np.clip(tone, 0.0, 1.0, out=tone)
        tone *= TONES - 1
        points = self._ramp.take(tone.astype(np.intp))
        if glints is not None:
            glints *= TONES - 1
            points += self._glints.take(np.minimum(glints, TONES - 1).astype(np.intp))
        picture = points.view(np.uint16).reshape(self.height, self.width, 4)
        np.minimum(picture, FULL, out=picture)
        picture <<= 1
        return picture

    def _make_vignette(self) -> Field:
        dx = (self.x - self.wide / 2) / self.wide
        dy = (self.y - self.tall / 2) / self.tall
        return (1.06 - 0.85 * (dx * dx + dy * dy)).astype(np.float32)


def _glow(scene: Scene, cx: float, cy: float, size: float) -> Field:
    """A round soft light; separable, so it costs next to nothing."""
    across = np.exp(-(((scene.x - cx) / size) ** 2))
    down = np.exp(-(((scene.y - cy) / size) ** 2))
    return (down * across).astype(np.float32)


# ---- motifs: each takes a scene, draws its chances once ----
def _dunes(scene: Scene) -> Motif:
    """Ridges behind ridges, lit from behind, the near ones passing faster."""
    return _ridges(scene, count=7, top=0.34, swell=0.055, speed=0.045, softness=0.004)


def _slabs(scene: Scene) -> Motif:
    """Thick smooth layers, as of something soft that was cut."""
    return _ridges(scene, count=5, top=0.22, swell=0.030, speed=0.060, softness=0.005, tilt=0.32)


def _ridges(
    scene: Scene, *, count: int, top: float, swell: float, speed: float, softness: float, tilt: float = 0.0
) -> Motif:
    chance = scene.chance
    waves = chance.uniform((2.0, 0.0, 0.4), (7.0, 6.28, 1.0), (count, 3, 3)).astype(np.float32)
    waves[:, 1, 0] *= 2.1
    waves[:, 2, 0] *= 4.3
    sun_x, side = float(chance.uniform(0.25, 0.75)) * scene.wide, float(chance.choice((-1.0, 1.0)))
    levels = [float(level) * scene.tall for level in np.linspace(top, 1.02, count)]
    lean = tilt * side * (scene.x - scene.wide / 2)

    def paint(t: float) -> tuple[Field, Field | None]:
        sky = 0.98 - 0.42 * scene.y / (top * scene.tall + 0.12)
        light = _glow(scene, sun_x + 0.02 * side * t, (top - 0.1) * scene.tall, 0.24)
        picture = (sky * 0.72 + 0.45 * light).astype(np.float32)
        for layer in range(count):
            near = layer / (count - 1)
            drift = side * speed * (0.25 + 1.6 * near * near) * t
            ridge = np.zeros_like(scene.x)
            for wave, (pitch, phase, weight) in enumerate(waves[layer]):
                ridge += weight * (0.5**wave) * np.sin(pitch * (scene.x + drift) + phase)
            breath = 0.006 * math.sin(0.9 * t + layer)
            depth = scene.y - (
                levels[layer] + swell * (0.6 + 0.8 * near) * ridge + lean * (0.4 + near) + breath
            )
            cover = np.clip(depth * (1 / (softness * (1 + 2 * near))) + 0.5, 0.0, 1.0)
            slope = np.gradient(ridge[0]).astype(np.float32) * scene.width
            lit = np.clip(0.5 - 0.04 * side * slope, 0.15, 1.0)[None, :]
            body = np.exp(np.maximum(depth, 0) * (5 * near - 13))
            body *= lit * (0.62 * (0.80 - 0.58 * near))
            body += 0.42 * (0.80 - 0.58 * near)
            body -= picture
            body *= cover
            picture += body
        return picture, None

    return paint


def _silk(scene: Scene) -> Motif:
    """Slow folds of something liquid, with a sheen running over them."""
    chance = scene.chance
    angle = float(chance.uniform(0.3, 1.2) * chance.choice((-1.0, 1.0)))
    phases: list[float] = chance.uniform(0, 6.28, 5).tolist()
    pitch = float(chance.uniform(5.5, 8.0))
    along = (math.cos(angle) * scene.x + math.sin(angle) * scene.y).astype(np.float32)
    cross = (math.cos(angle) * scene.y - math.sin(angle) * scene.x).astype(np.float32)

    def paint(t: float) -> tuple[Field, Field | None]:
        warp = np.sin(4.1 * cross + 0.55 * t + phases[0])
        warp += 0.55 * np.sin(7.3 * along - 0.40 * t + phases[1] + 0.9 * warp)
        fold = np.sin(pitch * along + 1.5 * warp + 0.70 * t + phases[2])
        fine = np.sin(2.7 * pitch * cross + 2.2 * fold - 0.5 * t + phases[3])
        sheen = np.maximum(fold, 0.0)
        sheen *= sheen
        sheen *= sheen
        picture: Field = 0.44 + 0.25 * fold + 0.07 * fine + 0.30 * sheen * (0.6 + 0.4 * fine)
        picture += 0.16 * _glow(scene, scene.wide * (0.3 + 0.04 * t), scene.tall * 0.28, 0.4)
        return picture, None

    return paint


def _bokeh(scene: Scene) -> Motif:
    """Lights out of focus over a wet street: discs at many depths, their reflections below."""
    chance = scene.chance
    count = 46
    depth = np.sort(chance.uniform(0, 1, count)) ** 1.6
    across = (chance.uniform(0, 1.3, count) * scene.wide).tolist()
    down = ((0.04 + chance.uniform(0, 0.52, count)) * scene.tall).tolist()
    radius = (0.014 + 0.062 * depth).tolist()
    power = (chance.uniform(0.16, 0.56, count) * (1.05 - 0.55 * depth)).tolist()
    pace = (chance.choice((-1.0, 1.0)) * (0.012 + 0.06 * depth)).tolist()
    blink = chance.uniform(0, 6.28, count).tolist()
    is_accent = (chance.uniform(0, 1, count) < 0.3).tolist()
    horizon = 0.61 * scene.tall
    below = np.clip((scene.y - horizon) / (scene.tall - horizon), 0, 1)
    base = 0.10 + 0.20 * np.exp(-(((scene.y - horizon) / 0.14) ** 2)) * (1 - 0.6 * (below > 0))
    base = np.broadcast_to(base, (scene.height, scene.width))
    # The far edge of the wet ground is out of focus as well: the reflections fade in over a stretch.
    fade = np.clip(below * 14, 0, 1) * (1 - below) ** 1.5 * 0.6
    side = max(scene.width, scene.height)

    def paint(t: float) -> tuple[Field, Field | None]:
        fields = (base.copy(), np.zeros_like(base))
        streaks = (np.zeros_like(scene.x), np.zeros_like(scene.x))
        for light in range(count):
            cx = (across[light] + pace[light] * t) % (scene.wide * 1.3) - 0.15 * scene.wide
            cy = down[light] + 0.006 * math.sin(0.7 * t + blink[light])
            bright = power[light] * (0.82 + 0.18 * math.sin(1.3 * t + blink[light]))
            _add_disc(fields[is_accent[light]], cx * side, cy * side, radius[light] * side, bright)
            spread = 1 / (0.5 * radius[light] + 0.008)
            streaks[is_accent[light]][:] += bright * np.exp(-(((scene.x - cx) * spread) ** 2))
        ripple = fade * (0.78 + 0.22 * np.sin(190 * scene.y * (1.15 - 0.5 * below) + 2.2 * t))
        for field, streak in zip(fields, streaks, strict=True):
            field += streak * ripple
        return fields

    return paint


def _add_disc(picture: Field, cx: float, cy: float, radius: float, bright: float) -> None:
    """A lens's disc: even within, a little brighter at the rim, soft at the edge."""
    left, right = max(0, int(cx - radius - 2)), min(picture.shape[1], int(cx + radius + 3))
    top, bottom = max(0, int(cy - radius - 2)), min(picture.shape[0], int(cy + radius + 3))
    if left >= right or top >= bottom:
        return
    dx = np.arange(left, right, dtype=np.float32) - np.float32(cx)
    dy = np.arange(top, bottom, dtype=np.float32) - np.float32(cy)
    distance = np.sqrt((dx * dx)[None, :] + (dy * dy)[:, None])
    disc = np.clip((radius - distance) * 0.8 + 0.5, 0.0, 1.0)
    distance *= 1 / radius
    distance *= distance
    disc *= 0.72 + 0.28 * distance * distance
    picture[top:bottom, left:right] += disc * np.float32(bright)


def _grove(scene: Scene) -> Motif:
    """Trunks at three depths, light falling between them, dust in the light."""
    chance = scene.chance
    source_x, source_y = float(chance.uniform(0.15, 0.85)) * scene.wide, -0.12 * scene.tall
    bearing = np.arctan2(scene.x - source_x, scene.y - source_y).astype(np.float32)
    phases: list[float] = chance.uniform(0, 6.28, 2).tolist()
    trunks = [
        trunk for near, count in ((0.0, 10), (0.5, 5), (1.0, 3)) for trunk in _trunks(scene, near, count)
    ]
    dust = chance.uniform(0, 1, (26, 3)).tolist()
    side = max(scene.width, scene.height)
    fall = np.exp(-1.5 * scene.y / scene.tall)
    dim = 0.5 + 0.7 * fall

    def paint(t: float) -> tuple[Field, Field | None]:
        shafts = np.sin(15 * bearing + (0.22 * t + phases[0]))
        shafts += 0.7 * np.sin(31 * bearing - (0.31 * t - phases[1]))
        shafts = np.clip(0.45 + 0.3 * shafts, 0, 1)
        shafts *= fall
        picture = 0.20 + 0.42 * fall + 0.10 * shafts
        row = 0.0
        for near, place, wide, lean in trunks:
            if near != row:
                picture += (0.16 - 0.03 * row) * shafts
                row = near
            cx = (place - (0.012 + 0.05 * near) * t) % (1.5 * scene.wide) - 0.25 * scene.wide
            _add_trunk(scene, picture, dim * (0.34 - 0.30 * near), near, cx, wide, lean)
        picture += 0.13 * shafts
        for x, y, size in dust:
            cx = (x + 0.010 * t * (0.4 + size)) % 1.0 * scene.wide
            cy = (y - 0.014 * t * (0.3 + size)) % 1.0 * scene.tall
            _add_disc(
                picture, cx * side, cy * side, (0.003 + 0.008 * size**3) * side, 0.16 * (1 - 0.5 * size)
            )
        return picture, None

    return paint


def _trunks(scene: Scene, near: float, count: int) -> list[tuple[float, float, float, float]]:
    """Nearness, place, half width and lean of each trunk in a row."""
    chance = scene.chance
    places = (np.arange(count) + chance.uniform(0.1, 0.9, count)) / count * scene.wide * 1.5
    wides = chance.uniform(0.5, 1.2, count) * (0.010 + 0.030 * near)
    leans = chance.uniform(-0.04, 0.04, count)
    return [(near, float(p), float(w), float(n)) for p, w, n in zip(places, wides, leans, strict=True)]


def _add_trunk(
    scene: Scene, picture: Field, bark: Field, near: float, cx: float, wide: float, lean: float
) -> None:
    """Paint only the columns that the trunk can touch."""
    soft = 0.004 + 0.010 * near
    reach = wide + soft + abs(lean) * scene.tall / 2
    side = max(scene.width, scene.height)
    left, right = max(0, int((cx - reach) * side)), min(scene.width, int((cx + reach) * side) + 2)
    if left >= right:
        return
    gap = np.abs(scene.x[:, left:right] - (lean * (scene.y - scene.tall / 2) + cx))
    cover = np.clip((wide - gap) * (1 / soft) + 0.5, 0, 1) * (0.72 + 0.25 * near)
    picture[:, left:right] += cover * (bark - picture[:, left:right])


MOTIFS: dict[str, Callable[[Scene], Motif]] = {
    "dunes": _dunes,
    "slabs": _slabs,
    "silk": _silk,
    "bokeh": _bokeh,
    "grove": _grove,
}
