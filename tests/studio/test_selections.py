"""What is done with many chosen shots at once: all in one go, with what was left out and why."""

import re
from decimal import Decimal

import pytest
from django.db import connection

from generation.models import Generation
from studio import outline, selections, takes
from studio.activity import Deed
from studio.models import Activity, Role, Shot, Take
from studio.plans import TakeRefusedError, plan
from studio.project_cards import chosen_projects, project_cards
from studio.spending.remaining import open_shots
from studio.storyboard import progress
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

ADDRESS = "/tide/board/selection/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project(db):
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def scene(project):
    return make_scene(project)


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


def numbers(scene):
    return list(
        Shot.objects.current().filter(scene=scene).order_by("position").values_list("number", flat=True)
    )


def send(client, deed, shots, **more):
    sent = {"deed": deed, "shots": [shot.pk for shot in shots]} | more
    return client.post(ADDRESS, sent, headers=HTMX)


def test_archived_shots_leave_the_film_and_keep_takes_money_and_history(client, project, scene, artist):
    first, second = make_shot(scene), make_shot(scene)
    make_take(first, is_circled=True)
    answer = send(client, "archive", [first])
    assert answer.status_code == 200
    assert "Shot 1 / 1 is archived. Takes and money stay on record." in answer.text
    assert numbers(scene) == ["2"]
    assert progress(project).shots == 1
    assert progress(project).circled == 0
    (card,) = project_cards(chosen_projects(artist))
    assert (card.shots, card.circled, list(card.pictures)) == (1, 0, [])
    assert len(open_shots(project)) == 1
    assert "0 of 1 shot" in client.get("/tide/").text
    assert first.takes.count() == 1
    assert "$0.35" in client.get("/tide/spend/?range=all").text
    assert "Bring the shot back" in client.get(f"/tide/shots/{first.pk}/").text
    assert f"/tide/shots/{first.pk}/" not in client.get(f"/tide/shots/{second.pk}/").text
    assert Activity.objects.get(shot=first).words == "archived shot 1 / 1"


def test_an_archived_shot_is_ordered_by_no_batch_and_by_nobody(client, project, scene, artist):
    shot = make_shot(scene)
    planned = plan(shot)
    selections.archive(project, [shot.pk], artist)
    assert "Nothing to generate" in client.get("/tide/generate/").text
    page = client.get(f"/tide/generate/?shots={shot.pk},{shot.pk + 9}").text
    assert "Nothing to generate" in page
    assert "It is archived, so nothing is ordered for it." in page
    assert "1 of the selected shots is not in this project any more." in page
    with pytest.raises(TakeRefusedError, match="archived or deleted"):
        takes.order([planned], artist)
    assert not Generation.objects.exists()


def test_what_is_being_made_is_not_archived(client, scene, artist):
    busy, idle = make_shot(scene), make_shot(scene)
    make_take(busy, status="submitted")
    answer = send(client, "archive", [busy, idle])
    assert "Shot 1 / 2 is archived" in answer.text
    assert "Left out: shot 1 / 1. A take of it is being made. Wait for it, or cancel it first." in answer.text
    assert numbers(scene) == ["1"]


def test_a_shot_comes_back_to_its_place_and_its_number_was_given_to_nobody(client, project, scene, artist):
    shots = [make_shot(scene) for _ in range(4)]
    selections.archive(project, [shots[1].pk, shots[3].pk], artist)
    assert outline.add_shot(scene, artist).number == "5"
    # Places are those of the film: the last of the three that are shown goes to the front.
    outline.move(shots[2], 1, artist)
    assert numbers(scene) == ["3", "1", "5"]
    send(client, "restore", [shots[1], shots[3]], board="archived=1")
    assert numbers(scene) == ["3", "1", "2", "4", "5"]


def test_a_move_by_one_place_passes_over_archived_shots(client, project, scene, artist):
    shots = [make_shot(scene) for _ in range(3)]
    selections.archive(project, [shots[1].pk], artist)
    client.post(f"/tide/shots/{shots[0].pk}/move/", {"to": "later"})
    assert numbers(scene) == ["3", "1"]
    client.post(f"/tide/shots/{shots[0].pk}/move/", {"to": "later"})
    assert numbers(scene) == ["3", "1"]


def test_another_model_takes_the_shots_that_it_can_make(client, scene, artist):
    fits = make_shot(scene, settings={"start_image": "upload:1", "shot_type": "x"})
    too_long = make_shot(scene, seconds=Decimal(47))
    answer = send(client, "model", [fits, too_long], model="kling-o1-image-to-video")
    assert "Shot 1 / 1 is made by Kling O1" in answer.text
    assert "Left out: shot 1 / 2." in answer.text
    fits.refresh_from_db()
    too_long.refresh_from_db()
    assert (fits.model, fits.settings) == ("kling-o1-image-to-video", {"start_image": "upload:1"})
    assert too_long.model == ""


def test_shots_go_to_the_end_of_another_scene_and_keep_free_numbers(client, project, scene, artist):
    first, second = make_shot(scene), make_shot(scene, number="7B")
    other = make_scene(project)
    make_shot(other)
    answer = send(client, "scene", [second, first], scene=other.pk)
    assert "2 shots are at the end of scene 2." in answer.text
    assert "1 / 1 is 2 / 2 now" in answer.text
    assert numbers(scene) == []
    assert numbers(other) == ["1", "2", "7B"]
    words = Activity.objects.get(shot=first).words
    assert words == "moved shot 2 / 2 to another place in scene 2; its number was 1 / 1 before"
    told = Activity.objects.filter(is_part=False, deed=Deed.SHOT_MOVED).values_list("words", flat=True)
    assert list(told) == ["moved 2 shots to scene 2"]


