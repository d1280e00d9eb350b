"""How many paid jobs become of 100 orders when answers get lost on the way back: Rushes beside fal's stock client.

    python bench/submit_once.py [--json] [--ours] [--lost 0.3]

Both speak to the same fal on loopback, which loses the answer to an order after it has made the job. Rushes is the
whole engine with a database of its own: orders, tasks, watcher and sweep. The stock client is `fal_client` as it comes.
`answered` counts the orders whose job is known in the end: with us, those that were found again in fal's history too.

Which answers are lost follows from the order and the number of the try alone, so runs agree. The stock client doubles
its pause with each try; the draw is one in which no order needs more than eight, which is in its favour.
"""

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import fal_client
import httpx
import rig
from django.conf import settings

from generation import orders as front_door
from generation import providers
from generation.alone import Desk
from generation.models import Generation, Status
from generation.providers.fal_queue import QUEUE_URL, Readdressed
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.fal import KEY, FakeFal, FakeJob

ORDERS = 100
SHARES = (0.0, 0.1, 0.3, 0.6)
DRAW = "draw-0"
LIMIT_SECONDS = 120.0
AFTERWARDS_SECONDS = 1.5
SETTLED = (Status.SUBMITTED, Status.UNCERTAIN)
# Nobody is told of an order here; the sweep finds it, and would send it again if it could. All are sent at once, as by
# the stock client: no lane (jobs never end here), and no circuit, which would rest a fal that loses so many answers.
HURRY = {"RESEND_AFTER_SECONDS": 0, "PROVIDER_CONCURRENCY": {}, "PROVIDER_FAILURES": 0}


class Losses:
    """Decides which answers are lost. An order is known by its prompt; its tries are counted."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.tries: Counter[str] = Counter()

    def __call__(self, job: FakeJob) -> bool:
        prompt = str(job.arguments["prompt"])
        self.tries[prompt] += 1
        return is_lost(prompt, self.tries[prompt], self.share)


def is_lost(prompt: str, number: int, share: float) -> bool:
    """Whether the answer to this try of this order is lost."""
    drawn = hashlib.sha256(f"{DRAW}|{prompt}|{number}".encode()).digest()
    return int.from_bytes(drawn[:6]) / 2**48 < share


class StockClient(fal_client.SyncClient):
    """fal's client as it comes, except that its built-in address leads to the fake."""

    fake_url = ""

    @cached_property
    def _client(self) -> httpx.Client:
        network = Readdressed(httpx.HTTPTransport(), QUEUE_URL, self.fake_url)
        headers = {"Authorization": self._auth.header_value}
        return httpx.Client(
            transport=network, headers=headers, timeout=self.default_timeout, follow_redirects=True
        )


def stock(share: float) -> dict[str, Any]:
    """100 orders through the stock client, one thread each."""
    with FakeFal(loses=Losses(share)) as fake:
        client = type("Client", (StockClient,), {"fake_url": fake.url})(key=KEY)

        def order(number: int) -> bool:
            try:
                client.submit("fal-ai/flux/dev", {"prompt": f"Order {number}"})
            except (httpx.HTTPError, fal_client.client.FalClientError):
                return False
            return True

        with ThreadPoolExecutor(ORDERS) as pool:
            answered = sum(pool.map(order, range(ORDERS)))
        client._client.close()
        return {
            "system": "stock",
            "lost": share,
            "orders": ORDERS,
            "jobs": len(fake.jobs),
            "answered": answered,
        }


def rushes(fake: FakeFal, share: float) -> dict[str, Any]:
    """100 orders through the whole engine, until each has its job's id or counts as uncertain, and a while longer."""
    fake.loses, before = Losses(share), len(fake.jobs)
    account = make_project(budget="1000").account
    ids = [
        front_door.place(
            front_door.Order(account=account, model="flux-dev", values={"prompt": f"Order {number}"})
        ).pk
        for number in range(ORDERS)
    ]
    work(ids)
    jobs = len(fake.jobs) - before
    orders = Generation.objects.filter(pk__in=ids)
    known = orders.exclude(external_id="").count()
    orders.update(poll_at=None)  # the next round is measured without questions about this one
    return {"system": "rushes", "lost": share, "orders": ORDERS, "jobs": jobs, "answered": known}


def all_of_rushes(shares: Sequence[float]) -> list[dict[str, Any]]:
    """One row for each share of lost answers."""
    with FakeFal() as fake:
        for name, value in {**fake.settings(), **HURRY}.items():
            setattr(settings, name, value)
        rows = [rushes(fake, share) for share in shares]
        providers.provider_named("fal").close()
    return rows


def work(ids: list[int]) -> None:
    """What worker and watcher do, in this process."""
    desk = Desk()
    watcher = Watcher(tell=desk.tell, beats=False)
    orders = Generation.objects.filter(pk__in=ids)
    ends_at = time.monotonic() + LIMIT_SECONDS
    while orders.exclude(status__in=SETTLED).exists():
        if time.monotonic() > ends_at:
            raise SystemExit("The orders were not settled in time.")
        watcher.tick()
        time.sleep(0.05)
    # The sweep is what would send again, so it gets its chance.
    ends_at = time.monotonic() + AFTERWARDS_SECONDS
    while time.monotonic() < ends_at:
        watcher.tick()
        time.sleep(0.2)
    desk.close()
    watcher.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--ours", action="store_true", help="without the stock client, and its waiting")
    parser.add_argument(
        "--lost", type=float, nargs="+", default=SHARES, help="shares of lost answers, 0 to 1"
    )
    chosen = parser.parse_args()
    rig.migrate()
    with ThreadPoolExecutor(len(chosen.lost)) as beside:
        # The stock client mostly sleeps between its tries, so its runs stand beside each other and beside ours.
        stocks = beside.map(stock, () if chosen.ours else chosen.lost)
        rows = [*all_of_rushes(chosen.lost), *stocks]
    for row in rows:
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            said = f"{row['jobs']:4} paid jobs for {ORDERS} orders, {row['answered']} of them with a known id"
            print(f"{row['system']:>7}, {row['lost']:4.0%} of answers lost: {said}")


if __name__ == "__main__":
    main()
