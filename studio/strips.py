"""The storyboard laid out: scenes cut into strips, of which the first are drawn and the others fetched when they come
into view. So a board of thousands of shots is sent as links, and its cards follow sixty at a time.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from studio.board_filters import EVERY_SHOT, BoardFilter, Choices, choices
from studio.marks import Mark, marks, progress_of, seconds_of
from studio.models import Project, Scene, Shot
from studio.placing import order_key
from studio.storyboard import Progress, ShotCard, shot_cards

LENGTH = 60
"""Shots a strip: it fills whole rows of two to six columns, so the strips of a long scene join without a gap."""
DRAWN_WHOLE = 2 * LENGTH
"""A board of so many shots is drawn at once."""
MOST_DRAWN = 10
"""So many strips are drawn in one answer, whatever a page says it has."""


@dataclass(frozen=True)
class Strip:
    """Up to LENGTH shots of a scene, one after the other. `cards` is None until somebody looks."""

    scene: Scene
    number: int
    marks: Sequence[Mark]
    cards: Sequence[ShotCard] | None = None

    @property
    def key(self) -> str:
        """Its name on the page and in requests: the scene's id and its number there, from 1."""
        return f"{self.scene.pk}-{self.number}"


@dataclass(frozen=True)
class SceneRow:
    """A scene with those of its shots that are shown. `needing` are the cards of all that have no take.

    `order` names the order of all its shots, for who moves one to say what they saw.
    """

    scene: Scene
    strips: Sequence[Strip]
    needing: Sequence[ShotCard]
    order: str

    @cached_property
    def marks(self) -> list[Mark]:
        return [mark for strip in self.strips for mark in strip.marks]

    @property
    def seconds(self) -> Decimal:
        """How long the scene is, as far as its shots say."""
        return seconds_of(self.marks)


@dataclass(frozen=True)
class Storyboard:
    """A project laid out: its scenes in order with the shots that are shown; `marks` are of all in the film."""

    project: Project
    marks: Sequence[Mark]
    rows: Sequence[SceneRow]
    needing: Sequence[ShotCard]
    choices: Choices
    scenes: Sequence[Scene]

    @property
    def progress(self) -> Progress:
        return progress_of(self.marks)

    @property
    def is_whole(self) -> bool:
        """Whether all its cards are drawn."""
        return all(strip.cards is not None for row in self.rows for strip in row.strips)

    def fingerprint(self, *beside: object) -> str:
        """Changes when a card, a scene, the order of the film or what stands `beside` it does."""
        scenes = [
            (row.scene.pk, row.scene.number, row.scene.title, row.scene.description) for row in self.rows
        ]
        said = (scenes, self.marks, self.choices.archived, beside)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def storyboard(project: Project, chosen: BoardFilter = EVERY_SHOT, drawn: Collection[str] = ()) -> Storyboard:
    """The board, or only the shots that a filter leaves: a fixed number of queries.

    `drawn` are keys of strips to draw too.
    """
    every = marks(Shot.objects.filter(scene__project=project), project.video_model)
    film = [mark for mark in every if not mark.is_archived]
    scenes = list(Scene.objects.filter(project=project).order_by("position"))
    for scene in scenes:
        scene.project = project
    shown, whole = _by_scene(chosen.of(every)), _by_scene(film)
    strips = [cut(scene, shown.get(scene.pk, ())) for scene in scenes]
    to_draw = _to_draw([strip for each in strips for strip in each], drawn)
    needing = [mark for mark in film if mark.needs_take]
    cards = _cards_by_id(scenes, needing, to_draw)
    rows = [
        SceneRow(
            scene,
            [_with_cards(strip, cards) if strip.key in to_draw else strip for strip in each],
            [cards[mark.pk] for mark in whole.get(scene.pk, ()) if mark.needs_take and mark.pk in cards],
            order_key(mark.pk for mark in whole.get(scene.pk, ())),
        )
        for scene, each in zip(scenes, strips, strict=True)
    ]
    return Storyboard(
        project=project,
        marks=film,
        rows=[row for row in rows if row.strips or not chosen.narrows],
        needing=[cards[mark.pk] for mark in needing if mark.pk in cards],
        choices=choices(chosen, every),
        scenes=scenes,
    )


def drawn_strip(scene: Scene, number: int, chosen: BoardFilter = EVERY_SHOT) -> Strip | None:
    """One strip of a scene with its cards; None when the scene has no such strip any more."""
    found = cut(scene, chosen.of(marks(Shot.objects.filter(scene=scene), scene.project.video_model)))
    if not 1 <= number <= len(found):
        return None
    strip = found[number - 1]
    return _with_cards(strip, _cards_by_id([scene], (), {strip.key: strip}))


def cut(scene: Scene, found: Sequence[Mark]) -> list[Strip]:
    """The strips of a scene."""
    starts = range(0, len(found), LENGTH)
    return [Strip(scene, number, found[at : at + LENGTH]) for number, at in enumerate(starts, start=1)]


def _by_scene(found: Iterable[Mark]) -> dict[int, list[Mark]]:
    return {pk: list(each) for pk, each in groupby(found, key=lambda mark: mark.scene_id)}


def _to_draw(strips: Sequence[Strip], wanted: Collection[str]) -> dict[str, Strip]:
    """All strips of a small board; of a large one the first ones, and those that are wanted as far as MOST_DRAWN."""
    if sum(len(strip.marks) for strip in strips) <= DRAWN_WHOLE:
        return {strip.key: strip for strip in strips}
    chosen: dict[str, Strip] = {}
    above = 0
    for strip in strips:
        if above < LENGTH or (strip.key in wanted and len(chosen) < MOST_DRAWN):
            chosen[strip.key] = strip
        above += len(strip.marks)
    return chosen


def _cards_by_id(
    scenes: Sequence[Scene], needing: Iterable[Mark], chosen: dict[str, Strip]
) -> dict[int, ShotCard]:
    drawn = {mark.pk for strip in chosen.values() for mark in strip.marks}
    unseen = {mark.pk for mark in needing} - drawn
    if not drawn | unseen:
        return {}
    shots = Shot.objects.filter(pk__in=drawn | unseen)
    return {card.shot.pk: card for card in shot_cards(shots, scenes[0].project, scenes, unseen=unseen)}


def _with_cards(strip: Strip, cards: dict[int, ShotCard]) -> Strip:
    # A shot that was deleted between two queries has no card.
    found = [cards[mark.pk] for mark in strip.marks if mark.pk in cards]
    return Strip(strip.scene, strip.number, strip.marks, found)
