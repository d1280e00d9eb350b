"""One's own account: name, mail address, password, second factor, sessions."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client

from studio.templatetags.browsers import browser
from tests.factories import PASSWORD, make_user
from tests.studio.test_sign_in import code, is_signed_in, mailed, sign_in, with_codes

NEW = "a-wholly-new-password"


@pytest.fixture
def ada(client, db):
    user = make_user("ada", email="ada@example.com")
    sign_in(client)
    return user


def prove(client, address):
    """Open what asks for the password once more, and give it."""
    asked = client.get(address, follow=True)
    assert "Is it you?" in asked.text
    return client.post(f"/accounts/reauthenticate/?next={address}", {"password": PASSWORD}, follow=True)


def test_a_name_is_changed(client, ada):
    client.post("/accounts/", {"first_name": "Ada", "last_name": "Lovelace"})
    ada.refresh_from_db()
    assert ada.get_full_name() == "Ada Lovelace"
    assert client.post("/accounts/", {"first_name": "A" * 200}).status_code == 422


def test_a_new_password_signs_out_everywhere_else(client, ada):
    elsewhere = Client()
    sign_in(elsewhere)
    wrong = client.post(
        "/accounts/password/change/", {"oldpassword": "no", "password1": NEW, "password2": NEW}
    )
    assert "current password" in wrong.text
    assert is_signed_in(elsewhere)
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert answer["Location"] == "/accounts/"
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert [letter.subject for letter in mailed()] == ["The password of your account was changed"]


def test_a_password_like_one_s_own_name_is_refused(client, ada):
    fields = {"oldpassword": PASSWORD, "password1": "ada@example", "password2": "ada@example"}
    assert "too similar" in client.post("/accounts/password/change/", fields).text


def change_address(client, address):
    """Ask for another address, and give the password for it."""
    asked = client.post("/accounts/email/", {"email": address, "action_add": "1"}, follow=True)
    assert "Is it you?" in asked.text
    client.post("/accounts/reauthenticate/?next=/accounts/email/", {"password": PASSWORD}, follow=True)


def test_an_address_counts_once_it_is_confirmed(client, ada):
    change_address(client, "lovelace@example.com")
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    (letter,) = mailed()
    assert letter.to == ["lovelace@example.com"]
    link = re.search(r"http://localhost:\d+(/accounts/confirm-email/\S+)", letter.body)[1]
    assert "Confirm the address" in client.get(link).text
    client.post(link)
    ada.refresh_from_db()
    assert ada.email == "lovelace@example.com"
    assert EmailAddress.objects.get(user=ada).verified
    assert mailed()[1].to == ["ada@example.com"]


def test_a_change_of_address_that_was_taken_back_is_not_mailed(client, ada):
    change_address(client, "lovelace@example.com")
    client.post("/accounts/email/", {"email": "lovelace@example.com", "action_remove": "1"})
    assert "lovelace@example.com" not in [each for letter in mailed() for each in letter.to]


def test_changing_the_address_takes_the_password_once_more(client, ada):
    client.post("/accounts/email/", {"email": "thief@example.com", "action_add": "1"})
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()


def test_the_second_factor_is_turned_on_and_off(client, ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        turn_on_and_off(client)
    assert [letter.subject for letter in mailed()] == [
        "Signing in to your account no longer takes a code",
        "Signing in to your account now takes a code as well",
        "Your account has new recovery codes; the old ones are void",
    ]


def turn_on_and_off(client):
    page = prove(client, "/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert secret in page.text
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "This code is not right" in wrong.text
    assert not Authenticator.objects.exists()
    on = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)
    assert "Recovery codes" in on.text
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert all(each in on.text for each in codes)
    assert codes[0] in client.get("/accounts/2fa/recovery-codes/download/").text
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert codes[0] not in client.get("/accounts/2fa/recovery-codes/").text
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_a_found_session_does_not_turn_the_second_factor_off(client, ada):
    with_codes(ada)
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.count() == 2


def test_other_browsers_are_signed_out(client, ada):
    elsewhere = Client(headers={"User-Agent": "An old laptop"})
    sign_in(elsewhere)
    assert "An old laptop" in client.get("/accounts/sessions/").text
    client.post("/accounts/sessions/")
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
            "Firefox on Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Chrome on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.9", "curl/8.9"),
        ("", "Unknown"),
    ],
)
def test_a_browser_is_named_in_a_few_words(user_agent, words):
    assert browser(user_agent) == words


def test_nobody_makes_an_account_without_an_invitation(client, db):
    assert client.get("/accounts/signup/").status_code in {302, 404}


def test_the_pages_of_the_account_ask_for_sign_in(client, db):
    for path in ("", "email/", "password/change/", "sessions/", "2fa/", "2fa/totp/activate/"):
        answer = client.get(f"/accounts/{path}")
        assert answer["Location"].startswith("/accounts/login/"), path
