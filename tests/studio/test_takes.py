"""Takes on the shot page: looked at, circled, ordered again, cancelled, uploaded."""

import io
import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from billing import budgets
from billing.models import Hold
from generation.models import CostState, Generation, Status
from generation.orders import cancel
from studio.models import Role, Take, Upload
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_upload
from tests.studio.dear_tags import dear

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide", budget="10.00")))


@pytest.fixture
def artist(client, shot):
    user = make_member(shot.scene.project, Role.ARTIST, "ada")
    client.force_login(user)
    return user


def url(name, take):
    return reverse(f"studio:{name}", args=["tide", take.pk])


def press(token, model="kling-2.5-turbo-text"):
    return {"token": token, "shown": dear(model)}


def panel(client, take):
    return client.get(url("take-detail", take), headers=FRAGMENT).content.decode()


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        (Status.QUEUED, {}, ["$0.35 expected", "cancelling now costs nothing", "Waiting to be sent"]),
        (
            Status.SUBMITTED,
            {"queue_position": 3, "upper_bound": "0.70"},
            ["Number 3 in the queue", "$0.70 is held", "may come too late"],
        ),
        (Status.SUBMITTED, {"progress": 40}, ["40 %", 'value="40"']),
        (Status.UNCERTAIN, {}, ["Nobody knows yet", "$0.35 held"]),
        (
            Status.SUCCEEDED,
            {"upper_bound": "0.70"},
            ["$0.35 charged", "$0.70 was held; $0.35 of it was given back"],
        ),
        (Status.SUCCEEDED, {"cost": "0.50"}, ["$0.50 charged", "$0.15 more than the $0.35"]),
        (Status.FAILED, {"error_code": "content_rejected"}, ["Nothing was charged", "Reword it"]),
        (
            Status.FAILED,
            {"cost_micros": None, "cost_state": CostState.UNDETERMINED},
            ["Nobody knows yet whether", "held"],
        ),
        (Status.CANCELLED, {}, ["Nothing was charged"]),
    ],
)
def test_the_panel_says_how_things_stand_in_plain_words(client, shot, artist, status, fields, words):
    text = panel(client, make_take(shot, status=status, **fields))
    for word in words:
        assert word in text


def test_a_failed_take_shows_the_provider_s_own_words(client, shot, artist):
    text = panel(client, make_take(shot, status=Status.FAILED, error_message="No <b>hands</b>, please."))
    assert "No &lt;b&gt;hands&lt;/b&gt;, please." in text


def test_only_what_is_being_made_polls(client, shot, artist):
    made, making = make_take(shot), make_take(shot, status=Status.SUBMITTED)
    for name in ("take-detail", "take-tile"):
        assert "every" not in client.get(url(name, made), headers=FRAGMENT).content.decode()
        assert "every" in client.get(url(name, making), headers=FRAGMENT).content.decode()


def test_the_end_of_a_take_is_told_once(client, shot, artist):
    take = make_take(shot)
    tile = url("take-tile", take)
    assert "Take 1 is ready." in client.get(f"{tile}?was=submitted", headers=FRAGMENT).content.decode()
    assert "Take 1 is ready." not in client.get(f"{tile}?was=succeeded", headers=FRAGMENT).content.decode()


def test_several_files_are_a_gallery(client, shot, artist):
    text = panel(client, make_take(shot, files=3))
    assert text.count("<video") == 3
    assert "Download 3" in text


def test_an_svg_is_offered_for_saving_only(client, shot, artist):
    take = make_take(shot)
    take.generation.outputs.update(content_type="image/svg+xml", poster_key="")
    text = panel(client, take)
    assert "<img" not in text.partition("take-bar")[0]
    assert "?download=1" in text


def test_the_circled_take_is_looked_at_first_and_the_address_decides_otherwise(client, shot, artist):
    make_take(shot, is_circled=True)
    make_take(shot)
    assert 'id="take-title">Take 1<' in client.get(shot.get_absolute_url()).content.decode()
    assert 'id="take-title">Take 2<' in client.get(f"{shot.get_absolute_url()}?take=2").content.decode()


def test_circling_lets_the_other_go(client, shot):
    client.force_login(make_member(shot.scene.project, Role.REVIEWER))
    first, second = make_take(shot), make_take(shot)
    assert client.post(url("take-circle", first)).status_code == 302
    text = client.post(url("take-circle", second), headers=FRAGMENT).content.decode()
    assert "Take 2 is circled." in text
    assert 'hx-target="#take-strip"' in text
    assert list(Take.objects.filter(is_circled=True)) == [second]
    client.post(url("take-uncircle", first))
    assert Take.objects.get(is_circled=True) == second
    client.post(url("take-uncircle", second))
    assert not Take.objects.filter(is_circled=True).exists()


def test_an_unfinished_take_is_not_circled(client, shot):
    client.force_login(make_member(shot.scene.project, Role.REVIEWER))
    take = make_take(shot, status=Status.SUBMITTED)
    answer = client.post(url("take-circle", take), headers=FRAGMENT)
    assert answer.status_code == 409
    assert "Only a take that has arrived can be circled." in answer.content.decode()
    assert not Take.objects.filter(is_circled=True).exists()


