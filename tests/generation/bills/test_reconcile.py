"""`manage.py reconcile`, against a fal on loopback and exported files."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import Entry
from generation import providers
from generation.models import CostState
from tests.factories import make_project, make_user
from tests.fakes.fal import ADMIN_KEY, KEY, FakeFal
from tests.fakes.sockets import Reply
from tests.generation.bills.books import job, undetermined

pytestmark = pytest.mark.django_db

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-20")


@pytest.fixture
def fal(settings: Any) -> Iterator[FakeFal]:
    with FakeFal() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        providers.forget()
        yield server
        providers.provider_named("fal").close()  # type: ignore[attr-defined]
    providers.forget()


def run(*arguments: str, provider: str = "fal") -> str:
    out = io.StringIO()
    call_command("reconcile", "--provider", provider, *NOVEMBER, *arguments, stdout=out)
    return out.getvalue()


def facts(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", *arguments))
    return found


def refused(*arguments: str, **options: str) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*arguments, **options)
    return str(refusal.value)


def test_fals_events_are_read_page_by_page_and_laid_beside_the_books(fal: FakeFal) -> None:
    project = make_project()
    job("same", "0.025", project=project)
    job("dearer", "0.025", project=project)
    undetermined("unclear", project=project)
    fal.events_a_page = 2
    for name, units in (("same", "1"), ("dearer", "3"), ("unclear", "2"), ("whose", "1.1")):
        fal.charge(name, units, "0.025", at="2026-11-10T12:00:00Z")
    fal.charge("of-october", "1", "0.025", at="2026-10-31T23:59:59Z")
    found = facts()
    assert fal.count("bill") == 3
    assert found["totals"] == {
        "lines": 4,
        "repeated": 0,
        "agreed": 1,
        "undetermined": 1,
        "billed": "0.1775",
        "billed_agreed": "0.025",
        "billed_different": "0.125",
        "billed_unknown": "0.0275",
        "ours_different": "0.025",
        "ours_not_billed": "0.00",
    }
    assert [each["request_id"] for each in found["billed_and_unknown"]] == ["whose"]
    assert [each["difference"] for each in found["different_amount"]] == ["0.05", "0.05"]
    said = run()
    assert "whose: $0.0275 on 2026-11-10 12:00:00, fal-ai/flux/dev" in said
    assert "dearer: billed $0.075, ours $0.025 (+$0.05, flux-dev)" in said
    assert not Entry.objects.filter(kind="adjustment").exists()


def test_accepting_twice_books_once(fal: FakeFal) -> None:
    make_user("paula")
    project = make_project()
    job("dearer", "0.025", project=project)
    unclear = undetermined("unclear", project=project)
    for name in ("dearer", "unclear"):
        fal.charge(name, "3", "0.025", at="2026-11-10T12:00:00Z")
    done = facts("--accept", "--by", "paula")["accepted"]
    assert [(each["request_id"], each["deed"], each["amount"]) for each in done] == [
        ("dearer", "corrected", "0.05"),
        ("unclear", "settled", "0.075"),
    ]
    again = facts("--accept", "--by", "paula")
    assert (again["agrees"], again["accepted"]) == (True, [])
    entry = Entry.objects.get(kind="adjustment")
    assert (entry.reference, str(entry.made_by)) == ("bill:fal:dearer", "paula")
    assert "The bill of fal, 2026-11-01 to 2026-11-20" in entry.note
    unclear.refresh_from_db()
    assert unclear.cost_state == CostState.KNOWN


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, {"detail": f"No Key {ADMIN_KEY}"}), "Make a key of the scope ADMIN"),
        (Reply(403, {"error": {"type": "authorization_error"}}), "FAL_ADMIN_KEY"),
        (Reply(503, f"Key {ADMIN_KEY}".encode()), "503"),
        (Reply(400, {"error": {}}), "answered 400"),
        (Reply(200, b"<html>"), "no JSON"),
        (Reply(200, {"events": []}), "no bill"),
        (Reply(200, {"billing_events": [{}]}), "without a request id"),
        (Reply(200, {"billing_events": [{"request_id": "a", "timestamp": "x"}]}), "no readable time for a"),
        (Reply(200, {"billing_events": [{"request_id": "a", "timestamp": "2026-11-03"}]}), "no amount for a"),
        (Reply(200, {"billing_events": [], "has_more": True, "next_cursor": "2"}), "repeats one page"),
        (Reply(lost=True), "No answer"),
    ],
)
def test_a_bill_that_cannot_be_had_is_said_and_shows_no_key(fal: FakeFal, reply: Reply, words: str) -> None:
    fal.always["bill"] = reply
    said = refused()
    assert words in said
    assert ADMIN_KEY not in said
    assert KEY not in said


def test_a_long_time_is_asked_for_in_spans_that_fal_allows(fal: FakeFal) -> None:
    fal.charge("early", "1", "0.5", at="2026-02-01T00:00:00Z")
    fal.charge("late", "1", "0.5", at="2026-11-01T00:00:00Z")
    out = io.StringIO()
    arguments = ("--provider", "fal", "--from", "2026-01-01", "--to", "2026-11-20", "--json")
    call_command("reconcile", *arguments, stdout=out)
    assert json.loads(out.getvalue())["totals"]["billed"] == "1.00"
    assert fal.count("bill") > 3


def test_kie_has_no_bill_and_is_read_from_a_file(tmp_path: Path) -> None:
    assert "--file" in refused(provider="kie")
    file = tmp_path / "logs.csv"
    file.write_text("taskId,creditsConsumed,createTime\nkie-1,42,2026-11-10 12:00\n")
    job("kie-1", "0.21", provider="kie")
    assert "Billed $0.21: $0.21 as in our books (1 job)" in run("--file", str(file), provider="kie")
    file.write_text("taskId,mood\n")
    assert "Unknown columns: mood" in refused("--file", str(file), provider="kie")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--accept",), "--by USERNAME"),
        (("--accept", "--by", "nobody"), "no active user “nobody”"),
        (("--by", "paula"), "go with --accept"),
        (("--missing-is-free",), "go with --accept"),
        (("--from", "1st"), "--from must be a day"),
        (("--to", "2026-10-01"), "is before"),
        (("--to", "2029-10-01"), "fewer at once"),
        (("--from", "0001-01-01"), "between 2020 and 2200"),
        (("--provider", "mock"), "must be fal or kie"),
        ((), "FAL_KEY is not set"),
    ],
)
def test_what_is_asked_wrongly_is_refused(arguments: tuple[str, ...], words: str) -> None:
    providers.forget()
    assert words in refused(*arguments)


def test_what_cannot_be_booked_ends_with_a_refusal_after_the_report(tmp_path: Path) -> None:
    make_user("paula")
    job("refunded", "0.10")
    file = tmp_path / "bill.csv"
    file.write_text("request_id,timestamp,cost\nrefunded,2026-11-10,-0.25\n")
    assert "1 of 1 differences" in refused("--file", str(file), "--accept", "--by", "paula")
