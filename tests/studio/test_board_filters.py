"""The storyboard's filter: what it shows, what it counts, where it is kept."""

from decimal import Decimal

import pytest

from studio.board_filters import BoardFilter
from studio.models import Role, SavedFilter, Shot
from studio.storyboard import Stage
from studio.strips import storyboard
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

OTHER_MODEL = "kling-o1-image-to-video"


@pytest.fixture
def project(db):
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def bob(project):
    return make_member(project, Role.ARTIST, "bob")


@pytest.fixture
def shots(project, bob):
    """One circled and dearer than estimated, one by Bob, one of another model without a take, one archived."""
    scene = make_scene(project)
    circled = make_shot(scene, title="Chosen")
    make_take(circled, is_circled=True, estimate="0.35", upper_bound="0.60", cost="0.50")
    by_bob = make_shot(scene, title="Bob’s")
    make_take(by_bob, by=bob)
    empty = make_shot(scene, title="Empty", model=OTHER_MODEL)
    archived = make_shot(scene, title="Put away")
    Shot.objects.filter(pk=archived.pk).update(archived_at=archived.created_at)
    return circled, by_bob, empty, archived


@pytest.fixture
def ada(client, project):
    user = project.memberships.get(role=Role.PRODUCER).user
    client.force_login(user)
    return user


def titles(project, chosen):
    return [
        card.shot.title for row in storyboard(project, chosen).rows for s in row.strips for card in s.cards
    ]


def test_each_part_leaves_the_shots_of_which_it_is_true(project, bob, shots):
    every = ["Chosen", "Bob’s", "Empty"]
    assert titles(project, BoardFilter()) == every
    assert titles(project, BoardFilter(stage=Stage.TO_CHOOSE)) == ["Bob’s"]
    assert titles(project, BoardFilter(model=OTHER_MODEL)) == ["Empty"]
    assert titles(project, BoardFilter(model=project.video_model)) == ["Chosen", "Bob’s"]
    assert titles(project, BoardFilter(member=bob.pk)) == ["Bob’s"]
    assert titles(project, BoardFilter(uncircled=True)) == ["Bob’s", "Empty"]
    assert titles(project, BoardFilter(over=True)) == ["Chosen"]
    assert titles(project, BoardFilter(archived=True)) == ["Put away"]
    assert titles(project, BoardFilter(uncircled=True, member=bob.pk)) == ["Bob’s"]
    assert titles(project, BoardFilter(over=True, uncircled=True)) == []


def test_each_choice_counts_what_it_would_show_beside_the_rest(project, bob, shots):
    counted = storyboard(project, BoardFilter(uncircled=True)).choices
    assert (counted.shown, counted.all) == (2, 2)
    assert counted.stages == {Stage.TO_CHOOSE: 1, Stage.EMPTY: 1}
    assert counted.models == {project.video_model: 1, OTHER_MODEL: 1}
    assert counted.members == {bob.pk: 1}
    assert (counted.over, counted.archived) == (0, 1)
    by_bob = storyboard(project, BoardFilter(member=bob.pk)).choices
    assert by_bob.members == {bob.pk: 1}
    assert (by_bob.shown, by_bob.uncircled, by_bob.over) == (1, 1, 0)


def test_counts_progress_and_prices_are_of_the_film_without_archived_shots(project, shots):
    board = storyboard(project, BoardFilter(archived=True))
    assert board.progress.shots == 3
    assert board.progress.seconds == Decimal(15)
    assert [card.shot.title for card in board.needing] == ["Empty"]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("show=circled&over=1", "show=circled&over=1"),
        ("over=1&show=nonsense&member=x&uncircled=yes", "over=1"),
        ("member=٣&archived=1&page=7", "archived=1"),
        ("member=99999999999", ""),
    ],
)
def test_an_address_is_read_as_far_as_it_means_something(rf, query, kept):
    assert BoardFilter.read(rf.get(f"/?{query}").GET).query == kept


def test_the_filter_lives_in_the_address_with_its_counts_and_can_be_taken_away(client, ada, bob, shots):
    page = client.get(f"/tide/?member={bob.pk}&uncircled=1").text
    assert "Bob’s" in page
    assert "Chosen" not in page
    assert f'<option value="{bob.pk}" selected>bob (1)</option>' in page
    assert 'class="chip" href="/tide/?uncircled=1"' in page
    assert f'href="/tide/?show=to-choose&amp;member={bob.pk}&amp;uncircled=1"' in page
    assert "No shot fits" in client.get("/tide/?over=1&uncircled=1").text


def test_nobody_is_named_who_has_no_take_here(client, ada, shots):
    stranger = make_user("somebody-unknown")
    assert "somebody-unknown" not in client.get(f"/tide/?member={stranger.pk}").text


def test_a_strip_and_the_next_answer_keep_the_filter(client, ada, shots):
    scene = shots[0].scene_id
    assert client.get(f"/tide/scenes/{scene}/strips/1/?archived=1").text.count("data-clip-card") == 1
    assert 'hx-get="/tide/?over=1"' in client.get("/tide/?over=1").text


def test_a_filter_is_kept_under_a_name_by_one_person(client, ada, bob, shots):
    sent = {"name": "Dear ones", "board": "over=1&nonsense=2"}
    assert client.post("/tide/board/filters/", sent)["Location"] == "/tide/?over=1"
    assert SavedFilter.objects.get().query == "over=1"
    client.post("/tide/board/filters/", sent | {"board": "uncircled=1"})
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query, kept.user) == ("Dear ones", "uncircled=1", ada)
    assert "Dear ones" in client.get("/tide/").text
    client.force_login(bob)
    assert "Dear ones" not in client.get("/tide/").text
    assert client.post(f"/tide/board/filters/{kept.pk}/delete/").status_code == 404
    client.force_login(ada)
    client.post(f"/tide/board/filters/{kept.pk}/delete/", {"board": "over=1"})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("sent", [{"name": "", "board": "over=1"}, {"name": "All", "board": ""}])
def test_a_filter_without_a_name_or_a_wish_is_not_kept(client, ada, sent):
    answer = client.post("/tide/board/filters/", sent, follow=True)
    assert "Nothing was saved." in answer.text
    assert not SavedFilter.objects.exists()


def test_how_dense_the_board_is_drawn_is_remembered(client, ada, shots):
    assert "board--medium" in client.get("/tide/").text
    answer = client.post("/tide/board/density/", {"density": "small", "board": "over=1"})
    assert answer["Location"] == "/tide/?over=1"
    assert "board--small" in client.get("/tide/").text
    client.post("/tide/board/density/", {"density": "tiny"})
    assert "board--small" in client.get("/tide/").text


def test_a_viewer_keeps_filters_too_and_is_offered_no_deeds(client, project, shots):
    client.force_login(make_member(project, Role.VIEWER))
    client.post("/tide/board/filters/", {"name": "Mine", "board": "over=1"})
    page = client.get("/tide/").text
    assert "Mine" in page
    assert 'id="selection"' not in page
    assert "data-grip" not in page
