"""What goes into an archive: each file with its place in the film, and what has no file with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from generation.models import Generation, Output, Status
from studio import take_words
from studio.file_names import UniqueNames, name_of
from studio.models import LibraryItem, Project, Shot, Take, Upload

MADE_HERE, BROUGHT = "generated", "uploaded"


@dataclass(frozen=True)
class Piece:
    """A file to hand out under `path`; without a path, what is not handed out and the `reason`.

    `cost` is what its take cost in US dollars, on the take's first file alone, and only for those who may know.
    """

    project: Project
    shot: Shot | None = None
    take: Take | None = None
    file: Output | Upload | None = None
    path: str = ""
    reason: str = ""
    cost: Decimal | None = None

    @property
    def generation(self) -> Generation | None:
        return self.take.generation if self.take else None

    @property
    def source(self) -> str:
        if self.file is None and self.generation is None:
            return ""
        return BROUGHT if self.generation is None else MADE_HERE


def of_lines(items: Iterable[LibraryItem], costs: Mapping[int, Decimal]) -> list[Piece]:
    """The files of the library's lines, a folder for each project. `costs` are by generation."""
    names = UniqueNames()
    found: list[Piece] = []
    for item in items:
        folder = f"{item.project.slug}/"
        if item.take is not None:
            item.take.shot.scene.project = item.project
            found += _of_take(item.take, folder, "", names, costs)
        elif item.upload is not None:
            first = next(iter(item.upload.takes.all()), None)
            reason = item.upload.hidden_words if item.upload.is_hidden else ""
            path = "" if reason else names.give(f"{folder}uploads/", item.upload.name)
            shot = first.shot if first else None
            found.append(Piece(item.project, shot, first, item.upload, path, reason))
    return found


def of_cut(
    project: Project, shots: Iterable[tuple[Shot, Take | None]], costs: Mapping[int, Decimal]
) -> list[Piece]:
    """The circled takes in the order of the film, numbered; a shot without one is named with its reason."""
    names = UniqueNames()
    found: list[Piece] = []
    for number, (shot, take) in enumerate(shots, 1):
        shot.scene.project = project
        if take is None:
            found.append(Piece(project, shot, reason="no take of this shot is circled"))
            continue
        take.shot = shot
        found += _of_take(take, f"{project.slug}-cut/", f"{number:03}-", names, costs)
    return found


def _of_take(
    take: Take, folder: str, before: str, names: UniqueNames, costs: Mapping[int, Decimal]
) -> Iterator[Piece]:
    project, generation = take.shot.scene.project, take.generation
    if take.upload is not None:
        reason = take.upload.hidden_words if take.upload.is_hidden else ""
        path = "" if reason else names.give(folder, f"{before}{take.upload.name}")
        yield Piece(project, take.shot, take, take.upload, path, reason)
        return
    if generation is None:
        return
    cost = costs.get(generation.pk)
    outputs = list(generation.outputs.all()) if generation.status == Status.SUCCEEDED else []
    if not outputs:
        yield Piece(project, take.shot, take, reason=_without_file(generation), cost=cost)
    for output in outputs:
        reason = _withheld(output)
        path = "" if reason else names.give(folder, f"{before}{name_of(take, output)}")
        yield Piece(project, take.shot, take, output, path, reason, cost)
        cost = None


def _without_file(generation: Generation) -> str:
    return f"no file: {Status(generation.status).label.lower()}"


def _withheld(output: Output) -> str:
    """Why a file is not handed out; empty when it is."""
    if output.cleared_at:
        return take_words.cleared([output])
    if output.is_hidden:
        return output.hidden_words
    if output.is_closed:
        return "flagged by the provider’s safety check, and not opened by a reviewer"
    return ""
