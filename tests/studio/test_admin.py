"""The admin of the film and of generations: pages that open, facts that cannot be changed, one deed."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import Generation, Status
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload, make_user


@pytest.fixture
def admin(client, db):
    user = make_user("root", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


@pytest.fixture
def take(db):
    shot = make_shot(make_scene(make_project(slug="tide")))
    make_take(shot, upload=make_upload(shot.scene.project))
    return make_take(shot)


ROWS = ["studio_project", "studio_scene", "studio_shot", "studio_take", "studio_upload"]
ROWS += ["generation_generation", "generation_output", "generation_event"]


@pytest.mark.parametrize("row", ROWS)
def test_lists_and_rows_open(admin, take, row):
    listing = admin.get(reverse(f"admin:{row}_changelist"))
    assert listing.status_code == 200
    first = listing.context["cl"].queryset[0]
    assert admin.get(reverse(f"admin:{row}_change", args=[first.pk])).status_code == 200


@pytest.mark.parametrize("row", ROWS)
def test_lists_can_be_searched(admin, take, row):
    found = admin.get(reverse(f"admin:{row}_changelist"), {"q": "nothing has this"})
    assert found.context["cl"].result_count == 0


@pytest.mark.parametrize("row", ["studio_take", "studio_shot", "generation_generation"])
def test_a_list_costs_the_same_number_of_queries_however_long(admin, take, row, django_assert_num_queries):
    address = reverse(f"admin:{row}_changelist")
    admin.get(address)
    with CaptureQueriesContext(connection) as short:
        admin.get(address)
    for _ in range(4):
        make_take(make_shot(take.shot.scene))
    with django_assert_num_queries(len(short)):
        admin.get(address)


def test_a_generation_is_a_record_that_nobody_changes(admin, take):
    address = reverse("admin:generation_generation_change", args=[take.generation.pk])
    assert admin.post(address, {"status": "failed"}).status_code == 403
    assert admin.get(reverse("admin:generation_generation_add")).status_code == 403
    assert (
        admin.get(reverse("admin:generation_generation_delete", args=[take.generation.pk])).status_code == 403
    )
    assert Generation.objects.get().status == Status.SUCCEEDED


def test_cancelling_goes_through_the_front_door(admin, take):
    waiting = make_take(take.shot, status="queued")
    admin.post(
        reverse("admin:generation_generation_changelist"),
        {"action": "cancel", "_selected_action": [waiting.generation.pk]},
    )
    waiting.generation.refresh_from_db()
    waiting.generation.hold.refresh_from_db()
    assert waiting.generation.status == Status.CANCELLED
    assert waiting.generation.hold.state == "released"


def test_files_and_posters_are_served_to_staff(admin, take):
    output = take.generation.outputs.get()
    for name, key in [("file", output.key), ("poster", output.poster_key)]:
        default_storage.save(key, ContentFile(b"0123456789"))
        answer = admin.get(reverse(f"admin:generation_output_{name}", args=[output.pk]))
        assert answer.status_code == 200
        assert b"".join(answer) == b"0123456789"
    upload = make_upload(take.shot.scene.project, poster_key="")
    assert admin.get(reverse("admin:studio_upload_poster", args=[upload.pk])).status_code == 404
    assert "nosniff" in answer["X-Content-Type-Options"]


def test_posters_are_for_staff(client, take):
    output = take.generation.outputs.get()
    address = reverse("admin:generation_output_poster", args=[output.pk])
    client.force_login(make_user("nobody"))
    assert client.get(address).status_code == 302
