"""Frames for pictures in templates."""

from django import template

register = template.Library()

# The shapes that the stylesheet has, by width over height; 16:9 is the plain frame.
_FRAMES = [
    (9 / 16, "frame--9x16"),
    (3 / 4, "frame--3x4"),
    (1.0, "frame--1x1"),
    (4 / 3, "frame--4x3"),
    (16 / 9, ""),
    (21 / 9, "frame--21x9"),
]


@register.filter
def frame_class(aspect_ratio: str) -> str:
    """The stylesheet's frame that comes nearest to an aspect ratio such as "9:16"; "" is 16:9."""
    ratio = _ratio(aspect_ratio)
    return min(_FRAMES, key=lambda frame: abs(frame[0] - ratio))[1]


@register.filter
def is_tall(aspect_ratio: str) -> bool:
    """Whether a picture of this aspect ratio is higher than wide."""
    return _ratio(aspect_ratio) < 1


def _ratio(aspect_ratio: str) -> float:
    width, _, height = aspect_ratio.partition(":")
    if width.isdecimal() and height.isdecimal() and int(height):
        return int(width) / int(height)
    return 16 / 9
