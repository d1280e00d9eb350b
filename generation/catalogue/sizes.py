"""What picture size an order means: the one it names, or the one its aspect ratio stands for."""

from collections.abc import Mapping

from .spec import ModelSpec, Size

__all__ = ["ordered_size", "size_of"]


def size_of(spec: ModelSpec, ratio: str) -> str | dict[str, int]:
    """The size that an aspect ratio stands for: a named size, or width and height in pixels."""
    meant = spec.aspect_sizes[ratio]
    return meant.model_dump() if isinstance(meant, Size) else meant


def ordered_size(spec: ModelSpec, values: Mapping[str, object]) -> object:
    """The size to send; an aspect ratio goes before a size, which may be only the default."""
    ratio = values.get("aspect_ratio")
    if isinstance(ratio, str) and ratio in spec.aspect_sizes:
        return size_of(spec, ratio)
    return values.get("image_size")
