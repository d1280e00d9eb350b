"""Going on from a take: the same with the final model, and work on its file."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import budgets
from billing.models import Hold
from generation.models import Generation, Output, Status
from studio import takes
from studio.models import KeptOrder, Profile, Role, Take
from studio.refinements import refinement_of
from studio.take_uses import uses_of
from tests.factories import (
    make_member,
    make_output,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

FRAGMENT = {"HX-Request": "true"}
WAN, HAILUO, KLING_O1 = "wan-25-preview-text", "minimax-hailuo-02-standard-text", "kling-o1-image-to-video"


@pytest.fixture
def project(db):
    return make_project(slug="tide", budget="10.00", style="Film grain")


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project), negative_prompt="people")


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST)
    client.force_login(user)
    return user


def final(project, **fields):
    Profile.objects.filter(project=project, kind="final").update(**fields)


def arrived(planned, **file):
    """An ordered take whose file has come."""
    (take,) = takes.order([planned], None)
    Generation.objects.filter(pk=take.generation_id).update(
        status=Status.SUCCEEDED, finished_at=timezone.now()
    )
    make_output(take.generation, **file)
    return Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)


def refine(client, take, **changes):
    shown = refinement_of(take)
    sent = {"token": str(uuid.uuid4()), "model": shown.spec.slug, "price": str(shown.quote.amount)} | changes
    return client.post(reverse("studio:take-refine", args=["tide", take.pk]), sent)


def test_the_final_model_gets_the_same_frozen_request(client, project, shot, artist):
    take = arrived(takes.plan(shot))
    Generation.objects.update(seed=99)
    assert refinement_of(take) is None, "the final model is the one that made it"
    final(project, video_model=WAN, resolution="1080p")
    project.style = "Another look"
    project.save()
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    page = client.get(shot.get_absolute_url()).text
    assert "Make it with the final model" in page
    assert "$0.75" in page
    assert refine(client, take).status_code == 302
    new = shot.takes.get(number=2)
    old, sent = take.generation.request["values"], new.generation.request["values"]
    assert sent["seed"] == 99, "which the provider chose and told"
    for name in ("prompt", "negative_prompt", "seconds", "aspect_ratio"):
        assert sent[name] == old[name]
    assert old["prompt"].endswith("Film grain")
    assert (new.generation.model, sent["resolution"], new.source, new.brief) == (
        WAN,
        "1080p",
        take,
        take.brief,
    )
    assert "take 1</a>, with another model" in client.get(f"{shot.get_absolute_url()}?take=2").text


def test_a_seed_is_kept_where_the_model_takes_one_and_what_is_lost_is_named(project, shot):
    take = arrived(takes.plan(shot, model=WAN, values={"prompt": "Sand.", "seconds": 5, "seed": 7}))
    final(project, video_model=HAILUO)
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    found = refinement_of(take)
    assert found.order.values["prompt"] == take.generation.prompt
    words = " ".join(found.differences)
    assert "takes no seed, so it chooses its own." in words
    assert "“Length” must be 6 or 10 seconds" in words
    assert "It is made with 6." in words
    final(project, video_model=WAN, resolution="480p")
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    again = refinement_of(take)
    assert again.order.values["seed"] == 7
    assert again.differences == ("The resolution is 480p instead of 1080p.",)


def test_the_files_it_started_from_go_with_it_or_it_is_not_offered(client, project, shot, artist):
    picture = make_upload(project, content_type="image/png", width=1280, height=720)
    values = {"prompt": "Sand.", "start_image": f"upload:{picture.pk}", "seconds": 5}
    take = arrived(takes.plan(shot, model="kling-v1-image", values=values))
    page = client.get(shot.get_absolute_url()).text
    assert "This take starts from “First frame”" in page
    assert "Make it with the final model" not in page
    final(project, video_model=KLING_O1)
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    order = refinement_of(take).order
    assert order.inputs == take.generation.request["inputs"]
    (again,) = takes.order([order], None)
    assert (
        again.generation.request["values"]["start_image"] == take.generation.request["values"]["start_image"]
    )


@pytest.mark.parametrize("changes", [{"model": HAILUO}, {"price": "0.01"}, {"token": "nonsense"}])
def test_what_was_not_shown_is_not_ordered(client, project, shot, artist, changes):
    take = arrived(takes.plan(shot))
    final(project, video_model=WAN)
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    before = Hold.objects.count()
    answer = refine(client, take, **changes)
    assert "Nothing was ordered" in client.get(answer["Location"]).text
    assert (shot.takes.count(), Hold.objects.count()) == (1, before)


def test_the_budget_and_a_second_press(client, project, shot, artist):
    take = arrived(takes.plan(shot))
    final(project, video_model=WAN)
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    budgets.open_budget(project.account, limit=Decimal("0.80"), by=None, why="A trial.", member=artist)
    token = str(uuid.uuid4())
    refine(client, take, token=token)
    refine(client, take, token=token)
    assert shot.takes.count() == 2
    refine(client, take)
    assert KeptOrder.objects.get().words == f"take 1 of shot {shot.label} with the final model"
    assert shot.takes.count() == 2


def test_who_may_not_orders_nothing(client, project, shot):
    take = arrived(takes.plan(shot))
    final(project, video_model=WAN)
    take = Take.objects.select_related("generation", "shot__scene__project").get(pk=take.pk)
    for user, wanted in ((make_member(project, Role.REVIEWER), 403), (make_user(), 404), (None, 302)):
        client.logout()
        if user:
            client.force_login(user)
        assert refine(client, take).status_code == wanted
    assert shot.takes.count() == 1


def test_a_clip_is_offered_what_the_catalogue_makes_of_clips(client, shot, artist):
    take = make_take(shot)
    found = {use.label: use for use in uses_of(take, take.generation.outputs.get())}
    assert list(found) == ["Lip sync", "Rework the clip"]
    assert found["Lip sync"].amount == Decimal("0.07"), "five seconds at $0.014"
    page = client.get(shot.get_absolute_url()).text
    assert "Enlarge it" not in page, "the catalogue enlarges pictures only"
    form = client.get(found["Rework the clip"].url.partition("#")[0]).context["order"]
    assert form.fields.initial["video"] == f"take:{take.pk}"


def test_what_a_model_does_not_take_says_why(shot):
    take = make_take(shot)
    Output.objects.update(width=640, height=360)
    (lips, *_) = uses_of(take, take.generation.outputs.get())
    assert lips.url == ""
    assert "720" in lips.problem


def test_a_still_is_enlarged_as_a_take_that_names_it(client, shot, artist):
    still = arrived(takes.plan(shot, model="flux-dev"), content_type="image/png", width=1024, height=1024)
    found = {use.label: use for use in uses_of(still, still.generation.outputs.get())}
    assert {"Enlarge it", "Swap a face", "Set it in motion", "Put an effect on it"} <= set(found)
    page = client.get(found["Enlarge it"].url.partition("#")[0])
    order = page.context["order"]
    sent = {bound.html_name: bound.value() for bound in order.fields if bound.value() not in (None, False)}
    sent |= {"model": order.spec.slug, "token": str(order.token), "count": "1"}
    sent["shown"] = str(order.tag)
    client.post(reverse("studio:shot-generate", args=["tide", shot.pk]), sent)
    new = shot.takes.get(number=2)
    assert (new.source, new.generation.model) == (still, found["Enlarge it"].model)
    assert new.brief == still.brief, "it is as old as the take that it enlarges"
    text = client.get(f"{shot.get_absolute_url()}?take=2").text
    assert "take 1</a>, enlarged." in text
    assert "Made from this one:" in client.get(f"{shot.get_absolute_url()}?take=1").text


@pytest.mark.parametrize("state", [{"is_flagged": True}, {"cleared_at": timezone.now()}])
def test_a_file_that_nobody_may_start_from_is_not_offered(shot, state):
    take = make_take(shot)
    Output.objects.update(**state)
    assert uses_of(take, take.generation.outputs.get()) == []


def test_a_viewer_is_offered_nothing(client, project, shot):
    make_take(shot)
    client.force_login(make_member(project, Role.VIEWER))
    assert "Lip sync" not in client.get(shot.get_absolute_url()).text
