"""News for open pages: one reader a process looks at the database, every open page listens to it.

An event says only which take, shot or cell of a comparison has changed ("take-12"), that the "board", the "activity" or
the "money" has, or that there are "notices" for who is looking; the page asks again, and is told what it may see. The
reader starts with the first listener and ends with the last. It keeps no database connection between two looks, and
neither does a listener, so open pages cost no connections.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F
from django.utils import timezone

from studio.live_comparisons import CellWatch
from studio.live_deeds import DeedWatch, Heard, NoticeWatch
from studio.live_money import MoneyWatch
from studio.models import Take

logger = logging.getLogger(__name__)

RESYNC = "resync"
"""Tells a page to ask for everything again: it has just connected, or was too slow for the events."""

OVERLAP = timedelta(seconds=10)
"""How far each look goes back: a change is stamped before its transaction ends, and clocks differ."""

LATE = OVERLAP.total_seconds() / 2
"""After so many seconds without a look, as on a machine that slept or was too busy, all pages ask for everything."""

NEWEST_TAKES = 100
"""Among so many of the last takes a look searches for new ones."""


type Row = tuple[int, int, int]
"""A take, its shot and its project, by id."""


class Change(NamedTuple):
    """A take that differs from what the look before saw; `is_new` when there was no such take."""

    take: int
    shot: int
    project: int
    is_new: bool

    @property
    def events(self) -> list[str]:
        """Its names on the stream: a list of takes needs to hear of new ones only, a card of them all."""
        new = [f"takes-{self.shot}"] if self.is_new else []
        return [f"take-{self.take}", *new, f"shot-{self.shot}"]


@dataclass(frozen=True)
class Snapshot:
    """What a look saw, so that the next one tells each change once."""

    projects: frozenset[int]
    changed: Mapping[Row, datetime]
    reviewed: Mapping[Row, datetime]
    circled: frozenset[Row]
    newest: frozenset[Row]

    def changes_since(self, before: Snapshot) -> list[Change]:
        """What differs, oldest take first. A project not watched before has nothing to compare with."""
        moved = _moved(before.changed, self.changed) | _moved(before.reviewed, self.reviewed)
        new = self._new_since(before)
        found = moved | (self.circled ^ before.circled) | new
        return [Change(*row, row in new) for row in sorted(found) if row[2] in before.projects]

    def _new_since(self, before: Snapshot) -> set[Row]:
        # When the window was full, an older take may be in view only because another project left it.
        is_full = len(before.newest) >= NEWEST_TAKES
        oldest = min(before.newest)[0] if is_full else 0
        return {row for row in self.newest - before.newest if row[0] > oldest}


def _moved(before: Mapping[Row, datetime], now: Mapping[Row, datetime]) -> set[Row]:
    return {row for row, at in now.items() if before.get(row) != at}


class Watch:
    """Finds the takes that have changed since it last looked."""

    def __init__(self) -> None:
        self._before: Snapshot | None = None

    def look(self, project_ids: Iterable[int]) -> list[Change]:
        """What has changed in these projects, oldest take first; nothing the first time.

        Gives its database connection back.
        """
        try:
            now = _snapshot(frozenset(project_ids))
        finally:
            connection.close()
        before, self._before = self._before, now
        return now.changes_since(before) if before else []


def _snapshot(projects: frozenset[int]) -> Snapshot:
    rows = (
        Take.objects.filter(shot__scene__project__in=projects)
        .order_by()
        .values_list("pk", "shot_id", "shot__scene__project_id")
    )
    since = timezone.now() - OVERLAP
    stamped = rows.filter(generation__changed_at__gt=since).annotate(at=F("generation__changed_at"))
    reviewed = rows.filter(reviewed_at__gt=since).annotate(at=F("reviewed_at"))
    return Snapshot(
        projects=projects,
        changed={(take, shot, project): at for take, shot, project, at in stamped},
        reviewed={(take, shot, project): at for take, shot, project, at in reviewed},
        circled=frozenset(rows.filter(is_circled=True)),
        newest=frozenset(rows.order_by("-pk")[:NEWEST_TAKES]),
    )


class Listener:
    """One open page. When its queue is full it forgets it all and is told to ask for everything again."""

    def __init__(self, project_id: int, size: int, person_id: int | None = None) -> None:
        self.project_id = project_id
        self.person_id = person_id
        self.is_synced = False
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(size)

    def tell(self, event: str | None) -> None:
        """Queue an event; None ends the stream."""
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(RESYNC)
            if event is not None:
                return
        self._queue.put_nowait(event)

    @property
    def waiting(self) -> int:
        """How many events are in the queue."""
        return self._queue.qsize()

    async def next(self) -> str | None:
        return await self._queue.get()


@dataclass(frozen=True)
class News:
    """What one look has found."""

    changes: Sequence[Change] = ()
    deeds: Sequence[Heard] = ()
    money: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def of(self, listener: Listener) -> list[str]:
        """The events for one page, each once."""
        mine: list[Change | Heard] = [*self.changes, *self.deeds]
        named = dict.fromkeys(
            event for each in mine if each.project == listener.project_id for event in each.events
        )
        if named:  # Last, when the cards have asked already.
            named.pop("project", None)
            named["project"] = None
        if listener.project_id in self.money:
            named["money"] = None
        return [*named, *(["notices"] if listener.person_id in self.people else [])]


class Lookout:
    """All that the stream watches."""

    def __init__(self) -> None:
        self._takes, self._deeds, self._cells = Watch(), DeedWatch(), CellWatch()
        self._money, self._notices = MoneyWatch(), NoticeWatch()

    def look(self, listeners: Iterable[Listener]) -> News:
        """What is new for these pages. Gives its database connection back."""
        projects = {each.project_id for each in listeners}
        people = {each.person_id for each in listeners if each.person_id is not None}
        try:
            return News(
                self._takes.look(projects),
                [*self._deeds.look(projects), *self._cells.look(projects)],
                frozenset(self._money.look(projects)),
                frozenset(self._notices.look(people)),
            )
        finally:
            connection.close()


class Hub:
    """The reader of this process and its listeners. Times are seconds.

    `clock` is that on the wall: the one of the loop stands still while a machine sleeps.
    """

    def __init__(
        self, *, pause: float = 0.5, queue_size: int = 100, clock: Callable[[], float] = time.time
    ) -> None:
        self.pause = pause
        self.queue_size = queue_size
        self.clock = clock
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_reading(self) -> bool:
        return self._reader is not None and not self._reader.done()

    def join(self, project_id: int, person_id: int | None = None) -> Listener:
        """Listen to a project, and to the notices of a person; `leave` must follow."""
        listener = Listener(project_id, self.queue_size, person_id)
        self._listeners.add(listener)
        if not self.is_reading:
            # A context of its own: the reader outlives the request that happens to start it.
            self._reader = asyncio.get_running_loop().create_task(self._read(), context=Context())
            self._reader.add_done_callback(self._ended)
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop listening; the last one out stops the reader."""
        self._listeners.discard(listener)
        if not self._listeners and self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _read(self) -> None:
        lookout = Lookout()
        looked_at = self.clock()
        while True:
            listeners = set(self._listeners)
            before, looked_at = looked_at, self.clock()
            if looked_at - before > LATE + self.pause:
                _forget(listeners)
            try:
                news = await asyncio.to_thread(lookout.look, listeners)
            except DatabaseError as error:
                logger.warning("The live stream could not read the database and tries again: %s", error)
                _forget(listeners)  # A part of the look may have read what is now told to nobody.
            else:
                for listener in listeners:
                    self._tell(listener, news)
            await asyncio.sleep(self.pause)

    def _tell(self, listener: Listener, news: News) -> None:
        if not listener.is_synced:
            # Only now: changes after this look are told, so what the page asks for at this word stays true.
            listener.is_synced = True
            listener.tell(RESYNC)
            return
        for event in news.of(listener):
            listener.tell(event)

    def _ended(self, reader: asyncio.Task[None]) -> None:
        """A reader that died ends all streams: the pages come back by themselves and start a new one."""
        if reader.cancelled() or reader.exception() is None:
            return
        logger.error("The live stream's reader died.", exc_info=reader.exception())
        for listener in list(self._listeners):
            listener.tell(None)


def _forget(listeners: Iterable[Listener]) -> None:
    """Have these pages ask for everything at the next look: what happened since the last one is not known."""
    for listener in listeners:
        listener.is_synced = False


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop: one a process, for a server runs one loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


async def events(
    source: Hub,
    project_id: int,
    person_id: int | None = None,
    *,
    heartbeat: float = 15,
    lifetime: float = 600,
) -> AsyncGenerator[bytes]:
    """The stream of a project, and of a person's notices, in the wire's form; its first event is "resync".

    A comment each `heartbeat` seconds of silence shows both ends that the other is there. After `lifetime`
    seconds the stream ends and the page connects again, which asks anew whether the user still belongs to the
    project.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + lifetime
    listener = source.join(project_id, person_id)
    try:
        yield b": connected\n\n"
        while (left := ends - loop.time()) > 0:
            try:
                event = await asyncio.wait_for(listener.next(), min(heartbeat, left))
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if event is None:
                return
            yield f"event: {event}\ndata: changed\n\n".encode()
    finally:
        source.leave(listener)
