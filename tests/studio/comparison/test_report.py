"""A whole report from plain facts: each number of it worked out by hand."""

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from generation.catalogue import catalogue
from studio.comparison.facts import Made
from studio.comparison.report import Column, Counted, Material, Report, Take, report
from studio.comparison.report_files import as_json, models_csv, takes_csv
from studio.comparison.votes import Vote
from studio.comparison.worth import Mark

pytestmark = pytest.mark.database_free

RAY, KLING, WAN = "ray-2-flash-text", "kling-2.5-turbo-text", "wan-25-preview-text"
NOON = datetime(2025, 10, 31, 12, tzinfo=UTC)
CRITERIA = [Counted("clarity", "Visual clarity"), Counted("suitability", "ASMR suitability")]


def take(prompt: int, model: str, outcome: str, cost: str | None, run: int, **rest: Any) -> Take:
    sent = NOON + timedelta(seconds=2)
    job = Made(
        model=model,
        outcome=outcome,  # type: ignore[arg-type]
        estimate=Decimal("0.20"),
        cost=None if cost is None else Decimal(cost),
        ordered_at=NOON,
        sent_at=sent,
        over_at=sent + timedelta(seconds=run),
        asked_seconds=Decimal(5),
        seconds=Decimal("5.042"),
        fps=Decimal(24),
        width=960,
        height=540,
        size_bytes=1_000_000,
    )
    return Take(prompt, 1, job, **rest)


def material(**changes: Any) -> Material:
    specs = [catalogue().find(each) for each in (WAN, RAY, KLING)]
    facts: dict[str, Any] = {
        "project": "asmr-sampler",
        "name": "Soap and sand",
        "mode": "text-to-video",
        "made_at": NOON + timedelta(hours=1),
        "on": date(2025, 10, 31),
        "asked": {"seconds": 5, "aspect_ratio": "9:16"},
        "prompts": ["Soap is cut.", "=Sand"],
        "columns": [Column(spec, {"seconds": 5}) for spec in specs],
        "takes": [
            take(1, RAY, "succeeded", "0.20", 30, link="https://studio.example/ray.mp4"),
            take(2, RAY, "succeeded", "0.20", 50, defects=("No frame moves.",)),
            take(1, KLING, "succeeded", "0.21", 100, differences=("Asked for 5 s, got 6 s.",)),
            take(2, KLING, "failed", "0", 10, failure="@The prompt was refused."),
            take(1, WAN, "succeeded", None, 90),
            take(2, WAN, "pending", None, 0),
        ],
        "criteria": CRITERIA,
        "marks": [
            *(Mark(RAY, each.key, 4) for each in CRITERIA),
            *(Mark(KLING, each.key, 5) for each in CRITERIA),
        ],
        "votes": [*[Vote((RAY, KLING), (KLING,))] * 3, Vote((RAY, KLING), (RAY, KLING))],
        "baseline": WAN,
    }
    return Material(**facts | changes)


@pytest.fixture(scope="module")
def made() -> Report:
    return report(material())


def test_models_stand_in_the_order_of_their_value(made: Report) -> None:
    # Kling: 25 of 25 at 0.21 is 1 / 0.21 = 4.762. Ray: 20 of 25 at 0.20 is 0.8 / 0.20 = 4. Nobody scored Wan.
    assert [(each.model, each.worth.rank, each.worth.value) for each in made.models] == [
        (KLING, 1, Decimal("4.762")),
        (RAY, 2, Decimal("4.000")),
        (WAN, None, None),
    ]
    kling, _, wan = made.models
    assert (kling.worth.quality.total, kling.worth.quality.marks) == (Decimal("25.00"), 2)
    assert wan.worth.problem == "Nobody has scored it yet."


def test_what_was_paid_counts_and_else_the_price_of_the_day(made: Report) -> None:
    kling, ray, wan = made.models
    assert (ray.unit_cost, ray.is_cost_real) == (Decimal("0.20"), True)
    assert (wan.unit_cost, wan.is_cost_real) == (Decimal("0.50"), False), "one of its costs is not known yet"
    # Three wins and a tie are three and a half; nothing was won by Wan; Ray's tie is half a win.
    assert kling.cost_per_win == Decimal("0.06")
    assert ray.cost_per_win == Decimal("0.80")
    assert wan.cost_per_win is None
    assert [each.is_on_line for each in made.models] == [True, True, False]


