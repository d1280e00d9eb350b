"""The look of a project: what is shown is what is priced, frozen and sent."""

import html
import re
import uuid

import pytest
from django.urls import reverse

from generation.catalogue import catalogue
from generation.models import Generation
from studio import takes
from studio.looks import Look, dressed
from studio.models import Role
from tests.factories import make_member, make_project, make_scene, make_shot
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}
KLING, HAILUO, UPSCALER = "kling-2.5-turbo-text", "minimax-hailuo-02-standard-text", "clarity-upscaler"


@pytest.fixture
def shot(db):
    project = make_project(
        slug="tide", budget="10.00", style="Kodak 5219, soft window light", negative_prompt="text, logos"
    )
    return make_shot(make_scene(project))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def url(name, shot):
    return reverse(f"studio:{name}", args=[shot.scene.project.slug, shot.pk])


def order(**changes):
    given = {"model": KLING, "shown_model": KLING, "token": str(uuid.uuid4()), "count": "1"}
    return given | {"prompt": "A wave breaks.", "seconds": "5", "aspect_ratio": "16:9"} | changes


def shown_for(shot, sent):
    return sent | {"shown": dear(sent["model"], shot)}


def shown(text, name):
    """A text of the preview as somebody reads it."""
    found = re.search(rf'id="sent-{name}">(.*?)</p>', text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("A wave breaks.", "A wave breaks. Film grain"),
        ("A wave breaks", "A wave breaks, Film grain"),
        ("  A wave breaks\n", "A wave breaks, Film grain"),
        ("", ""),
    ],
)
def test_the_style_reads_on_from_the_prompt(prompt, sent):
    worn = dressed(catalogue().find(KLING), {"prompt": prompt}, Look("Film grain", ""))
    assert worn["prompt"].strip() == sent


def test_what_a_model_avoids_by_itself_is_kept_beside_the_look():
    spec = catalogue().find("kling-v2-text")
    worn = dressed(spec, {"prompt": "A wave."}, Look("", "text"))
    assert worn["negative_prompt"] == "blur, distort, and low quality, text"
    assert dressed(spec, {"negative_prompt": ""}, Look("", "text"))["negative_prompt"] == "text"
    assert dressed(spec, {"prompt": "A wave."}, Look()) == {"prompt": "A wave."}


def test_a_model_that_works_on_a_file_and_one_without_a_negative_are_left_alone():
    look = Look("Film grain", "text")
    enlarge = {"prompt": "sharp", "image": "take:1"}
    assert dressed(catalogue().find(UPSCALER), enlarge, look) == enlarge
    assert "negative_prompt" not in dressed(catalogue().find(HAILUO), {"prompt": "A wave."}, look)


def test_what_the_preview_shows_is_what_is_frozen_and_sent(client, shot, artist):
    sent = order(prompt=" A wave breaks at dawn ", negative_prompt="people")
    text = client.post(url("shot-estimate", shot), sent, headers=FRAGMENT).content.decode()
    client.post(url("shot-generate", shot), shown_for(shot, sent))
    request = Generation.objects.get().request
    assert shown(text, "prompt") == request["values"]["prompt"] == request["arguments"]["prompt"]
    assert request["values"]["prompt"] == "A wave breaks at dawn, Kodak 5219, soft window light"
    assert request["values"]["negative_prompt"] == "people, text, logos"
    assert request["values"]["negative_prompt"] in " ".join(shown(text, "negative").split())
    assert f"{len(request['values']['prompt'])} of 2500" in text


def test_the_page_itself_shows_what_is_sent(client, shot, artist):
    text = client.get(url("shot-detail", shot)).content.decode()
    assert shown(text, "prompt") == "A wave breaks over a pier at dawn. Kodak 5219, soft window light"


def test_a_whole_batch_and_the_shell_wear_it_too(shot):
    planned = takes.plan(shot)
    assert planned.values["prompt"].endswith("Kodak 5219, soft window light")
    assert planned.brief["prompt"] == shot.prompt


def test_too_long_with_the_look_is_said_before_and_refused(client, shot, artist):
    sent = order(prompt="x" * 2490)
    text = client.post(url("shot-estimate", shot), sent, headers=FRAGMENT).content.decode()
    assert "2521 of 2500" in text
    assert "21 too many" in text
    answer = client.post(url("shot-generate", shot), shown_for(shot, sent), headers=FRAGMENT)
    assert answer.status_code == 422
    assert not Generation.objects.exists()


def test_a_model_without_a_negative_says_so(client, shot, artist):
    sent = order(model=HAILUO, shown_model=HAILUO, seconds="6")
    text = client.post(url("shot-estimate", shot), sent, headers=FRAGMENT).content.decode()
    assert "cannot be told what to avoid. What the look avoids is not sent." in text


def test_takes_keep_the_look_they_were_made_with(client, shot, artist):
    client.post(url("shot-generate", shot), shown_for(shot, order()))
    project = shot.scene.project
    project.style = "Black and white"
    project.save()
    take = shot.takes.get()
    again = takes.retry(_ended(take), artist)
    assert again.generation.prompt == take.generation.prompt
    assert again.brief == take.brief
    page = client.get(url("shot-detail", shot), {"like": "1"}).content.decode()
    assert "A wave breaks.</textarea>" in page, "without the look, which is added anew"


def test_a_producer_sets_the_look(client, shot):
    project = shot.scene.project
    client.force_login(make_member(project, Role.PRODUCER))
    form = client.get(reverse("studio:project-edit", args=["tide"])).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | {"style": "Wet streets at night"}
    data.pop("is_archived")
    assert client.post(reverse("studio:project-edit", args=["tide"]), data).status_code == 302
    project.refresh_from_db()
    assert project.style == "Wet streets at night"
    assert project.negative_prompt == "text, logos"


def _ended(take):
    Generation.objects.filter(pk=take.generation_id).update(status="succeeded", finished_at=take.created_at)
    take.generation.refresh_from_db()
    return take
