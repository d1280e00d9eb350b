"""EMAIL_URL: what each address means, and that a wrong one stops the start without telling the password."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.mailers import mailers

FOLDER = Path("var/mails")


def options(url):
    mailer = mailers(url, FOLDER)["default"]
    return mailer["BACKEND"].split(".")[-2], mailer["OPTIONS"]


@pytest.mark.parametrize(
    ("url", "backend", "meant"),
    [
        ("folder:", "mail_folder", {"file_path": "var/mails"}),
        ("folder:/srv/mails", "mail_folder", {"file_path": "/srv/mails"}),
        ("console:", "console", {}),
        (" console:// ", "console", {}),
    ],
)
def test_mails_that_stay_here(url, backend, meant):
    assert options(url) == (backend, meant)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp://mail.example.com:2525/", 2525, False, False),
        ("smtp+tls://mail.example.com", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
    ],
)
def test_mails_that_are_sent(url, port, tls, ssl):
    backend, given = options(url)
    assert backend == "smtp"
    assert (given["host"], given["port"], given["use_tls"], given["use_ssl"]) == (
        "mail.example.com",
        port,
        tls,
        ssl,
    )
    assert given["timeout"] == 20


def test_a_user_and_a_password_with_odd_signs():
    _, given = options("smtp+tls://ada%40example.com:p%2Fss%40@mail.example.com")
    assert (given["username"], given["password"]) == ("ada@example.com", "p/ss@")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://secret@mail.example.com",
        "smtp://",
        "smtp://:25",
        "smtp://a:secret@host:port",
        "smtp://a:secret@host:99999",
        "smtp://a:secret@host:0",
        "smtp://a:secret#@host",
        "smtp://a:secret@host/inbox",
        "smtp://a@host",
        "smtp://[secret",
        "folder://secret",
        "console:secret",
    ],
)
def test_a_wrong_address_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refusal:
        mailers(url, FOLDER)
    assert "secret" not in str(refusal.value)
