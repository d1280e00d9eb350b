"""Several takes at once: of one text with several seeds, and of a prompt that stands for several texts."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from billing import budgets
from billing.models import Hold
from generation.models import Generation
from studio import takes
from studio.batches import batch_for
from studio.models import Role, Shot, Take
from studio.plans import TakeRefusedError
from studio.prompt_templates import TemplateError, escaped, texts
from studio.storyboard import shot_cards
from tests.factories import make_member, make_project, make_scene, make_shot
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}
KLING, FLUX = "kling-2.5-turbo-text", "flux-dev"
PIER = "A pier in the {morning|sunset|night}, {calm|rough} sea."


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="10.00", style="Film grain")))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST)
    client.force_login(user)
    return user


def post(client, name, shot, **changes):
    sent = {"model": FLUX, "shown_model": FLUX, "token": str(uuid.uuid4()), "count": "1", "prompt": "Sand."}
    sent |= {"num_images": "1", "steps": "28", "guidance_scale": "3.5"} | changes
    sent["shown"] = dear(sent["model"], shot)
    return client.post(reverse(f"studio:{name}", args=["tide", shot.pk]), sent, headers=FRAGMENT)


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("Plain words.", ["Plain words."]),
        ("A {red|blue} door", ["A red door", "A blue door"]),
        ("{a|b}{c|d}", ["ac", "ad", "bc", "bd"]),
        ("A door{|, ajar}", ["A door", "A door, ajar"]),
        ("As written: {{red|blue}}", ["As written: {red|blue}"]),
        ('{"shot": {"lens": "35mm"}}', ['{"shot": {"lens": "35mm"}}']),
        ("A lone } and | and {", ["A lone } and | and {"]),
        ("", [""]),
    ],
)
def test_a_prompt_stands_for_its_texts(prompt, wanted):
    assert texts(prompt) == wanted


@pytest.mark.parametrize("prompt", ["A {red|blue door", "{a|{b|c}}", "{a|b}" * 5])
def test_what_is_no_template_says_what_to_change(prompt):
    with pytest.raises(TemplateError, match=r"Close it|at most"):
        texts(prompt)


@pytest.mark.parametrize("text", ["{red|blue}", "plain", '{"a": "b|c"}'])
def test_a_text_can_be_written_so_that_it_stands_for_itself(text):
    assert texts(escaped(text)) == [text]


def test_each_text_is_shown_as_sent_with_one_price_and_then_ordered(client, shot, artist):
    page = post(client, "shot-estimate", shot, prompt=PIER).text
    assert "What is sent, 6 texts" in page
    assert "<li>A pier in the night, rough sea.<mark> Film grain</mark></li>" in page
    assert "Generate 6 takes" in page
    assert "$0.15" in page, "six stills at $0.025"
    assert not Take.objects.exists()
    post(client, "shot-generate", shot, prompt=PIER, seed="7")
    prompts = list(Generation.objects.order_by("pk").values_list("prompt", "seed"))
    assert prompts[0] == ("A pier in the morning, calm sea. Film grain", 7)
    assert prompts[-1] == ("A pier in the night, rough sea. Film grain", 7)
    assert len(set(prompts)) == 6


def test_eight_seeds_are_admitted_whole_or_not_at_all(client, shot, artist):
    page = post(client, "shot-estimate", shot, count="8", seed="7").text
    assert "Generate 8 takes" in page
    assert "Seeds 7 to 14." in page
    budgets.open_budget(
        shot.scene.project.account, limit=Decimal("0.19"), by=None, why="A trial.", member=artist
    )
    assert post(client, "shot-generate", shot, count="8", seed="7").status_code == 409
    assert not Hold.objects.exists()
    assert post(client, "shot-generate", shot, count="7", seed="7").status_code == 200
    assert sorted(Generation.objects.values_list("seed", flat=True)) == list(range(7, 14))


def test_a_model_without_a_seed_says_so(client, shot, artist):
    page = post(client, "shot-estimate", shot, model="minimax-video-01-live", count="2").text
    assert "takes no seed: the takes differ by themselves." in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompt": "A {red|blue door"}, "Close it before the next one begins"),
        ({"prompt": "{a|b}" * 5}, "stands for 32 texts"),
        ({"prompt": PIER, "count": "3"}, "3 takes of 6 texts are 18"),
    ],
)
def test_what_cannot_be_ordered_is_said_before_and_orders_nothing(client, shot, artist, changes, message):
    assert message in post(client, "shot-estimate", shot, **changes).text
    answer = post(client, "shot-generate", shot, **changes)
    assert answer.status_code == 422
    assert message in answer.text
    assert not Hold.objects.exists()


def test_an_order_for_many_shots_leaves_a_template_to_people(shot):
    Shot.objects.update(prompt=PIER)
    shot.refresh_from_db()
    with pytest.raises(TakeRefusedError, match="stands for 6 texts"):
        takes.plan(shot)
    batch = batch_for(shot_cards(Shot.objects.all(), shot.scene.project))
    assert not batch.lines
    assert "Order them on the page of the shot." in batch.left_out[0].reason
    Shot.objects.update(prompt="{{a|b}}")
    shot.refresh_from_db()
    assert takes.plan(shot).values["prompt"] == "{a|b}, Film grain"


def test_a_take_of_a_template_can_be_made_again_from_the_form(client, shot, artist):
    post(client, "shot-generate", shot, prompt="{{a|b}} {c|d}")
    page = client.get(shot.get_absolute_url(), {"like": "1"}).text
    assert "{{a|b}} c</textarea>" in page
