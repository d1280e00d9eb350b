"""Invitations: sent by a worker, accepted once, sent again, taken back; and what they do not give away."""

import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from billing import tasks
from studio.models import Activity, Invitation, Membership, Role
from studio.people import invitations
from studio.team import TeamError
from tests.billing.mailboxes import Inbox, free_port, mailers_to, serving
from tests.factories import PASSWORD, make_member, make_project, make_user
from tests.studio.test_order_races import together
from tests.studio.test_sign_in import is_signed_in, mailed, sign_in

TEAM = "/tide/members/"
INVITE = "/tide/invitations/"
NEW = {"username": "eve", "first_name": "Eve", "last_name": "Adams"}
NEW |= {"password1": "a-wholly-new-password", "password2": "a-wholly-new-password"}


@pytest.fixture
def project(client, db):
    ada = make_user("ada", email="ada@example.com")
    client.force_login(ada)
    return make_project(ada, slug="tide")


def invite(client, address="eve@example.com", role="reviewer"):
    return client.post(INVITE, {"address": address, "role": role}, follow=True)


def link(letter):
    return re.search(r"http://localhost:\d+(/invitations/\S+)", letter.body)[1]


def only_link():
    (letter,) = mailed()
    return link(letter)


def deed(name):
    return f"{INVITE}{Invitation.objects.get().pk}/{name}/"


def test_somebody_without_an_account_comes_by_mail(client, project):
    page = invite(client, " Eve@Example.com ")
    assert "The invitation to eve@example.com is on its way." in page.text
    assert not mail.outbox
    (letter,) = mailed()
    assert letter.to == ["eve@example.com"]
    assert letter.subject == "ada invites you to Tide"
    assert "as reviewer" in letter.body
    eve = Client()
    assert "Make the account and accept" in eve.get(link(letter)).text
    assert eve.post(link(letter), NEW)["Location"] == "/tide/"
    assert eve.get("/tide/").status_code == 200
    user = get_user_model().objects.get(username="eve")
    assert Membership.objects.get(user=user).role == Role.REVIEWER
    assert EmailAddress.objects.get(user=user).verified
    assert "Mailed" not in client.get(TEAM).text


def test_a_link_opens_once(client, project):
    invite(client)
    address = only_link()
    Client().post(address, NEW)
    again = Client().post(address, NEW | {"username": "mallory"})
    assert again.status_code == 404
    assert "no longer works" in again.text
    assert not get_user_model().objects.filter(username="mallory").exists()


def test_looking_at_it_accepts_nothing(client, project):
    invite(client)
    eve = make_user("eve", email="eve@example.com")
    browser = Client()
    browser.force_login(eve)
    assert "Accept as eve" in browser.get(only_link()).text
    assert not Membership.objects.filter(user=eve).exists()


def test_somebody_with_an_account_signs_in_and_accepts(client, project):
    eve = make_user("eve", email="Eve@example.com")
    invite(client)
    address, browser = only_link(), Client()
    page = browser.get(address).text
    assert "has an account here" in page
    assert "password1" not in page
    assert browser.post(address, NEW).status_code == 422
    assert sign_in(browser, "eve", next=address)["Location"] == address
    assert browser.post(address)["Location"] == "/tide/"
    assert Membership.objects.get(user=eve).role == Role.REVIEWER
    assert Invitation.objects.get().accepted_by == eve


def test_who_is_on_the_team_meanwhile_keeps_the_role(client, project):
    invite(client, role="viewer")
    eve, browser = make_member(project, Role.ARTIST, "eve"), Client()
    browser.force_login(eve)
    browser.post(only_link())
    assert Membership.objects.get(user=eve).role == Role.ARTIST


def test_a_weak_password_or_a_name_that_is_taken_makes_no_account(client, project):
    invite(client)
    address = only_link()
    for wrong in ({"username": "ada"}, {"password1": "12345", "password2": "12345"}, {"password2": "other"}):
        assert Client().post(address, NEW | wrong).status_code == 422
    assert get_user_model().objects.count() == 1
    assert Invitation.objects.open().exists()


def test_a_new_link_voids_the_old_one(client, project):
    invite(client)
    old = only_link()
    assert "It was sent a moment ago" in client.post(deed("again"), follow=True).text
    with time_machine.travel(timedelta(minutes=2)):
        assert "The old one is void" in client.post(deed("again"), follow=True).text
        new = link(mailed()[1])
        assert Client().get(old).status_code == 404
        assert Client().get(new).status_code == 200


def test_what_is_on_its_way_is_not_sent_twice(client, project):
    invite(client)
    assert "on its way. Wait" in client.post(deed("again"), follow=True).text
    assert len(mailed()) == 1


def test_one_that_is_taken_back_opens_nothing(client, project):
    invite(client)
    address = only_link()
    client.post(deed("revoke"))
    assert Client().get(address).status_code == 404
    client.get(TEAM)
    assert "eve@example.com" not in client.get(TEAM).text
    assert "eve@example.com is invited already" not in invite(client).text


def test_one_that_is_taken_back_before_its_mail_left_is_not_mailed(client, project):
    invite(client)
    client.post(deed("revoke"))
    assert mailed() == []


