"""What is drawn on a picture: strokes in parts of its width and height, checked when they come in.

A drawing is kept as numbers and drawn anew on every screen; nothing that a browser sends is ever shown as markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, pi, sin
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

LONGEST_TEXT = 200_000
MOST_STROKES = 40
MOST_POINTS = 400
MOST_POINTS_TOGETHER = 4_000
WIDTH = 1000
"""Units across the picture in the drawing that a page shows; its height follows the picture's shape."""
HEAD = 26
"""Units that each side of an arrow's head is long."""
COLOURS = {"red": "Red", "yellow": "Yellow", "green": "Green", "blue": "Blue", "white": "White"}


class DrawingRefusedError(ValueError):
    """The drawing is none. The text is for people."""


def _rounded(value: float) -> float:
    return round(value, 4)


Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), AfterValidator(_rounded)]
Point = tuple[Part, Part]


class Stroke(BaseModel):
    """One stroke. An arrow and a box have two points: where they begin and end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["pencil", "arrow", "box"]
    colour: Literal["red", "yellow", "green", "blue", "white"]
    points: Annotated[tuple[Point, ...], Field(min_length=2, max_length=MOST_POINTS)]


_STROKES = TypeAdapter(Annotated[tuple[Stroke, ...], Field(max_length=MOST_STROKES)])


def read_drawing(text: str) -> list[dict[str, Any]]:
    """The strokes in a JSON text as they are kept; none for an empty text. Raises DrawingRefusedError."""
    if not text.strip():
        return []
    if len(text) > LONGEST_TEXT:
        raise DrawingRefusedError("The drawing has too many strokes. Undo some of them, and send it again.")
    try:
        strokes = _STROKES.validate_json(text)
    except ValidationError as error:
        raise DrawingRefusedError(
            "The drawing could not be read. Draw it again, or send the words alone."
        ) from error
    if sum(len(stroke.points) for stroke in strokes) > MOST_POINTS_TOGETHER:
        raise DrawingRefusedError("The drawing has too many strokes. Undo some of them, and send it again.")
    if any(stroke.kind != "pencil" and len(stroke.points) != 2 for stroke in strokes):
        raise DrawingRefusedError("The drawing could not be read. Draw it again, or send the words alone.")
    return [stroke.model_dump(mode="json") for stroke in strokes]


@dataclass(frozen=True)
class Line:
    """A stroke as the `d` of an SVG path, and its colour."""

    colour: str
    path: str


@dataclass(frozen=True)
class Sketch:
    """A drawing to be shown over a picture of `WIDTH` by `height` units."""

    height: int
    lines: Sequence[Line]

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {self.height}"


def sketch(drawing: Sequence[dict[str, Any]], width: int | None, height: int | None) -> Sketch | None:
    """A kept drawing for a picture of so many pixels; None when nothing was drawn."""
    if not drawing:
        return None
    tall = round(WIDTH * height / width) if width and height else round(WIDTH * 9 / 16)
    return Sketch(tall, [Line(each["colour"], _path(each, tall)) for each in drawing])


def _path(stroke: dict[str, Any], tall: int) -> str:
    points = [(x * WIDTH, y * tall) for x, y in stroke["points"]]
    (x, y), (to_x, to_y) = points[0], points[-1]
    if stroke["kind"] == "box":
        return f"M{x:.0f} {y:.0f}H{to_x:.0f}V{to_y:.0f}H{x:.0f}Z"
    line = "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    return line + _head(atan2(to_y - y, to_x - x), to_x, to_y) if stroke["kind"] == "arrow" else line


def _head(angle: float, x: float, y: float) -> str:
    sides = [(x - HEAD * cos(angle + turn), y - HEAD * sin(angle + turn)) for turn in (pi / 6, -pi / 6)]
    return "".join(f"M{a:.0f} {b:.0f}L{x:.0f} {y:.0f}" for a, b in sides)