def test_facts_and_tables_of_costs_are_in_it(made: Report) -> None:
    kling, ray, wan = made.models
    assert [each.facts.success_rate for each in made.models] == [
        Decimal("50.0"),
        Decimal("100.0"),
        Decimal("100.0"),
    ]
    assert ray.facts.run is not None
    assert (ray.facts.run.median, ray.facts.run.p95, ray.facts.average) == (40, 50, Decimal("0.20"))
    assert (wan.facts.unknown_costs, wan.facts.pending) == (1, 1)
    assert (ray.defects, kling.defects, kling.differences) == (1, 0, 1)
    assert ray.costs.saving is not None
    assert (ray.costs.saving.percent, ray.costs.saving.per_month) == (60, 27)
    assert ray.price is not None
    assert (ray.price.price, ray.price.price_source) == (Decimal("0.04"), "founding-document-004")
    assert made.unit == "5 s"


def test_votes_connect_two_of_three(made: Report) -> None:
    kling, _, wan = made.models
    assert kling.strength is not None
    # Three and a half to a half, and a tied vote of the prior: 4 to 1.
    assert kling.strength.preferred == pytest.approx(0.8)
    assert wan.strength is None
    assert made.votes.groups == ((KLING, RAY), (WAN,))


def test_json_says_all_and_leaves_open_what_nobody_knows(made: Report) -> None:
    found = json.loads(json.dumps(as_json(made)))
    kling, ray, wan = found["models"]
    assert (ray["rank"], ray["value"], ray["quality"], ray["unit_cost"]) == (2, "4.000", "20.00", "0.20")
    assert ray["cost"] == {"estimated": "0.40", "charged": "0.40", "unknown_costs": 0, "average": "0.20"}
    assert ray["run_seconds"] == {"median": "40.0", "p95": "50.0", "mean": "40.0", "count": 2}
    assert (wan["value"], wan["votes"], wan["cost_per_win"]) == (None, None, None)
    assert kling["votes"]["won"] == 3
    assert ray["price"]["amount"] == "0.04"
    assert found["settings_asked"] == {"seconds": 5, "aspect_ratio": "9:16"}
    row = next(each for each in found["cost_table"]["rows"] if each["model"] == RAY)
    assert row["saving"] == {"percent": "60.0", "video": "0.90", "month": "27.00", "year": "324.00"}
    assert found["takes"][0]["link"] == "https://studio.example/ray.mp4"
    assert found["takes"][4]["cost"] is None


def test_csv_has_a_row_a_model_and_a_row_a_job_and_runs_no_formula(made: Report) -> None:
    models = list(csv.DictReader("".join(models_csv(made)).lstrip("\ufeff").splitlines()))
    assert [row["model"] for row in models] == [KLING, RAY, WAN]
    assert (models[1]["value"], models[1]["charged_usd"], models[1]["mean_clarity"]) == (
        "4.000",
        "0.40",
        "4.00",
    )
    assert (models[2]["value"], models[2]["average_usd"], models[2]["cost_per_win_usd"]) == ("", "", "")
    assert (models[1]["saving_percent"], models[1]["saving_month_usd"]) == ("60.0", "27.00")
    assert models[1]["settings"] == "seconds=5"
    jobs = list(csv.DictReader("".join(takes_csv(made)).lstrip("\ufeff").splitlines()))
    assert [row["prompt"] for row in jobs[:2]] == ["Soap is cut.", "'=Sand"]
    assert jobs[3]["failure"] == "'@The prompt was refused."
    assert (jobs[0]["cost_usd"], jobs[4]["cost_usd"]) == ("0.20", "")


def test_a_report_of_nothing_yet_knows_nothing() -> None:
    empty = report(material(takes=(), marks=(), votes=()))
    assert [each.worth.rank for each in empty.models] == [None, None, None]
    assert empty.votes.problem == "Nobody has voted yet."
    assert json.dumps(as_json(empty))
    assert "".join(takes_csv(empty)).count("\n") == 1


def test_a_strange_baseline_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline"):
        report(replace(material(), baseline="flux-dev"))
