"""The scenes, shots and people of a big studio, in memory, to be poured."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from rig.pouring import Row
from rig.sizes import Sizes

PEOPLE = ("ada", "bela", "cleo", "dina", "egon", "fay", "gus", "hana")
MODELS = (
    ("kling-2.5-turbo-text", "video", 350_000),
    ("kling-o1-image-to-video", "video", 560_000),
    ("minimax-hailuo-02-standard-text", "video", 270_000),
    ("flux-dev", "image", 25_000),
    ("wan-25-preview-text", "video", 400_000),
    ("nano-banana-pro", "image", 150_000),
)
"""Slug, what it makes, and what one take costs in micro-dollars."""

PROMPT = "A wave breaks over a pier at dawn while gulls wheel above the harbour, slow dolly, 35 mm"


@dataclass(frozen=True)
class Place:
    """A shot as the takes need it. All ids are rows' ids; a project's account has the project's id."""

    project: int
    shot: int
    takes: int


def projects(sizes: Sizes, start: datetime) -> Iterator[Row]:
    for pk in range(1, sizes.projects + 1):
        yield {
            "id": pk,
            "name": "The big film" if pk == 1 else f"Film {pk:03}",
            "slug": "big" if pk == 1 else f"film-{pk:03}",
            "account_id": pk,
            "created_at": start + timedelta(minutes=pk),
        }


def profiles(sizes: Sizes) -> Iterator[Row]:
    """Two a project, both with the same models."""
    for project in range(1, sizes.projects + 1):
        for place, kind in enumerate(("draft", "final")):
            yield {
                "id": 2 * project - 1 + place,
                "project_id": project,
                "kind": kind,
                "image_model": "flux-dev",
                "video_model": "kling-2.5-turbo-text",
                "video_to_video_model": "kling-o1-video-to-video-reference",
            }


def memberships(sizes: Sizes) -> Iterator[Row]:
    """The first of PEOPLE produces everything; all work on the big film, two more on each of the others."""
    pk = 0
    for project in range(1, sizes.projects + 1):
        others = range(2, len(PEOPLE) + 1) if project == 1 else (2 + project % 3, 5 + project % 4)
        for user, role in [(1, "producer"), *((other, "artist") for other in others)]:
            pk += 1
            yield {"id": pk, "project_id": project, "user_id": user, "role": role}


def scenes(sizes: Sizes) -> Iterator[Row]:
    pk = 0
    for project in range(1, sizes.projects + 1):
        for position in range(1, _scenes_of(project, sizes) + 1):
            pk += 1
            yield {
                "id": pk,
                "project_id": project,
                "position": position,
                "number": str(position),
                "title": f"Harbour, part {position}",
            }


def shots(sizes: Sizes, start: datetime) -> Iterator[Row]:
    pk = 0
    for scene in scenes(sizes):
        left = sizes.big_shots if scene["project_id"] == 1 else sizes.small_shots
        left -= (scene["position"] - 1) * sizes.shots_a_scene
        for position in range(1, min(left, sizes.shots_a_scene) + 1):
            pk += 1
            yield {
                "id": pk,
                "scene_id": scene["id"],
                "position": position,
                "number": str(position),
                "title": "" if pk % 3 else f"Over the water {position}",
                "prompt": f"{PROMPT}, variation {pk}.",
                "seconds": Decimal(5 * (1 + pk % 2)),
                "changed_at": start,
            }


def places(sizes: Sizes, chance: random.Random) -> list[Place]:
    """Each shot with the number of its takes; one shot in twenty has none, one has `most_takes`."""
    of_big = list(range(1, sizes.big_shots + 1))
    others = list(range(sizes.big_shots + 1, sizes.big_shots + 1 + (sizes.projects - 1) * sizes.small_shots))
    numbers = dict.fromkeys([*of_big, *others], 0)
    numbers[1] = sizes.most_takes
    with_some = [shot for shot in of_big[1:] if shot % 20]
    for _ in range(sizes.big_takes - sizes.most_takes):
        numbers[chance.choice(with_some)] += 1
    for _ in range(sizes.takes - sizes.big_takes):
        numbers[chance.choice(others)] += 1
    return [
        Place(
            1 if shot <= sizes.big_shots else 2 + (shot - sizes.big_shots - 1) // sizes.small_shots,
            shot,
            takes,
        )
        for shot, takes in numbers.items()
    ]


def _scenes_of(project: int, sizes: Sizes) -> int:
    number = sizes.big_shots if project == 1 else sizes.small_shots
    return -(-number // sizes.shots_a_scene)
