"""Orders that the money does not suffice for: kept as they were, asked for once, gone on with by one press."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from billing import budgets
from billing.models import Hold
from studio import kept_orders
from studio.models import Activity, Deed, KeptOrder, Notice, ProfileKind, Role, Take
from studio.notices import NoticeKind
from tests.factories import make_member, make_project, make_scene, make_shot, make_take
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}
KLING, MASTER = "kling-2.5-turbo-text", "kling-v2-text"


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="1.00")))


@pytest.fixture
def project(shot):
    return shot.scene.project


@pytest.fixture
def producer(project):
    return project.memberships.get(role=Role.PRODUCER).user


@pytest.fixture
def artist(client, project):
    user = make_member(project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def send(client, shot, *, to="shot-generate", headers=FRAGMENT, **changes):
    given = {
        "model": MASTER,
        "shown_model": MASTER,
        "token": str(uuid.uuid4()),
        "count": "2",
        "prompt": "My own words about the tide.",
        "seconds": "5",
        "aspect_ratio": "16:9",
    }
    address = reverse(f"studio:{to}", args=["tide", shot.pk])
    shown = dear(changes.get("model", MASTER))
    return client.post(address, {"shown": shown, **given, **changes}, headers=headers)


def words_of(answer):
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))


def raise_to(project, limit):
    budgets.change_limit(budgets.main_budget(project.account), Decimal(limit), by=None, why="More.")


def test_the_state_says_what_is_missing_and_what_would_fit_before_anything_is_pressed(client, shot, artist):
    answer = send(client, shot, to="shot-estimate", seconds="10", count="3")
    said = words_of(answer)
    assert "This needs $8.40; $1.00 is left of $1.00." in said
    assert "$7.40 is missing" in said
    assert 'name="model" value="' in answer.text, "a cheaper model of the same kind fits"
    assert not KeptOrder.objects.exists()
    one_fits = words_of(send(client, shot, to="shot-estimate", model=KLING, count="8"))
    assert "Generate 4 takes$0.84" in one_fits.replace(" $", "$")


def test_a_month_s_budget_is_called_that(client, shot, project, artist):
    budgets.open_budget(project.account, limit=Decimal("0.35"), by=None, why="Slowly.", period="month")
    assert "This needs $0.42; $0.35 is left this month, of $0.35." in words_of(
        send(client, shot, to="shot-estimate", model=KLING)
    )


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_refusal_keeps_the_form_and_the_wish_and_one_press_goes_on(client, shot, project, artist, headers):
    answer = send(client, shot, headers=headers)
    assert answer.status_code == 409
    assert "My own words about the tide.</textarea>" in answer.text
    assert f'<option value="{MASTER}" selected' in answer.text
    assert 'value="2" id="count-2" checked' in answer.text
    assert not Hold.objects.exists()
    kept = KeptOrder.objects.get()
    assert (kept.person, kept.shot) == (artist, shot)
    assert kept.words == "2 takes of shot 1 / 1 with Kling 2.0 Master text-to-video"
    assert "My own words" not in client.get(shot.get_absolute_url()).text
    assert kept.get_absolute_url() in client.get(shot.get_absolute_url()).text
    page = client.get(kept.get_absolute_url()).text
    assert "My own words about the tide.</textarea>" in page
    raise_to(project, "9.00")
    assert "There is enough now" in words_of(send(client, shot, to="shot-estimate", kept=kept.pk))
    assert send(client, shot, kept=kept.pk).status_code == 200
    assert (Take.objects.count(), KeptOrder.objects.count()) == (2, 0)


def test_fewer_takes_are_ordered_by_their_button(client, shot, artist):
    assert send(client, shot, model=KLING, count="8").status_code == 409
    assert send(client, shot, model=KLING, count="8", fewer="4").status_code == 200
    assert Take.objects.count() == 4


def test_a_cheaper_model_takes_the_words_along(client, shot, project, artist):
    project.profile_of(ProfileKind.DRAFT)
    answer = send(client, shot, seconds="10")
    choice = re.search(r'name="model" value="([^"]+)" formaction="([^"]+)"', answer.text)
    answer = client.post(
        choice[2],
        {"model": [MASTER, choice[1]], "shown_model": MASTER, "prompt": "My own words.", "count": "2"},
        headers=FRAGMENT,
    )
    assert f'<option value="{choice[1]}" selected' in answer.text
    assert "My own words.</textarea>" in answer.text
    assert "would not be ordered" not in answer.text


def test_a_producer_is_asked_once_and_led_back_to_the_wish(client, shot, project, artist, producer):
    for _ in range(2):
        answer = send(client, shot, ask="1")
        assert answer.status_code == 200
        assert f"{producer.username} was asked" in words_of(answer)
        assert 'name="ask"' not in answer.text
    assert not Hold.objects.exists()
    notice = Notice.objects.get()
    kept = KeptOrder.objects.get()
    assert (notice.person, notice.kind, notice.path) == (
        producer,
        NoticeKind.MONEY,
        f"/tide/budget/?for={kept.pk}",
    )
    assert notice.words == (
        "ada would like 2 takes of shot 1 / 1 with Kling 2.0 Master text-to-video. "
        "This needs $2.80; $1.00 is left of $1.00. $1.80 is missing."
    )
    assert Activity.objects.filter(deed=Deed.BUDGET_ASKED).count() == 1
    send(client, shot, ask="1", count="3")
    assert Notice.objects.count() == 2, "another wish is asked for anew"

    client.force_login(producer)
    page = client.get(notice.path).text
    assert "ada would like" in page
    assert 'value="4.2"' in page, "what would just do is offered"
    done = client.post(notice.path, {"limit": "6.00", "why": "For Ada."})
    assert done["Location"] == kept.get_absolute_url()
    news = Notice.objects.get(person=artist)
    assert "There is enough for 3 takes of shot 1 / 1" in news.words
    assert news.path == kept.get_absolute_url()
    assert "My own words about the tide." in client.get(news.path).text, "who has the money may order it too"
    send(client, shot, kept=kept.pk, count="3")
    assert Take.objects.count() == 3
    assert Notice.objects.filter(person=artist, words__contains="has ordered 3 takes").exists()


def test_a_producer_goes_to_the_budget_and_comes_back_to_their_own_words(client, shot, project, producer):
    client.force_login(producer)
    address = send(client, shot, headers={}, **{"raise": "1"})["Location"]
    kept = KeptOrder.objects.get()
    assert address == f"/tide/budget/?for={kept.pk}"
    back = client.post(address, {"limit": "9.00", "why": "More."})["Location"]
    page = client.get(back).text
    assert "My own words about the tide.</textarea>" in page
    assert "There is enough now" in page
    assert not Notice.objects.exists()


def test_what_was_to_be_made_from_a_take_stays_on_its_panel(client, shot, project, artist, producer):
    take = make_take(shot)
    raise_to(project, "0.40")
    sent = {"token": str(uuid.uuid4()), "shown": dear(KLING)}
    address = reverse("studio:take-retry", args=["tide", take.pk])
    answer = client.post(address, sent, headers=FRAGMENT)
    assert answer.status_code == 409
    assert "This needs $0.21; $0.05 is left of $0.40." in words_of(answer)
    assert 'name="ask" value="1" form="retry-form"' in answer.text
    client.post(address, sent | {"ask": "1"}, headers=FRAGMENT)
    assert Notice.objects.get().person == producer
    raise_to(project, "9.00")
    panel = client.get(reverse("studio:take-detail", args=["tide", take.pk]), headers=FRAGMENT)
    assert "There is enough now for take 1 of shot" in panel.text
    assert client.post(address, sent, headers=FRAGMENT).status_code == 200
    assert not KeptOrder.objects.exists()


def test_a_batch_offers_the_first_that_fit_and_asks_for_the_rest(client, project, shot, artist, producer):
    for _ in range(7):
        make_shot(shot.scene)
    page = client.get("/tide/generate/").text
    assert "This needs $1.68; $1.00 is left of $1.00." in re.sub(r"\s+", " ", strip_tags(page))
    assert client.post("/tide/generate/", {"ask": "1"}).status_code == 200
    assert Notice.objects.get().words.startswith("ada would like 8 takes of Tide.")
    form = re.search(
        r'<form class="stack stack--tight" method="post">.*?Generate the first 4 takes', page, re.S
    )
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    sent = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    assert client.post("/tide/generate/", sent).status_code == 302
    assert Take.objects.count() == 4


def test_a_kept_order_is_given_up_by_who_wanted_it_only(client, shot, project, artist):
    send(client, shot)
    kept = KeptOrder.objects.get()
    drop = reverse("studio:kept-order-drop", args=["tide", kept.pk])
    client.force_login(make_member(project, Role.ARTIST))
    assert client.post(drop).status_code == 404
    client.force_login(artist)
    assert client.post(drop).status_code == 302
    assert not KeptOrder.objects.exists()


def test_many_who_asked_are_told_with_a_fixed_number_of_questions_each(
    project, producer, shot, django_assert_max_num_queries
):
    for _ in range(3):
        person = make_member(project, Role.ARTIST)
        kept = kept_orders.keep(project, person, "takes:1", "1 take", "/tide/", [], shot=shot)
        KeptOrder.objects.filter(pk=kept.pk).update(asked_at=kept.kept_at)
    with django_assert_max_num_queries(3 + 3 * 4):
        assert kept_orders.tell_of_more(project, producer) == 3
