"""Scores of compared takes, and the report: read from the database, on the page and in files."""

import csv
import io
import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from generation.defects.checks import Check
from generation.models import Generation, Inspection, Status
from studio import takes
from studio.comparison import ballots, criteria
from studio.comparison.ballots import Kind
from studio.comparison.criteria import DEFAULTS
from studio.comparison.material import Choices, read
from studio.comparison.matrix import matrix_of
from studio.models import Attempt, Role, Score, Shot
from tests.factories import (
    add_row,
    make_comparison,
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
)

KLING, WAN = "kling-2.5-turbo-text", "wan-25-preview-text"
FULL = dict.fromkeys(DEFAULTS, "4")


@pytest.fixture
def comparison(db):
    project = make_project(slug="tide")
    made = make_comparison(project, rows=0)
    add_row(made)
    add_row(made)
    return made


@pytest.fixture
def reviewer(client, comparison):
    user = make_member(comparison.project, Role.REVIEWER, "ruth")
    client.force_login(user)
    return user


def address(comparison, name, *rest):
    return reverse(f"studio:comparison-{name}", args=[comparison.project.slug, comparison.pk, *rest])


def give(client, comparison, card, **given):
    return client.post(address(comparison, "score", card.cell.pk), given, headers={"HX-Request": "true"})


# ------------------------------------------------------------------------------------------- scores
def test_each_person_scores_each_take_and_may_change_or_take_it_back(client, comparison, reviewer):
    card = matrix_of(comparison).cards[0]
    assert give(client, comparison, card, **FULL, notes="Sharp.").status_code == 200
    answer = give(client, comparison, card, **FULL | {"clarity": "5"}, notes="Sharp.")
    assert "4.2 of 5" in answer.text
    kept = Score.objects.get()
    assert (kept.person, kept.clarity, kept.colour, kept.notes) == (reviewer, 5, 4, "Sharp.")
    client.force_login(make_member(comparison.project, Role.VIEWER))
    page = client.get(comparison.get_absolute_url()).text
    assert "4.2 of 5" in page
    assert "Sharp." in page
    assert "Save the score" not in page
    client.force_login(reviewer)
    give(client, comparison, card, withdraw="1")
    assert not Score.objects.exists()


