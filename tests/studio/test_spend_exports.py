"""The ledger and the costs as files: right to the cent, safe to open, for members only."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.adjustments import adjust
from billing.budgets import available
from studio.exports import cells
from studio.exports.focus import HEADER, focus_csv
from studio.exports.ledger_csv import ledger_csv
from studio.models import Role
from studio.spending.lines import Choice
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

D = Decimal
ADDRESS = "/tide/spend/export.csv"
NOVEMBER = datetime(2026, 11, 5, 23, 30, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 31, 12, tzinfo=UTC)
# What the specification calls mandatory in every row of FOCUS 1.0.
NEVER_EMPTY = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
]


@pytest.fixture
def ada(client, db):
    user = make_user("ada")
    client.force_login(user)
    return user


@pytest.fixture
def project(ada):
    """October: a take below its estimate. November: an overrun, a failure, one on its way, a correction."""
    with time_machine.travel(OCTOBER, tick=False):
        project = make_project(ada, name="=Tide", slug="tide", budget="100.00")
        project.account.time_zone = "Europe/Zurich"
        project.account.save()
        shot = make_shot(make_scene(project))
        make_take(shot, estimate="0.40", cost="0.30", by=ada, is_circled=True)
    with time_machine.travel(NOVEMBER, tick=False):
        make_take(shot, estimate="1.05", cost="1.25", by=ada, model="ray-2-flash-text", provider="fal")
        make_take(shot, status="failed", by=ada)
        make_take(shot, status="submitted", estimate="0.35", by=ada)
        with transaction.atomic():
            adjust(project.account, D("-0.10"), by=ada, why='=HYPERLINK("http://x")', reference="@credit")
    return project


def rows(text):
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def body(response):
    return b"".join(response.streaming_content).decode()


def test_the_ledger_adds_up_to_what_is_held_and_spent(client, project):
    response = client.get(ADDRESS)
    text = body(response)
    found = rows(text)
    money = available(project.account)
    assert text.startswith("\ufeffline,made_at,kind,")
    assert text.count("\r\n") == len(found) + 1 == 11
    assert sum(D(row["spent_change_usd"]) for row in found) == money.paid == D("1.45")
    assert sum(D(row["held_change_usd"]) for row in found) == money.held == D("0.35")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="tide-ledger-2')


def test_a_line_says_all_about_its_take_in_the_time_of_the_account(client, project):
    charge = next(row for row in rows(body(client.get(ADDRESS))) if row["spent_change_usd"] == "0.30")
    assert charge["made_at"] == "2026-10-31T13:00:00+01:00"
    named = ("kind", "scene", "shot", "take", "status", "circled", "model", "provider", "member")
    assert [charge[name] for name in named] == [
        "charge", "1", "1", "1", "succeeded", "yes", "kling-2.5-turbo-text", "mock", "ada",
    ]  # fmt: skip


def test_nothing_in_it_runs_in_a_spreadsheet(client, project):
    correction = rows(body(client.get(ADDRESS)))[0]
    assert correction["note"] == '\'=HYPERLINK("http://x")'
    assert correction["reference"] == "'@credit"
    assert correction["amount_usd"] == "-0.10"  # An amount stays a number.


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"])
def test_what_begins_a_formula_is_text(value):
    assert cells.text(value) == f"'{value}"


def test_other_text_is_left_alone():
    assert [cells.text(value) for value in ("", "12A", "a = b", "2–3")] == ["", "12A", "a = b", "2–3"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [("-0.250000", "-0.25"), ("1234.5", "1234.50"), ("0.003100", "0.0031"), ("-0.00", "0.00"), ("7", "7.00")],
)
def test_amounts_have_a_point_and_no_thousands(amount, text):
    assert cells.number(D(amount)) == text


@pytest.mark.parametrize(
    ("filters", "lines"),
    [
        ({"kind": "charge"}, 2),
        ({"kind": "overrun"}, 1),
        ({"model": "ray-2-flash-text"}, 3),
        ({"from": "2026-11-06"}, 7),  # 23:30 UTC is the sixth in Zurich.
        ({"from": "2026-11-07"}, 0),
        ({"to": "2026-10-31"}, 3),
        ({"outcome": "failed"}, 2),
        ({"q": "hyperlink"}, 1),
        ({"q": "dawn pier", "kind": "hold"}, 4),
        ({"q": "no such words"}, 0),
    ],
)
def test_the_filters_of_the_page_are_those_of_the_file(client, project, filters, lines):
    assert len(rows(body(client.get(ADDRESS, filters)))) == lines
    page = client.get("/tide/spend/", filters)
    assert page.context["page"].paginator.count == lines


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"from": "2026-13-01"}, "like 2026-11-21"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "before the first one"),
        ({"kind": "theft"}, "not one of the available choices"),
        ({"member": "x"}, "not one of the available choices"),
        ({"hold": "99999999999999999999"}, "less than or equal"),
        ({"format": "xls"}, "csv or focus"),
    ],
)
def test_what_cannot_be_understood_gives_no_file_but_a_page(client, project, filters, words):
    response = client.get(ADDRESS, filters)
    assert response.status_code == 400
    assert words in response.text
    assert client.get("/tide/spend/", filters).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_every_member_may_export(client, project, role):
    client.force_login(make_member(project, role))
    assert client.get(ADDRESS).status_code == 200


def test_nobody_else_may(client, project):
    client.force_login(make_user("stranger"))
    assert client.get(ADDRESS).status_code == 404
    client.logout()
    assert "/accounts/login/" in client.get(ADDRESS)["Location"]
    assert client.post(ADDRESS).status_code in {302, 405}


def test_focus_rows_add_up_to_what_is_spent(client, project):
    found = rows(body(client.get(ADDRESS, {"format": "focus"})))
    assert [(row["ChargeCategory"], row["BilledCost"]) for row in found] == [
        ("Adjustment", "-0.10"),
        ("Usage", "1.25"),
        ("Usage", "0.30"),
    ]
    assert sum(D(row["BilledCost"]) for row in found) == available(project.account).paid


def test_focus_rows_have_what_the_specification_asks_for(project):
    text = "".join(focus_csv(project, Choice()))
    found = rows(text)
    assert not text.startswith("\ufeff")
    assert tuple(found[0]) == HEADER
    for row in found:
        assert [name for name in NEVER_EMPTY if not row[name]] == []
        for name in HEADER:
            if name.endswith(("Cost", "UnitPrice", "Quantity")) and row[name]:
                D(row[name])
            if name.endswith(("PeriodStart", "PeriodEnd")):
                datetime.strptime(row[name], "%Y-%m-%dT%H:%M:%SZ")
        assert isinstance(json.loads(row["Tags"]), dict)
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["BillingPeriodEnd"]
        if row["ChargeCategory"] == "Usage":
            assert row["SkuId"]
            assert row["PricingCategory"] == "Standard"
            assert D(row["ContractedUnitPrice"]) * D(row["PricingQuantity"]) == D(row["ContractedCost"])
    assert all(name.startswith("x_") or name.isalpha() for name in HEADER)


def test_a_focus_row_of_a_take(project):
    row = rows("".join(focus_csv(project, Choice())))[1]
    assert (row["ProviderName"], row["SkuId"], row["ResourceName"]) == (
        "fal.ai",
        "ray-2-flash-text",
        "Shot 1 / 1, take 2",
    )
    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == ("5", "Seconds")
    assert row["SubAccountName"] == "'=Tide"
    assert json.loads(row["Tags"]) == {
        "project": "tide", "member": "ada", "scene": "1", "shot": "1 / 1", "take": "2",
    }  # fmt: skip


def test_a_long_ledger_comes_in_pieces(project):
    shot = project.scenes.get().shots.get()
    for _ in range(8):
        make_take(shot, cost="0.30")
    with CaptureQueriesContext(connection) as found:
        text = "".join(ledger_csv(project.account, Choice()))
    assert len(found) == 1
    assert len(rows(text)) == 34


@pytest.mark.django_db(transaction=True)
def test_it_streams_under_asgi(async_client):
    user = make_user("ada")
    make_project(user, slug="tide")
    async_client.force_login(user)

    async def fetched():
        response = await async_client.get(ADDRESS)
        assert response.is_async
        return b"".join([chunk async for chunk in response.streaming_content])

    assert async_to_sync(fetched)().startswith(b"\xef\xbb\xbfline,")


def test_the_command_writes_the_same(project, tmp_path, capsys):
    out = tmp_path / "costs.csv"
    call_command("export_costs", "tide", "--from", "2026-11-01", "--to", "2026-11-30", "--out", str(out))
    assert len(rows(out.read_bytes().decode())) == 7
    assert list(tmp_path.iterdir()) == [out]
    assert "Written to" in capsys.readouterr().out
    call_command("export_costs", "tide", "--format", "focus")
    assert len(rows(capsys.readouterr().out)) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "There is no project"),
        (["tide", "--from", "yesterday"], "--from “yesterday” is not a day"),
        (["tide", "--from", "2026-11-02", "--to", "2026-11-01"], "--to is before --from"),
        (["tide", "--out", "/nowhere/costs.csv"], "cannot be written"),
    ],
)
def test_the_command_refuses_in_one_line(project, words, message):
    with pytest.raises(CommandError, match=message):
        call_command("export_costs", *words)
