"""The generations of a big studio with their takes, events and files, in memory: each with its money in the books."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from generation.models import CostState, Status
from rig.books import Books
from rig.film import MODELS, PEOPLE, PROMPT, Place
from rig.pouring import Row
from rig.sizes import Sizes
from studio.library.words import normal

_PATH = (Status.QUEUED, Status.SUBMITTING, Status.SUBMITTED, Status.READY)


@dataclass
class Jobs:
    """Orders spread evenly from `start` to `end`, the last of them still in flight."""

    sizes: Sizes
    books: Books
    start: datetime
    end: datetime
    chance: random.Random
    generations: list[Row] = field(default_factory=list)
    takes: list[Row] = field(default_factory=list)
    circled: dict[int, int] = field(default_factory=dict)
    numbers: Counter[int] = field(default_factory=Counter)

    def make(self, places: list[Place]) -> None:
        """All takes in a random order, uploads among them, then jobs without a take until the ledger is full."""
        sizes, order = self.sizes, [place for place in places for _ in range(place.takes)]
        self.chance.shuffle(order)
        every = len(order) // sizes.uploads if sizes.uploads else 0
        uploads = 0
        for number, place in enumerate(order):
            is_upload = every and number % every == 0 and place.project == 1 and uploads < sizes.uploads
            uploads += bool(is_upload)
            self._take(place, None if is_upload else self._job(place.project, number / len(order)), uploads)
        for _ in range(sizes.in_flight):
            place = self.chance.choice([place for place in places[: sizes.big_shots] if place.takes])
            self._take(place, self._job(1, 1, in_flight=True), 0)
        while len(self.books.entries) < sizes.entries - 10:
            self._job(self.chance.randint(1, sizes.projects), self.chance.random())
        while len(self.books.entries) < sizes.entries:
            self.books.adjust(1, 10_000, self.end)

    def uploads(self) -> Iterator[Row]:
        for take in self.takes:
            if pk := take["upload_id"]:
                yield {"id": pk, "project_id": 1, "uploaded_by_id": 1, "name": f"pier-{pk}.mp4"} | _file(
                    f"uploads/{pk}"
                )

    def library_items(self) -> Iterator[Row]:
        """A line for each take that was ordered and each upload, the oldest first."""
        lines = []
        for take in self.takes:
            job = self.generations[take["generation_id"] - 1] if take["generation_id"] else None
            place = {"take_id": take["id"]} if job else {"upload_id": take["upload_id"]}
            words = normal(job["prompt"] if job else f"pier-{take['upload_id']}.mp4")
            project, media = (job["account_id"], job["media"]) if job else (1, "video")
            line = {"take_id": None, "upload_id": None} | place | {"project_id": project, "words": words}
            line |= {"model": job["model"] if job else "", "media": media, "created_at": take["created_at"]}
            lines.append(line | {"added_by_id": job["requested_by_id"] if job else 1})
        lines.sort(key=lambda line: line["created_at"])
        for pk, line in enumerate(lines, start=1):
            yield {"id": pk} | line

    def outputs(self) -> Iterator[Row]:
        done = (row for row in self.generations if row["status"] == Status.SUCCEEDED)
        for pk, row in enumerate(done, start=1):
            file = _file(f"generations/{row['key']}/0", is_video=row["media"] == "video")
            yield {"id": pk, "generation_id": row["id"], "index": 0, "created_at": row["finished_at"]} | file

    def events(self) -> Iterator[Row]:
        """The story of each: five lines for one that was sent and ended."""
        pk = 0
        for row in self.generations:
            before = ""
            status = Status(row["status"])
            path = _PATH[: _PATH.index(status)] if status in _PATH else _PATH
            for step, to in enumerate((*path, status)):
                pk += 1
                yield {"id": pk, "generation_id": row["id"], "at": row["created_at"] + timedelta(seconds=step)} | {
                    "from_status": before, "to_status": str(to), "actor": "watcher", "data": {"step": step}
                }  # fmt: skip
                before = str(to)

    def _job(self, project: int, moment: float, *, in_flight: bool = False) -> int:
        pk = len(self.generations) + 1
        slug, media, price = self.chance.choice(MODELS)
        at = self.start + (self.end - self.start) * moment
        status = self._status(in_flight)
        cost = self._cost(status, price)
        bound = price * 5 // 4
        key, member = UUID(int=self.chance.getrandbits(128), version=4), self.chance.randint(1, len(PEOPLE))
        hold = self.books.hold(
            project,
            bound,
            cost,
            at,
            reference=f"generation:{key}",
            member_id=member,
            tags={"model": slug, "provider": "fal"},
        )
        prompt = f"{PROMPT}, variation {pk}."
        row = {"id": pk, "key": key, "account_id": project, "hold_id": hold, "requested_by_id": member}
        row |= {
            "model": slug,
            "provider": "fal",
            "endpoint": f"fal-ai/{slug}",
            "media": media,
            "prompt": prompt,
        }
        row |= {"request": _request(prompt), "fingerprint": f"{pk:064x}", "status": str(status)}
        row |= {"estimate_micros": price, "upper_bound_micros": bound, "cost_micros": cost}
        row |= {"cost_state": str(CostState.PENDING if cost is None else CostState.KNOWN)}
        row |= {
            "external_id": "" if status == Status.QUEUED else f"job-{pk}",
            **_times(at, ended=cost is not None),
        }
        self.generations.append(row)
        return pk

    def _status(self, in_flight: bool) -> Status:
        if in_flight:
            return self.chance.choice((Status.QUEUED, Status.SUBMITTED, Status.SUBMITTED, Status.UNCERTAIN))
        weights = {Status.SUCCEEDED: 86, Status.FAILED: 10, Status.CANCELLED: 4}
        return self.chance.choices([*weights], [*weights.values()])[0]

    def _cost(self, status: Status, price: int) -> int | None:
        if status == Status.SUCCEEDED:
            return price * self.chance.choice((100, 100, 100, 90, 110, 130)) // 100
        return 0 if status in {Status.FAILED, Status.CANCELLED} else None

    def _take(self, place: Place, generation: int | None, upload: int) -> None:
        self.numbers[place.shot] += 1
        pk = len(self.takes) + 1
        row = self.generations[generation - 1] if generation else None
        has_arrived = row is None or row["status"] == Status.SUCCEEDED
        is_circled = has_arrived and place.shot % 5 < 3 and place.shot not in self.circled
        if is_circled:
            self.circled[place.shot] = pk
        at = row["created_at"] if row else self.start
        take = {"id": pk, "shot_id": place.shot, "number": self.numbers[place.shot], "created_by_id": 1}
        take |= {"generation_id": generation, "upload_id": None if generation else upload, "created_at": at}
        self.takes.append(take | {"is_circled": is_circled, "circled_by_id": 1 if is_circled else None})


def _times(at: datetime, *, ended: bool) -> dict[str, Any]:
    end = at + timedelta(seconds=90)
    times = {
        "created_at": at,
        "dispatched_at": at,
        "submitted_at": at,
        "deadline_at": at + timedelta(hours=1),
    }
    return times | {"changed_at": end if ended else at, "finished_at": end if ended else None}


def _request(prompt: str) -> dict[str, Any]:
    price = {"unit": "second", "price": "0.07", "quantity": "5", "source": "https://fal.ai/pricing"}
    return {
        "values": {"prompt": prompt, "seconds": 5},
        "arguments": {"prompt": prompt, "duration": "5"},
        "inputs": {},
        "price": price
        | {"verified": False, "effective_on": "2026-10-01", "explanation": "5 seconds at $0.07"},
    }


def _file(key: str, *, is_video: bool = True) -> dict[str, Any]:
    kind = ("mp4", "video/mp4") if is_video else ("png", "image/png")
    return {
        "key": f"{key}.{kind[0]}",
        "poster_key": f"{key}.webp",
        "content_type": kind[1],
        "size_bytes": 4_000_000,
        "sha256": "0" * 64,
        "width": 1280,
        "height": 720,
        "seconds": Decimal(5) if is_video else None,
    }
