"""From a checked shot list to rows of the database, in one transaction.

A row whose scene and shot number exist changes that shot: the columns that the file has, and nothing else.
Takes are never touched, nothing is deleted, places stay. A row without a shot number is the shot of its scene
with the same prompt, else a new one: so the same file twice adds nothing, and another file never writes over
shots that it does not name.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from studio import positions
from studio.activity import Deed, note
from studio.models import Project, Scene, Shot
from studio.prompts import rewriting

from .rows import Defaults, KnownShot, ShotList, ShotRow, key_of, parse

FIELDS = ("prompt", "seconds", "model", "aspect_ratio")


@dataclass(frozen=True)
class Loaded:
    """What a shot list did to a project."""

    scenes_added: int
    shots_added: int
    shots_changed: int
    archived: int = 0
    """How many rows are shots that are archived: they stay so."""

    def __str__(self) -> str:
        scenes = f"{self.scenes_added} scene{'' if self.scenes_added == 1 else 's'}"
        shots = f"{self.shots_added} shot{'' if self.shots_added == 1 else 's'}"
        archived = f"; {self.archived} of the list archived, and left so" if self.archived else ""
        return f"{scenes} and {shots} added, {self.shots_changed} changed{archived}"


def defaults_of(project: Project) -> Defaults:
    """What a row means in this project where it says nothing."""
    shots = Shot.objects.filter(scene__project=project).select_related("scene")
    return Defaults(
        model=project.video_model,
        aspect_ratio=project.aspect_ratio,
        shots={
            (key_of(shot.scene.number), key_of(shot.number)): KnownShot(
                shot.model, shot.aspect_ratio, shot.seconds
            )
            for shot in shots
        },
    )


def read(project: Project, data: bytes) -> ShotList:
    """Read a file for this project. Raises ShotListError with every problem of every row."""
    return parse(data, defaults=defaults_of(project))


@transaction.atomic
def load(project: Project, shot_list: ShotList, by: Any | None = None) -> Loaded:
    """Write all rows of a shot list into a project, or none. `by` is who changes the words of shots that exist."""
    # Two people who import at once take turns.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    scenes, scenes_added = _scenes(project, shot_list.rows)
    plans = _plans(scenes, shot_list.rows)
    added: list[Shot] = []
    changed = archived = 0
    for row in shot_list.rows:
        plan = plans[key_of(row.scene)]
        shot = plan.find(row)
        if shot is None:
            added.append(plan.add(row))
        else:
            changed += _change(shot, row, shot_list.columns, by)
            archived += shot.archived_at is not None
    Shot.objects.bulk_create(added, batch_size=500)
    loaded = Loaded(scenes_added, len(added), changed, archived)
    note(project, by, Deed.SHOTS_IMPORTED, words=f"imported a shot list: {loaded}")
    return loaded


def _scenes(project: Project, rows: Iterable[ShotRow]) -> tuple[dict[str, Scene], int]:
    """The scenes of the rows by key, made where they are missing, and how many were made."""
    siblings = Scene.objects.filter(project=project)
    scenes = {key_of(scene.number): scene for scene in siblings}
    missing: dict[str, str] = {}
    for row in rows:
        if key_of(row.scene) not in scenes:
            missing.setdefault(key_of(row.scene), row.scene)
    first = positions.next_position(siblings)
    made = Scene.objects.bulk_create(
        Scene(project=project, number=number, position=position)
        for position, number in enumerate(missing.values(), start=first)
    )
    scenes.update({key_of(scene.number): scene for scene in made})
    return scenes, len(made)


def _plans(scenes: dict[str, Scene], rows: Iterable[ShotRow]) -> dict[str, "_ScenePlan"]:
    plans = {key: _ScenePlan(scene) for key, scene in scenes.items()}
    by_id = {plans[key].scene.pk: plans[key] for key in plans}
    for shot in Shot.objects.filter(scene__in=by_id).order_by("position"):
        by_id[shot.scene_id].know(shot)
    for row in rows:
        if row.shot:
            plans[key_of(row.scene)].named.add(key_of(row.shot))
    return plans


@dataclass
class _ScenePlan:
    """Which numbers and places of a scene are taken while a list is being written into it."""

    scene: Scene
    shots: dict[str, Shot] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    last_position: int = 0
    last_number: int = 0

    def know(self, shot: Shot) -> None:
        """Take in a shot that exists."""
        self.shots[key_of(shot.number)] = shot
        self._count(shot.number)
        self.last_position = max(self.last_position, shot.position)

    def find(self, row: ShotRow) -> Shot | None:
        """The shot that exists and that this row means."""
        if row.shot:
            return self.shots.get(key_of(row.shot))
        for key, shot in self.shots.items():
            if shot.prompt == row.prompt and key not in self.named | self.taken:
                self.taken.add(key)
                return shot
        return None

    def add(self, row: ShotRow) -> Shot:
        """A new shot at the end of the scene."""
        number = row.shot or self._next_number()
        self._count(number)
        self.last_position += 1
        return Shot(
            scene=self.scene,
            position=self.last_position,
            number=number,
            prompt=row.prompt,
            seconds=row.seconds,
            model=row.model,
            aspect_ratio=row.aspect_ratio,
        )

    def _next_number(self) -> str:
        number = self.last_number + 1
        while str(number) in self.named or str(number) in self.shots:
            number += 1
        return str(number)

    def _count(self, number: str) -> None:
        if number.isdecimal() and len(number) < 10:
            self.last_number = max(self.last_number, int(number))


def _change(shot: Shot, row: ShotRow, columns: frozenset[str], by: Any | None) -> bool:
    """Let a shot say what its row says. True when anything was different."""
    wanted: dict[str, Any] = {name: getattr(row, name) for name in FIELDS if name in columns}
    different = [name for name, value in wanted.items() if getattr(shot, name) != value]
    if not different:
        return False
    for name in different:
        setattr(shot, name, wanted[name])
    # Settings that somebody chose for another model, or for what the file now says, no longer hold.
    kept = {} if "model" in different else {k: v for k, v in shot.settings.items() if k not in different}
    shot.settings = kept
    with rewriting(shot, by) if "prompt" in different else nullcontext():
        shot.save(update_fields=[*different, "settings", "changed_at"])
    return True
