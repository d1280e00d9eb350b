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
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.db import Error as DatabaseError
from django.db import connection

from studio.live_comparisons import CellWatch
from studio.live_deeds import DeedWatch, Heard, NoticeWatch
from studio.live_money import MoneyWatch
from studio.live_takes import OVERLAP, Change, TakeWatch

logger = logging.getLogger(__name__)

RESYNC = "resync"
"""Tells a page to ask for everything again: it has just connected, or was too slow for the events."""

LATE = OVERLAP.total_seconds() / 2
"""After so many seconds without a look, as on a machine that slept or was too busy, all pages ask for everything."""


class Listener:
    """One open page. When its queue is full it forgets it all and is told to ask for everything again.

    A page of one project hears all of it. One that lists several is `is_wide`: it hears which project has news, too,
    and of circled takes by the deed alone, for to compare all that are circled everywhere would cost too much.
    """

    def __init__(
        self, projects: Collection[int], size: int, person_id: int | None = None, *, is_wide: bool = False
    ) -> None:
        self.projects = frozenset(projects)
        self.person_id = person_id
        self.is_wide = is_wide
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
        heard: list[Change | Heard] = [*self.changes, *self.deeds]
        mine = [each for each in heard if each.project in listener.projects]
        named = dict.fromkeys(event for each in mine for event in each.events)
        if named:  # Last, when the cards have asked already.
            named.pop("project", None)
            named["project"] = None
        money = self.money & listener.projects
        if money:
            named["money"] = None
        if listener.is_wide:
            named |= {f"project-{pk}": None for pk in sorted({each.project for each in mine} | money)}
        return [*named, *(["notices"] if listener.person_id in self.people else [])]


class Lookout:
    """All that the stream watches."""

    def __init__(self) -> None:
        self._takes, self._deeds, self._cells = TakeWatch(), DeedWatch(), CellWatch()
        self._money, self._notices = MoneyWatch(), NoticeWatch()

    def look(self, listeners: Iterable[Listener]) -> News:
        """What is new for these pages. Gives its database connection back."""
        named = list(listeners)
        projects = frozenset[int]().union(*(each.projects for each in named))
        closely = frozenset[int]().union(*(each.projects for each in named if not each.is_wide))
        people = {each.person_id for each in named if each.person_id is not None}
        try:
            return News(
                self._takes.look(projects, closely),
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

    def join(
        self, projects: Collection[int], person_id: int | None = None, *, is_wide: bool = False
    ) -> Listener:
        """Listen to these projects, and to the notices of a person; `leave` must follow."""
        listener = Listener(projects, self.queue_size, person_id, is_wide=is_wide)
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
    projects: Collection[int],
    person_id: int | None = None,
    *,
    is_wide: bool = False,
    heartbeat: float = 15,
    lifetime: float = 600,
) -> AsyncGenerator[bytes]:
    """The stream of these projects, and of a person's notices, in the wire's form; its first event is "resync".

    A "pulse" each `heartbeat` seconds of silence shows both ends that the other is there. After `lifetime`
    seconds the stream ends and the page connects again, which asks anew whether the user still belongs to the
    project.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + lifetime
    listener = source.join(projects, person_id, is_wide=is_wide)
    try:
        yield b": connected\n\n"
        while (left := ends - loop.time()) > 0:
            try:
                event = await asyncio.wait_for(listener.next(), min(heartbeat, left))
            except TimeoutError:
                yield b"event: pulse\ndata: here\n\n"
                continue
            if event is None:
                return
            yield f"event: {event}\ndata: changed\n\n".encode()
    finally:
        source.leave(listener)
