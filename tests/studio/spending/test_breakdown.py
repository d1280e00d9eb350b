"""Where the money went: six tables that add up to the same."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from billing.adjustments import adjust
from billing.budgets import available
from studio.spending.breakdown import breakdown
from studio.spending.windows import window
from tests.factories import make_project, make_scene, make_shot, make_take, make_user

D = Decimal
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)


@pytest.fixture
def film(db):
    """October: a circled take and one not used. November: a failure, one on its way, a correction."""
    ada, ivo = make_user("ada"), make_user("ivo")
    with time_machine.travel(OCTOBER, tick=False):
        project = make_project(ada, slug="tide", budget="100.00")
        first, second = make_shot(make_scene(project, title="Dawn")), make_shot(make_scene(project))
        make_take(first, cost="0.35", by=ada, is_circled=True)
        make_take(first, cost="1.05", estimate="1.05", model="ray-2-flash-text", provider="fal", by=ivo)
    with time_machine.travel(NOW, tick=False):
        make_take(second, status="failed", by=ivo)
        make_take(second, status="cancelled", by=ivo)
        make_take(second, status="submitted", estimate="0.40", by=ada)
        with transaction.atomic():
            adjust(project.account, D("-0.10"), by=ada, why="A credit.", reference="credit-1")
    return project


def rows(project, key="all"):
    tables = breakdown(project.account, window(key, UTC, NOW))
    return {
        table.column: [(row.name, row.takes, f"{row.held:.2f}", f"{row.paid:.2f}") for row in table.rows]
        for table in tables
    }


def test_what_became_of_the_money(film):
    assert rows(film)["Outcome"] == [
        ("Not used", 1, "0.00", "1.05"),
        ("Circled", 1, "0.00", "0.35"),
        ("In flight or not known yet", 1, "0.40", "0.00"),
        ("Cancelled", 1, "0.00", "0.00"),
        ("Failed", 1, "0.00", "0.00"),
        ("Without a take", 0, "0.00", "-0.10"),
    ]


def test_by_model_scene_shot_member_and_provider(film):
    found = rows(film)
    kling = "Kling 2.5 Turbo Pro text-to-video (Kie.ai)"
    assert found["Model"] == [
        ("Luma Ray 2 Flash text-to-video", 1, "0.00", "1.05"),
        (kling, 4, "0.40", "0.35"),
        ("Without a take", 0, "0.00", "-0.10"),
    ]
    assert found["Scene"][:2] == [("Scene 1 – Dawn", 2, "0.00", "1.40"), ("Scene 2", 3, "0.40", "0.00")]
    assert found["Shot"][:2] == [("Shot 1 / 1", 2, "0.00", "1.40"), ("Shot 2 / 1", 3, "0.40", "0.00")]
    assert found["Member"] == [
        ("ivo", 3, "0.00", "1.05"),
        ("ada", 2, "0.40", "0.35"),
        ("Nobody in particular", 0, "0.00", "-0.10"),
    ]
    assert [row[0] for row in found["Provider"]] == ["fal.ai", "Mock (nothing is paid)", "Without a take"]


def test_each_table_adds_up_to_what_the_budget_says(film):
    money = available(film.account)
    for table in breakdown(film.account, window("all", UTC, NOW)):
        assert (table.paid, table.held, table.takes) == (money.paid, money.held, 5), table.title


def test_a_window_counts_what_was_spent_in_it(film):
    assert rows(film, "2026-10")["Outcome"] == [
        ("Not used", 1, "0.00", "1.05"),
        ("Circled", 1, "0.00", "0.35"),
        ("In flight or not known yet", 0, "0.40", "0.00"),  # Held is now, whatever the window.
    ]
    assert [row[3] for row in rows(film, "7d")["Member"]] == ["0.00", "0.00", "-0.10"]


def test_a_long_table_ends_with_the_others_together(film):
    whole = breakdown(film.account, window("all", UTC, NOW))[0]
    short = breakdown(film.account, window("all", UTC, NOW), most=1)[0]
    assert [row.name for row in short.rows] == [whole.rows[0].name, f"{len(whole.rows) - 1} others"]
    assert (short.paid, short.held, short.takes) == (whole.paid, whole.held, whole.takes)


def test_five_queries_for_all_tables(film, django_assert_num_queries):
    with django_assert_num_queries(5):
        breakdown(film.account, window("all", UTC, NOW))


def test_names_lead_to_their_lines_in_the_same_days(film):
    models = breakdown(film.account, window("2026-10", UTC, NOW))[1]
    assert models.rows[0].url == "?range=2026-10&model=ray-2-flash-text&from=2026-10-01&to=2026-10-31#ledger"
    corrections = breakdown(film.account, window("all", UTC, NOW))[1].rows[-1]
    assert corrections.url == ""
