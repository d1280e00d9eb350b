"""What must hold whatever is killed: judged by the provider's own log, the rows, the files, and looks at any moment.

`check` knows nothing of how the rows came to be, so the same judge sits over the engine and over a naive one.
"""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.chaos.provider import StormyFal, order_of
from tests.fakes.fal import FakeJob

MOVING = frozenset({"queued", "submitting", "submitted", "ready"})
EVERY_SECONDS = 0.25

# One statement sees one moment. Each counter beside what the entries say; an ended job with its hold still open; a
# living one without.
AT_ANY_MOMENT = """
WITH truth AS (
  SELECT hp.period_id,
    sum(CASE e.kind WHEN 'hold' THEN e.amount_micros WHEN 'release' THEN -e.amount_micros
                    WHEN 'charge' THEN -e.amount_micros ELSE 0 END) AS held,
    sum(CASE e.kind WHEN 'charge' THEN e.amount_micros ELSE 0 END) AS spent
  FROM billing_entry e JOIN billing_holdperiod hp ON hp.hold_id = e.hold_id GROUP BY hp.period_id)
SELECT 'counter ' || p.id || ': held ' || p.held_micros || ', spent ' || p.spent_micros
    || '; by the entries held ' || coalesce(t.held, 0) || ', spent ' || coalesce(t.spent, 0)
  FROM billing_budgetperiod p LEFT JOIN truth t ON t.period_id = p.id
  WHERE p.held_micros <> coalesce(t.held, 0) OR p.spent_micros <> coalesce(t.spent, 0)
     OR p.held_micros < 0 OR p.held_micros + p.spent_micros > p.limit_micros
UNION ALL
SELECT 'generation ' || g.key || ' is ' || g.status || ' and its hold ' || h.state
  FROM generation_generation g JOIN billing_hold h ON h.id = g.hold_id
  WHERE (h.state = 'open') <> (g.status IN ('queued', 'submitting', 'submitted', 'ready', 'uncertain')
                               OR g.cost_state = 'undetermined')
"""
ORDERS = """
SELECT g.key::text, g.status, g.external_id,
  (SELECT array_agg(e.kind ORDER BY e.id) FROM billing_entry e WHERE e.hold_id = g.hold_id),
  (SELECT array_agg(o.key || '|' || o.sha256 ORDER BY o.index) FROM generation_output o WHERE o.generation_id = g.id)
FROM generation_generation g
"""


@dataclass(frozen=True)
class Order:
    """What is written down here of one order: `entries` are kinds of ledger lines, `files` maps keys to checksums."""

    key: str
    status: str
    external_id: str = ""
    entries: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def orders_in(database: str) -> list[Order]:
    """All orders as the database has them."""
    with psycopg.connect(database, connect_timeout=5) as connection:
        found = connection.execute(ORDERS).fetchall()
    return [
        Order(key, status, external_id, tuple(entries or ()), dict(each.split("|") for each in files or ()))
        for key, status, external_id, entries, files in found
    ]


def is_calm(database: str, fal: StormyFal) -> bool:
    """Whether nothing moves any more, and each paid job is known here."""
    try:
        orders = orders_in(database)
    except psycopg.OperationalError:
        return False
    unknown = {job.id for job in fal.jobs.values()} - {order.external_id for order in orders}
    return not unknown and not any(order.status in MOVING for order in orders)


def check(fal: StormyFal, orders: Iterable[Order], read: Callable[[str], bytes | None]) -> list[str]:
    """Every law that is broken, in a sentence each. `read` gives the bytes of a file of ours, or None."""
    known = list(orders)
    jobs: dict[str, list[FakeJob]] = defaultdict(list)
    for job in fal.jobs.values():
        jobs[order_of(job)].append(job)
    here = {order.external_id for order in known} - {""}
    findings = [f"{key} was paid for {len(made)} times." for key, made in jobs.items() if len(made) > 1]
    findings += [
        f"{job.id} is paid and nobody here knows it." for job in fal.jobs.values() if job.id not in here
    ]
    for order in known:
        findings += _of_one(order, jobs.get(order.key, []), fal, read)
    return findings


def _of_one(
    order: Order, jobs: list[FakeJob], fal: StormyFal, read: Callable[[str], bytes | None]
) -> Iterable[str]:
    if order.status in MOVING:
        yield f"{order.key} is still {order.status}."
    if order.status == "uncertain" and jobs:
        yield f"{order.key} is uncertain, and the provider has it as {jobs[0].id}."
    ended = tuple(sorted(order.entries))
    wanted = {"succeeded": ("charge", "hold"), "failed": ("hold", "release"), "uncertain": ("hold",)}
    # A charge that is lower than its hold gives the rest back in a line of its own.
    if order.status in wanted and ended not in {wanted[order.status], ("charge", "hold", "release")}:
        yield f"{order.key} is {order.status}, and its lines in the ledger are {', '.join(ended)}."
    if order.status != "succeeded" and ended.count("charge"):
        yield f"{order.key} is {order.status} and was charged."
    if jobs and jobs[0].result is not None and jobs[0].result.status == 200 and order.status == "failed":
        yield f"{order.key} ended well there and is failed here."
    if order.status == "succeeded":
        yield from _files(order, fal, read)


def _files(order: Order, fal: StormyFal, read: Callable[[str], bytes | None]) -> Iterable[str]:
    true_hash = fal.hashes.get(order.external_id)
    if list(order.files.values()) != [true_hash]:
        yield f"{order.key} has the checksums {list(order.files.values())}, and {true_hash} was delivered."
    for key in order.files:
        content = read(key)
        if content is None or hashlib.sha256(content).hexdigest() != true_hash:
            yield f"{order.key}: the file {key} is {'missing' if content is None else 'another'}."


def files_below(folder: Path) -> Callable[[str], bytes | None]:
    """Reads from a storage that is a folder."""

    def read(key: str) -> bytes | None:
        path = folder / key
        return path.read_bytes() if path.is_file() else None

    return read


class Sampler:
    """Looks at the books from outside four times a second, for as long as the block runs."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.looks = 0
        self.findings: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self.database, connect_timeout=2, autocommit=True) as connection:
                    self._look(connection)
            except psycopg.OperationalError:
                self._stop.wait(EVERY_SECONDS)  # it was just killed

    def _look(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            found = connection.execute(AT_ANY_MOMENT).fetchall()
            self.looks += 1
            self.findings += [str(text) for (text,) in found]
            self._stop.wait(max(0.0, EVERY_SECONDS - (time.monotonic() - began)))
