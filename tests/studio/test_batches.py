"""One take of every shot without one: whole or not at all, once, and only for the price that was shown."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from billing import budgets
from billing.models import BudgetPeriod, Entry, Hold
from generation.models import Generation
from studio import takes
from studio.batches import batch_for
from studio.models import Role, Take
from studio.storyboard import shot_cards
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_upload

KLING, RAY = "kling-2.5-turbo-text", "ray-2-flash-text"
PRICE = Decimal("0.21")
"""Of five seconds of the model that the shots are made with."""


@pytest.fixture
def project(db):
    return make_project(slug="tide", budget="20.00")


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


ADDRESS = "/tide/generate/"


def shown(client, address=ADDRESS):
    """What the form on the page would send."""
    page = client.get(address).text
    fields = re.findall(
        r'<input type="hidden" name="(token|total|shown|shots|profile)" value="([^"]*)"', page
    )
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return sent


def nothing_was_written():
    return not (
        Generation.objects.exists()
        or Take.objects.exists()
        or Hold.objects.exists()
        or Entry.objects.exists()
    )


def test_the_page_shows_each_price_the_total_and_what_is_left_after(client, project, artist):
    scene = make_scene(project)
    make_shot(scene)
    make_shot(scene)
    page = client.get(ADDRESS).text
    assert page.count("$0.21") == 2
    assert "Generate 2 takes" in page
    assert "$0.42" in page
    assert "$19.58" in page
    assert nothing_was_written()


def test_the_storyboard_sums_up_each_scene_and_the_whole(client, project, artist):
    first, second = make_scene(project), make_scene(project)
    for scene in (first, first, second):
        make_shot(scene)
    make_shot(second, model="a-model-that-is-gone")
    context = client.get("/tide/").context
    assert context["batch"].total == 3 * PRICE
    assert [(batch.total, len(batch.left_out)) for _, batch in context["rows"]] == [
        (2 * PRICE, 0),
        (PRICE, 1),
    ]


def test_each_shot_without_a_take_gets_one(client, project, artist):
    scene = make_scene(project)
    shots = [make_shot(scene), make_shot(make_scene(project))]
    make_take(make_shot(scene))
    make_take(make_shot(scene), status="submitted")
    response = client.post(ADDRESS, shown(client))
    assert response["Location"] == "/tide/"
    assert [shot.takes.count() for shot in shots] == [1, 1]
    assert Take.objects.filter(created_by=artist).count() == 2
    assert sum(take.generation.upper_bound for take in Take.objects.filter(created_by=artist)) >= 2 * PRICE


def test_a_scene_alone_can_be_ordered(client, project, artist):
    inside, outside = make_shot(make_scene(project)), make_shot(make_scene(project))
    address = reverse("studio:scene-generate", args=["tide", inside.scene_id])
    response = client.post(address, shown(client, address))
    assert response["Location"] == f"/tide/#scene-{inside.scene_id}"
    assert (inside.takes.count(), outside.takes.count()) == (1, 0)


def test_a_second_click_orders_nothing_more(client, project, artist):
    make_shot(make_scene(project))
    sent = shown(client)
    assert client.post(ADDRESS, sent).status_code == 302
    assert client.post(ADDRESS, sent).status_code == 302
    assert Take.objects.count() == Generation.objects.count() == Hold.objects.count() == 1


@pytest.mark.django_db
def test_what_does_not_fit_is_refused_whole_and_says_who_can_help(client):
    project = make_project(slug="tide", budget="0.50")
    client.force_login(make_member(project, Role.ARTIST))
    scene = make_scene(project)
    for _ in range(3):
        make_shot(scene)
    page = client.get(ADDRESS).text
    producer = project.memberships.get(role=Role.PRODUCER).user.username
    assert "This needs $0.63; $0.50 is left of $0.50." in page
    assert f"Ask {producer} for more" in page
    assert "$0.13" in page
    assert "Generate 3 takes</span>" not in page
    assert "Generate the first 2 takes</span>" in page


def test_money_that_went_meanwhile_is_seen_by_the_order_itself(client, project, artist):
    scene = make_scene(project)
    shots = [make_shot(scene), make_shot(scene)]
    sent = shown(client)
    make_take(make_shot(make_scene(project)), status="queued", estimate="19.70")
    before = Hold.objects.count(), Entry.objects.count(), Generation.objects.count()
    response = client.post(ADDRESS, sent)
    assert response.status_code == 409
    assert "Nothing was ordered" in response.text
    assert (Hold.objects.count(), Entry.objects.count(), Generation.objects.count()) == before
    assert not any(shot.takes.exists() for shot in shots)


def test_a_narrow_budget_that_is_too_small_for_all_is_named_before_and_by_the_order(client, project, artist):
    scene = make_scene(project)
    for _ in range(3):
        make_shot(scene)
    sent = shown(client)
    budget = budgets.open_budget(
        project.account, limit=Decimal("0.50"), by=None, why="Watch it.", tag=("provider", "kie")
    )
    producer = project.memberships.get(role=Role.PRODUCER).user.username
    page = client.get(ADDRESS).text
    for words in (
        "This needs $0.63; $0.50 is left of the budget “kie total” of $0.50.",
        "Left of “kie total”",
        "$0.13",
        f"Ask {producer} for more",
    ):
        assert words in page
    assert "Generate 3 takes</span>" not in page
    answer = client.post(ADDRESS, sent)
    assert answer.status_code == 409
    assert (
        "3 takes can cost $0.63 of the budget “kie total” of Tide ($0.50), but $0.50 is left of that: "
        f"{producer} can raise it. Nothing was ordered."
    ) in answer.text
    assert nothing_was_written()
    budgets.change_limit(budget, Decimal("0.63"), by=None, why="All of it.")
    assert client.post(ADDRESS, sent).status_code == 302


def test_a_paused_budget_says_who_paused_it_and_who_can_help(client, project, artist):
    make_shot(make_scene(project))
    sent = shown(client)
    producer = project.memberships.get(role=Role.PRODUCER).user
    budgets.pause(budgets.main_budget(project.account), by=producer, why="Wait for the grade")
    answer = client.post(ADDRESS, sent)
    assert answer.status_code == 409
    assert f"was paused by {producer.username} because: “Wait for the grade”" in answer.text
    assert f"Here, {producer.username} can do that." in answer.text
    assert nothing_was_written()


@pytest.mark.parametrize(
    "changes",
    [
        {"total": ["0.01"]},
        {"shown": ["of-something-else"]},
        {"total": ["nothing"]},
        {"token": ["1"]},
        {"shots": ["999999"]},
        {"shots": []},
    ],
)
def test_only_what_was_shown_is_ordered(client, project, artist, changes):
    make_shot(make_scene(project))
    response = client.post(ADDRESS, shown(client) | changes)
    assert response.status_code == 409
    assert "look at the new list" in response.text
    assert nothing_was_written()


def test_a_shot_of_another_project_cannot_be_slipped_in(client, project, artist):
    make_shot(make_scene(project))
    other = make_shot(make_scene(make_project()))
    response = client.post(ADDRESS, shown(client) | {"shots": [str(other.pk)]})
    assert response.status_code == 409
    assert nothing_was_written()


def test_what_a_teammate_ordered_meanwhile_is_not_ordered_twice(client, project, artist):
    shot = make_shot(make_scene(project))
    sent = shown(client)
    make_take(shot, status="queued", by=make_member(project, Role.ARTIST))
    assert client.post(ADDRESS, sent).status_code == 409
    assert shot.takes.count() == 1


def test_two_tabs_of_one_person_do_not_order_twice(client, project, artist):
    make_shot(make_scene(project))
    first, second = shown(client), shown(client)
    assert client.post(ADDRESS, first).status_code == 302
    assert client.post(ADDRESS, second).status_code == 409
    assert Take.objects.count() == Generation.objects.count() == 1


def test_a_changed_prompt_changes_nothing_but_a_changed_price_is_shown_again(client, project, artist):
    shot = make_shot(make_scene(project))
    sent = shown(client)
    shot.seconds = Decimal(10)
    shot.save()
    assert client.post(ADDRESS, sent).status_code == 409
    assert nothing_was_written()


def test_shots_that_cannot_be_ordered_are_left_out_with_the_reason(client, project, artist):
    scene = make_scene(project)
    make_shot(scene)
    make_shot(scene, seconds=Decimal(7))
    make_shot(scene, model="no-such-model")
    page = client.get(ADDRESS).text
    assert "Left out" in page
    assert "no-such-model" in page
    assert "Generate 1 take" in page
    assert client.post(ADDRESS, shown(client)).status_code == 302
    assert Take.objects.count() == 1


def test_with_nothing_to_order_there_is_no_button(client, project, artist):
    make_take(make_shot(make_scene(project)))
    page = client.get(ADDRESS).text
    assert "Nothing to generate" in page
    assert 'name="token"' not in page


def test_files_that_shots_start_from_are_looked_up_together(project, django_assert_num_queries):
    scene, takes = make_scene(project), [make_take(make_shot(make_scene(project))) for _ in range(3)]
    pictures = [make_upload(project, content_type="image/png", width=1280, height=720) for _ in range(3)]
    named = [f"upload:{each.pk}" for each in pictures]
    named += [f"take:{make_take(takes[0].shot, upload=each).pk}" for each in pictures]
    elsewhere = make_upload(make_project(), content_type="image/png", width=1280, height=720)
    for name in [*named, f"take:{takes[0].pk}", f"upload:{elsewhere.pk}", "take:" + "9" * 30]:
        make_shot(scene, model="kling-o1-image-to-video", settings={"start_image": name})
    cards = shot_cards(scene.shots.all(), project)
    batch_for(cards[:1])  # Reads the dated prices.
    with django_assert_num_queries(3):
        batch = batch_for(cards)
    assert [line.order.inputs["start_image.0"]["from"] for line in batch.lines] == named
    assert [line.order.inputs["start_image.0"]["key"] for line in batch.lines] == [
        each.key for each in [*pictures, *pictures]
    ]
    clip, of_others, unknown = (each.reason for each in batch.left_out)
    assert clip == "“First frame” takes a picture, and this file is a clip. Choose another."
    assert of_others == (f"There is no upload {elsewhere.pk} with a file in this project. Choose another.")
    assert unknown == f"There is no take {'9' * 30} with a file in this project. Choose another."


def test_all_counters_are_locked_in_their_order_before_the_first_hold(project):
    """Two holds that take their counters in turn could wait for the end of a job, which waits for them."""
    for model in (KLING, RAY):
        budgets.open_budget(project.account, limit=Decimal(9), by=None, why="A test.", tag=("model", model))
    scene = make_scene(project)
    planned = [takes.plan(make_shot(scene, model=model)) for model in (RAY, KLING)]
    counters = set(BudgetPeriod.objects.values_list("pk", flat=True))
    seen = []

    def watch(execute, sql, parameters, many, context):
        if "billing_budgetperiod" in sql and ("ORDER BY" in sql or sql.startswith("UPDATE")):
            seen.append((sql.split()[0], parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(watch):
        takes.order(planned, None)
    first_update = next(at for at, (verb, _) in enumerate(seen) if verb == "UPDATE")
    assert any(verb == "SELECT" and set(parameters) == counters for verb, parameters in seen[:first_update])
