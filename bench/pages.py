"""How long does each page take in a big studio, and how many queries?

    python bench/pages.py [--json] [--database postgres|sqlite] [--postgres URL] [--times N] [--only WORD] [--small]
        [--fresh]

200 projects, one of them with 2,000 shots and 20,000 takes, one shot of it with 300; 25,000 takes and 100,000 lines of
the ledger in all. The pages come from the product's own server (one uvicorn process) and are asked for one at a time,
each in turn with an empty view of the same server, which reads neither session nor database: `ratio` is the median of
the page to the median of the empty view. `queries` is what one answer asks the database (what a streamed file asks for
while it is being sent is not in it). Times are milliseconds until the last byte.

The filled database is kept (on PostgreSQL as the template `rushes_bench_…`, for SQLite in `var/bench`) and used again
until the seeding or a migration changes; `--fresh` fills it anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://root@127.0.0.1:5432/test")
TIMES = 5
LONGEST_SECONDS = 1.0
"""So long at most is one page asked for again and again."""


def copy_on(server: str) -> str:
    """The address of a database on the server that is not there yet."""
    return f"{server.rpartition('/')[0]}/rushes_bench_copy_{uuid4().hex[:8]}"


def sign_in() -> dict[str, str]:
    """The cookie of the first user, who may see everything."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(pk=1))
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def addresses() -> dict[str, Any]:
    from django.db.models import Count
    from rig.page_list import page_list

    from studio.models import Shot

    shots = Shot.objects.filter(scene__project__slug="big").annotate(of_takes=Count("takes")).order_by("pk")
    most, some = shots.order_by("-of_takes")[0], shots.filter(of_takes__range=(1, 15))[0]
    empty = shots.filter(of_takes=0)[0]
    return page_list(shot_with_most=most.pk, shot=some.pk, scene=empty.scene_id)


def results(client: httpx.Client, pages: dict[str, Any], times: int) -> Iterator[dict[str, Any]]:
    for _ in range(10):
        ask(client, "/empty/", {})
    for name, asked in pages.items():
        # Not counted: templates are compiled, connections opened.
        answer, first = ask(client, asked.address, asked.headers)
        if answer.status_code != 200:
            raise SystemExit(f"{name} ({asked.address}) answered {answer.status_code}.")
        number = max(3, min(times, int(LONGEST_SECONDS / first)))
        empty, page = [], []
        for _ in range(number):
            empty.append(ask(client, "/empty/", {})[1])
            page.append(ask(client, asked.address, asked.headers)[1])
        yield {
            "page": name,
            "queries": int(answer.headers["X-Queries"]),
            "p50_ms": round(statistics.median(page) * 1000, 1),
            "p95_ms": round(sorted(page)[min(number - 1, round(number * 0.95))] * 1000, 1),
            "ratio": round(statistics.median(page) / statistics.median(empty), 1),
            "kilobytes": round(len(answer.content) / 1024),
            "asked": number,
        }


def ask(client: httpx.Client, address: str, headers: dict[str, str]) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = client.get(address, headers=headers)
    return answer, time.perf_counter() - began


def sentence(row: dict[str, Any]) -> str:
    times = f"{row['p50_ms']:8.1f} ms  p95 {row['p95_ms']:8.1f} ms  {row['ratio']:6.1f} × empty"
    return f"{row['page']:34} {row['queries']:4} queries  {times}  {row['kilobytes']:6} kB"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--postgres", default=POSTGRES, help="a server to make a database on")
    parser.add_argument("--times", type=int, default=TIMES, help="how often to ask for each page")
    parser.add_argument("--only", default="", help="only the pages with this word in their names")
    parser.add_argument("--small", action="store_true", help="a few rows, to try the bench itself")
    parser.add_argument("--fresh", action="store_true", help="fill the database anew")
    options = parser.parse_args()
    server = options.postgres if options.database == "postgres" else ""
    if server:
        os.environ["BENCH_DATABASE_URL"] = copy_on(server)
    # Only now: the rig sets Django up on this database.
    from rig.big_studio import big_studio
    from rig.page_server import page_server
    from rig.sizes import FULL, SMALL

    with big_studio(server, SMALL if options.small else FULL, fresh=options.fresh):
        pages = {name: page for name, page in addresses().items() if options.only in name}
        with (
            page_server() as address,
            httpx.Client(base_url=address, cookies=sign_in(), timeout=60) as client,
        ):
            for row in results(client, pages, options.times):
                print(json.dumps(row) if options.json else sentence(row), flush=True)


if __name__ == "__main__":
    main()
