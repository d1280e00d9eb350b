"""Signing in: the password, the code of the phone, the end of patience, a new password by mail."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from billing import outbox, tasks
from studio.models import AccountMail
from studio.people.addresses import account_named
from studio.people.seals import bare, sealed_anew
from tests.factories import PASSWORD, make_user

LOGIN = "/accounts/login/"


def sign_in(client, login="ada", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password} | more)


def is_signed_in(client):
    return client.get("/").status_code == 200


def code(secret):
    return format_hotp_value(hotp_value(secret, next(iter(counters()))))


def with_codes(user):
    """Give the user a second factor; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def mailed():
    tasks.hand_out(lambda task, pk: task(pk))
    return mail.outbox


@pytest.fixture
def ada(db):
    return make_user("ada", email="ada@example.com")


@pytest.mark.parametrize("login", ["ada", "ada@example.com", " ADA@example.com "])
def test_a_name_or_an_address_and_the_password_open_the_door(client, ada, login):
    answer = sign_in(client, login, next="/new/")
    assert answer["Location"] == "/new/"
    assert is_signed_in(client)


def test_a_link_to_elsewhere_is_not_followed(client, ada):
    assert sign_in(client, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize(("login", "password"), [("ada", "wrong"), ("nobody", PASSWORD)])
def test_what_does_not_belong_together_is_refused_in_the_same_words(client, ada, login, password):
    page = sign_in(client, login, password).text
    assert "The user name and the password do not belong together" in page
    assert not is_signed_in(client)


def test_a_closed_account_stays_out(client, ada):
    ada.is_active = False
    ada.save()
    sign_in(client)
    assert not is_signed_in(client)


def test_the_session_ends_with_the_browser_unless_it_is_kept(client, ada):
    sign_in(client)
    assert client.session.get_expire_at_browser_close()
    client.logout()
    sign_in(client, remember="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE == 14 * 24 * 3600


def test_after_five_wrong_passwords_the_right_one_does_not_help(client, ada):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "Too many tries that failed" in sign_in(client).text
    assert not is_signed_in(client)
    with time_machine.travel(timedelta(minutes=6)):
        sign_in(client)
        assert is_signed_in(client)


def test_tries_count_for_the_account_whatever_name_of_it_is_typed(client, ada):
    for login in ("ada", "ADA", "ada@example.com", " Ada@Example.com", "ada"):
        sign_in(client, login, password="wrong")
    assert "Too many tries that failed" in sign_in(client, "ada@example.com").text
    assert "Too many tries that failed" in sign_in(client, "ada").text
    assert not is_signed_in(client)
    make_user("eve")
    sign_in(client, "eve")
    assert is_signed_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["\uff4eobody", "NOBODY", " nobody "])
def test_logins_of_nobody_that_look_alike_are_one(other):
    assert account_named(other) == account_named("nobody") == "nobody nobody"


@pytest.mark.django_db(transaction=True)
def test_every_process_counts_the_same_tries(client):
    make_user("ada")
    for _ in range(5):
        sign_in(client, password="wrong")
    script = (
        "import django; django.setup(); from django.test import Client; "
        f"print(Client().post({LOGIN!r}, {{'login': 'ada', 'password': {PASSWORD!r}}}).content.decode())"
    )
    found = connection.settings_dict
    words = (
        f"from tests.settings import *; DATABASES['default'] |= {{'NAME': {str(found['NAME'])!r}}}; "
        "import sys; sys.modules['elsewhere'] = sys.modules['__main__']; "
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'elsewhere'; ALLOWED_HOSTS = ['testserver']\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", words + script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Too many tries that failed" in ran.stdout


def test_with_a_second_factor_the_password_is_half_of_it(client, ada):
    secret = with_codes(ada)
    assert sign_in(client, next="/new/")["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)
    page = client.post("/accounts/2fa/authenticate/", {"code": "000000"}).text
    assert "This code is not right" in page
    assert not is_signed_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)})["Location"] == "/new/"
    assert is_signed_in(client)


def test_a_code_opens_once(client, ada):
    secret = with_codes(ada)
    used = code(secret)
    for browser, opens in ((client, True), (Client(), False)):
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": used})
        assert is_signed_in(browser) == opens


def test_a_recovery_code_opens_once(client, ada):
    with_codes(ada)
    first = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for browser, opens in ((client, True), (Client(), False)):
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": first})
        assert is_signed_in(browser) == opens


def test_codes_cannot_be_guessed_for_long(client, ada):
    secret = with_codes(ada)
    sign_in(client)
    for guess in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": f"00000{guess}"})
    assert "Too many tries" in client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).text
    assert not is_signed_in(client)


