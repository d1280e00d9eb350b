"""The page of a project's budgets: each changed with a reason, and what was done to all of them."""

from decimal import Decimal

import pytest

from billing import budgets
from billing.errors import NoBudgetError
from billing.models import BudgetChange
from studio.models import Role
from tests.factories import make_member, make_project, make_user

D = Decimal


@pytest.fixture
def ada(client, db):
    user = make_user("ada")
    client.force_login(user)
    return user


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide", budget="20.00")


@pytest.fixture
def kling(project):
    return budgets.open_budget(
        project.account, limit=D("5.00"), by=None, why="A trial.", tag=("model", "kling-o1")
    )


def address(budget):
    return f"/tide/budget/?budget={budget.pk}"


def changes(budget):
    return list(budget.changes.order_by("pk").values_list("kind", "changed_by__username", "why"))


def test_a_narrow_budget_is_raised_on_its_own_page(client, project, kling, ada):
    page = client.get(address(kling)).text
    assert "Budget “kling-o1 total”" in page
    assert 'value="5"' in page
    assert client.post(address(kling), {"limit": "7.50", "why": "It looks best."}).status_code == 302
    kling.refresh_from_db()
    assert (kling.limit, budgets.available(project.account).limit) == (D("7.50"), D("20.00"))
    assert changes(kling)[1:] == [("limit", "ada", "It looks best.")]


def test_a_budget_is_paused_and_resumed_with_who_and_why(client, project, ada):
    main = budgets.main_budget(project.account)
    client.post("/tide/budget/", {"limit": "20", "state": "paused", "why": "Wait for the grade."})
    assert not budgets.available(project.account).is_active
    assert "Resume: orders are taken again" in client.get("/tide/budget/").text
    client.post("/tide/budget/", {"limit": "20", "state": "active", "why": "Graded."})
    assert budgets.available(project.account).is_active
    assert changes(main)[1:] == [("paused", "ada", "Wait for the grade."), ("resumed", "ada", "Graded.")]


def test_all_that_was_done_is_shown_with_whom_and_why(client, project, kling, ada):
    client.post(address(kling), {"limit": "1", "state": "closed", "why": "The trial is over."})
    page = client.get("/tide/budget/").text
    for words in ("kling-o1 total", "Closed", "Limit changed", "The trial is over.", "A trial.", "$5.00 →"):
        assert words in page
    closed = client.get(address(kling)).text
    assert "closed for good" in closed
    assert 'name="limit"' not in closed


def test_after_the_total_budget_was_closed_a_new_one_is_opened_there(client, project, ada):
    client.post("/tide/budget/", {"limit": "20", "state": "closed", "why": "Wrapped."})
    with pytest.raises(NoBudgetError):
        budgets.available(project.account)
    page = client.get("/tide/budget/")
    assert page.status_code == 200
    assert "Open a new budget" in page.text
    client.post("/tide/budget/", {"limit": "12", "why": "A reshoot."})
    assert budgets.available(project.account).limit == D(12)
    assert client.get("/tide/spend/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"limit": "5", "state": "open", "why": "Odd."}, "state"),
        ({"limit": "5", "state": "active", "why": "It is."}, "state"),
        ({"limit": "0", "state": "paused", "why": "None."}, "limit"),
        ({"limit": "5", "state": "closed", "why": " "}, "why"),
    ],
)
def test_what_makes_no_sense_changes_nothing(client, kling, sent, field):
    answer = client.post(address(kling), sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert len(changes(kling)) == 1


def test_a_closed_budget_takes_no_form(client, project, kling):
    budgets.close(kling, by=None, why="Over.")
    before = BudgetChange.objects.count()
    assert client.post(address(kling), {"limit": "9", "why": "Again."}).status_code == 422
    assert BudgetChange.objects.count() == before


def test_a_budget_that_only_warns_offers_no_pause(client, project):
    warns = budgets.open_budget(project.account, limit=D(5), by=None, why="Look.", is_hard=False)
    page = client.get(address(warns)).text
    assert "only warns" in page
    assert "Pause" not in page


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30, "²"])
def test_what_is_no_budget_of_the_project_is_not_there(client, project, number):
    assert client.get(f"/tide/budget/?budget={number}").status_code == 404


def test_a_budget_of_another_project_is_not_there(client, project):
    other = budgets.main_budget(make_project(budget="7.00").account)
    assert client.get(address(other)).status_code == 404
    assert client.post(address(other), {"limit": "900", "why": "Mine."}).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.ARTIST])
def test_whoever_may_not_change_it_neither_sees_nor_changes_it(client, project, kling, role):
    client.force_login(make_member(project, role))
    assert client.get(address(kling)).status_code == 403
    assert client.post(address(kling), {"limit": "900", "state": "closed", "why": "x"}).status_code == 403
    assert len(changes(kling)) == 1
    assert "?budget=" not in client.get("/tide/spend/").text
