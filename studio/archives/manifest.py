"""The manifest of an archive: a table that says what each file is, or why something has none."""

from collections.abc import Iterable, Sequence

from generation.models import Output
from studio.archives.contents import Piece
from studio.exports import cells
from studio.exports.cells import number, text
from studio.models import Upload

NAME = "manifest.csv"
HEADER = (
    "file",
    "missing_because",
    "project",
    "scene",
    "shot",
    "take",
    "circled",
    "source",
    "model",
    "provider",
    "seed",
    "prompt",
    "cost_usd",
    "made_by",
    "made_at",
    "sha256",
    "bytes",
    "width",
    "height",
    "seconds",
    "name",
)


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """The table with its header, in UTF-8 as spreadsheets know it."""
    return "".join(cells.chunks(HEADER, [rows], mark=True)).encode()


def row(piece: Piece, trouble: str = "") -> tuple[str, ...]:
    """The line of a piece; `trouble` is what went wrong when its file was read."""
    take, generation, file = piece.take, piece.generation, piece.file
    by = take.created_by if take else file.uploaded_by if isinstance(file, Upload) else None
    is_missing = bool(piece.reason or trouble)
    return (
        "" if is_missing else piece.path,
        text(trouble or piece.reason),
        text(piece.project.name),
        text(piece.shot.scene.number if piece.shot else ""),
        text(piece.shot.number if piece.shot else ""),
        str(take.number) if take else "",
        ("yes" if take.is_circled else "no") if take else "",
        piece.source,
        text(generation.model if generation else ""),
        text(generation.provider if generation else ""),
        "" if generation is None or generation.seed is None else str(generation.seed),
        text(generation.prompt if generation else ""),
        "" if piece.cost is None else number(piece.cost),
        text(by.get_username() if by else ""),
        file.created_at.isoformat(timespec="seconds") if file else "",
        file.sha256 if file else "",
        str(file.size_bytes) if file else "",
        *(("", "", "") if file is None else (_known(file.width), _known(file.height), _known(file.seconds))),
        "" if file is None or isinstance(file, Output) else text(file.name),
    )


def _known(value: object) -> str:
    return "" if value is None else str(value)
