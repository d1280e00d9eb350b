"""One round: 100 orders through the pages while something is killed every second; then the judgement.

The seed decides who is killed when, and which orders the provider treats badly. When a round fails, it prints the seed
and all that happened.
"""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import house as houses
from tests.chaos.house import PROCESSES, House
from tests.chaos.producer import Producer
from tests.chaos.provider import StormyFal
from tests.chaos.servers import OwnPostgres, OwnRedis, wait_until
from tests.chaos.witness import Sampler, check, files_below, is_calm, orders_in

SETTLE_SECONDS = 120
SERVERS = ("redis", "postgres")
SCENES = "SELECT id FROM studio_scene ORDER BY position"


@dataclass
class Story:
    """What happened, in seconds since the round began."""

    seed: int
    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def tell(self, text: str) -> None:
        self.lines.append(f"{time.monotonic() - self.began:7.2f} s  {text}")

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}", *self.lines])


@dataclass(frozen=True)
class Outcome:
    """How a round ended. `findings` is empty when every law held; times are in seconds."""

    story: Story
    findings: list[str]
    statuses: Counter[str]
    jobs: int
    looks: int
    settled_after: float
    slowest_page: float

    @property
    def kills(self) -> int:
        return self.story.kills.total()

    def line(self) -> str:
        """The round in one line."""
        ends = ", ".join(f"{count} {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"seed {self.story.seed}: {self.kills} kills, {self.statuses.total()} orders ({ends}), "
            f"{self.jobs} jobs there, {self.looks} looks, calm after {self.settled_after:.1f} s, "
            f"{len(self.findings)} findings"
        )


class Theatre:
    """The servers, which are made once and outlive their rounds."""

    def __init__(self, postgres: OwnPostgres, redis: OwnRedis, folder: Path, shots: int) -> None:
        self.postgres, self.redis, self.folder, self.shots = postgres, redis, folder, shots
        first = folder / "ready"
        first.mkdir()
        with StormyFal(0) as fal:
            houses.make_ready(postgres, redis, fal, first, shots)

    @contextmanager
    def house(self, name: str, fal: StormyFal, **environment: str) -> Iterator[House]:
        """A house on a fresh database and an empty queue, nothing of it started. In the end all of it is killed."""
        folder = self.folder / name
        folder.mkdir()
        self.redis.kill()  # what the round before left in the queue is about other rows
        self.redis.start()
        database = houses.fresh_database(self.postgres, name)
        made = House(folder, database, self.redis.url, fal, **environment)
        try:
            yield made
        except Exception as error:
            error.add_note(made.log())
            raise
        finally:
            made.kill_all()

    def play(self, seed: int, seconds: float, every: float = 1.0) -> Outcome:
        """One round of so many seconds with a kill each `every`."""
        with (
            StormyFal(seed) as fal,
            self.house(f"round_{seed}", fal) as house,
            Sampler(house.database) as sampler,
        ):
            played = Round(self, house, fal, sampler, seed)
            try:
                return played.play(seconds, every)
            except Exception as error:
                error.add_note(str(played.story))
                raise


@contextmanager
def theatre(shots: int = 100) -> Iterator[Theatre]:
    """Servers of one's own, and a database that is ready for rounds of so many orders."""
    with (
        tempfile.TemporaryDirectory(prefix="rushes-chaos-") as folder,
        OwnPostgres() as postgres,
        OwnRedis() as redis,
    ):
        yield Theatre(postgres, redis, Path(folder), shots)


class Round:
    """Who is killed when follows from the seed."""

    def __init__(self, stage: Theatre, house: House, fal: StormyFal, sampler: Sampler, seed: int) -> None:
        self.stage, self.house, self.fal, self.sampler = stage, house, fal, sampler
        self.story = Story(seed)
        self.random = random.Random(seed)
        self.down: dict[str, float] = {}

    def play(self, seconds: float, every: float) -> Outcome:
        scenes = [int(str(pk)) for (pk,) in self.house.rows(SCENES)]
        self.house.start_all()
        self.story.tell("everything runs")
        with Producer(self.house.url) as producer, ThreadPoolExecutor(1) as beside:
            ordering = beside.submit(producer.order_all, scenes, 0.6 * seconds / len(scenes))
            try:
                self._storm(seconds, every)
                calm = time.monotonic()
                wait([ordering], SETTLE_SECONDS)
                self._settle()
            finally:
                producer.stop.set()
            ordering.result(30)
            return self._judge(producer, time.monotonic() - calm)

    def _storm(self, seconds: float, every: float) -> None:
        pause = threading.Event()
        end = time.monotonic() + seconds
        victims = self._victims()
        while time.monotonic() < end:
            pause.wait(every)
            victim = next(victims)
            self._raise_the_dead(
                {name for name, when in self.down.items() if when <= time.monotonic()} | {victim}
            )
            self._kill(victim)
            self.down[victim] = time.monotonic() + self.random.uniform(0.2, 2.0)
        self._raise_the_dead(set(self.down))
        self.story.tell("calm")

    def _victims(self) -> Iterator[str]:
        """At random, but nobody a third time before all were killed twice."""
        while True:
            yield from self.random.sample((*PROCESSES, *SERVERS), k=len(PROCESSES) + len(SERVERS))

    def _kill(self, victim: str) -> None:
        self.story.kills[victim] += 1
        self.story.tell(f"kill -9 {victim}")
        if victim in SERVERS:
            getattr(self.stage, victim).kill()
        else:
            self.house.kill(victim)

    def _raise_the_dead(self, names: set[str]) -> None:
        for name in sorted(names & set(self.down)):
            del self.down[name]
            self.story.tell(f"start {name}")
            if name in SERVERS:
                getattr(self.stage, name).start()
            else:
                self.house.start(name)

    def _settle(self) -> None:
        """Wait until nothing moves any more; what then still does is a finding and no error here."""
        try:
            wait_until(lambda: is_calm(self.house.database, self.fal), SETTLE_SECONDS, "everything has ended")
        except AssertionError as late:
            self.story.tell(str(late))

    def _judge(self, producer: Producer, settled_after: float) -> Outcome:
        self.story.tell("judged")
        orders = orders_in(self.house.database)
        findings = check(self.fal, orders, files_below(self.house.folder / "media"))
        findings += [f"At some moment: {text}" for text in dict.fromkeys(self.sampler.findings)]
        without = self.house.rows(
            "SELECT s.id FROM studio_shot s LEFT JOIN studio_take t ON t.shot_id = s.id WHERE t.id IS NULL",
        )
        findings += [f"Shot {pk} has no take, though somebody ordered one." for (pk,) in without]
        books = self.house.manage("check_ledger")
        if "difference 0" not in books:
            findings.append(books)
        if findings:
            self.story.lines.append(self.house.log())
        return Outcome(
            self.story,
            findings,
            Counter(order.status for order in orders),
            len(self.fal.jobs),
            self.sampler.looks,
            settled_after,
            producer.slowest,
        )
