"""The money of a project on its page: figures that add up, the ledger, and the limit."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.budgets import adjust, available
from billing.models import BudgetChange
from generation.prices import in_force
from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

ADDRESS = "/tide/spend/"


@pytest.fixture
def ada(client, db):
    user = make_user("ada")
    client.force_login(user)
    return user


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide", budget="20.00")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project))


def test_the_parts_of_the_budget_add_up_to_it(client, shot, ada):
    make_take(shot, cost="0.35", by=ada)
    make_take(shot, status="failed", by=ada)
    make_take(shot, status="submitted", estimate="0.40", by=ada)
    make_take(shot, status="uncertain", estimate="0.30", by=ada)
    make_take(shot, estimate="1.00", cost="1.25", by=ada)
    context = client.get(ADDRESS).context
    stands = context["spend"].position
    money = stands.money
    assert (stands.spent, money.overrun) == (Decimal("1.35"), Decimal("0.25"))
    assert (stands.making, stands.undetermined, stands.undetermined_takes) == (
        Decimal("0.40"),
        Decimal("0.30"),
        1,
    )
    assert money.left == Decimal("17.70")
    parts = stands.spent + money.overrun + stands.making + stands.undetermined + money.left
    assert parts == money.limit == Decimal("20.00")
    assert [(part.key, part.start, part.width) for part in stands.parts] == [
        ("spent", Decimal(0), Decimal("6.75")),
        ("overrun", Decimal("6.75"), Decimal("1.25")),
        ("held", Decimal("8.00"), Decimal("2.00")),
        ("undetermined", Decimal("10.00"), Decimal("1.50")),
    ]
    lines = context["lines"]
    assert sum(line.held for line in lines) == money.held
    assert sum(line.paid for line in lines) == money.paid


def test_each_line_leads_to_its_take(client, shot, ada):
    take = make_take(shot, by=ada)
    page = client.get(ADDRESS).text
    assert f'{shot.get_absolute_url()}?take={take.number}"' in page
    assert "Shot 1 / 1, take 1" in page


def test_lines_of_one_kind(client, shot, ada):
    make_take(shot, cost="0.30")
    kinds = {line.entry.kind for line in client.get(ADDRESS, {"kind": "charge"}).context["lines"]}
    assert kinds == {"charge"}
    assert len(client.get(ADDRESS, {"kind": "nonsense"}).context["lines"]) == 3


QUERIES = 30
"""Session, user, project, role; the filter's four lists; two for the ledger; ten for the figures; budgets; people;
models that are off; the bell.
"""


def test_the_page_costs_the_same_queries_for_ten_lines_and_for_five_hundred(client, ada):
    shot = make_shot(make_scene(make_project(ada, slug="tide", budget="1000.00")))
    make_shot(shot.scene)

    def counted():
        in_force.forget()
        with CaptureQueriesContext(connection) as found:
            page = client.get(ADDRESS)
        return len(found), page

    for _ in range(5):
        make_take(shot, by=ada)
    few, page = counted()
    assert page.context["page"].paginator.count == 10
    for number in range(245):
        make_take(shot, by=ada, is_circled=number == 7, model=["ray-2-flash-text", "veo"][number % 2])
    many, page = counted()
    assert page.context["page"].paginator.count == 500
    assert few == many
    assert many <= QUERIES
    assert len(page.context["lines"]) == 50
    assert "Page 1 of 10" in page.text
    assert len(client.get(ADDRESS, {"page": 10}).context["lines"]) == 50
    assert client.get(ADDRESS, {"page": "x"}).status_code == 200


def test_htmx_gets_the_ledger_alone(client, shot):
    answer = client.get(ADDRESS, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<section class="card" id="ledger"')
    assert "HX-Request" in answer["Vary"]


def test_an_account_spent_beyond_its_limit_is_shown_as_it_is(client, ada):
    shot = make_shot(make_scene(make_project(ada, slug="tide", budget="1.00")))
    make_take(shot, estimate="1.00", cost="1.50")
    page = client.get(ADDRESS).text
    assert "-$0.50" not in page
    assert page.count("over by $0.50") == 3  # The bar in words, its figure, and the table of budgets.
    assert "stat--bad" in page
    assert "over by $0.50" in client.get("/tide/budget/").text
    assert "-$0.50" not in client.get("/tide/budget/").text
    assert "over by $0.50</span>, limit" in client.get(shot.get_absolute_url()).text
    assert "over by $0.50" in client.get("/").text


def test_a_viewer_sees_the_money_and_who_can_change_it(client, project):
    client.force_login(make_member(project, Role.VIEWER))
    page = client.get(ADDRESS).text
    assert "ada can change the budget" in page
    assert reverse("studio:project-budget", args=["tide"]) not in page


def test_a_producer_changes_the_limit_with_a_reason(client, project, ada):
    response = client.post("/tide/budget/", {"limit": "45.50", "why": "Two more scenes."})
    assert response["Location"] == ADDRESS
    change = BudgetChange.objects.first()
    assert (change.to_limit, change.changed_by, change.why) == (Decimal("45.50"), ada, "Two more scenes.")
    assert "Two more scenes." in client.get("/tide/budget/").text


def test_a_limit_below_what_is_committed_stops_new_takes_and_is_shown(client, shot, project):
    make_take(shot, status="queued", estimate="0.35")
    assert client.post("/tide/budget/", {"limit": "0.10", "why": "We stop here."}).status_code == 302
    money = available(project.account)
    assert (money.limit, money.left) == (Decimal("0.10"), Decimal("-0.25"))
    assert client.get(ADDRESS).status_code == 200


@pytest.mark.parametrize(
    ("limit", "why", "field", "words"),
    [
        ("0", "None.", "limit", "above zero"),
        ("-5", "Less.", "limit", "above zero"),
        ("12,50", "More.", "limit", "has a comma"),
        ("1,000", "More.", "limit", "has a comma"),
        ("99999999999999999999", "More.", "limit", "too large"),
        ("30", "   ", "why", "required"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_at_its_field(client, shot, limit, why, field, words):
    make_take(shot, status="queued", estimate="0.35")
    response = client.post("/tide/budget/", {"limit": limit, "why": why})
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert BudgetChange.objects.count() == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.ARTIST])
def test_a_forged_form_of_somebody_who_may_not_changes_nothing(client, project, role):
    client.force_login(make_member(project, role))
    assert client.post("/tide/budget/", {"limit": "9000", "why": "Forged."}).status_code in {403, 404}
    assert (available(project.account).limit, BudgetChange.objects.count()) == (Decimal("20.00"), 1)


@pytest.mark.parametrize("role", Role)
def test_every_role_sees_the_whole_page(client, shot, project, role):
    make_take(shot, cost="0.35", is_circled=True)
    client.force_login(make_member(project, role))
    page = client.get(ADDRESS)
    assert page.status_code == 200
    for words in ("The budget", "Forecast", "Over time", "Where it went", "Cost of a circled take", "Ledger"):
        assert words in page.text
    is_producer = role == Role.PRODUCER
    assert (reverse("studio:project-budget", args=["tide"]) in page.text) is is_producer


def test_nobody_else_sees_it(client, project):
    client.force_login(make_user("stranger"))
    assert client.get(ADDRESS).status_code == 404


def test_a_new_project_has_a_page_without_any_line(client, project):
    page = client.get(ADDRESS)
    assert page.status_code == 200
    assert "No line fits" in page.text
    assert "Nothing was ordered in these days" in page.text


@pytest.mark.parametrize("key", ["7d", "30d", "month", "all", "2020-02", "nonsense", "%00"])
def test_any_range_gives_a_page(client, shot, key):
    make_take(shot, cost="0.35")
    page = client.get(ADDRESS, {"range": key})
    assert page.status_code == 200
    assert page.context["spend"].tables[0].paid == (Decimal("0.35") if key != "2020-02" else 0)


def test_the_lines_of_one_hold_have_an_address(client, shot):
    take = make_take(shot, cost="0.30")
    make_take(shot, cost="0.30")
    lines = client.get(ADDRESS, {"hold": take.generation.hold_id}).context["lines"]
    assert [line.entry.kind for line in lines] == ["release", "charge", "hold"]
    assert {line.take for line in lines} == {take}


def test_a_place_that_is_not_of_this_project_is_no_choice(client, project, ada):
    other = make_shot(make_scene(make_project(ada, slug="other")))
    page = client.get(ADDRESS, {"place": f"shot-{other.pk}"})
    assert page.status_code == 200
    assert "place" in page.context["form"].errors


def test_filters_stay_when_the_pages_are_turned_and_when_the_file_is_fetched(client, project, ada):
    shot = make_shot(make_scene(make_project(ada, slug="long", budget="1000.00")))
    for _ in range(51):
        make_take(shot, cost="0.35", by=ada)
    page = client.get("/long/spend/", {"kind": "charge", "range": "7d"}).text
    assert "kind=charge&amp;range=7d&amp;page=2" in page
    assert "/long/spend/export.csv?kind=charge&amp;range=7d&amp;format=focus" in page


def test_the_forecast_is_on_the_page(client, shot):
    make_shot(shot.scene, model="a-model-that-is-gone")
    make_take(shot, cost="0.35")
    page = client.get(ADDRESS).text
    assert "At this pace the film ends at $0.98, 95 % under the budget." in page
    assert "1 shot</strong> cannot be priced" in page


def test_words_are_looked_for_in_lines_and_in_what_their_holds_are_for(client, shot, ada):
    take = make_take(shot, cost="0.35", by=ada)
    make_take(shot, cost="0.35", by=ada)
    hold = take.generation.hold
    adjust(
        take.generation.account, Decimal("-0.10"), by=ada, why="Billed twice.", reference="bill-7", hold=hold
    )

    def found(words):
        page = client.get(ADDRESS, {"q": words}).context
        assert page["page"].paginator.count == len(page["lines"])
        return [line.entry.kind for line in page["lines"]]

    of_the_hold = found(str(take.generation.key))
    assert (
        of_the_hold[0] == "adjustment"
    )  # It has a reference of its own, and belongs to the hold all the same.
    assert sorted(of_the_hold[1:]) == ["charge", "hold"]
    assert found("BILL-7") == found("billed TWICE") == ["adjustment"]
    assert found("billed nothing") == []


def test_what_words_find_has_pages(client, shot, ada):
    for number in range(52):
        make_take(shot, cost="0.35", by=ada, prompt=f"{['Rain', 'Snow'][number % 2]} on a roof.")
    found = shot.scene.project.account.entries.filter(hold__generation__prompt__startswith="Rain").order_by(
        "-id"
    )
    first, second = (client.get(ADDRESS, {"q": "rain ROOF", "page": page}).context for page in (1, 99))
    assert [line.entry for part in (first, second) for line in part["lines"]] == list(found)
    assert (len(first["lines"]), second["page"].number) == (50, 2)
