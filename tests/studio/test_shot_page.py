"""Ordering on the shot page: the form, its price, and everything that orders nothing."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from billing import budgets
from billing.budgets import available
from billing.models import Hold
from generation.catalogue import catalogue
from generation.models import Generation
from studio.models import Role, Take
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_upload
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}
KLING = "kling-2.5-turbo-text"


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="10.00")))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def url(name, shot):
    return reverse(f"studio:{name}", args=[shot.scene.project.slug, shot.pk])


def order(**changes):
    given = {
        "model": KLING,
        "shown_model": KLING,
        "token": str(uuid.uuid4()),
        "count": "1",
        "prompt": "A wave breaks over a pier at dawn.",
        "seconds": "5",
        "aspect_ratio": "16:9",
    }
    return {"shown": dear(changes.get("model", KLING)), **given, **changes}


def assert_nothing_ordered():
    assert (Take.objects.count(), Generation.objects.count(), Hold.objects.count()) == (0, 0, 0)


def test_the_form_begins_with_what_the_shot_says(client, shot, artist):
    shot.prompt, shot.seconds, shot.aspect_ratio = "Sand pours.", Decimal(10), "9:16"
    shot.save()
    page = client.get(url("shot-detail", shot)).content.decode()
    assert "Sand pours.</textarea>" in page
    assert re.search(r'<option value="10" selected>', page)
    assert re.search(r'<option value="9:16" selected>', page)
    assert "$0.42" in page  # 10 seconds at $0.042


def test_every_model_is_offered_in_its_group_with_its_price_for_this_shot(client, shot, artist):
    page = client.get(url("shot-detail", shot)).content.decode()
    for spec in catalogue().models.values():
        assert f'<option value="{spec.slug}"' in page
    assert page.count("<optgroup") == 9
    assert "$0.21 · 5 s – Kling 2.5 Turbo Pro" in page


@pytest.mark.parametrize("slug", sorted(catalogue().models))
def test_the_form_of_every_model_opens(client, shot, artist, slug):
    answer = client.get(url("shot-detail", shot), {"model": slug})
    assert answer.status_code == 200
    spec = catalogue().find(slug)
    for parameter in spec.parameters:
        assert f'name="{parameter.name}' in answer.content.decode()


def test_an_unknown_model_in_the_address_shows_the_project_s_own(client, shot, artist):
    answer = client.get(url("shot-detail", shot), {"model": "kling-99"})
    assert answer.status_code == 200
    assert "There is no model called “kling-99”" in answer.content.decode()


def test_what_the_model_cannot_do_is_said_and_its_own_length_is_shown(client, shot, artist):
    shot.seconds = Decimal(7)
    shot.save()
    page = client.get(url("shot-detail", shot)).content.decode()
    assert "This shot asks for 7 seconds." in page
    assert "must be 5 or 10 seconds" in page


def test_the_estimate_follows_the_fields_and_writes_nothing(client, shot, artist):
    answer = client.post(url("shot-estimate", shot), order(seconds="10", count="3"), headers=FRAGMENT)
    text = answer.content.decode()
    assert "$1.26" in text
    assert "Generate 3 takes" in text
    assert "<!doctype" not in text
    assert_nothing_ordered()


def test_an_estimate_says_when_the_bound_is_higher_and_when_it_does_not_fit(client, shot, artist):
    text = client.post(
        url("shot-estimate", shot), order(model="animatediff", count="4"), headers=FRAGMENT
    ).content.decode()
    assert "Up to <span" in text
    text = client.post(
        url("shot-estimate", shot), order(model="kling-v2-text", seconds="10", count="4"), headers=FRAGMENT
    ).content.decode()
    assert "This needs $11.20; $10.00 is left of $10.00." in text


def test_a_wrong_value_names_what_is_right_in_the_estimate(client, shot, artist):
    text = client.post(url("shot-estimate", shot), order(seconds="7"), headers=FRAGMENT).content.decode()
    assert "must be 5 or 10 seconds" in text


def test_generate_orders_holds_and_shows_the_take(client, shot, artist):
    answer = client.post(url("shot-generate", shot), order(), follow=True)
    assert answer.redirect_chain == [(f"{shot.get_absolute_url()}?take=1", 302)]
    assert "Take 1 is ordered." in answer.content.decode()
    take = Take.objects.get()
    assert take.created_by == artist
    assert take.generation.request["values"]["seconds"] == 5
    assert available(shot.scene.project.account).held == Decimal("0.21")


def test_generate_answers_a_fragment_with_takes_and_a_form_that_renews_its_token_later(client, shot, artist):
    sent = order()
    text = client.post(url("shot-generate", shot), sent, headers=FRAGMENT).content.decode()
    assert "<!doctype" not in text
    assert 'hx-target="#take-strip"' in text
    assert f'value="{sent["token"]}" id="order-token"' in text
    assert "?renew" in text
    renewed = client.post(url("shot-estimate", shot) + "?renew", sent, headers=FRAGMENT).content.decode()
    assert sent["token"] not in renewed


def test_the_same_form_twice_orders_once(client, shot, artist):
    sent = order(count="2")
    first = client.post(url("shot-generate", shot), sent, headers=FRAGMENT)
    second = client.post(url("shot-generate", shot), sent, headers=FRAGMENT)
    assert "Takes 1 and 2 are ordered." in first.content.decode()
    assert "not ordered a second time" in second.content.decode()
    assert Take.objects.count() == Hold.objects.count() == 2


def test_a_form_changed_after_going_back_is_a_new_order(client, shot, artist):
    token = str(uuid.uuid4())
    client.post(url("shot-generate", shot), order(token=token))
    client.post(url("shot-generate", shot), order(token=token, seconds="10"))
    assert Take.objects.count() == 2


def test_four_takes_at_once_are_numbered_in_the_order_of_their_orders(client, shot, artist):
    make_take(shot)
    client.post(url("shot-generate", shot), order(model="flux-dev", seed="7", count="4", num_images="1"))
    made = list(shot.takes.exclude(number=1).order_by("number").select_related("generation__hold"))
    assert [take.number for take in made] == [2, 3, 4, 5]
    assert [take.generation.request["values"]["seed"] for take in made] == [7, 8, 9, 10]
    assert [take.generation_id for take in made] == sorted(take.generation_id for take in made)
    assert [take.generation.hold_id for take in made] == sorted(take.generation.hold_id for take in made)


def test_a_seed_counts_up_over_several_takes(client, shot, artist):
    client.post(url("shot-generate", shot), order(model="flux-dev", seed="7", count="3", num_images="1"))
    assert sorted(Generation.objects.values_list("seed", flat=True)) == [7, 8, 9]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": "7"}, "must be 5 or 10 seconds"),
        ({"prompt": "   "}, "Write a prompt"),
        ({"prompt": "x" * 100_000}, "shorten it"),
        ({"cfg_scale": "9"}, "must be"),
        ({"model": "kling-o1-image-to-video"}, "Choose a file for “First frame”"),
        ({"model": "kling-o1-image-to-video", "start_image": "take:999"}, "There is no take 999"),
        ({"token": "nonsense"}, "This page was out of date"),
        ({"token": ""}, "This page was out of date"),
        ({"count": "9"}, "This page was out of date"),
        ({"model": "kling-99"}, "There is no model called"),
    ],
)
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_wrong_order_says_so_and_orders_nothing(client, shot, artist, changes, message, headers):
    answer = client.post(url("shot-generate", shot), order(**changes), headers=headers, follow=True)
    assert message in answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == (
        200 if "model" in changes and not headers and "99" in changes["model"] else 422
    )
    assert_nothing_ordered()


def test_a_wrong_value_keeps_what_was_typed_and_speaks_at_its_field(client, shot, artist):
    text = client.post(url("shot-generate", shot), order(seconds="7", prompt="My own words")).content.decode()
    assert "My own words</textarea>" in text
    assert 'id="id_seconds_error"' in text
    assert '<a href="#id_seconds">Length</a>' in text, "beside the button, for the field may be out of sight"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_the_budget_refuses_with_cost_rest_and_names(client, shot, artist, headers):
    sent = order(model="kling-v2-text", seconds="10", count="4")
    answer = client.post(url("shot-generate", shot), sent, headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "$11.20" in text
    assert "$10.00" in text
    assert shot.scene.project.memberships.get(role=Role.PRODUCER).user.username in text
    assert "Nothing was ordered" in text
    assert ("<!doctype" in text) == (not headers)
    assert_nothing_ordered()


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_narrow_budget_that_refuses_is_the_one_that_is_told_of(client, shot, artist, headers):
    account = shot.scene.project.account
    budgets.open_budget(account, limit=Decimal("0.50"), by=None, why="A trial.", member=artist)
    answer = client.post(url("shot-generate", shot), order(count="3"), headers=headers)
    text = re.sub(r"<[^>]+>", "", answer.content.decode())
    assert answer.status_code == 409
    assert f"This needs $0.63; $0.50 is left of the budget “{artist.username} total” of $0.50." in text
    assert f"Ask {shot.scene.project.memberships.get(role=Role.PRODUCER).user.username} for more" in text
    assert_nothing_ordered()


def test_a_paused_budget_says_on_the_page_who_paused_it_and_why(client, shot, artist):
    account = shot.scene.project.account
    producer = shot.scene.project.memberships.get(role=Role.PRODUCER).user
    budgets.pause(budgets.main_budget(account), by=producer, why="Wait for the grade")
    text = client.post(url("shot-generate", shot), order()).content.decode()
    assert f"was paused by {producer.username} because: “Wait for the grade”" in text
    assert f"Ask {producer.username}" in text
    assert_nothing_ordered()


def test_a_picture_of_the_project_can_be_the_first_frame(client, shot, artist):
    still = make_upload(
        shot.scene.project, name="pier.png", content_type="image/png", poster_key="", width=600, height=800
    )
    page = client.get(url("shot-detail", shot), {"model": "kling-o1-image-to-video"}).content.decode()
    assert f'value="upload:{still.pk}"' in page
    sent = order(model="kling-o1-image-to-video", start_image=f"upload:{still.pk}")
    del sent["aspect_ratio"]
    assert client.post(url("shot-generate", shot), sent).status_code == 302
    generation = Generation.objects.get()
    assert generation.request["values"]["start_image"] == f"file:{still.key}"
    facts = generation.request["inputs"]["start_image.0"]
    assert facts["from"] == f"upload:{still.pk}"
    assert (facts["width"], facts["height"]) == ("600", "800")
    page = client.get(url("shot-detail", shot)).content.decode()
    assert "<dd>pier.png</dd>" in page


def test_somebody_else_s_picture_cannot_be_used(client, shot, artist):
    still = make_upload(make_project(), content_type="image/png")
    sent = order(model="kling-o1-image-to-video", start_image=f"upload:{still.pk}")
    assert client.post(url("shot-generate", shot), sent).status_code == 422
    assert_nothing_ordered()


def test_another_model_keeps_what_fits_and_leaves_the_old_defaults(client, shot, artist):
    sent = order(model="wan-25-preview-text", seconds="10", prompt="My own words", cfg_scale="0.5")
    text = client.post(url("shot-parameters", shot), sent, headers=FRAGMENT).content.decode()
    assert "My own words</textarea>" in text
    assert '<option value="10" selected>' in text
    assert 'name="shown_model" value="wan-25-preview-text"' in text
    assert_nothing_ordered()


def test_another_model_without_scripts_is_a_whole_page(client, shot, artist):
    answer = client.post(url("shot-parameters", shot), order(model="flux-dev"))
    assert answer.status_code == 200
    assert "<!doctype html>" in answer.content.decode()


def test_settings_are_kept_with_the_shot_without_the_model_s_defaults(client, shot, artist):
    sent = order(prompt="Kept words", seconds="10", aspect_ratio="9:16", cfg_scale="0.8")
    assert client.post(url("shot-save", shot), sent).status_code == 302
    shot.refresh_from_db()
    assert (shot.prompt, shot.seconds, shot.aspect_ratio, shot.model) == (
        "Kept words",
        Decimal(10),
        "9:16",
        "",
    ), "on the project's model it goes on following the project"
    assert list(shot.settings) == ["cfg_scale"]
    assert 'value="0.8"' in client.get(url("shot-detail", shot)).content.decode()
    assert_nothing_ordered()


def test_settings_may_be_kept_while_a_picture_is_still_missing(client, shot, artist):
    sent = order(model="kling-o1-image-to-video")
    del sent["aspect_ratio"]
    assert client.post(url("shot-save", shot), sent).status_code == 302
    shot.refresh_from_db()
    assert shot.model == "kling-o1-image-to-video"


@pytest.mark.parametrize("changes", [{"prompt": " "}, {"seconds": "7"}])
def test_wrong_settings_are_not_kept(client, shot, artist, changes):
    assert client.post(url("shot-save", shot), order(**changes)).status_code == 422
    before = shot.prompt, shot.seconds, shot.model
    shot.refresh_from_db()
    assert (shot.prompt, shot.seconds, shot.model) == before


def test_a_take_s_settings_can_be_used_again(client, shot, artist):
    client.post(url("shot-generate", shot), order(model="flux-dev", prompt="Once upon", seed="42"))
    page = client.get(url("shot-detail", shot), {"like": "1"}).content.decode()
    assert '<option value="flux-dev" selected>' in page
    assert "Once upon</textarea>" in page
    assert 'value="42"' in page


def test_the_page_costs_a_fixed_number_of_queries(client, shot, artist, django_assert_max_num_queries):
    make_take(shot)
    with django_assert_max_num_queries(26) as few:
        client.get(url("shot-detail", shot))
    for _ in range(5):
        make_take(shot)
    # One more where the dated prices are read anew, as they are every few seconds.
    with django_assert_max_num_queries(len(few) + 1):
        client.get(url("shot-detail", shot))


def test_neighbours_lead_through_the_film(client, shot, artist):
    after = make_shot(make_scene(shot.scene.project))
    page = client.get(url("shot-detail", shot)).content.decode()
    assert f'rel="next" href="{after.get_absolute_url()}"' in page
    assert 'rel="prev"' not in page
    assert (
        f'rel="prev" href="{shot.get_absolute_url()}"'
        in client.get(url("shot-detail", after)).content.decode()
    )


@pytest.mark.parametrize("page", ["shot-estimate", "shot-parameters", "shot-generate", "shot-save"])
@pytest.mark.parametrize("field", ["count", "seed", "seconds", "image_url"])
def test_a_number_of_five_thousand_digits_is_only_a_wrong_value(client, shot, artist, page, field):
    sent = order(model={"image_url": "kling-2.5-turbo-image", "seed": "flux-dev"}.get(field, KLING))
    sent[field] = ("take:" if field == "image_url" else "") + "9" * 5000
    assert client.post(url(page, shot), sent, headers=FRAGMENT).status_code in {200, 422}
    assert_nothing_ordered()
