"""`python manage.py ops`: what is in flight, what is stuck, who answers, how it went."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from billing.console import OneLineCommand
from billing.money import format_usd
from generation.circuits import Trouble
from generation.operations.figures import Figures, as_json, figures
from generation.operations.outcomes import USUAL, WINDOWS
from generation.operations.processes import age_seconds
from generation.operations.trouble import Pile


class Command(OneLineCommand):
    help = "Show the state of the house: what is in flight, what is stuck, who answers, how it went."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--window", choices=WINDOWS, default=USUAL, help=f"How far back outcomes are counted ({USUAL})."
        )
        parser.add_argument("--json", action="store_true", help="One object on stdout and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = figures(options["window"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found), indent=2))
            return
        for line in _lines(found):
            self.stdout.write(line)


def _lines(found: Figures) -> Iterator[str]:
    yield "All is well." if found.is_well else "Not all is well."
    for check in found.checks:
        yield f"  {'ok  ' if check.is_well else 'DOWN'}  {check.name}: {check.detail}"
    yield from _section("In flight", [_flight(row) for row in found.in_flight])
    yield from _section("What waits for somebody", list(_piles(found)))
    yield from _section("Providers", [_provider(row) for row in found.providers])
    title = f"Models, last {found.outcomes.window}{' (the newest only)' if found.outcomes.is_cut else ''}"
    yield from _section(title, [_model(row) for row in found.outcomes.models])
    yield from _section("Processes", list(_processes(found)))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from [f"  {line}" for line in lines] or ["  nothing"]


def _flight(row: Any) -> str:
    return f"{row.provider} {row.status}: {row.count}, the oldest {_age(row.oldest_at)}, {format_usd(row.held)} held"


def _piles(found: Figures) -> Iterator[str]:
    piles: dict[str, Pile[Any]] = {
        "to decide about": found.to_decide,
        "of these uncertain": found.uncertain,
        "dead letters": found.dead_letters,
        "holds that nothing ends": found.stranded,
        "holds open for over a day": found.long_held,
    }
    for name, pile in piles.items():
        since = f", the oldest {_age(pile.oldest_at)}, {format_usd(pile.held)}" if pile.count else ""
        yield f"{name}: {pile.count}{since}"
    for job in found.to_decide.shown:
        yield f"  decide: {job.key} {job.status} at {job.provider}, {job.model}, {format_usd(job.upper_bound)}"
    for job in found.dead_letters.shown:
        yield f"  dead: {job.key} {job.error_code} at {job.provider}, {job.model}"


def _provider(row: Any) -> str:
    played = " (played by the mock)" if row.is_mocked else ""
    trouble = f"; trouble {_age(row.failed_at)}: {row.trouble[:120]}" if row.failed_at else ""
    places = f" of {row.places}" if row.places else ""
    lane = f"; {row.crowd.running}{places} at work, {row.crowd.waiting} waiting"
    rest = f"; {_rest(row.resting)}" if row.resting else trouble
    return f"{row.slug}{played}: delivered {_age(row.answered_at)}{lane}{rest}"


def _rest(rest: Trouble) -> str:
    next_try = f"at {rest.next_try_at:%H:%M:%S} UTC" if rest.next_try_at else "with the next order"
    return (
        f"given no orders since {rest.since:%F %H:%M} UTC, {rest.failures} in a row had no answer, "
        f"tried again {next_try}: {rest.words[:120]}"
    )


def _model(row: Any) -> str:
    share = "–" if row.success_percent is None else f"{row.success_percent} %"
    words = (
        f"{row.model}: {row.succeeded} succeeded, {row.failed} failed, {row.cancelled} cancelled ({share})"
    )
    if row.median_seconds is None:
        return words
    words += f"; {row.median_seconds} s median, {row.p95_seconds} s p95"
    if row.median_cost is None or row.p95_cost is None:
        return words
    return f"{words}; {format_usd(row.median_cost)} median, {format_usd(row.p95_cost)} p95"


def _processes(found: Figures) -> Iterator[str]:
    yield f"the watch is led by {found.leader}" if found.leader else "nobody leads the watch"
    for beat in found.heartbeats:
        yield f"{beat.name}: seen {_age(beat.seen_at)}" + (f", {beat.trouble}" if beat.is_failing else "")
    for queue in found.queues:
        yield f"queue {queue.name}: {'cannot tell from here' if queue.messages is None else queue.messages}"
    yield f"mails waiting: {found.mails.due}, given up: {found.mails.given_up}"


def _age(at: Any) -> str:
    seconds = age_seconds(at)
    if seconds is None:
        return "not lately"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
