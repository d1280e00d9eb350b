"""Which shots of a storyboard are shown: a filter as it stands in the address, and how many shots each choice has."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Self
from urllib.parse import urlencode

from studio.marks import Mark
from studio.storyboard import Stage

LONGEST_MODEL = 100
FLAGS = ("uncircled", "over", "archived")


@dataclass(frozen=True)
class BoardFilter:
    """What a shown shot has in common; all that is set must be true of it.

    `member` is the id of a user who ordered or uploaded a take of it, `over` asks for a take that was charged more
    than it was estimated at. Archived shots are shown by themselves or not at all.
    """

    stage: Stage | None = None
    model: str = ""
    member: int = 0
    uncircled: bool = False
    over: bool = False
    archived: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """The filter of an address or a form; what it cannot mean is left out."""
        member = given.get("member", "")
        return cls(
            stage=next((each for each in Stage if each == given.get("show")), None),
            model=given.get("model", "")[:LONGEST_MODEL],
            member=int(member) if member.isascii() and member.isdecimal() and len(member) < 10 else 0,
            **{name: given.get(name) == "1" for name in FLAGS},
        )

    @property
    def pairs(self) -> dict[str, str]:
        """Its words in an address; those that say nothing are left out."""
        said = {"show": self.stage or "", "model": self.model, "member": str(self.member or "")}
        flags = {name: "1" for name in FLAGS if getattr(self, name)}
        return {name: str(value) for name, value in said.items() if value} | flags

    @property
    def query(self) -> str:
        """As it stands in an address, always in the same order; empty when every shot is shown."""
        return urlencode(self.pairs)

    @property
    def narrows(self) -> bool:
        return self != EVERY_SHOT

    def misses(self, mark: Mark) -> Iterator[str]:
        """The parts of the filter that are not true of a shot."""
        if self.stage and mark.stage != self.stage:
            yield "stage"
        if self.model and mark.model != self.model:
            yield "model"
        if self.member and self.member not in mark.people:
            yield "member"
        if self.uncircled and mark.circled:
            yield "uncircled"
        if self.over and not mark.over:
            yield "over"
        if self.archived != mark.is_archived:
            yield "archived"

    def of(self, marks: Iterable[Mark]) -> list[Mark]:
        """Those of the shots that are shown."""
        return [mark for mark in marks if next(self.misses(mark), None) is None]


EVERY_SHOT = BoardFilter()


@dataclass
class Choices:
    """How many shots each choice would show beside what else is set. `all` is without a stage."""

    all: int = 0
    shown: int = 0
    stages: Counter[Stage] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    members: Counter[int] = field(default_factory=Counter)
    uncircled: int = 0
    over: int = 0
    archived: int = 0
    people: set[int] = field(default_factory=set)
    """Who ordered or uploaded a take of any shot at all."""


_PARTS = frozenset(each.name for each in fields(BoardFilter))


def choices(chosen: BoardFilter, marks: Iterable[Mark]) -> Choices:
    """Count once through: a shot that misses one part of the filter stands for the other choices of that part."""
    found = Choices()
    for mark in marks:
        found.people.update(mark.people)
        missed = set(chosen.misses(mark))
        if len(missed) < 2:
            _count(found, mark, missed or _PARTS)
            found.shown += not missed
    return found


def _count(found: Choices, mark: Mark, parts: Iterable[str]) -> None:
    if "stage" in parts:
        found.all += 1
        found.stages[mark.stage] += 1
    if "model" in parts:
        found.models[mark.model] += 1
    if "member" in parts:
        found.members.update(mark.people)
    found.uncircled += "uncircled" in parts and not mark.circled
    found.over += "over" in parts and bool(mark.over)
    found.archived += "archived" in parts and mark.is_archived
