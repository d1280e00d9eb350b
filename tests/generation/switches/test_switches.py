"""Models switched off or hidden in the admin: refused or no longer offered everywhere; what runs goes on."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from billing.models import Hold
from generation.catalogue import catalogue
from generation.models import Generation, ModelSwitch, SwitchState
from generation.orders import Order, OrderRefusedError, place, retry
from generation.switches import in_force
from studio import batches, estimates, storyboard, takes
from studio.models import Shot, Take
from studio.plans import TakeRefusedError
from tests.factories import make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db
MODEL, OTHER = "kling-2.5-turbo-text", "kling-3.0-standard-text"
WORDS = (
    "Kling 2.5 Turbo Pro text-to-video (Kie.ai) is switched off in this studio: Its clips flicker. "
    "Choose another model."
)


@pytest.fixture(autouse=True)
def fresh():
    in_force.forget()
    yield
    in_force.forget()


@pytest.fixture
def ada():
    return make_user("ada", is_staff=True, is_superuser=True)


@pytest.fixture
def shot(ada):
    return make_shot(make_scene(make_project(ada, slug="tide")), model=MODEL)


def switch(state, model=MODEL, by=None):
    return in_force.switch(catalogue().find(model), state, why="Its clips flicker.", by=by)


def count():
    return Generation.objects.count(), Hold.objects.count(), Take.objects.count()


def test_a_disabled_model_is_refused_at_every_door_and_nothing_is_written(shot, ada):
    planned = takes.plan(shot)
    done = make_take(shot, model=MODEL)
    before = count()
    switch(SwitchState.DISABLED)
    order = Order(account=shot.scene.project.account, model=MODEL, values={"prompt": "A wave.", "seconds": 5})
    for refused in (
        lambda: place(order),
        lambda: takes.order([planned], ada),
        lambda: retry(done.generation, ada),
    ):
        with pytest.raises(OrderRefusedError) as error:
            refused()
        assert str(error.value) == WORDS
    with pytest.raises(TakeRefusedError, match="switched off in this studio"):
        takes.plan(shot)
    with pytest.raises(CommandError, match="switched off in this studio: Its clips flicker"):
        call_command("generate", "tide", "--again")
    cards = storyboard.shot_cards(Shot.objects.all(), shot.scene.project)
    assert [each.reason for each in batches.batch_for(cards).left_out] == [WORDS]
    assert count() == before


def test_what_is_on_its_way_goes_on_and_enabling_takes_orders_again(shot, ada):
    running = make_take(shot, status="submitted", model=MODEL)
    switch(SwitchState.DISABLED)
    assert Generation.objects.get(take=running).status == "submitted"
    switch(SwitchState.ENABLED)
    assert takes.order([takes.plan(shot)], ada)
    assert ModelSwitch.objects.count() == 2


def test_a_hidden_model_is_not_offered_but_shots_that_name_it_go_on(shot, ada):
    switch(SwitchState.HIDDEN)
    other = make_shot(shot.scene, model=OTHER)

    def slugs(of):
        return {option.slug for _, options in estimates.model_options(of) for option in options}

    assert MODEL in slugs(shot)
    assert MODEL not in slugs(other)
    assert takes.order([takes.plan(shot)], ada)


def test_pages_offer_neither_and_say_so(client, shot, ada):
    client.force_login(ada)
    other = make_shot(shot.scene, model=OTHER)
    switch(SwitchState.DISABLED)
    assert "(switched off)" in client.get(shot.get_absolute_url()).text
    assert "switched off in this studio" in client.get(shot.get_absolute_url()).text
    assert f'value="{MODEL}"' not in client.get(other.get_absolute_url()).text
    edit = reverse("studio:shot-edit", args=["tide", other.pk])
    assert f'value="{MODEL}"' not in client.get(edit).text
    assert f'value="{MODEL}"' in client.get(reverse("studio:shot-edit", args=["tide", shot.pk])).text


def test_the_list_of_models_says_what_holds_here(capsys, shot):
    switch(SwitchState.HIDDEN)
    call_command("models", "--kind", "video")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{MODEL} "))
    assert "  hidden  " in line


def test_the_admin_shows_all_models_and_keeps_who_switched_what(client, ada):
    client.force_login(ada)
    address = reverse("admin:generation_modelswitch_changelist")
    page = client.get(address).text
    add = reverse("admin:generation_modelswitch_add")
    assert f"{add}?model={MODEL}&amp;state=disabled" in page
    assert f"{add}?model={MODEL}&amp;state=enabled" not in page
    form = {"model": MODEL, "state": "disabled", "why": "Its clips flicker."}
    assert client.post(add, form).status_code == 302
    row = ModelSwitch.objects.get()
    assert (row.model, row.state, row.switched_by) == (MODEL, "disabled", ada)
    assert f"{add}?model={MODEL}&amp;state=enabled" in client.get(address).text
    refused = client.post(add, form)
    assert "The model is in this state already." in refused.text
    assert client.get(reverse("admin:generation_modelswitch_change", args=[row.pk])).status_code == 200
    assert client.post(reverse("admin:generation_modelswitch_delete", args=[row.pk])).status_code == 403
    assert ModelSwitch.objects.count() == 1


@pytest.mark.parametrize("is_staff", [True, False])
def test_only_who_may_switches(client, is_staff):
    client.force_login(make_user(is_staff=is_staff))
    response = client.post(
        reverse("admin:generation_modelswitch_add"), {"model": MODEL, "state": "disabled", "why": "x"}
    )
    assert response.status_code == (403 if is_staff else 302)
    assert not ModelSwitch.objects.exists()


def test_a_switch_is_never_changed(ada):
    row = switch(SwitchState.HIDDEN, by=ada)
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        ModelSwitch.objects.all().delete()
