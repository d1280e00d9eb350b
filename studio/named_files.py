"""The files that a shot's values name: `take:<id>` and `upload:<id>`, each of the shot's own project."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generation.models import Output
from studio.models import Project, Take, Upload

type File = Output | Upload
type Name = tuple[str, str]
"""The kind and the id that a value names."""
type Files = Mapping[Name, File]
"""Files by their names; what has none, or is another project's, is not in it."""

_LONGEST_ID = 18
"""Digits. A longer id is none that a database gives."""


def named(value: Any) -> Name | None:
    """What a value names; None when it names no file of a project."""
    kind, _, number = str(value).partition(":")
    return (kind, number) if kind in {"take", "upload"} and number.isdecimal() else None


def files_named(project: Project, values: Iterable[Any]) -> Files:
    """The files that these values, or those in a list among them, name: three queries at most, however many."""
    names = {name for value in values for item in _items(value) if (name := named(item))}
    ids = {name: int(name[1]) for name in names if len(name[1]) <= _LONGEST_ID}
    known = _uploads(project, ids) | _takes(project, ids)
    return {name: known[name[0], pk] for name, pk in ids.items() if (name[0], pk) in known}


def _items(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]


def _uploads(project: Project, ids: Mapping[Name, int]) -> dict[tuple[str, int], File]:
    wanted = {pk for (kind, _), pk in ids.items() if kind == "upload"}
    kept = Upload.objects.filter(project=project).in_bulk(wanted) if wanted else {}
    return {("upload", pk): upload for pk, upload in kept.items()}


def _takes(project: Project, ids: Mapping[Name, int]) -> dict[tuple[str, int], File]:
    wanted = {pk for (kind, _), pk in ids.items() if kind == "take"}
    takes = Take.objects.filter(pk__in=wanted, shot__scene__project=project).order_by()
    found = takes.select_related("upload", "generation").prefetch_related("generation__outputs")
    return {("take", take.pk): file for take in found if (file := _first(take))} if wanted else {}


def _first(take: Take) -> File | None:
    if take.upload or take.generation is None:
        return take.upload
    return next(iter(take.generation.outputs.all()), None)
