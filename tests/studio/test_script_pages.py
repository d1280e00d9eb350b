"""Scenes and shots: added, changed, moved, deleted; bad input; and what is kept."""

from decimal import Decimal

import pytest
from django.urls import reverse

from studio import outline
from studio.models import Role, Scene, Shot, Take, Upload
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_upload

SHOT = {"number": "", "title": "", "prompt": "A gull over the pier.", "negative_prompt": "", "model": ""}
SHOT |= {"seconds": "5", "aspect_ratio": ""}


@pytest.fixture
def project(db):
    return make_project(slug="tide")


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


def to(name, *arguments):
    return reverse(f"studio:{name}", args=["tide", *arguments])


def test_a_scene_without_a_number_is_numbered_on(client, project, artist):
    make_scene(project, number="7")
    response = client.post(to("scene-create"), {"number": "", "title": "Nets", "description": ""})
    scene = Scene.objects.get(title="Nets")
    assert (scene.number, scene.position) == ("8", 2)
    assert response["Location"] == f"/tide/#scene-{scene.pk}"


def test_a_taken_number_is_refused_at_its_field(client, project, artist):
    make_scene(project, number="12A")
    response = client.post(to("scene-create"), {"number": "12A", "title": "", "description": ""})
    assert response.status_code == 422
    assert "There is a scene 12A already" in response.text
    assert Scene.objects.count() == 1


def test_a_scene_keeps_its_number_when_its_words_change(client, project, artist):
    scene = make_scene(project, number="3")
    client.post(to("scene-edit", scene.pk), {"number": "3", "title": "Dusk", "description": "Rain."})
    scene.refresh_from_db()
    assert (scene.number, scene.title, scene.description) == ("3", "Dusk", "Rain.")
    assert client.post(to("scene-edit", scene.pk), {"number": "", "title": ""}).status_code == 422


def test_a_shot_is_added_at_the_end_of_its_scene(client, project, artist):
    scene = make_scene(project)
    make_shot(scene)
    response = client.post(to("shot-create", scene.pk), SHOT)
    shot = Shot.objects.get(prompt=SHOT["prompt"])
    assert (shot.number, shot.position, shot.seconds) == ("2", 2, Decimal(5))
    assert response["Location"] == shot.get_absolute_url()


def test_several_shots_are_added_one_after_another(client, project, artist):
    scene = make_scene(project)
    response = client.post(to("shot-create", scene.pk), SHOT | {"another": "yes"})
    assert response["Location"] == to("shot-create", scene.pk)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"prompt": "  "}, "prompt", "required"),
        ({"prompt": "x" * 5000}, "prompt", "2500"),
        ({"seconds": "7"}, "seconds", "5"),
        ({"seconds": "-1"}, "seconds", "greater than or equal"),
        ({"seconds": "five"}, "seconds", "number"),
        ({"seconds": "NaN"}, "seconds", "number"),
        ({"aspect_ratio": "21:9"}, "aspect_ratio", "16:9"),
        ({"model": "kling-9000"}, "model", "not one of the available choices"),
        ({"number": "1"}, "number", "There is a shot 1 in this scene already"),
        ({"number": "x" * 21}, "number", "at most 20"),
    ],
)
def test_what_the_model_cannot_make_is_said_at_its_field(client, project, artist, changes, field, words):
    scene = make_scene(project)
    make_shot(scene, number="1")
    response = client.post(to("shot-create", scene.pk), SHOT | changes)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field]).replace(",", "")
    assert Shot.objects.count() == 1


def test_changing_a_shot_leaves_what_its_takes_were_ordered_with(client, project, artist):
    take = make_take(make_shot(make_scene(project)))
    client.post(to("shot-edit", take.shot_id), SHOT | {"number": "1B", "seconds": "10"})
    take.refresh_from_db()
    assert (take.shot.number, take.shot.prompt) == ("1B", SHOT["prompt"])
    assert take.generation.prompt == "A wave breaks over a pier at dawn."


@pytest.mark.parametrize(
    ("word", "order"),
    [
        ("earlier", "213"),
        ("later", "132"),
        ("1", "213"),
        ("3", "132"),
        ("9", "123"),
        ("0", "123"),
        ("x", "123"),
    ],
)
def test_shots_and_scenes_move_among_their_siblings(client, project, artist, word, order):
    scenes = [make_scene(project) for _ in range(3)]
    shots = [make_shot(scenes[0]) for _ in range(3)]
    client.post(to("shot-move", shots[1].pk), {"to": word})
    client.post(to("scene-move", scenes[1].pk), {"to": word})
    assert "".join(Shot.objects.order_by("position").values_list("number", flat=True)) == order
    assert "".join(Scene.objects.order_by("position").values_list("number", flat=True)) == order
    assert list(Shot.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3]


def test_a_shot_for_which_nothing_was_ordered_is_deleted_and_the_others_close_up(client, project, artist):
    scene = make_scene(project)
    shots = [make_shot(scene) for _ in range(3)]
    upload = make_upload(project)
    make_take(shots[1], upload=upload)
    client.post(to("shot-delete", shots[1].pk))
    assert list(scene.shots.order_by("position").values_list("number", "position")) == [("1", 1), ("3", 2)]
    assert Upload.objects.get() == upload


@pytest.mark.parametrize("status", ["succeeded", "failed", "queued", "cancelled"])
def test_what_was_ordered_is_never_deleted(client, project, artist, status):
    take = make_take(make_shot(make_scene(project)), status=status)
    for address in (to("shot-delete", take.shot_id), to("scene-delete", take.shot.scene_id)):
        page = client.post(address, follow=True).text
        assert "stays on record" in page
    assert Take.objects.get() == take
    edit = client.get(to("shot-edit", take.shot_id)).text
    assert "stays on record" in edit
    assert to("shot-delete", take.shot_id) not in edit


def test_a_scene_goes_with_its_shots_when_nothing_was_ordered(client, project, artist):
    first, second = make_scene(project), make_scene(project)
    make_shot(first)
    assert "Its shots go with it" in client.get(to("scene-edit", first.pk)).text
    client.post(to("scene-delete", first.pk))
    assert list(Scene.objects.values_list("pk", "position")) == [(second.pk, 1)]
    assert not Shot.objects.exists()


def test_deeds_are_not_done_by_looking(client, project, artist):
    shot = make_shot(make_scene(project))
    assert client.get(to("shot-move", shot.pk)).status_code == 405
    for name, edit, row in [("shot-delete", "shot-edit", shot), ("scene-delete", "scene-edit", shot.scene)]:
        asked = client.get(to(name, row.pk), follow=True)
        assert asked.redirect_chain == [(f"{to(edit, row.pk)}#delete-section", 302)]
        assert 'id="delete-section"' in asked.text
    assert Shot.objects.exists()


def test_the_words_say_how_many_takes_keep_a_shot(db):
    shot = make_shot()
    assert outline.why_kept(shot, 1).startswith("1 take was ordered for this shot.")
    assert outline.why_kept(shot.scene, 3).startswith("3 takes were ordered for this scene.")