def test_a_shot_that_goes_to_a_third_scene_while_it_is_waited_for_is_left_out(project, scene, artist):
    shot, other, third = make_shot(scene), make_scene(project), make_scene(project)
    stays = make_shot(scene)
    seen = []

    def meanwhile(execute, sql, parameters, many, context):
        # The first lock of scenes: whoever had them moves the shot, and lets them go.
        if not seen and "studio_scene" in sql and "studio_shot" not in sql:
            seen.append(sql)
            Shot.objects.filter(pk=shot.pk).update(scene=third)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(meanwhile):
        outcome = selections.move_to(project, [shot.pk, stays.pk], other, artist)
    assert outcome.done == [stays]
    ((left, why),) = outcome.left_out
    assert left == shot
    assert why.startswith("Somebody has just moved it to another scene.")
    shot.refresh_from_db()
    assert shot.scene == third


def test_a_take_with_an_older_id_that_is_seen_late_makes_the_page_outdated(client, scene, artist):
    shots = [make_shot(scene) for _ in range(2)]
    early = make_take(shots[0])
    make_take(shots[1])
    early_id, generation = early.pk, early.generation
    early.delete()  # As if it were written, and not yet there for others to see.
    address = f"/tide/generate/?shots={shots[0].pk},{shots[1].pk}"
    page = client.get(address).text
    fields = r'<input type="hidden" name="(token|total|shown|since|profile)" value="([^"]*)"'
    sent = dict(re.findall(fields, page)) | {"shots": [shot.pk for shot in shots]}
    Take.objects.create(pk=early_id, shot=shots[0], number=1, generation=generation)
    assert client.post(address, sent).status_code == 409
    assert Generation.objects.count() == 2


def test_generate_leads_to_the_prices_of_just_these_shots(client, scene, artist):
    shots = [make_shot(scene) for _ in range(3)]
    make_take(shots[0])
    make_take(shots[1], status="queued")
    answer = send(client, "generate", shots[:2], also=f"{shots[2].pk},x")
    address = answer["Location"]
    assert address == "/tide/generate/?shots=" + ",".join(str(shot.pk) for shot in shots)
    page = client.get(address).text
    assert "Generate 2 takes" in page
    assert "has 1 take" in page
    assert "A take of it is being made. Wait for it" in page
    sent = dict(
        re.findall(r'<input type="hidden" name="(token|total|shown|since|profile)" value="([^"]*)"', page)
    )
    sent["shots"] = [shots[0].pk, shots[2].pk]
    assert client.post(address, sent | {"total": "0.41"}).status_code == 409
    assert shots[0].takes.count() == 1
    assert client.post(address, sent).status_code == 302
    assert [shot.takes.count() for shot in shots] == [2, 1, 1]
    # The same press once more orders nothing; a page that was made before these takes is outdated.
    client.post(address, sent)
    assert [shot.takes.count() for shot in shots] == [2, 1, 1]
    late = sent | {"token": "6f2f6c53-5b5c-4a0e-9d2f-8c1d1f0c7a12"}
    assert client.post(address, late).status_code == 409
    assert [shot.takes.count() for shot in shots] == [2, 1, 1]


@pytest.mark.parametrize(
    "sent",
    [
        {"deed": "archive"},
        {"deed": "archive", "shots": "x"},
        {"deed": "explode", "shots": "1"},
        {"deed": "model", "shots": "1", "model": "no-such-model"},
        {"deed": "scene", "shots": "1", "scene": ""},
        {"deed": "archive", "also": ",".join(map(str, range(1, 1_100)))},
    ],
)
def test_what_is_not_said_clearly_changes_nothing(client, scene, artist, sent):
    make_shot(scene)
    before = list(Shot.objects.values())
    answer = client.post(ADDRESS, sent, headers=HTMX)
    assert answer.status_code == 422
    assert 'hx-swap-oob="beforeend:#messages"' in answer.text
    assert list(Shot.objects.values()) == before


def test_shots_and_scenes_of_another_project_are_left_alone(client, scene, artist):
    shot, foreign = make_shot(scene), make_shot()
    send(client, "archive", [foreign])
    foreign.refresh_from_db()
    assert foreign.archived_at is None
    assert send(client, "scene", [shot], scene=foreign.scene_id).status_code == 404
    shot.refresh_from_db()
    assert shot.scene_id == scene.pk


def test_without_scripts_the_board_comes_back_with_its_filter(client, scene, artist):
    shot = make_shot(scene)
    answer = client.post(ADDRESS, {"deed": "archive", "shots": shot.pk, "board": "show=empty"})
    assert (answer.status_code, answer["Location"]) == (302, "/tide/?show=empty")


@pytest.mark.parametrize("deed", ["archive", "restore", "model", "scene"])
def test_a_hundred_shots_cost_as_many_questions_as_ten(
    client, project, artist, deed, django_assert_max_num_queries
):
    scene, other = make_scene(project), make_scene(project)
    made = Shot.objects.bulk_create(
        Shot(scene=scene, position=n, number=str(n), prompt="A wave.") for n in range(1, 101)
    )
    if deed == "restore":
        selections.archive(project, [shot.pk for shot in made], artist)
    # One line of activity for each shot, and a fixed number beside.
    with django_assert_max_num_queries(100 + 45):
        send(client, deed, made, scene=other.pk, model="")
