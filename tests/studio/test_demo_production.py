"""The demo production: complete, affordable, and loaded once."""

from decimal import Decimal

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.db.models import Q

from billing import budgets
from generation.catalogue import validate
from studio import profiles, takes
from studio.audience import audience_of
from studio.demo_production import PASSWORD, SLUG, load_demo
from studio.models import ProfileKind, Project, Shot
from studio.plans import model_of

pytestmark = pytest.mark.django_db


def orders() -> list[takes.ShotOrder]:
    return [takes.plan(shot) for shot in Shot.objects.filter(scene__project__slug=SLUG)]


def test_somebody_can_sign_in_and_produces_it():
    access = load_demo()
    user = authenticate(username=access.username, password=access.password)
    assert user is not None
    assert user.is_superuser
    assert audience_of(access.project.account).recipients == (user.email,)
    assert access.project.memberships.get().user == user
    assert access.sign_in == "Sign in as producer with the password rushes-demo"
    assert budgets.available(access.project.account).limit == Decimal(25)


def test_it_has_three_scenes_with_a_dozen_vertical_clips_and_more():
    project = load_demo().project
    assert list(project.scenes.order_by("position").values_list("title", flat=True)) == [
        "Soap",
        "Sand",
        "Foam",
    ]
    shots = Shot.objects.filter(scene__project=project)
    assert shots.count() == 14
    assert not shots.exclude(aspect_ratio="9:16").exists()
    for deed in ("lavender soap", "sand pours", "foam is squeezed"):
        assert shots.filter(Q(prompt__icontains=deed)).exists()
    assert len(set(shots.values_list("model", flat=True))) >= 5


def test_every_shot_can_be_ordered_as_it_is_and_all_fit_the_budget_twice():
    load_demo()
    planned = orders()
    for order in planned:
        validate(order.spec, order.values)
        assert order.spec.parameter("aspect_ratio") is not None
    total = sum(takes.estimate(order).upper_bound for order in planned)
    assert total * 2 < Decimal(25)


def test_every_scene_begins_with_a_clip():
    project = load_demo().project
    for shot in Shot.objects.filter(scene__project=project, number="1"):
        assert model_of(shot).kind == "video"


def test_the_switch_between_draft_and_final_models_changes_what_is_made():
    project = load_demo().project
    assert Shot.objects.filter(scene__project=project, model="").count() >= 5
    draft = [order.spec.slug for order in orders()]
    profiles.switch(project, ProfileKind.FINAL, None)
    final = orders()
    for order in final:
        validate(order.spec, order.values)
    assert [order.spec.slug for order in final] != draft


def test_a_second_time_adds_nothing_and_leaves_changes_alone():
    first = load_demo()
    user = get_user_model().objects.get(username="producer")
    user.set_password("mine-now-and-longer")
    user.save()
    first.project.scenes.first().delete()
    Project.objects.filter(pk=first.project.pk).update(name="My film")
    Shot.objects.filter(scene__project=first.project).update(prompt="Mine")
    again = load_demo()
    assert (again.project.pk, again.project.name, again.password) == (first.project.pk, "My film", "")
    assert again.sign_in == "Sign in as producer with the password that you know, or as somebody else"
    assert again.project.scenes.count() == 2
    assert set(Shot.objects.values_list("prompt", flat=True)) == {"Mine"}
    assert authenticate(username="producer", password=PASSWORD) is None


def test_a_producer_who_is_there_already_is_not_changed():
    user = get_user_model().objects.create_user("producer", password="own")
    access = load_demo()
    user.refresh_from_db()
    assert (user.is_superuser, user.check_password("own"), access.password) == (False, True, "")
    assert access.project.memberships.get().user == user


def test_a_site_that_others_can_reach_gets_a_password_of_its_own(settings):
    settings.PUBLIC_URL = "https://rushes.example"
    access = load_demo()
    assert access.password != PASSWORD
    assert authenticate(username="producer", password=access.password) is not None