def test_once_more_orders_once_a_token_with_the_price_on_the_button(client, shot, artist):
    take = make_take(shot)
    assert "Once more" in panel(client, take)
    assert '<span class="button-price">$0.21</span>' in panel(client, take)
    token = str(uuid.uuid4())
    for _ in range(2):
        client.post(url("take-retry", take), press(token))
    new = Take.objects.get(number=2)
    assert new.generation.replaces == take.generation
    assert Take.objects.count() == 2


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_once_more_without_a_token_orders_nothing(client, shot, artist, token):
    take = make_take(shot)
    answer = client.post(url("take-retry", take), press(token), headers=FRAGMENT)
    assert answer.status_code == 422
    assert Take.objects.count() == Hold.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_once_more_beyond_the_budget_is_refused(
    client, shot, artist, headers, django_capture_on_commit_callbacks
):
    take = make_take(shot)
    budget = shot.scene.project.account.budgets.get()
    budgets.change_limit(budget, Decimal("0.40"), by=None, why="A test.")
    answer = client.post(url("take-retry", take), press(str(uuid.uuid4())), headers=headers)
    if not headers:
        answer = client.get(answer["Location"])
    else:
        assert answer.status_code == 409
    assert "$0.21" in answer.content.decode()
    assert "$0.05" in answer.content.decode()
    assert Take.objects.count() == Hold.objects.count() == 1


def test_an_unfinished_take_and_an_upload_cannot_be_ordered_again(client, shot, artist):
    making, upload = (
        make_take(shot, status=Status.SUBMITTED),
        make_take(shot, upload=make_upload(shot.scene.project)),
    )
    for take in (making, upload):
        assert "Once more" not in panel(client, take)
        answer = client.post(url("take-retry", take), press(str(uuid.uuid4())), headers=FRAGMENT)
        assert answer.status_code == 422
    assert Take.objects.count() == 2


def test_a_queued_take_is_cancelled_for_nothing(client, shot, artist):
    take = make_take(shot, status=Status.QUEUED)
    text = client.post(url("take-cancel", take), headers=FRAGMENT).content.decode()
    assert "nothing was spent" in text
    assert Generation.objects.get().status == Status.CANCELLED
    assert Hold.objects.get().state == "released"


def test_a_take_that_was_asked_to_stop_says_so_and_asks_no_more(client, shot, artist):
    take = make_take(shot, status=Status.SUBMITTED)
    cancel(take.generation, artist)
    text = panel(client, take)
    assert "Cancelling" in text
    assert "Saving" not in text
    assert "Cancel this take" not in text


def picture(name="frame.png"):
    file = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue())


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    storages = {name: dict(each) for name, each in settings.STORAGES.items()}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": settings.MEDIA_ROOT}}
    settings.STORAGES = storages


def test_a_file_becomes_a_take(client, shot, artist, files):
    answer = client.post(
        reverse("studio:shot-upload", args=["tide", shot.pk]), {"file": picture(), "as": "take"}
    )
    assert answer.status_code == 302
    take = Take.objects.get()
    assert (take.upload.width, take.upload.height, take.upload.name) == (64, 36, "frame.png")
    assert "64 × 36" in panel(client, take)


def test_a_file_becomes_an_input_and_the_form_asks_again(client, shot, artist, files):
    address = reverse("studio:shot-upload", args=["tide", shot.pk])
    answer = client.post(address, {"file": picture(), "as": "input"}, headers=FRAGMENT)
    assert answer["HX-Trigger"] == "inputs-changed"
    assert (Take.objects.count(), Upload.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("clip.mp4", b"this is no clip at all, whatever it is called"), "can be taken"),
        (SimpleUploadedFile("empty.png", b""), "empty"),
        (None, "Choose a file first"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(client, shot, artist, files, file, words):
    address = reverse("studio:shot-upload", args=["tide", shot.pk])
    given = {"as": "take"} | ({"file": file} if file else {})
    answer = client.post(address, given, headers=FRAGMENT)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_picture_called_a_clip_is_refused(client, shot, artist, files):
    address = reverse("studio:shot-upload", args=["tide", shot.pk])
    answer = client.post(address, {"file": picture("frame.mp4"), "as": "take"}, headers=FRAGMENT)
    assert "Rename it to end in .png" in answer.content.decode()
    assert not Upload.objects.exists()


def test_looking_at_another_take_answers_with_strip_and_panel(client, shot, artist):
    make_take(shot)
    take = make_take(shot)
    text = client.get(f"{url('take-detail', take)}?look", headers=FRAGMENT).content.decode()
    assert 'hx-target="#take-strip"' in text
    assert 'aria-current="true"' in text


def test_the_strip_costs_a_fixed_number_of_queries(client, shot, artist, django_assert_max_num_queries):
    address = reverse("studio:take-list", args=["tide", shot.pk])
    make_take(shot)
    with django_assert_max_num_queries(20) as few:
        client.get(address, headers=FRAGMENT)
    for status in (Status.SUCCEEDED, Status.FAILED, Status.SUBMITTED):
        make_take(shot, status=status)
    # One more where the dated prices are read anew, as they are every few seconds.
    with django_assert_max_num_queries(len(few) + 1):
        client.get(address, headers=FRAGMENT)
