"""Draft and final models: what the switch changes, what it leaves alone, and what either costs."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Hold
from generation.models import Generation
from studio import profiles, takes
from studio.models import Activity, Profile, ProfileKind, Project, Role, Shot
from tests.factories import make_member, make_project, make_scene, make_shot, make_user

FRAGMENT = {"HX-Request": "true"}
KLING, HAILUO, WAN = "kling-2.5-turbo-text", "minimax-hailuo-02-standard-text", "wan-25-preview-text"
SWITCH, MODELS = "/tide/profiles/switch/", "/tide/profiles/"


@pytest.fixture
def project(db):
    project = make_project(slug="tide", budget="50.00")
    Profile.objects.filter(project=project, kind="final").update(
        video_model=WAN, resolution="720p", seconds=Decimal(10)
    )
    return project


@pytest.fixture
def shot(project):
    return make_shot(make_scene(project))


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def fresh(shot):
    return Shot.objects.select_related("scene__project").get(pk=shot.pk)


def sent(project, **changes):
    """What the form of the settings would send."""
    found = {}
    for each in project.profiles.all():
        for name in ("video_model", "image_model", "video_to_video_model", "resolution", "image_resolution"):
            found[f"{each.kind}-{name}"] = getattr(each, name)
        found[f"{each.kind}-seconds"] = each.seconds or ""
    return found | {name.replace("__", "-"): value for name, value in changes.items()}


def test_a_new_project_has_both_with_the_same_models(db):
    draft, final = make_project().profiles.order_by("kind")
    assert (draft.kind, final.kind) == ("draft", "final")
    assert draft.models == final.models


def test_the_switch_changes_what_is_ordered_next(client, shot, artist):
    assert takes.plan(shot).values["seconds"] == 5
    answer = client.post(SWITCH, {"profile": "final", "next": shot.get_absolute_url()})
    assert answer["Location"] == shot.get_absolute_url()
    planned = takes.plan(fresh(shot))
    assert (planned.spec.slug, planned.values["resolution"], planned.values["seconds"]) == (WAN, "720p", 10)
    assert takes.estimate(planned).amount == Decimal("1.00")
    assert "switched the project to its final models" in Activity.objects.latest("pk").words


def test_a_shot_with_its_own_model_keeps_it_and_says_so(client, project, artist):
    own = make_shot(make_scene(project), model=KLING, seconds=Decimal(5))
    profiles.switch(project, ProfileKind.FINAL, artist)
    planned = takes.plan(fresh(own))
    assert (planned.spec.slug, planned.values["seconds"]) == (KLING, 5)
    assert "This shot has a model of its own" in client.get(own.get_absolute_url()).text
    assert "its own" in client.get(f"/tide/scenes/{own.scene_id}/generate/").text
    client.post(reverse("studio:shot-follow", args=["tide", own.pk]))
    assert takes.plan(fresh(own)).spec.slug == WAN


def test_settings_that_the_other_model_does_not_take_are_left_out(project, artist):
    shot = make_shot(make_scene(project), settings={"resolution": "512P", "cfg_scale": 0.3})
    profiles.switch(project, ProfileKind.FINAL, artist)
    assert takes.plan(fresh(shot)).values["resolution"] == "720p"


def test_saving_what_the_profile_said_pins_nothing(client, project, shot, artist):
    profiles.switch(project, ProfileKind.FINAL, artist)
    form = {"model": WAN, "shown_model": WAN, "token": str(uuid.uuid4()), "count": "1", "prompt": "Sand."}
    form |= {"seconds": "10", "aspect_ratio": "16:9", "resolution": "720p"}
    form |= {"enhance_prompt": "on", "enable_safety_checker": "on"}
    client.post(reverse("studio:shot-save", args=["tide", shot.pk]), form, headers=FRAGMENT)
    saved = fresh(shot)
    assert (saved.prompt, saved.model, saved.settings, saved.seconds) == ("Sand.", "", {}, 5)
    client.post(
        reverse("studio:shot-save", args=["tide", shot.pk]), form | {"resolution": "1080p"}, headers=FRAGMENT
    )
    assert fresh(shot).settings == {"resolution": "1080p"}, "the model's default, but not the profile's"


def test_a_length_that_is_not_the_profile_s_is_kept_with_the_shot(client, project, shot, artist):
    profiles.switch(project, ProfileKind.FINAL, artist)
    form = {"model": WAN, "shown_model": WAN, "token": str(uuid.uuid4()), "count": "1", "prompt": "Sand."}
    form |= {"aspect_ratio": "16:9", "resolution": "720p"}
    form |= {"enhance_prompt": "on", "enable_safety_checker": "on"}
    save = reverse("studio:shot-save", args=["tide", shot.pk])
    client.post(save, form | {"seconds": "5"}, headers=FRAGMENT)
    assert (fresh(shot).seconds, fresh(shot).model) == (5, "")
    assert takes.plan(fresh(shot)).values["seconds"] == 5
    assert client.get(shot.get_absolute_url()).context["order"].estimate.amount == Decimal("0.50")
    client.post(save, form | {"seconds": "10"}, headers=FRAGMENT)
    assert (fresh(shot).settings, takes.plan(fresh(shot)).values["seconds"]) == ({}, 10)


def test_the_model_picker_says_the_price_that_the_form_will_say(client, project, shot, artist):
    profiles.switch(project, ProfileKind.FINAL, artist)

    def label(slug):
        groups = client.get(shot.get_absolute_url()).context["order"].models
        return next(each.label for _, options in groups for each in options if each.slug == slug)

    assert label(WAN).startswith("$1.00 · 10 s – ")
    Shot.objects.update(settings={"resolution": "1080p"})
    assert label(WAN).startswith("$1.50 · 10 s – ")
    assert label(KLING).startswith("$0.21 · 5 s – "), "it has no resolution"
    form = client.get(shot.get_absolute_url(), {"model": HAILUO}).context["order"]
    assert form.estimate.problem == "", "another model's resolution is not asked of it"
    assert label(HAILUO).startswith(f"${form.estimate.amount:.2f}")


def test_both_prices_stand_side_by_side_before_ordering(client, project, shot, artist):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(shot.get_absolute_url()).text))
    assert re.search(
        r"Draft , in force .*Clip · 5 s Kling 2.5 Turbo Pro text-to-video \(Kie.ai\) \$0.21", text
    )
    assert re.search(r"Final .*Clip · 10 s · 720p WAN 2.5 preview text-to-video \$1.00", text)
    make_shot(shot.scene)
    batch = client.get("/tide/generate/")
    assert [(each.label, each.amount, each.is_in_force) for each in batch.context["totals"]] == [
        ("Draft", Decimal("0.42"), True),
        ("Final", Decimal("2.00"), False),
    ]
    link = client.get(shot.get_absolute_url(), {"model": WAN, "profile": "final"})
    assert link.context["order"].estimate.amount == Decimal("1.00")


def test_an_order_of_many_does_not_go_when_somebody_switched(client, project, shot, artist):
    page = client.get("/tide/generate/")
    Profile.objects.filter(project=project, kind="final").update(
        video_model=KLING, resolution="", seconds=None
    )
    profiles.switch(project, ProfileKind.FINAL, artist)
    form = {
        "token": page.context["token"],
        "shots": [shot.pk],
        "total": "0.21",
        "shown": page.context["batch"].shown,
        "profile": "draft",
    }
    assert client.post("/tide/generate/", form).status_code == 409
    assert not Hold.objects.exists()


def test_a_producer_chooses_them(client, project):
    client.force_login(make_member(project, Role.PRODUCER))
    answer = client.post(
        MODELS, sent(project, draft__video_model=WAN, draft__resolution="480p", draft__seconds="5")
    )
    assert answer.status_code == 302
    draft = project.profiles.get(kind="draft")
    assert (draft.video_model, draft.resolution, draft.seconds) == (WAN, "480p", 5)
    page = client.get(reverse("studio:project-edit", args=["tide"])).text
    assert "Clip, 5 s, 480p" in page.replace(" · ", ", ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"draft__video_model": "flux-dev"}, "Select a valid choice"),
        ({"final__resolution": "512P"}, "makes 480p, 720p and 1080p"),
        ({"draft__resolution": "720p"}, "cannot be told a resolution"),
        ({"final__seconds": "7"}, "makes clips of 5 or 10 s"),
        ({"draft__image_resolution": "2K"}, "cannot be told a resolution"),
    ],
)
def test_what_a_model_does_not_make_is_refused_and_nothing_is_saved(client, project, changes, message):
    client.force_login(make_member(project, Role.PRODUCER))
    before = list(Profile.objects.order_by("pk").values())
    answer = client.post(MODELS, sent(project, **changes))
    assert answer.status_code == 422
    assert message in answer.text
    assert list(Profile.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("back", ["https://elsewhere.example/tide/", "/other/", ""])
def test_the_switch_leads_back_into_the_project_only(client, project, artist, back):
    assert client.post(SWITCH, {"profile": "final", "next": back})["Location"] == "/tide/"


def test_a_word_that_names_no_profile_switches_nothing(client, project, artist):
    client.post(SWITCH, {"profile": "best"})
    assert Project.objects.get().profile_in_force == "draft"


@pytest.mark.parametrize(("address", "below"), [(SWITCH, Role.REVIEWER), (MODELS, Role.ARTIST)])
def test_who_may_not_changes_nothing(client, project, shot, address, below):
    own = reverse("studio:shot-follow", args=["tide", shot.pk])
    Shot.objects.update(model=KLING)
    form = sent(project, draft__video_model=HAILUO) | {"profile": "final"}
    for user, wanted in ((make_member(project, below), 403), (make_user(), 404), (None, 302)):
        client.logout()
        if user:
            client.force_login(user)
        assert client.post(address, form).status_code == wanted
        if below == Role.REVIEWER:
            assert client.post(own).status_code == wanted
    assert Project.objects.get().profile_in_force == "draft"
    assert Profile.objects.get(kind="draft").video_model == KLING
    assert Shot.objects.get().model == KLING
    assert not Generation.objects.exists()


def test_a_viewer_sees_which_models_and_no_switch(client, project, shot):
    client.force_login(make_member(project, Role.VIEWER))
    for address in ("/tide/", shot.get_absolute_url()):
        page = client.get(address).text
        assert "Draft models" in page
        assert SWITCH not in page