@pytest.mark.parametrize(
    "given", [{}, {"clarity": "6"}, {"clarity": "0"}, {"clarity": "x"}, {"notes": "a" * 2001}]
)
def test_a_score_that_is_none_is_answered_with_words(client, comparison, reviewer, given):
    answer = give(client, comparison, matrix_of(comparison).cards[0], **given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not Score.objects.exists()


def test_what_has_not_arrived_cannot_be_scored(client, comparison, reviewer):
    Generation.objects.update(status=Status.FAILED)
    assert give(client, comparison, matrix_of(comparison).cards[0], **FULL).status_code == 422
    assert not Score.objects.exists()


def test_while_names_are_hidden_nobody_sees_what_others_gave(client, comparison, reviewer):
    comparison.is_blind = True
    comparison.save()
    other = make_member(comparison.project, Role.REVIEWER)
    card = matrix_of(comparison).cards[0]
    Score.objects.create(attempt=card.attempt, person=other, clarity=1, notes="Awful.")
    page = client.get(comparison.get_absolute_url()).text
    assert "Awful." not in page
    assert "of 5" not in page
    assert give(client, comparison, card, **FULL).status_code == 200


# ------------------------------------------------------------------------------------------- the report
def score_all(comparison, person, points):
    for card in matrix_of(comparison).cards:
        marks = dict.fromkeys(DEFAULTS, points[card.cell.column.model])
        Score.objects.create(attempt=card.attempt, person=person, **marks)


def test_the_value_score_is_quality_over_what_five_seconds_really_cost(comparison, reviewer):
    # Each take was charged 0.35: quality 20 of 25 is worth 0.8 / 0.35, and 15 of 25 is worth 0.6 / 0.35.
    score_all(comparison, reviewer, {KLING: 4, WAN: 3})
    reading = read(comparison, Choices())
    first, second = reading.report.models
    assert (first.model, first.worth.rank, first.worth.quality.total) == (KLING, 1, Decimal("20.00"))
    assert (first.unit_cost, first.worth.value) == (Decimal("0.35"), Decimal("2.286"))
    assert (second.worth.value, second.worth.rank) == (Decimal("1.714"), 2)
    assert reading.scores == {KLING: 2, WAN: 2}


def test_weights_and_names_are_the_projects_at_the_time_of_the_order(client, comparison, reviewer):
    project = comparison.project
    client.force_login(project.memberships.get(role=Role.PRODUCER).user)
    given = {f"{key}-label": label for key, label in DEFAULTS.items()}
    given |= {f"{key}-weight": "1" for key in DEFAULTS}
    home = reverse("studio:comparison-criteria", args=["tide"])
    nothing = given | {f"{key}-weight": "0" for key in DEFAULTS}
    assert "else nothing counts" in client.post(home, nothing).text
    assert (
        client.post(
            home, given | {"suitability-label": "ASMR suitability", "suitability-weight": "3"}
        ).status_code
        == 302
    )
    assert [(each.label, each.weight) for each in criteria.criteria_of(project)][3] == ("ASMR suitability", 3)
    comparison.criteria = [each.as_json() for each in criteria.criteria_of(project)]
    comparison.save()
    attempt = Attempt.objects.filter(cell__column__model=KLING).first()
    Score.objects.create(
        attempt=attempt, person=reviewer, clarity=1, adherence=1, motion=1, suitability=5, colour=1
    )
    kling = next(each for each in read(comparison, Choices()).report.models if each.model == KLING)
    assert kling.worth.quality.total == Decimal("13.57")  # 5 × (1 + 1 + 1 + 3 × 5 + 1) / 7
    assert "ASMR suitability ×3" in client.get(address(comparison, "report")).text


def test_votes_give_strengths_and_costs_per_win(client, comparison, reviewer):
    comparison.is_blind = True
    comparison.save()
    while question := ballots.next_question(comparison, reviewer, Kind.PAIRS):
        best = next(side for side in question.sides if side.attempt.cell.column.model == WAN)
        ballots.cast(comparison, reviewer, question.signed, best.attempt.key)
    assert client.get(address(comparison, "report")).status_code == 302
    ballots.reveal(comparison, reviewer)
    comparison.refresh_from_db()
    wan = next(each for each in read(comparison, Choices()).report.models if each.model == WAN)
    assert (wan.strength.record.won, wan.strength.record.lost, wan.cost_per_win) == (2, 0, Decimal("0.35"))
    page = client.get(address(comparison, "report")).text
    assert "Cost per win" in page


def test_the_page_and_the_files_say_the_same(client, comparison, reviewer):
    add_row(comparison, status=Status.FAILED)
    score_all_arrived(comparison, reviewer)
    page = client.get(address(comparison, "report")).text
    assert "66.7 %" in page
    assert client.get(address(comparison, "export")).status_code == 403
    client.force_login(make_member(comparison.project, Role.ARTIST))
    answer = client.get(
        address(comparison, "export"), {"format": "json", "baseline": WAN, "on": "2025-11-01"}
    )
    came = json.loads(answer.content)
    assert answer["Content-Disposition"] == f'attachment; filename="tide-comparison{comparison.pk}.json"'
    assert came["cost_table"]["baseline"] == WAN
    assert {each["jobs"]["success_rate"] for each in came["models"]} == {"66.7"}
    assert sum(take["failure"] == "The prompt was refused." for take in came["takes"]) == 2
    assert came["takes"][0]["link"].startswith("http://testserver/tide/comparisons/")
    rows = list(
        csv.DictReader(
            io.StringIO(client.get(address(comparison, "export"), {"format": "models"}).text.lstrip("\ufeff"))
        )
    )
    assert [row["rank"] for row in rows] == ["1", "1"]
    rows = list(
        csv.DictReader(
            io.StringIO(client.get(address(comparison, "export"), {"format": "takes"}).text.lstrip("\ufeff"))
        )
    )
    assert len(rows) == 6


def test_defect_checks_stand_beside_opinions_and_not_before_the_names_are_shown(client, comparison, reviewer):
    attempt = Attempt.objects.filter(cell__column__model=WAN).first()
    frozen = Check("frozen", Decimal(3), "s", is_defect=True, sentence="It stands still for 3 s.")
    Inspection.objects.create(
        generation=attempt.generation, findings=[{"index": 0, "checks": [frozen.as_json()], "problem": ""}]
    )
    assert "It stands still for 3 s." in client.get(comparison.get_absolute_url()).text
    models = read(comparison, Choices()).report.models
    assert {each.model: each.defects for each in models} == {WAN: 1, KLING: 0}
    comparison.is_blind = True
    comparison.save()
    assert "stands still" not in client.get(comparison.get_absolute_url()).text


def score_all_arrived(comparison, person):
    for attempt in Attempt.objects.filter(generation__status=Status.SUCCEEDED):
        Score.objects.create(attempt=attempt, person=person, **dict.fromkeys(DEFAULTS, 3))


def test_what_a_report_cannot_be_asked_is_said(client, comparison):
    client.force_login(make_member(comparison.project, Role.ARTIST))
    home = address(comparison, "export")
    assert client.get(home, {"format": "pdf"}).status_code == 400
    assert "31 October 2025" in client.get(home, {"on": "2020-01-01"}).text
    assert client.get(address(comparison, "report"), {"on": "2020-01-01"}).status_code == 422
    comparison.is_blind = True
    comparison.save()
    assert client.get(home).status_code == 409


@pytest.mark.django_db
def test_as_of_the_founding_day_the_tables_are_those_of_the_founding_document(client):
    project = make_project(slug="tide")
    comparison = make_comparison(project, models=("ray-2-flash-text", KLING, WAN))
    client.force_login(make_member(project, Role.VIEWER))
    asked = {"on": "2025-10-31", "videos": "30", "baseline": WAN}
    page = client.get(address(comparison, "report"), asked).text
    rows = re.findall(
        r"<tr>.*?</tr>", page[page.index("costs-title") :].partition("</section>")[0], re.DOTALL
    )
    cells = [re.findall(r'<td class="num"[^>]*>([^<]*)</td>', row) for row in rows[1:]]
    assert [[row[0], row[1], *row[4:]] for row in cells] == [
        ["$0.20", "$0.60", "60 %", "$27.00"],
        ["$0.21", "$0.63", "58 %", "$26.10"],
        ["$0.50", "$1.50", "–", "–"],
    ]


# ------------------------------------------------------------------------------------------- back to the shots
def test_a_compared_model_is_used_for_shots_and_says_what_that_costs(client, comparison):
    scene = make_scene(comparison.project)
    own, still, long = (
        make_shot(scene),
        make_shot(scene, model="flux-dev"),
        make_shot(scene, model="kling-3.0-pro-text", seconds=Decimal(7)),
    )
    client.force_login(make_member(comparison.project, Role.ARTIST))
    home = address(comparison, "use")
    page = client.get(f"{home}?model={WAN}").text
    assert "+$0.54" in page  # 0.75 instead of 0.21
    assert "makes something else of it" in page
    assert client.post(home, {"model": WAN}).status_code == 422
    answer = client.post(home, {"model": WAN, "shots": [own.pk, still.pk, long.pk]})
    assert answer.status_code == 302
    models = {shot.pk: shot.model for shot in Shot.objects.all()}
    assert models == {own.pk: WAN, still.pk: "flux-dev", long.pk: "kling-3.0-pro-text"}
    assert client.get(f"{home}?model=flux-dev").status_code == 404


def test_everyday_choices_stand_on_the_page_of_strengths(client, comparison):
    shot = make_shot(make_scene(comparison.project))
    kling = make_take(shot, model=KLING)
    make_take(shot, model=WAN)
    takes.circle(kling, None)
    client.force_login(make_member(comparison.project, Role.VIEWER))
    page = client.get(reverse("studio:comparison-strengths", args=["tide"])).text
    assert "1 vote" in page
    assert "No blind comparison" in page


def test_blind_votes_of_all_comparisons_make_a_pool_once_names_are_shown(client, comparison, reviewer):
    comparison.is_blind = True
    comparison.save()
    while question := ballots.next_question(comparison, reviewer, Kind.PAIRS):
        ballots.cast(comparison, reviewer, question.signed, None)
    home = reverse("studio:comparison-strengths", args=["tide"])
    assert "No blind comparison" in client.get(home).text
    ballots.reveal(comparison, reviewer)
    page = client.get(home).text
    assert "2 votes" in page
    assert "50.0 %" in page
