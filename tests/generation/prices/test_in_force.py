"""A price that a person entered counts from its day on, until it is withdrawn or the catalogue has a newer one."""

import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from generation import orders
from generation.catalogue import ModelSpec, catalogue
from generation.models import DatedPrice
from generation.prices import in_force
from generation.prices.in_force import enter, with_dated_prices, withdraw
from generation.pricing import price_on, quote
from generation.switches import in_force as in_switches
from studio.estimates import model_options
from tests.factories import make_project, make_shot, make_user

MODEL = "ray-2-flash-text"
D = Decimal
ROOT = Path(__file__).resolve().parents[3]


def priced(amount: str, on: date, *, model: str = MODEL, unit: str = "second") -> DatedPrice:
    spec = catalogue().find(model)
    return enter(spec, on, D(amount), unit=unit, source="The bill.", note="", by=None)


def by_day(spec: ModelSpec, on: date) -> Decimal | None:
    return price_on(with_dated_prices(spec), on).amount


@pytest.mark.django_db
def test_it_counts_from_its_day_on_and_not_before() -> None:
    spec = catalogue().find(MODEL)
    day = date(2026, 11, 10)
    before = by_day(spec, day)
    priced("0.5", day)
    assert by_day(spec, day - timedelta(days=1)) == before
    assert by_day(spec, day) == D("0.5")
    assert by_day(catalogue().find("flux-dev"), day) == catalogue().find("flux-dev").prices[-1].amount


@pytest.mark.django_db
def test_a_newer_price_of_the_catalogue_takes_over_and_on_one_day_the_persons_counts() -> None:
    spec = catalogue().find(MODEL)
    newest = spec.prices[-1]
    priced("0.5", newest.effective_on - timedelta(days=1))
    assert by_day(spec, newest.effective_on) == newest.amount
    priced("0.7", newest.effective_on)
    assert by_day(spec, newest.effective_on) == D("0.7")


@pytest.mark.django_db
def test_what_is_ordered_is_held_at_it_and_keeps_it() -> None:
    today = timezone.localdate()
    row = priced("0.05", today, model="flux-dev", unit="megapixel")
    account = make_project().account
    order = orders.Order(
        account=account, model="flux-dev", values={"prompt": "Rain.", "image_size": "square"}
    )
    told = orders.price("flux-dev", order.values)
    generation = orders.place(order)
    assert (told.price, told.price_source, told.price_verified) == (D("0.05"), "The bill.", True)
    assert generation.request["price"]["price"] == "0.05"
    assert generation.estimate == told.amount
    assert withdraw(row, make_user())
    assert not withdraw(row, make_user())
    assert orders.price("flux-dev", order.values).price == catalogue().find("flux-dev").prices[-1].amount
    generation.refresh_from_db()
    assert generation.request["price"]["price"] == "0.05"


@pytest.mark.django_db
def test_it_takes_the_place_of_tiers_and_keeps_the_steps_in_which_the_unit_is_counted() -> None:
    today = timezone.localdate()
    tiered = next(each for each in catalogue().models.values() if each.prices[-1].tiers)
    stepped = next(each for each in catalogue().models.values() if each.prices[-1].step_seconds)
    for spec in (tiered, stepped):
        enter(spec, today, D("9"), unit=spec.prices[-1].unit, source="A letter.", note="", by=None)
    price = price_on(with_dated_prices(tiered), today)
    assert (price.tiers, price.surcharges) == ((), ())
    assert price_on(with_dated_prices(stepped), today).step_seconds == stepped.prices[-1].step_seconds


@pytest.mark.django_db
def test_all_models_of_a_page_cost_two_queries_and_the_next_page_none(
    django_assert_num_queries: Any,
) -> None:
    shot = make_shot()
    priced("0.5", timezone.localdate())
    assert shot.scene.project.profile  # Read once; what follows are the prices and the switches.
    in_switches.forget()
    with django_assert_num_queries(2):
        labels = [option.label for _, options in model_options(shot) for option in options]
    assert len(labels) == len(catalogue().models)
    with django_assert_num_queries(0):
        model_options(shot)


@pytest.mark.django_db
def test_a_price_that_another_process_entered_is_seen_when_the_copy_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec, today = catalogue().find(MODEL), timezone.localdate()
    assert with_dated_prices(spec) is spec
    DatedPrice.objects.create(
        model=MODEL, effective_on=today, unit="second", amount_micros=1, source="Elsewhere."
    )
    assert with_dated_prices(spec) is spec
    monkeypatch.setattr(in_force, "FRESH_SECONDS", 0.0)
    assert by_day(spec, today) == D("0.000001")


@pytest.mark.django_db
def test_a_row_is_never_changed_or_deleted_and_stands_once_a_day() -> None:
    today = timezone.localdate()
    row = priced("0.5", today)
    row.amount_micros = 1
    for deed in (row.save, row.delete, DatedPrice.objects.all().delete):
        with pytest.raises(TypeError, match="withdraw"):
            deed()
    with pytest.raises(IntegrityError), transaction.atomic():
        priced("0.6", today)
    withdraw(row, None)
    priced("0.6", today)
    assert DatedPrice.objects.count() == 2


@given(
    days=st.lists(st.integers(0, 60), unique=True, max_size=6),
    micros=st.integers(1, 10**9),
    asked=st.integers(0, 60),
)
def test_on_any_day_the_latest_row_begun_counts(days: list[int], micros: int, asked: int) -> None:
    start = date(2027, 1, 1)  # After all of the catalogue's.
    spec = catalogue().find(MODEL)
    rows = tuple(
        DatedPrice(
            model=MODEL,
            effective_on=start + timedelta(days=day),
            unit="second",
            amount_micros=micros + day,
            source="x",
        )
        for day in sorted(days)
    )
    laid = in_force.laid_over(spec, rows)
    begun = [day for day in days if day <= asked]
    on = start + timedelta(days=asked)
    wanted = D(micros + max(begun)) / 1_000_000 if begun else spec.prices[-1].amount
    assert price_on(laid, on).amount == wanted
    assert quote(laid, {"seconds": 5}, on=on).price == wanted


@pytest.mark.django_db
def test_the_commands_tell_a_price_that_was_entered(capsys: pytest.CaptureFixture[str]) -> None:
    spec = catalogue().find(MODEL)
    day = timezone.localdate()
    in_force.enter(spec, day, D("0.09"), unit="second", source="Letter of today", note="", by=None)
    call_command("models", "--provider", "fal")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{spec.slug} "))
    assert line.endswith("$0.09 a second")
    call_command("estimate", spec.slug, "--set", "seconds=5")
    said = capsys.readouterr().out
    assert f"{spec.name} ({spec.slug}): $0.45" in said
    assert f"Price of {day}, verified: Letter of today." in said
    call_command("estimate", spec.slug, "--set", "seconds=5", "--as-of", "2025-10-31")
    assert "Letter" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "words"),
    [("sqlite:///{folder}/none.sqlite3", ""), ("postgres://nobody@127.0.0.1:1/none", "cannot be read")],
)
@pytest.mark.database_free
def test_the_commands_work_without_a_database(tmp_path: Path, url: str, words: str) -> None:
    surroundings = os.environ | {"DATABASE_URL": url.format(folder=tmp_path), "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "estimate", "flux-dev", "--as-of", "2025-10-31"]
    done = subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "list price" in done.stdout) == (0, True), done.stdout
    assert words in done.stderr
    assert list(tmp_path.glob("*.sqlite3")) == []
