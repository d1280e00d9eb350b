"""What must not stay open: for who left the team, in an archived project, behind a hidden file, to staff who look."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse

from generation.models import Generation
from studio import takes, team
from studio.models import ClientLink, Invitation, Role, Take
from studio.people import addresses, invitations
from studio.plans import TakeRefusedError
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user
from tests.studio.test_client_links import make_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(make_user("ada"), slug="tide")


def test_who_is_taken_off_a_team_has_opened_no_doors(project):
    make_link(project)
    bob = make_member(project, Role.PRODUCER, "bob")
    invitations.invite(project, "second@example.com", Role.PRODUCER, bob)
    ClientLink.objects.update(created_by=bob)

    team.remove_member(project.memberships.get(user=bob), None)

    assert not Invitation.objects.open().exists()
    assert ClientLink.objects.get().revoked_at is not None


def test_who_is_no_producer_any_more_invites_nobody(project):
    bob = make_member(project, Role.PRODUCER, "bob")
    invitations.invite(project, "second@example.com", Role.PRODUCER, bob)
    team.change_role(project.memberships.get(user=bob), Role.ARTIST, None)
    assert not Invitation.objects.open().exists()


def test_an_archived_project_orders_nothing(project):
    shot = make_shot(make_scene(project), model="flux-dev")
    failed = make_take(shot, status="failed", model="flux-dev")
    type(project).objects.update(archived_at="2026-11-01T00:00:00Z")
    before = Generation.objects.count()
    for deed in (
        lambda: takes.order([takes.plan(shot)], None),
        lambda: takes.retry(failed, None),
    ):
        with pytest.raises(TakeRefusedError, match="The project is archived"):
            deed()
    assert Generation.objects.count() == before


def test_a_take_from_a_hidden_file_is_not_made_once_more(project):
    shot = make_shot(make_scene(project))
    source = make_take(shot)
    made = make_take(shot, status="failed")
    output = source.generation.outputs.get()
    type(output).objects.update(hidden_at="2026-11-01T00:00:00Z", hidden_why="A face")
    request = made.generation.request | {
        "inputs": {"start_image.0": {"key": output.key, "sha256": "0", "from": f"take:{source.pk}"}}
    }
    Generation.objects.filter(pk=made.generation_id).update(request=request)
    with pytest.raises(TakeRefusedError, match="An order cannot start from it"):
        takes.retry(Take.objects.get(pk=made.pk), None)
    assert Take.objects.count() == 2


def test_mail_goes_to_the_address_that_is_known_and_not_to_the_one_that_was_typed():
    ada = make_user("ada", email="ada@studio.com")
    assert list(addresses.people_with("Ada@Studio.com")) == [ada]
    assert not addresses.people_with("ada@stud\u0131o.com").exists()
    assert addresses.known_of(ada, "ADA@studio.com") == "ada@studio.com"
    assert addresses.known_of(ada, "ada@stud\u0131o.com") == "ada@studio.com"


def test_staff_see_that_there_is_a_second_factor_and_never_its_secret(client):
    ada = make_user("ada", is_staff=True, is_superuser=True)
    factor = Authenticator.objects.create(user=ada, type="totp", data={"secret": "VERYSECRET"})
    EmailAddress.objects.create(user=ada, email="ada@example.com", verified=True)
    client.force_login(ada)
    for address in (
        reverse("admin:mfa_authenticator_changelist"),
        reverse("admin:mfa_authenticator_change", args=[factor.pk]),
    ):
        page = client.get(address)
        assert page.status_code == 200
        assert "VERYSECRET" not in page.text
    assert client.get(reverse("admin:account_emailaddress_add")).status_code == 403
    page = client.get(reverse("admin:account_emailaddress_changelist"))
    assert re.search(r"ada@example\.com", page.text)
