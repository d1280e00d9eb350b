"""The deny-list, its decisions and flagged files in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generation import orders
from generation.models import ContentDecision, DenyRule, Output
from generation.refusals import ContentRefusedError
from tests.factories import make_output, make_project, make_take, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def add(admin: Client, **given: Any) -> Any:
    form = {"note": "no gore", "kind": "words", "text": "gore", "is_active": "on", **given}
    return admin.post(reverse("admin:generation_denyrule_add"), form)


def test_a_rule_is_made_by_whoever_writes_it(admin: Client) -> None:
    assert add(admin).status_code == 302
    rule = DenyRule.objects.get()
    assert rule.created_by is not None
    assert rule.created_by.username == "root"
    assert admin.get(reverse("admin:generation_denyrule_changelist")).status_code == 200


@pytest.mark.parametrize(
    ("text", "words"), [("(gun", "This is no regular expression"), ("(a+)+$", "takes too long")]
)
def test_a_bad_expression_is_refused_with_a_clear_text(admin: Client, text: str, words: str) -> None:
    answer = add(admin, kind="pattern", text=text)
    assert words in answer.content.decode()
    assert not DenyRule.objects.exists()


def test_decisions_are_read_only_and_stand_below_the_figures(admin: Client) -> None:
    DenyRule.objects.create(text="gore", note="no gore")
    order = orders.Order(make_project().account, "flux-dev", {"prompt": "Gore."})
    with pytest.raises(ContentRefusedError):
        orders.place(order)
    listing = admin.get(reverse("admin:generation_contentdecision_changelist"))
    page = listing.content.decode()
    assert "Refused by our rules" in page
    assert '<th scope="row">flux-dev</th>' in page
    row = reverse("admin:generation_contentdecision_change", args=[ContentDecision.objects.get().pk])
    assert admin.get(row).status_code == 200
    assert admin.post(row, {"rule_note": "nothing"}).status_code == 403
    rule = DenyRule.objects.get()
    admin.post(reverse("admin:generation_denyrule_delete", args=[rule.pk]), {"post": "yes"})
    assert DenyRule.objects.filter(pk=rule.pk).exists()


def test_a_flagged_file_stays_closed_in_the_admin_until_it_is_opened_there(admin: Client) -> None:
    take = make_take(files=0)
    output = make_output(take.generation, is_flagged=True)
    for name in ("file", "poster"):
        assert admin.get(reverse(f"admin:generation_output_{name}", args=[output.pk])).status_code == 403
    still = reverse("admin:generation_output_poster", args=[output.pk])
    pages = ["generation_output", "generation_generation", "studio_take"]
    for page in pages:
        assert still not in admin.get(reverse(f"admin:{page}_changelist")).content.decode()
    chosen = {"action": "open_flagged", "_selected_action": [output.pk]}
    admin.post(reverse("admin:generation_output_changelist"), chosen)
    opened = Output.objects.get()
    assert not opened.is_closed
    assert opened.opened_by is not None
    assert opened.opened_by.username == "root"
    assert still in admin.get(reverse("admin:generation_output_changelist")).content.decode()
