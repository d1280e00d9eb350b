"""`python -m tests.chaos`: rounds of the storm, one after the other. Ends with 1 when a law was broken.

python -m tests.chaos [--seeds 20 | --seeds 7,8,9] [--round SECONDS] [--orders N] [--json]
"""

import argparse
import json
import sys
from collections import Counter

from tests.chaos.storm import Outcome, theatre


def seeds(text: str) -> list[int]:
    """`20` means 1 to 20; `7,` or `7,8,9` those."""
    if "," in text:
        return [int(part) for part in text.split(",") if part]
    return list(range(1, int(text) + 1))


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Kill something every second, and look whether any law breaks."
    )
    parser.add_argument("--seeds", type=seeds, default=seeds("20"), help="how many rounds, or which (7,8)")
    parser.add_argument(
        "--round", type=float, default=40.0, metavar="SECONDS", help="how long it storms (40)"
    )
    parser.add_argument("--orders", type=int, default=100, metavar="N", help="orders a round (100)")
    parser.add_argument("--json", action="store_true", help="one JSON object a round")
    options = parser.parse_args()
    outcomes = []
    with theatre(options.orders) as stage:
        for seed in options.seeds:
            outcome = stage.play(seed, options.round)
            outcomes.append(outcome)
            report(outcome, as_json=options.json)
    if not options.json:
        print(summary(outcomes), flush=True)
    return int(any(outcome.findings for outcome in outcomes))


def report(outcome: Outcome, *, as_json: bool) -> None:
    """Print one round, with its whole story when a law was broken."""
    if as_json:
        facts = {
            "seed": outcome.story.seed,
            "kills": dict(outcome.story.kills),
            "ends": dict(outcome.statuses),
        }
        print(json.dumps({**facts, "jobs": outcome.jobs, "findings": outcome.findings}), flush=True)
    else:
        print(outcome.line(), flush=True)
    if outcome.findings:
        print("\n".join([*outcome.findings, str(outcome.story)]), file=sys.stderr, flush=True)


def summary(outcomes: list[Outcome]) -> str:
    """All rounds in a few lines."""
    kills: Counter[str] = sum((outcome.story.kills for outcome in outcomes), Counter())
    ends: Counter[str] = sum((outcome.statuses for outcome in outcomes), Counter())
    return "\n".join(
        (
            f"{len(outcomes)} rounds, {kills.total()} kills: {listed(kills)}",
            f"{ends.total()} orders: {listed(ends)}",
            f"{sum(outcome.jobs for outcome in outcomes)} jobs at the provider",
            f"{sum(outcome.looks for outcome in outcomes)} looks at the books",
            f"{sum(len(outcome.findings) for outcome in outcomes)} laws broken",
        )
    )


def listed(counts: Counter[str]) -> str:
    """Counts in words, in the order of the alphabet."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