def test_the_admin_has_no_door_of_its_own(client, db):
    root = make_user("root", is_staff=True, is_superuser=True)
    with_codes(root)
    door = client.get("/admin/", follow=True)
    assert door.request["PATH_INFO"] == LOGIN
    assert client.post("/admin/login/", {"username": "root", "password": PASSWORD})["Location"].startswith(
        LOGIN
    )
    sign_in(client, "root", next="/admin/")
    assert client.get("/admin/").status_code == 302
    client.force_login(root)
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert client.get("/admin/").status_code == 200


def test_who_is_no_staff_is_told_so_at_the_admin(client, ada):
    client.force_login(ada)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_forgotten_password_is_set_anew_by_mail(client, ada):
    here = Client()
    sign_in(here)
    client.post("/accounts/password/reset/", {"email": "Ada@Example.com"})
    (letter,) = mailed()
    assert letter.to == ["ada@example.com"]
    link = re.search(r"http://localhost:\d+(/accounts/password/reset/\S+)", letter.body)[1]
    form = client.get(link, follow=True)
    address = form.request["PATH_INFO"]
    assert address.endswith("/set-password/")
    weak = client.post(address, {"password1": "12345", "password2": "12345"})
    assert "too short" in weak.text
    new = "a-wholly-new-password"
    client.post(address, {"password1": new, "password2": new})
    assert not is_signed_in(here)
    sign_in(client, password=new)
    assert is_signed_in(client)
    assert "no longer works" in Client().get(link, follow=True).text
    assert [each.subject for each in mailed()[1:]] == ["The password of your account was set anew"]


def test_an_address_that_staff_typed_with_capitals_is_one_s_own(client, db):
    make_user("eve", email="Eve@Example.com")
    client.post("/accounts/password/reset/", {"email": "eve@example.com"})
    assert [letter.to for letter in mailed()] == [["eve@example.com"]]
    sign_in(client, "eve")
    browser = Client()
    sign_in(browser, "eve@example.com")
    assert is_signed_in(browser)


def test_a_reset_link_is_old_after_an_hour(client, ada):
    client.post("/accounts/password/reset/", {"email": "ada@example.com"})
    link = re.search(r"http://localhost:\d+(\S+)", mailed()[0].body)[1]
    with time_machine.travel(timedelta(minutes=61)):
        assert "no longer works" in client.get(link, follow=True).text


def test_nobody_learns_who_has_an_account(client, ada):
    answers = [
        client.post("/accounts/password/reset/", {"email": address}, follow=True).text
        for address in ("ada@example.com", "nobody@example.com")
    ]
    assert re.sub(r"csrf.*?>|X-CSRF.*?>", "", answers[0]) == re.sub(r"csrf.*?>|X-CSRF.*?>", "", answers[1])
    assert AccountMail.objects.get().address == "ada@example.com"


def test_a_mail_about_the_account_that_is_not_taken_is_tried_again(client, ada, settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    client.post("/accounts/password/reset/", {"email": "ada@example.com"})
    mailed()
    row = AccountMail.objects.get()
    assert row.state == "due"
    assert "refused" in row.trouble
    assert outbox.resend(row)


def test_the_link_never_names_a_host_that_a_request_made_up(client, ada):
    client.post("/accounts/password/reset/", {"email": "ada@example.com"}, headers={"Host": "127.0.0.1"})
    assert "http://localhost:" in mailed()[0].body


# ---- secrets in the database
def test_the_secrets_of_second_factors_are_no_text_in_the_database(client, ada, settings):
    secret = with_codes(ada)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    kept = dict(Authenticator.objects.values_list("type", "data"))
    assert kept["totp"]["secret"].startswith("sealed:")
    assert secret not in str(kept)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-long-random-text"
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert is_signed_in(client), "an old key still opens it"
    call_command("seal_second_factors")
    settings.SECRET_KEY_FALLBACKS = []
    browser = Client()
    sign_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_signed_in(browser), "the key of today is enough after that"


def test_where_no_key_opens_a_second_factor_it_says_what_to_do(client, ada, settings):
    secret = with_codes(ada)
    settings.SECRET_KEY = "another-long-random-text"
    sign_in(client)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert answer.status_code == 403
    assert "SECRET_KEY_FALLBACKS" in answer.text
    assert not is_signed_in(client)
    with pytest.raises(CommandError, match="No key opens those of ada"):
        call_command("seal_second_factors")


def test_secrets_from_before_are_sealed_and_can_be_bare_again():
    before = {"secret": "JBSWY3DP", "migrated_codes": ["11111111", "22222222"], "used_mask": 3}
    after = sealed_anew(before)
    assert after["used_mask"] == 3
    assert all(each.startswith("sealed:") for each in [after["secret"], *after["migrated_codes"]])
    assert bare(sealed_anew(after)) == before
