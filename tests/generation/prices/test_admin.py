"""Dated prices in the admin: refused with clear words, kept for good, withdrawn."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from generation.models import DatedPrice
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LISTING = "admin:generation_datedprice_changelist"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def add(admin: Client, **given: Any) -> Any:
    form = {
        "model": "flux-dev",
        "effective_on": "2026-11-01",
        "amount": "0.026",
        "unit": "megapixel",
        "source": "The bill of October.",
        "note": "",
        **given,
    }
    return admin.post(reverse("admin:generation_datedprice_add"), form)


def test_a_price_is_entered_by_whoever_writes_it(admin: Client) -> None:
    assert add(admin, model="fal-ai/flux/dev").status_code == 302
    row = DatedPrice.objects.get()
    assert (row.model, row.amount_micros, str(row.created_by)) == ("flux-dev", 26_000, "root")
    page = admin.get(reverse("admin:generation_datedprice_change", args=[row.pk]))
    assert page.status_code == 200
    assert "0.026" in page.content.decode()
    assert admin.post(reverse("admin:generation_datedprice_change", args=[row.pk])).status_code == 403
    assert admin.get(reverse(LISTING)).status_code == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "flux-2000"}, "flux-2000"),
        ({"unit": "second"}, "priced by the megapixel"),
        ({"unit": "barrel"}, "barrel"),
        ({"amount": "0,026"}, "has a comma"),
        ({"amount": "-1"}, "above zero"),
        ({"amount": "0"}, "above zero"),
        ({"amount": "0.0000001"}, "finer than a millionth"),
        ({"amount": ""}, "required"),
        ({"effective_on": "1st of May"}, "valid date"),
        ({"source": ""}, "required"),
        ({"model": "kling-3.0-pro-text", "unit": "second"}, "depends on what is asked"),
    ],
)
def test_what_is_no_price_of_the_model_is_refused(admin: Client, given: Any, words: str) -> None:
    answer = add(admin, **given)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not DatedPrice.objects.exists()


def test_one_price_for_all_settings_is_said_aloud(admin: Client) -> None:
    given = {"model": "kling-3.0-pro-text", "unit": "second", "for_all_settings": "on"}
    assert add(admin, **given).status_code == 302


def test_a_second_price_from_the_same_day_is_refused_until_the_first_is_withdrawn(admin: Client) -> None:
    add(admin)
    assert "withdraw that one first" in add(admin, amount="0.03").content.decode()
    first = DatedPrice.objects.get()
    for _ in range(2):
        admin.post(reverse(LISTING), {"action": "withdraw", "_selected_action": [first.pk]})
    first.refresh_from_db()
    assert str(first.withdrawn_by) == "root"
    assert LogEntry.objects.filter(object_id=str(first.pk), change_message__contains="Withdrawn").count() == 1
    assert add(admin, amount="0.03").status_code == 302
    assert DatedPrice.objects.standing().get().amount_micros == 30_000


def test_who_may_only_look_withdraws_nothing(client: Client) -> None:
    client.force_login(make_user("vera", is_staff=True))
    assert add(client).status_code == 403
    answer = client.post(reverse(LISTING), {"action": "withdraw", "_selected_action": [1]})
    assert answer.status_code == 403
