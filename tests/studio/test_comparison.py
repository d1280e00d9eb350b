"""The same prompts on several models: ordered whole or not at all, live, retried, taken over into the film."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Entry, Hold
from billing.money import format_usd
from generation.catalogue import catalogue
from generation.models import Generation, Status
from generation.switches.in_force import forget, switch
from generation.switches.models import SwitchState
from studio import fallbacks, operations
from studio.comparison import news, ordering, prompts
from studio.comparison.matrix import matrix_of
from studio.comparison.planning import UnequalError, Wanted, plan
from studio.comparison.prompts import PromptsError, Row
from studio.comparison.terms import Terms, fit
from studio.live_comparisons import CellWatch
from studio.models import Attempt, Cell, Comparison, Notice, PromptSet, Role, Take
from studio.plans import TakeRefusedError
from studio.price_tags import PriceTag
from tests.factories import add_row, make_comparison, make_member, make_project, make_scene, make_shot

KLING, WAN, RAY = "kling-2.5-turbo-text", "wan-25-preview-text", "ray-2-flash-text"
MODELS = [KLING, WAN, RAY]
ADDRESS = "/tide/comparisons/new/"
ASKED = Terms(Decimal(5), "9:16", "", 7)


@pytest.fixture
def project(db):
    return make_project(slug="tide", budget="50.00")


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


def wanted(project, **changes):
    given = {
        "name": "Soap",
        "mode": "text-to-video",
        "rows": [Row("Soap is cut."), Row("Sand is poured.")],
        "models": MODELS,
        "terms": ASKED,
    }
    return Wanted(project, **given | changes)


def nothing_was_written():
    return not (Comparison.objects.exists() or Generation.objects.exists() or Hold.objects.exists())


# ------------------------------------------------------------------------------------------- equal terms
def test_each_model_is_given_the_nearest_that_it_can_make_and_says_how_that_differs():
    hailuo = catalogue().find("minimax-hailuo-02-standard-text")
    made = fit(hailuo, ASKED)
    assert made.values["seconds"] == 6
    assert made.values["enhance_prompt"] is False
    assert "Makes 6 s instead of 5 s." in made.differences
    assert "Its shape cannot be chosen: always 1366 × 768." in made.differences
    wan = fit(catalogue().find(WAN), Terms(Decimal(5), "9:16", "540p", 7))
    assert wan.values | {"enhance_prompt": False} == {
        "seconds": 5,
        "aspect_ratio": "9:16",
        "resolution": "480p",
        "enhance_prompt": False,
    }
    assert wan.differences == ["Makes 480p instead of 540p."]
    sound = fit(catalogue().find("kling-3.0-standard-text"), ASKED)
    assert sound.values["generate_audio"] is False


def test_what_is_planned_has_one_price_and_equal_seeds_that_count_up(project):
    planned = plan(wanted(project, repeats=2))
    assert len(planned.lines) == 12
    seeds = {(line.spec.slug, line.repeat): line.values.get("seed") for line in planned.lines}
    assert (seeds[WAN, 1], seeds[WAN, 2], seeds[KLING, 1]) == (7, 8, None)
    assert planned.total == sum(line.quote.amount for line in planned.lines)
    assert planned.shown != plan(wanted(project, repeats=2, name="Sand")).shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"models": [KLING]}, "Choose 2 to 8 models"),
        ({"models": [KLING, "flux-dev"]}, "All models of a comparison are of one kind"),
        ({"models": [KLING, "no-such-model"]}, "no-such-model"),
        ({"rows": []}, "Write a prompt"),
        ({"rows": [Row("A {red|blue} sea.")]}, "stands for 2 texts"),
        ({"rows": [Row("Sea."), Row("Sea.")]}, "is there twice"),
        ({"mode": "image-to-video", "models": ["kling-v2-image", "kling-o1"]}, "starts from a file"),
    ],
)
def test_what_is_no_comparison_is_refused_with_words(project, changes, words):
    with pytest.raises(UnequalError, match=words):
        plan(wanted(project, **changes))


def test_typed_prompts_are_paragraphs_with_titles():
    rows = prompts.typed("Soap:\nA bar\nis cut.\n\n\nSand is poured.")
    assert [(row.title, row.text) for row in rows] == [("Soap", "A bar is cut."), ("", "Sand is poured.")]


def test_the_asmr_prompts_ship_as_a_set_and_a_project_keeps_its_own(project):
    shipped = prompts.find_set(project, "asmr")
    assert [row.title for row in shipped.rows] == ["Soap", "Sand", "Foam"]
    prompts.keep_set(project, "Mine", shipped.rows[:1], None)
    assert [each.name for each in prompts.sets_of(project)] == ["Mine", prompts.SHIPPED_NAME]
    assert prompts.find_set(project, "mine").rows[0].text == shipped.rows[0].text
    with pytest.raises(PromptsError, match="“Mine”"):
        prompts.find_set(project, "other")


# ------------------------------------------------------------------------------------------- whole or not at all
def test_all_of_it_is_ordered_once(project):
    planned, token = plan(wanted(project, repeats=2, is_blind=True)), uuid.uuid4()
    made = ordering.order(planned, None, token=token)
    assert ordering.order(planned, None, token=token) == made
    assert Generation.objects.count() == Cell.objects.count() == Attempt.objects.count() == 12
    assert sorted(each.letter for each in made.columns.all()) == ["A", "B", "C"]
    held = sum(each.upper_bound for each in Generation.objects.all())
    assert held == planned.upper_bound
    assert made.asked["seconds"] == "5"
    assert [each["key"] for each in made.criteria] == [
        "clarity",
        "adherence",
        "motion",
        "suitability",
        "colour",
    ]


@pytest.mark.django_db
def test_over_budget_nothing_is_ordered(client):
    project = make_project(slug="tide", budget="1.00")
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    page = client.post(ADDRESS, sent(project)).text
    assert "This does not fit the budget" in page
    answer = client.post(ADDRESS, shown(page) | sent(project))
    assert answer.status_code == 409
    assert "Nothing was ordered" in answer.text
    assert nothing_was_written()


def test_an_archived_project_and_a_model_that_is_switched_off_order_nothing(project):
    planned = plan(wanted(project))
    switch(catalogue().find(WAN), SwitchState.DISABLED, why="Too dear.", by=None)
    problems = plan(wanted(project)).problems
    assert [problem.partition(" is ")[2] for problem in problems] == [
        "switched off in this studio: Too dear. Choose another model."
    ]
    # Switched off after the plan was made: all is given back.
    with pytest.raises(Exception, match="switched off"):
        ordering.order(planned, None)
    forget()
    assert nothing_was_written()
    project.archived_at = "2026-01-01T00:00Z"
    project.save()
    with pytest.raises(TakeRefusedError, match="archived"):
        ordering.order(planned, None)
    assert nothing_was_written()


# ------------------------------------------------------------------------------------------- the pages
def sent(project, **changes):
    given = {
        "mode": "text-to-video",
        "name": "Soap",
        "typed": "Soap is cut.\n\nSand is poured.",
        "models": MODELS,
        "seconds": "5",
        "aspect_ratio": "9:16",
        "seed": "7",
        "repeats": "1",
    }
    return given | changes


def shown(page):
    """What the page of the price adds to what was sent."""
    found = dict(re.findall(r'<input type="hidden" name="(token|shown)" value="([^"]*)"', page))
    assert set(found) == {"token", "shown"}
    return found


def test_a_comparison_from_the_form_to_the_matrix(client, project, artist):
    shot = make_shot(make_scene(project), prompt="A pier at dawn.", model="ray-2-flash-text")
    assert catalogue().find(WAN).name in client.get(f"{ADDRESS}?shots={shot.pk}").text
    ticked = client.post(
        reverse("studio:board-selection", args=["tide"]), {"deed": "compare", "shots": shot.pk}
    )
    assert ticked["Location"] == f"{ADDRESS}?shots={shot.pk}"
    given = sent(project, shots=[str(shot.pk)], keep_as="Mine")
    page = client.post(ADDRESS, given).text
    total = plan(wanted(project, rows=[Row("Soap is cut."), Row("Sand is poured."), Row("x")])).total
    assert format_usd(total) in page
    assert "Takes no seed" in page
    assert nothing_was_written()
    # The price, a setting or a word that is not what was shown: it is shown anew.
    changed = client.post(ADDRESS, given | shown(page) | {"seconds": "10"})
    assert changed.status_code == 409
    assert nothing_was_written()
    answer = client.post(ADDRESS, given | shown(page))
    comparison = Comparison.objects.get()
    assert answer["Location"] == f"/tide/comparisons/{comparison.pk}/"
    assert client.post(ADDRESS, given | shown(page))["Location"] == answer["Location"]
    assert Generation.objects.count() == 9
    assert [row["text"] for row in PromptSet.objects.get().prompts][:1] == ["Soap is cut."]
    page = client.get(answer["Location"]).text
    assert "0 of 9 takes have arrived" in page
    assert catalogue().find(KLING).name in page
    assert page.count('class="cell"') == 9
    assert "Soap" in client.get("/tide/comparisons/").text


def test_bad_forms_are_answered_with_words_and_write_nothing(client, project, artist):
    for changes, words in (
        ({"typed": " "}, "Write a prompt"),
        ({"models": [KLING]}, "Choose 2 to 8 models"),
        ({"models": [KLING, "flux-dev"]}, "flux-dev"),
        ({"seconds": "many"}, "Enter a number"),
        ({"name": ""}, "This field is required"),
    ):
        answer = client.post(ADDRESS, sent(project, **changes))
        assert answer.status_code == 422
        assert words in answer.text, words
    assert client.post(ADDRESS, sent(project, shown="x", token="y")).status_code == 409
    assert nothing_was_written()


def test_what_failed_is_ordered_again_once_and_says_why(client, project, artist):
    comparison = make_comparison(project, rows=0)
    add_row(comparison, status=Status.FAILED)
    add_row(comparison)
    page = client.get(comparison.get_absolute_url()).text
    assert page.count("The prompt was refused.") == 2
    assert "2 without a result" in page
    cell = matrix_of(comparison).failed[0]
    address = reverse("studio:comparison-retry", args=["tide", comparison.pk])
    wrong = client.post(address, {"cell": cell.cell.pk, "price": "0.01"})
    assert wrong.status_code == 409
    assert "The price has changed" in wrong.text
    for _ in range(2):
        client.post(address, {"cell": cell.cell.pk, "price": cell.retry_price})
    assert Attempt.objects.filter(cell=cell.cell).count() == 2
    new = Attempt.objects.get(cell=cell.cell, number=2).generation
    assert (new.replaces, new.model) == (cell.generation, cell.generation.model)
    # The one that is left, from the operations page: also there it becomes an attempt of its cell.
    other = matrix_of(comparison).failed[0]
    operations.order_again(other.generation, artist, str(PriceTag.of(ordering.retry_price(other.generation))))
    assert Attempt.objects.filter(cell=other.cell).count() == 2
    assert matrix_of(comparison).failed == []


def test_a_retry_is_refused_with_words_when_its_model_is_off_or_the_money_is_gone(client, project, artist):
    comparison = make_comparison(project, rows=0)
    add_row(comparison, status=Status.FAILED)
    switch(catalogue().find(KLING), SwitchState.DISABLED, why="Too dear.", by=None)
    address = reverse("studio:comparison-retry", args=["tide", comparison.pk])
    answer = client.post(address, {"price": matrix_of(comparison).retry_price})
    forget()
    assert answer.status_code == 409
    assert (
        "is switched off in this studio: Too dear. Choose another model. Nothing was ordered." in answer.text
    )
    assert not Attempt.objects.filter(number=2).exists()


def test_no_fallback_takes_over_in_a_comparison(project):
    comparison = make_comparison(project, rows=0)
    add_row(comparison, status=Status.FAILED)
    generation = Generation.objects.first()
    Generation.objects.update(error_code="unavailable")
    fallbacks.when_ended(generation.pk)
    fallbacks.when_looking_back()
    assert Generation.objects.count() == 2


def test_a_cell_becomes_a_take_of_its_shot_or_of_a_chosen_one(client, project, artist):
    first, second = make_shot(make_scene(project)), make_shot(make_scene(project))
    comparison = make_comparison(project, rows=0)
    add_row(comparison, shot=first, text=first.prompt)
    add_row(comparison)
    own, other, typed, _ = matrix_of(comparison).cards
    before = Entry.objects.count()

    def take(card, **data):
        return client.post(
            reverse("studio:comparison-take", args=["tide", comparison.pk, card.cell.pk]), data
        )

    assert take(own).status_code == 302
    assert take(own).status_code == 302
    made = Take.objects.get(generation=own.generation)
    assert (made.shot, made.number, made.created_by) == (first, 1, artist)
    assert made.brief["prompt"] == first.prompt
    assert take(other, shot=second.pk).status_code == 302
    assert Take.objects.get(generation=other.generation).shot == second
    assert take(typed).status_code == 422
    assert take(typed, shot=second.pk).status_code == 302
    assert take(typed, shot="1" * 9).status_code == 404
    assert Entry.objects.count() == before
    assert "Take 1 of shot" in client.get(comparison.get_absolute_url()).text


def test_while_names_are_hidden_nothing_becomes_a_take(client, project, artist):
    shot = make_shot(make_scene(project))
    comparison = make_comparison(project, rows=0, is_blind=True)
    add_row(comparison, shot=shot)
    card = matrix_of(comparison).cards[0]
    client.post(reverse("studio:comparison-take", args=["tide", comparison.pk, card.cell.pk]))
    assert not Take.objects.exists()


def test_open_pages_hear_of_the_cell_that_changed(project):
    comparison = make_comparison(project)
    watch = CellWatch()
    assert watch.look([project.pk]) == []
    assert watch.look([project.pk]) == []
    attempt = Attempt.objects.first()
    attempt.generation.changed_at = comparison.created_at
    attempt.generation.save(update_fields=["changed_at"])
    (heard,) = watch.look([project.pk])
    assert heard.events == (f"cell-{attempt.cell_id}", f"comparison-{comparison.pk}", "project")


def test_who_ordered_is_told_once_when_all_has_ended(project, artist):
    comparison = make_comparison(project, rows=0, by=artist, name="Soap")
    add_row(comparison, status=Status.SUBMITTED)
    ids = list(Generation.objects.values_list("pk", flat=True))
    news.when_ended(ids[0])
    assert not Notice.objects.exists()
    Generation.objects.update(status=Status.SUCCEEDED, finished_at=comparison.created_at)
    for pk in ids:
        news.when_ended(pk)
    assert Notice.objects.get().words == "The comparison “Soap” is done: 2 arrived."