def test_one_that_is_too_old_opens_nothing_until_it_is_sent_again(client, project):
    invite(client)
    address = only_link()
    with time_machine.travel(timedelta(days=8)):
        client.force_login(get_user_model().objects.get(username="ada"))
        assert Client().get(address).status_code == 404
        assert "Too old since" in client.get(TEAM).text
        client.post(deed("again"))
        assert Client().get(link(mailed()[1])).status_code == 200


@pytest.mark.parametrize("token", ["made-up", "WzEsIngiXQ:1abcde:aaaaaaaaaaaaaaaaaaaa"])
def test_a_made_up_link_opens_nothing(client, db, token):
    assert client.get(f"/invitations/{token}/").status_code == 404


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ADA@example.com", "ada@example.com is on the team already"),
        ("eve@example.com", "eve@example.com is invited already"),
        ("nowhere", "This is no mail address"),
        ("", "required"),
    ],
)
def test_who_cannot_be_invited_is_told_at_the_field(client, project, address, words):
    invite(client)
    answer = client.post(INVITE, {"address": address, "role": "artist"})
    assert answer.status_code == 422
    assert words in answer.text
    assert Invitation.objects.count() == 1


def test_a_project_invites_no_crowds(client, project):
    ada = get_user_model().objects.get()
    for number in range(invitations.MOST_WAITING):
        invitations.invite(project, f"{number}@example.com", Role.VIEWER, ada)
    assert "50 invitations wait" in invite(client).text


def test_taking_back_and_inviting_again_is_no_way_to_mail_somebody_without_end(client, project):
    ada = get_user_model().objects.get()
    for _ in range(invitations.MOST_TO_ONE):
        made = invitations.invite(project, "eve@example.com", Role.VIEWER, ada)
        invitations.revoke(made, ada)
    assert "was mailed 6 invitations within a day" in invite(client).text
    other = make_project(ada, slug="other")
    with pytest.raises(TeamError, match="within a day"):
        invitations.invite(other, "EVE@example.com", Role.VIEWER, ada)
    for number in range(invitations.MOST_A_DAY - invitations.MOST_TO_ONE):
        made = invitations.invite(project, f"{number}@example.com", Role.VIEWER, ada)
        invitations.revoke(made, ada)
    assert "100 invitations were mailed for this project" in invite(client, "new@example.com").text
    with time_machine.travel(timedelta(days=1, minutes=1)):
        invitations.invite(project, "eve@example.com", Role.VIEWER, ada)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_for_one_address_at_one_moment_one_gets_an_account():
    ada = make_user("ada")
    made = [invitations.invite(make_project(ada), "eve@example.com", Role.VIEWER, ada) for _ in range(2)]
    assert len(together(*(partial(_accept, each, name) for each, name in zip(made, "xy", strict=True)))) == 1
    assert get_user_model().objects.filter(email="eve@example.com").count() == 1
    assert EmailAddress.objects.filter(email="eve@example.com", verified=True).count() == 1


def _accept(invitation, name):
    invitations.accept_with_account(invitation, get_user_model()(username=name))


def test_inviting_tells_nothing_about_accounts(client, project):
    make_user("eve", email="eve@example.com")
    pages = [
        invite(client, address).text.replace(address, "") for address in ("eve@example.com", "no@example.com")
    ]
    assert "has an account" not in pages[0] + pages[1]
    assert [each.state for each in Invitation.objects.all()] == ["due", "due"]


def test_the_team_does_not_read_addresses_that_were_invited(client, project):
    invite(client)
    client.force_login(make_member(project, Role.VIEWER))
    assert "eve@example.com" not in client.get(TEAM).text
    assert "eve@example.com" not in " ".join(Activity.objects.values_list("words", flat=True))


def test_a_mail_that_is_not_taken_is_shown_and_goes_out_later(client, project, settings):
    port = free_port()
    settings.MAILERS = mailers_to(port)
    invite(client)
    tasks.hand_out(lambda task, pk: task(pk))
    page = client.get(TEAM).text
    assert "The mail was not taken and is tried again by itself" in page
    inbox = Inbox()
    with serving(inbox, port):
        client.post(deed("again"))
        tasks.hand_out(lambda task, pk: task(pk))
    assert inbox.subjects == ["ada invites you to Tide"]
    assert "Mailed" in client.get(TEAM).text


def test_only_producers_invite_repeat_and_take_back(client, project):
    invite(client)
    client.force_login(make_member(project, Role.ARTIST))
    for address in (INVITE, deed("again"), deed("revoke")):
        assert client.post(address, {"address": "x@example.com", "role": "producer"}).status_code == 403
    assert Invitation.objects.open().count() == 1


def test_an_invitation_of_another_project_is_out_of_reach(client, project):
    other = make_project()
    ada = get_user_model().objects.get(username="ada")
    theirs = invitations.invite(other, "eve@example.com", Role.VIEWER, ada)
    assert client.post(f"{INVITE}{theirs.pk}/revoke/").status_code == 404


def test_a_closed_account_accepts_nothing(client, project):
    make_user("eve", email="eve@example.com", is_active=False)
    invite(client)
    browser = Client()
    sign_in(browser, "eve", PASSWORD)
    assert not is_signed_in(browser)
    assert browser.post(only_link(), NEW).status_code == 422
