"""Mails that are kept are read by staff; the addresses beside the producers; what the mails lead to."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, mailers
from django.urls import reverse
from django.utils import timezone

from billing import digests, tasks
from studio import kept_mails
from studio.audience import audience_of
from studio.mailers import mailers as mailers_of
from tests.factories import make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings, tmp_path):
    settings.MAILERS = mailers_of("folder:", tmp_path)
    message = EmailMultiAlternatives("80 % of the budget", "Left: $5.00\n", to=["ada@example.com"])
    message.attach_alternative("<h1>80 %</h1><script>alert(1)</script>", "text/html")
    mailers.default.send_messages([message])
    return next(tmp_path.glob("*.log")).name


def test_staff_read_what_was_kept(client, kept):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert 'href="/mails/"' in client.get("/").text
    assert f'href="/mails/{kept}/"' in client.get("/mails/").text
    page = client.get(f"/mails/{kept}/").text
    assert "Left: $5.00" in page
    assert "ada@example.com" in page
    html = client.get(f"/mails/{kept}/html/")
    assert "<h1>80 %</h1>" in html.text
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert "sandbox" in html["Content-Security-Policy"]
    assert "script-src" not in html["Content-Security-Policy"]


def test_each_mail_is_kept_by_itself_and_written_out(settings, tmp_path, capsys):
    settings.MAILERS = mailers_of("folder:", tmp_path)
    for number in range(20):
        mail.EmailMessage(f"Mail {number}", f"Text {number}\n", to=["ada@example.com"]).send()
    assert [(each.subject, each.text.strip()) for each in kept_mails.kept_mails()] == [
        (f"Mail {number}", f"Text {number}") for number in reversed(range(20))
    ]
    assert "A mail to ada@example.com (kept, not sent)\nMail 19\n\nText 19\n" in capsys.readouterr().out


def test_others_do_not(client, kept):
    client.force_login(make_user(is_staff=True))
    assert "/mails/" not in client.get("/").text
    assert {client.get(path).status_code for path in ("/mails/", f"/mails/{kept}/html/")} == {403}


@pytest.mark.parametrize("name", ["20260101-000000-1.log", "..%2Fsecret", "a.log"])
def test_only_mails_are_opened(client, kept, name):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get(f"/mails/{name}/").status_code == 404


def test_there_is_no_page_where_mails_are_sent(client, settings):
    settings.MAILERS = mailers_of("console:", None)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get("/mails/").status_code == 404


def save(client, project, addresses):
    form = client.get(reverse("studio:project-edit", args=[project.slug])).context["form"]
    data = {name: form[name].value() or "" for name in form.fields if name != "is_archived"}
    return client.post(
        reverse("studio:project-edit", args=[project.slug]), data | {"alert_emails": addresses}
    )


def test_producers_and_the_added_addresses_are_told(client, settings):
    settings.SITE_URL = "https://rushes.example.com"
    ada = make_user(email="ada@example.com")
    project = make_project(ada, slug="tide")
    client.force_login(ada)
    assert save(client, project, "office@example.com, ADA@example.com\noffice@example.com").status_code == 302
    found = audience_of(project.account)
    assert found.recipients == ("ada@example.com", "office@example.com")
    assert found.budget_url == "https://rushes.example.com/tide/budget/"


def test_a_wrong_address_is_named(client):
    ada = make_user()
    project = make_project(ada)
    client.force_login(ada)
    response = save(client, project, "office@example.com nobody")
    assert response.status_code == 422
    assert "“nobody” is not a mail address" in response.context["form"].errors["alert_emails"][0]
    assert audience_of(project.account).recipients == ()


def mailed():
    """Every mail that is due, as its two parts."""
    tasks.hand_out(lambda task, pk: task(pk))
    found, mail.outbox[:] = list(mail.outbox), []
    return [(letter.body, letter.alternatives[0].content) for letter in found]


def test_the_mails_say_how_the_film_ends():
    # One shot took two takes and has its circled one, so the other needs (2 + 9) / 4 takes at $0.21.
    shot = make_shot(make_scene(make_project(make_user(email="ada@example.com"), budget="1.20")))
    make_shot(shot.scene)
    make_take(shot)
    make_take(shot, is_circled=True)
    mails = mailed()
    digests.write_due(timezone.now() + timedelta(days=8))
    mails += mailed()
    assert len(mails) == 2
    for text, html in mails:
        for words in (
            "At this pace the film ends at $1.28, 7 % over the budget.",
            "Eight times in ten it ends between $0.91 and $1.92.",
            "At the speed of the last day, what is left lasts until about",
        ):
            assert words in text
            assert words in html


def test_a_film_without_known_prices_ends_nobody_knows_where():
    scene = make_scene(make_project(make_user(email="ada@example.com"), slug="tide"))
    make_shot(scene, model="a-model-that-is-gone")
    account = scene.project.account
    assert audience_of(account).forecast == (
        "Where the film ends cannot be said: nobody knows the price of the 1 shot to be made."
    )
    make_shot(scene)
    assert "Not counted: 1 shot whose price nobody knows." in audience_of(account).forecast


def test_an_archived_film_has_no_forecast():
    project = make_project(make_user(email="ada@example.com"), archived_at=timezone.now())
    assert audience_of(project.account).forecast == ""
