"""The storyboard: what its cards say, what it costs to draw, and its fragments."""

import re
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from billing import limits
from generation.models import CostState
from studio.models import Shot
from studio.project_cards import chosen_projects, project_cards
from studio.storyboard import Stage, progress, shot_card
from studio.strips import storyboard
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload, make_user


@pytest.fixture
def project(db):
    return make_project(make_user("ada"), slug="tide", budget="20.00")


@pytest.fixture
def scene(project):
    return make_scene(project, title="The pier")


def card_of(shot):
    return shot_card(shot)


def test_a_card_shows_the_circled_take_before_newer_ones(scene):
    shot = make_shot(scene)
    chosen = make_take(shot, is_circled=True)
    make_take(shot)
    card = card_of(shot)
    assert card.picture.take_id == chosen.pk
    assert card.stage == Stage.CIRCLED


def test_without_a_circled_take_it_shows_the_newest_that_arrived(scene):
    shot = make_shot(scene)
    make_take(shot)
    newest = make_take(shot)
    make_take(shot, status="failed")
    card = card_of(shot)
    assert card.picture.take_id == newest.pk
    assert card.stage == Stage.TO_CHOOSE


def test_an_upload_is_a_take_like_any_other(scene):
    shot = make_shot(scene)
    make_take(shot, upload=make_upload(scene.project))
    assert card_of(shot).picture.is_upload


@pytest.mark.parametrize(
    ("statuses", "stage", "needs_take"),
    [
        ([], Stage.EMPTY, True),
        (["cancelled"], Stage.EMPTY, True),
        (["failed"], Stage.FAILED, True),
        (["failed", "queued"], Stage.WORKING, False),
        (["succeeded", "submitted"], Stage.WORKING, False),
        (["succeeded", "failed"], Stage.TO_CHOOSE, False),
        (["uncertain"], Stage.WORKING, False),
    ],
)
def test_the_stage_of_a_shot(scene, statuses, stage, needs_take):
    shot = make_shot(scene)
    for status in statuses:
        make_take(shot, status=status)
    card = card_of(shot)
    assert (card.stage, card.needs_take) == (stage, needs_take)


def test_money_of_a_card_is_what_it_cost_what_is_held_and_what_nobody_knows(scene):
    shot = make_shot(scene)
    make_take(shot, cost="0.35")
    make_take(shot, cost="0.21", estimate="0.21")
    make_take(shot, status="submitted", estimate="0.10", upper_bound="0.40")
    make_take(shot, status="uncertain", cost_state=CostState.UNDETERMINED)
    card = card_of(shot)
    assert card.cost == Decimal("0.56")
    assert card.held == Decimal("0.75")
    assert card.unknown_costs == 1


def test_the_board_adds_up(project, scene):
    make_take(make_shot(scene), is_circled=True)
    make_shot(scene, seconds=None)
    make_take(make_shot(make_scene(project), seconds=Decimal("2.5")), status="queued")
    board = storyboard(project)
    assert board.progress == progress(project)
    assert (board.progress.shots, board.progress.circled, board.progress.unfinished) == (3, 1, 1)
    assert board.progress.seconds == Decimal("7.5")
    assert [row.scene.number for row in board.rows] == ["1", "2"]
    assert len(board.needing) == 1


def test_the_projects_card_shows_different_shots_circled_first(project, scene):
    for _ in range(2):
        make_take(make_shot(scene))
    shot = make_shot(scene)
    make_take(shot)
    circled = make_take(shot, is_circled=True)
    (card,) = project_cards(chosen_projects(project.memberships.get().user))
    assert len(card.pictures) == 3
    assert card.pictures[0].take_id == circled.pk


def test_the_board_costs_the_same_number_of_queries_however_many_shots(
    client, project, scene, django_assert_max_num_queries
):
    def more(number):
        for _ in range(number):
            shot = make_shot(scene)
            make_take(shot)
            make_take(shot, status="queued")

    client.force_login(project.memberships.get().user)
    more(2)
    make_shot(scene)
    # Session, user, project, role, its profiles; scenes, the marks' shots and takes, the cards' shots and takes, their
    # statuses, how far they are, who waits to be sent, outputs, uploads, what reviewers said; the budget's counter,
    # kept filters, who made takes, and the models that are switched off and the dated prices, both read anew every few
    # seconds.
    with django_assert_max_num_queries(23):
        client.get("/tide/")
    more(6)
    make_shot(make_scene(project))
    with django_assert_max_num_queries(23):
        client.get("/tide/")


@pytest.fixture
def long_scene(scene):
    """More shots than are drawn at once; the last has a circled take."""
    last = make_shot(scene, title="Wave 1")
    rows = [
        Shot(
            scene=scene,
            position=last.position + n,
            number=str(n + 1),
            title=f"Wave {n + 1}",
            prompt="A wave.",
        )
        for n in range(1, 130)
    ]
    made = Shot.objects.bulk_create(rows)
    make_take(made[-1], is_circled=True)
    return made[-1]


