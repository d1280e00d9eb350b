"""Files in the storage that no row knows: left by a save whose row was never written, or by a restored database.

A file is no stray while it is young, while its generation is under way or its cost is not known, or while an order
names it. Rows are read after the file was seen: one that is saved meanwhile is found.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from django.db.models import Q

from generation import stored
from generation.clearing import keys_of
from generation.models import UNFINISHED, CostState, Generation, Output
from generation.stored import Stored

BATCH = 500
FEW = 100
"""So many strays are removed however few files there are besides."""
SHARE = 10
"""Of more than FEW, at most every tenth file can be a stray: else this is not the database of this storage."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

type Known = Callable[[Collection[str]], set[str]]


@dataclass
class Found:
    """Strays, among how many files."""

    strays: list[Stored] = field(default_factory=list)
    among: int = 0

    @property
    def are_too_many(self) -> bool:
        return len(self.strays) > max(FEW, self.among // SHARE)


def find(before: datetime, known_above: Known, go_on: Callable[[], None]) -> Found:
    """The files from `before` that no row knows; `known_above` says which an upper layer knows. Raises an OSError.

    `go_on` is called before each batch is looked up, and may end it all by raising.
    """
    found = Found()
    for batch in batched(stored.files(), BATCH, strict=False):
        go_on()
        found.among += len(batch)
        found.strays += still_strays([each for each in batch if each.changed_at < before], known_above)
    found.strays = list(_without_inputs(found.strays))
    return found


def still_strays(files: Iterable[Stored], known_above: Known) -> list[Stored]:
    """Those of the files that no row knows at this moment."""
    ours = {each.key: each for each in files if _ID.search(each.key)}
    if not ours:
        return []
    known = _known(ours.keys()) | known_above(ours.keys())
    return [each for key, each in ours.items() if key not in known]


def _known(keys: Collection[str]) -> set[str]:
    """Those of the keys that belong to a result that was not cleared, or to a generation that is not over."""
    named = {key: found.group() for key in keys if (found := _ID.search(key))}
    made = Generation.objects.filter(key__in=set(named.values()))
    busy = made.filter(Q(status__in=UNFINISHED) | Q(cost_state=CostState.UNDETERMINED))
    open_ids = {str(key) for key in busy.values_list("key", flat=True)}
    kept = Output.objects.filter(Q(generation__in=made) | Q(key__in=keys), cleared_at__isnull=True)
    expected = {key for output in kept for key in keys_of(output)}
    return {key for key in keys if key in expected or named.get(key) in open_ids}


def _without_inputs(strays: list[Stored]) -> Iterator[Stored]:
    """Without the files that orders started from, even where the row of the upload is gone."""
    if not strays:
        return
    requests = Generation.objects.exclude(request__inputs={}).values_list("request__inputs", flat=True)
    used = {
        facts["key"]
        for inputs in requests.order_by().iterator(chunk_size=BATCH)
        for facts in (inputs or {}).values()
    }
    yield from (each for each in strays if each.key not in used)
