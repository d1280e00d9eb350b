"""How near to the limit does the engine run when many generations are in flight at once?

    python bench/throughput.py [--json] [--n N] [--long] [--webhooks] [--baseline] [--postgres URL]

N orders are placed through the front door (in one transaction, each with its money held) while two workers of 16
threads, one for posters, the watcher and the web process stand frozen. The clock starts when they are let go, with
every order committed and its message in the broker, and ends when the last generation has succeeded and its file is
kept. They speak fal's wire with a quick server of the bench's own; a job takes 2 to 5 seconds (`--long`: 30 to 60),
drawn evenly and the same in each race. Its result is a picture (`--long`: a clip) of some 256 KiB: the engine
downloads, checks, probes and saves. On a PostgreSQL database and a Redis of the bench's own.

`ratio` is the time to that of a bare asyncio script without database or checks, which sends the same orders, asks about
each job every quarter of a second (`--long`: every second), downloads the same files, and runs just before; `to_bound`
is the time to that of the slowest job alone. `cpu_ms` is processor time of all processes of the product for one
generation, until the last is playable, without the worker that draws posters at the lowest priority in a queue of
its own (`poster_cpu_ms`, as far as it has come by then); `memory_mb` the most that they took together; `statements`
and `writes` (rows inserted or updated) are the database's work for one generation. `p50_s` and `p95_s` are seconds from
the job's end at fal to its playable file here, `polls` how often was asked about a job.

Without `--n`: 200 and 1,000. `--webhooks`: fal also calls back, signed. `--baseline`: the blocked way beside it, a
`fal_client.subscribe` in a worker of two processes, at N = 200; that alone takes six minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from rig.races import Bench

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://root@127.0.0.1:5432/test")
MANY, BASELINE = (200, 1_000), 200


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A PostgreSQL database that is made for this run and dropped after it."""
    name = f"rushes_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def bench_on(postgres: str, *, calls: bool) -> Iterator[Bench]:
    """A database, a broker and a provider, and Django on them in this process."""
    with ExitStack() as stack:
        database = stack.enter_context(own_database(postgres))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rushes-bench-")))
        port = free_port()
        broker = f"redis://127.0.0.1:{port}/0"
        # Only now: the rig sets Django up on these.
        os.environ |= {"BENCH_DATABASE_URL": database, "BENCH_BROKER_URL": broker}
        import rig
        from rig.fleet import own_redis, quick_fal
        from rig.races import Bench

        rig.migrate()
        stack.enter_context(own_redis(folder, port))
        fal = stack.enter_context(quick_fal())
        yield Bench(folder, fal, broker, database, free_port(), calls)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def results(options: argparse.Namespace, bench: Bench) -> Iterator[dict[str, Any]]:
    from rig import races

    work = races.LONG if options.long else races.SHORT
    for number in [options.n] if options.n else MANY[1:] if options.long else MANY:
        yield (beside := races.bare(bench, work, number))
        yield races.rushes(bench, work, number, beside)
    if options.baseline:
        yield (beside := races.bare(bench, races.SHORT, BASELINE))
        yield races.blocked(bench, races.SHORT, BASELINE, beside)


def sentence(row: dict[str, Any]) -> str:
    text = f"{row['system']:8} {row['n']:5}  {row['seconds']:7.2f} s  {row['ratio']:6.2f} × bare"
    text += f"  {row['to_bound']:5.2f} × bound  {row['cpu_ms']:6.1f} ms CPU  {row['memory_mb']:5} MB"
    if row["system"] == "rushes":
        text += f"  {row['statements']} statements  {row['writes']} writes"
        text += f"  playable after p50 {row['p50_s']} s, p95 {row['p95_s']} s"
    return f"{text}  {row['polls']} polls"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--n", type=int, default=0, help="how many generations; without it 200 and 1,000")
    parser.add_argument("--long", action="store_true", help="jobs of 30 to 60 seconds")
    parser.add_argument("--webhooks", action="store_true", help="fal calls back as well")
    parser.add_argument(
        "--baseline", action="store_true", help="the blocked way too, which takes six minutes"
    )
    parser.add_argument("--postgres", default=POSTGRES, help="a server to make a database on")
    options = parser.parse_args()
    # Ended from outside it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended before it was over."))
    with bench_on(options.postgres, calls=options.webhooks) as bench:
        for row in results(options, bench):
            print(json.dumps(row) if options.json else sentence(row), flush=True)


if __name__ == "__main__":
    main()