def test_a_long_board_draws_its_first_shots_and_links_to_the_others(client, project, long_scene):
    client.force_login(project.memberships.get().user)
    page = client.get("/tide/").text
    assert page.count("data-clip-card") == 60
    assert f'<li id="shot-{long_scene.pk}"><a href="/tide/shots/{long_scene.pk}/">130 <span>Wave 130' in page
    assert "1 of 130 shots" in page
    assert f'hx-get="/tide/scenes/{long_scene.scene_id}/strips/2/"' in page


def test_a_strip_in_view_asks_for_its_cards(client, project, long_scene):
    client.force_login(project.memberships.get().user)
    strip = client.get(f"/tide/scenes/{long_scene.scene_id}/strips/3/").text
    assert strip.lstrip().startswith("<ul")
    assert strip.count("data-clip-card") == 10
    assert f'id="shot-{long_scene.pk}"' in strip
    only = client.get(f"/tide/scenes/{long_scene.scene_id}/strips/1/?show=circled").text
    assert only.count("data-clip-card") == 1
    assert client.get(f"/tide/scenes/{long_scene.scene_id}/strips/4/").text == ""


def test_a_strip_of_somebody_elses_project_does_not_exist(client, long_scene):
    client.force_login(make_user("stranger"))
    assert client.get(f"/tide/scenes/{long_scene.scene_id}/strips/1/").status_code == 404
    assert client.get("/tide/summary/").status_code == 404
    client.logout()
    assert client.get("/tide/summary/").status_code == 302


def test_a_board_that_is_asked_for_again_keeps_the_strips_that_were_drawn(client, project, long_scene):
    client.force_login(project.memberships.get().user)
    key = f"{long_scene.scene_id}-3"
    board = client.get(f"/tide/?drawn={key}&drawn=nonsense", headers={"HX-Request": "true"}).text
    assert f'id="strip-{key}"' in board
    assert f'id="waiting-{long_scene.scene_id}-2"' in board


def test_a_board_that_has_not_changed_is_not_sent_again(client, project, scene):
    shot = make_shot(scene)
    client.force_login(project.memberships.get().user)
    htmx = {"HX-Request": "true"}

    def address():
        return f"/tide/?seen={re.search(r'id="board" data-seen="([^"]+)"', client.get('/tide/').text)[1]}"

    seen = address()
    assert client.get(seen, headers=htmx).status_code == 204
    assert client.get(seen).status_code == 200, "a page that is loaded anew is always sent"
    for change in (
        lambda: make_take(shot, status="queued"),
        lambda: make_shot(scene),
        lambda: limits.change_limit(limits.main_budget(project.account), Decimal(30), by=None, why="More."),
        lambda: scene.project.scenes.update(title="The mole"),
    ):
        with transaction.atomic():
            change()
        assert client.get(seen, headers=htmx).status_code == 200, seen
        seen = address()


def test_the_summary_can_be_asked_for_alone(client, project, scene):
    make_take(make_shot(scene), is_circled=True)
    client.force_login(project.memberships.get().user)
    answer = client.get("/tide/summary/").text
    assert answer.lstrip().startswith('<section class="card" id="summary"')
    assert "1 of 1 shot" in answer


def test_the_page_shows_scenes_shots_status_and_prices(client, project, scene):
    make_take(make_shot(scene, title="The first wave"), is_circled=True)
    make_take(make_shot(scene), status="failed")
    make_shot(scene)
    client.force_login(project.memberships.get().user)
    page = client.get("/tide/").text
    assert "The pier" in page
    assert "The first wave" in page
    assert "Circled" in page
    assert "The last take failed" in page
    assert "Generate all 2 takes" in page
    # Two takes of five seconds at today's price.
    assert "$0.42" in page


def test_the_board_can_be_narrowed_to_one_stage(client, project, scene):
    make_take(make_shot(scene, title="Chosen one"), is_circled=True)
    make_shot(scene, title="Empty one")
    client.force_login(project.memberships.get().user)
    page = client.get("/tide/?show=circled").text
    assert "Chosen one" in page
    assert "Empty one" not in page
    assert "Empty one" in client.get("/tide/?show=nonsense").text


def test_htmx_gets_the_board_alone_and_a_card_with_the_summary(client, project, scene):
    shot = make_shot(scene)
    client.force_login(project.memberships.get().user)
    board = client.get("/tide/", headers={"HX-Request": "true"})
    assert board.text.lstrip().startswith('<div class="stack stack--loose board board--medium" id="board"')
    assert "HX-Request" in board["Vary"]
    card = client.get(reverse("studio:shot-card", args=["tide", shot.pk])).text
    assert card.lstrip().startswith("<li")
    assert 'hx-target="#summary"' in card
    assert "<html" not in card


def test_only_a_card_at_work_asks_again_by_itself(client, project, scene):
    resting, working = make_shot(scene), make_shot(scene)
    make_take(working, status="submitted")
    client.force_login(project.memberships.get().user)
    cards = [
        client.get(reverse("studio:shot-card", args=["tide", shot.pk])).text for shot in (resting, working)
    ]
    assert ["every 8s" in card for card in cards] == [False, True]
