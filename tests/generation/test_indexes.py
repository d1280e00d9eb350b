"""An index leads to what the engine and the pages ask for: no table that grows is read through.

PostgreSQL makes its plans with everything switched off that does without an index, so that what is left of it has no
index to use. The test tables are nearly empty: which of two indexes is taken is not judged.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Hold
from generation import lanes
from generation.models import UNFINISHED, Generation, Status
from generation.operations.figures import figures
from generation.sweep import sweep
from studio.models import Take
from studio.spending.lines import Choice, page_of
from tests.factories import make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db

GROWING = {
    "billing_alert",
    "billing_entry",
    "billing_hold",
    "billing_notice",
    "generation_event",
    "generation_generation",
    "generation_output",
    "studio_take",
}
WITHOUT_INDEX = ("seqscan", "hashjoin", "mergejoin", "sort")


@pytest.fixture
def project() -> Any:
    """One take in each state that is no end, and one that is."""
    if connection.vendor != "postgresql":
        pytest.skip("The plans are PostgreSQL's.")
    shot = make_shot(make_scene(make_project(slug="tide", budget="100.00")))
    for status in (*UNFINISHED, Status.SUCCEEDED):
        make_take(shot, status=status)
    return shot.scene.project


def read_through(ask: Callable[[], object]) -> list[str]:
    """The tables that grow and that the queries of `ask` would read from end to end, each with its query."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    found = []
    with connection.cursor() as cursor:
        for way in WITHOUT_INDEX:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for sql in (query["sql"] for query in asked):
            if sql.startswith("SELECT"):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
                (plan,) = cursor.fetchone()
                plan = plan if isinstance(plan, list) else json.loads(plan)
                found += [f"{table}: {sql}" for table in whole_tables(plan[0]["Plan"])]
        for way in WITHOUT_INDEX:
            cursor.execute(f"SET LOCAL enable_{way} = on")
    return found


def whole_tables(node: dict[str, Any], *, may_stop: bool = False) -> Iterator[str]:
    """What is read without a condition on an index, unless it is read in order and left when there is enough."""
    kind = node["Node Type"]
    may_stop = kind == "Limit" or (may_stop and kind not in {"Sort", "Aggregate", "Unique", "WindowAgg"})
    parts = node.get("Plans", [])
    conditions = [part.get("Index Cond") for part in [node, *parts]]
    is_partial = any(part.get("Index Name") in partial_indexes() for part in [node, *parts])
    if node.get("Relation Name") in GROWING and not any(conditions) and not is_partial:
        is_combined = any(part["Node Type"] in {"BitmapOr", "BitmapAnd"} for part in parts)
        if kind == "Seq Scan" or not (may_stop or is_combined):
            yield node["Relation Name"]
    for part in parts:
        yield from whole_tables(part, may_stop=may_stop)


def partial_indexes() -> set[str]:
    """Those that hold only the rows that are looked for."""
    return {
        index.name
        for model in (Generation, Hold, Take)
        for index in [*model._meta.indexes, *model._meta.constraints]
        if getattr(index, "condition", None)
    }


def test_a_query_without_an_index_is_found(project: Any) -> None:
    assert read_through(lambda: list(Generation.objects.filter(prompt__contains="pier").order_by("seed")))
    assert not read_through(lambda: Generation.objects.filter(account=project.account, pk=1).first())


def test_the_engine_finds_its_work_by_an_index(project: Any) -> None:
    now = timezone.now()
    due = Generation.objects.due_for_poll(now).order_by("poll_at")
    assert not read_through(lambda: list(due[:500]))
    assert not read_through(lambda: sweep(lambda task, pk: None))
    assert not read_through(lambda: (lanes.running("mock"), lanes.next_up("mock", 5)))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"kind": "charge"},
        {"outcome": "failed"},
        {"model": "flux-dev"},
        {"provider": "mock"},
        {"member": 1},
        {"scene": 1},
        {"shot": 1},
        {"hold": 1},
        {"first": date(2026, 11, 1), "last": date(2026, 11, 21)},
        {"words": "wave pier"},
    ],
)
def test_each_filter_of_the_ledger_has_an_index(project: Any, wanted: dict[str, Any]) -> None:
    assert not read_through(lambda: page_of(project.account, Choice(**wanted), "1"))


def test_takes_of_many_projects_are_found_by_model_status_and_time(project: Any) -> None:
    takes = Take.objects.filter(shot__scene__project__in=[project.pk])
    for chosen in ({"generation__model": "flux-dev"}, {"generation__status": Status.SUCCEEDED}, {}):
        assert not read_through(lambda chosen=chosen: list(takes.filter(**chosen).order_by("-pk")[:60]))


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label_lower)
def test_the_lists_of_the_admin_have_an_index_for_their_order(project: Any, rf: Any, model: Any) -> None:
    request = rf.get("/")
    request.user = make_user("ada", is_staff=True, is_superuser=True)
    listed = admin.site._registry[model].get_changelist_instance(request).queryset
    assert not read_through(lambda: list(listed[:100]))


def test_the_figures_of_the_house_read_what_matters_and_not_all_that_was(project: Any) -> None:
    assert not read_through(figures)


# How a step of SQLite's plans reads. Tables of inner queries have names like U0.
STEP = re.compile(r"(SEARCH|SCAN) (\w+)(?: USING(?: COVERING)? (?:INDEX )?(INTEGER PRIMARY KEY|\w+))?")
# Those that were made for the figures; by the state alone SQLite would read all that ever ended.
FOR_FIGURES = {"hold_open_age", "generation_cost_unknown", "generation_answered", "generation_failed_age"}


def test_on_sqlite_too_the_figures_look_for_what_they_show() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("The plans are SQLite's.")
    shot = make_shot(make_scene(make_project(slug="tide", budget="100.00")))
    make_take(shot, status=Status.UNCERTAIN)
    used = set()
    for step in sqlite_steps(figures):
        how, table, index = step.groups()
        assert how == "SEARCH" or (table not in GROWING and not re.fullmatch(r"[UVW]\d", table)), step
        used.add(index)
    assert used >= FOR_FIGURES


def sqlite_steps(ask: Callable[[], object]) -> list[re.Match[str]]:
    """How SQLite goes about each query of `ask`, with the values bound as they are when it is asked."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    found: list[str] = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            if sql.startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                found += [words for *_, words in cursor.fetchall()]
    return [step for words in found if (step := STEP.match(words))]
