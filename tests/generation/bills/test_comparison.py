"""A bill beside our books: each request stands in one list, and the totals add up."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import budgets
from billing.check import check_books
from generation.bills.acceptance import Deed, Outcome, accept
from generation.bills.comparison import Comparison, compare
from generation.bills.comparison import _billed as billed_of
from generation.models import CostState, Generation, Status
from generation.providers.base import BillLine
from tests.factories import make_project, make_user
from tests.generation.bills.books import NOON, SINCE, UNTIL, job, line, lost, undetermined

pytestmark = pytest.mark.django_db
D = Decimal


def compared(*lines: BillLine) -> Comparison:
    return compare("fal", lines, SINCE, UNTIL)


def names(found: Comparison) -> dict[str, list[str]]:
    return {
        "unknown": [each.request_id for each in found.unknown],
        "missing": [each.generation.external_id for each in found.missing],
        "different": [each.generation.external_id for each in found.different],
    }


def accepted(*lines: BillLine, missing_is_free: bool = False) -> list[tuple[str, Deed, Decimal]]:
    person = make_user()
    done: list[Outcome] = list(accept(compared(*lines), person, missing_is_free=missing_is_free))
    return [(each.generation.external_id, each.deed, each.amount) for each in done]


def test_each_request_stands_in_its_list_and_the_totals_add_up() -> None:
    project = make_project(budget="100")
    job("same", "0.35", project=project)
    job("dearer", "0.35", project=project)
    job("absent", "0.20", project=project)
    undetermined("unclear", project=project)
    undetermined("unclear-and-absent", project=project)
    job("free", status=Status.CANCELLED, project=project)
    job("at-kie", provider="kie", project=project)
    found = compared(line("same", "0.35"), line("dearer", "0.40"), line("unclear", "0.1"), line("whose", "7"))
    assert names(found) == {
        "unknown": ["whose"],
        "missing": ["absent", "unclear-and-absent"],
        "different": ["dearer", "unclear"],
    }
    assert (found.lines, found.agreed, found.undetermined) == (4, 1, 2)
    assert found.billed == found.billed_agreed + found.billed_different + found.billed_unknown == D("7.85")
    assert (found.ours_different, found.ours_missing) == (D("0.35"), D("0.20"))
    assert not found.agrees
    assert compared(line("same", "0.35")).billed == D("0.35")


def test_what_is_finer_than_a_millionth_agrees_with_what_was_charged_for_it() -> None:
    job("fine", "0.000001")
    assert compared(line("fine", "0.0000004")).agrees


def test_refunds_count_repeated_lines_do_not_and_neighbours_explain() -> None:
    project = make_project(budget="100")
    job("refunded", "0.10", project=project)
    job("midnight", "0.20", project=project)
    later = line("refunded", "-0.25", at=NOON + timedelta(days=1))
    found = compared(
        line("refunded", "0.35"),
        line("refunded", "0.35"),
        later,
        line("midnight", "0.20", at=UNTIL + timedelta(minutes=1)),
        line("strange", "1", at=UNTIL),
    )
    assert found.agrees
    assert (found.lines, found.repeated, found.billed) == (2, 1, D("0.10"))


def test_what_is_accepted_is_booked_once_and_agrees_from_then_on() -> None:
    project = make_project(budget="100")
    job("dearer", "0.35", project=project)
    job("cheaper", "0.35", project=project)
    unclear = undetermined("unclear", project=project)
    lines = (line("dearer", "0.40"), line("cheaper", "0.05"), line("unclear", "0.1"), line("whose", "7"))
    assert accepted(*lines) == [
        ("dearer", Deed.CORRECTED, D("0.05")),
        ("cheaper", Deed.CORRECTED, D("-0.30")),
        ("unclear", Deed.SETTLED, D("0.1")),
    ]
    money = budgets.available(project.account)
    assert (money.held, money.spent) == (D(0), D("0.55"))
    unclear.refresh_from_db()
    assert (unclear.cost_state, unclear.cost) == (CostState.KNOWN, D("0.10"))
    entries = list(project.account.entries.filter(kind="adjustment").values_list("reference", flat=True))
    assert sorted(entries) == ["bill:fal:cheaper", "bill:fal:dearer"]
    assert accepted(*lines) == []
    assert project.account.entries.filter(kind="adjustment").count() == 2
    assert check_books().agrees


def test_two_people_who_accept_the_same_report_book_it_once() -> None:
    generation = job("dearer")
    first, second = compared(line("dearer", "0.40")), compared(line("dearer", "0.40"))
    for found in (first, second):
        assert [each.deed for each in accept(found, make_user())] == [Deed.CORRECTED]
    assert budgets.available(generation.account).spent == D("0.40")


def test_a_bill_that_changes_again_after_it_was_accepted_is_for_a_person() -> None:
    job("dearer")
    accepted(line("dearer", "0.40"))
    assert [deed for _, deed, _ in accepted(line("dearer", "0.50"))] == [Deed.REFUSED]


def test_a_lost_job_is_settled_only_when_it_can_no_longer_come_back() -> None:
    project = make_project(budget="100")
    lost("waiting", is_overdue=False)
    overdue = lost("overdue", is_overdue=True)
    done = accepted(line("waiting", "0.3"), line("overdue", "0.3"))
    assert sorted(done) == [("overdue", Deed.SETTLED, D("0.3")), ("waiting", Deed.REFUSED, D(0))]
    overdue.refresh_from_db()
    assert overdue.status == Status.FAILED
    assert Generation.objects.get(external_id="waiting").status == Status.UNCERTAIN
    assert project.account.entries.count() == 0


def test_what_is_not_billed_is_left_alone_until_a_person_says_that_it_is_free() -> None:
    project = make_project(budget="100")
    job("absent", "0.20", project=project)
    undetermined("unclear", project=project)
    assert accepted() == []
    assert accepted(missing_is_free=True) == [
        ("absent", Deed.CORRECTED, D("-0.20")),
        ("unclear", Deed.SETTLED, D(0)),
    ]
    money = budgets.available(project.account)
    assert (money.held, money.spent) == (D(0), D(0))
    assert compared().agrees
    assert check_books().agrees


def test_a_bill_below_zero_books_nothing() -> None:
    job("refunded", "0.10")
    assert [deed for _, deed, _ in accepted(line("refunded", "-0.25"))] == [Deed.REFUSED]


def test_a_price_that_moved_is_found_and_a_dated_price_proposed() -> None:
    square = {"request": {"values": {"prompt": "Rain.", "num_images": 1, "image_size": "square_hd"}}}
    project = make_project(budget="100")
    for name in ("old", "new", "newer"):
        job(name, "0.025", project=project, **square)
    lines = [
        line("old", "0.025", units="1", at=NOON - timedelta(days=2)),
        line("new", "0.03", units="1", at=NOON - timedelta(days=1)),
        line("newer", "0.03", units="1"),
    ]
    (drift,) = compared(*lines).drifts
    assert (drift.model, drift.unit, drift.jobs) == ("flux-dev", "megapixel", 2)
    assert (drift.ours, drift.billed) == (D("0.025"), D("0.03"))
    assert drift.proposed_on == (NOON - timedelta(days=1)).date()
    (drift,) = compared(line("new", "0.06", units="7"), lines[0]).drifts
    assert drift.proposed_on is None
    assert "other units" in drift.why_not
    back = line("newer", "0.025", units="1", at=NOON + timedelta(days=1))
    (drift,) = compared(lines[1], back).drifts
    assert drift.proposed_on is None
    assert compared(lines[0], line("new", "0.05", units="2")).drifts == []


AMOUNTS = st.decimals("-5", "5", places=4)


@given(st.lists(st.tuples(st.sampled_from("abc"), AMOUNTS), max_size=12))
def test_a_requests_bill_is_the_sum_of_its_lines(rows: list[tuple[str, Decimal]]) -> None:
    for name in "abc":
        lines = [line(name, str(amount)) for each, amount in rows if each == name]
        if lines:
            assert billed_of(name, lines).amount == sum(each.amount for each in lines)
