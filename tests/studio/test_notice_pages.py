"""The bell, the list of notices and the choices: each person sees and changes only their own."""

import pytest
from django.urls import reverse

from studio import notices, team
from studio.models import Membership, Notice, Role
from studio.notices import NoticeKind, Way, tell
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
LIST, READ, CHOICES, BELL = "/notices/", "/notices/read/", "/notices/choices/", "/notices/bell/"


@pytest.fixture
def project():
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def ivo(client, project):
    person = make_member(project, Role.VIEWER, "ivo")
    client.force_login(person)
    return person


def news(person, project, words="ada mentions you.", number=1):
    for _ in range(number):
        tell([person], NoticeKind.MENTION, project, words, "/tide/?show=circled")
    return Notice.objects.filter(person=person).order_by("-pk").first()


def test_the_bell_counts_what_is_unread_on_every_page(client, ivo, project):
    assert 'aria-label="Notices"' in client.get("/tide/").text
    news(ivo, project, number=3)
    assert 'aria-label="Notices, 3 unread"' in client.get("/tide/").text
    bell = client.get(BELL, headers={"HX-Request": "true"}).text
    assert 'aria-label="Notices, 3 unread"' in bell
    assert "<html" not in bell
    news(ivo, project, number=120)
    assert "more than 99 unread" in client.get(BELL).text


def test_opening_a_notice_reads_it_and_leads_there(client, ivo, project):
    notice = news(ivo, project, "ada: <i>look</i>")
    assert "ada: &lt;i&gt;look&lt;/i&gt;" in client.get(LIST).text
    response = client.get(f"/notices/{notice.pk}/")
    assert response["Location"] == "/tide/?show=circled"
    assert notices.unread_count(ivo) == 0
    assert "You have read all of it." in client.get(LIST).text


def test_all_are_marked_as_read_or_one(client, ivo, project):
    news(ivo, project, number=3)
    client.post(READ, {"notice": Notice.objects.first().pk})
    assert notices.unread_count(ivo) == 2
    client.post(READ)
    assert notices.unread_count(ivo) == 0


def test_older_ones_stand_on_further_pages(client, ivo, project):
    news(ivo, project, number=notices.A_PAGE + 1)
    first = client.get(LIST).context["page"]
    assert len(first.rows) == notices.A_PAGE
    response = client.get(f"{LIST}?before={first.older}")
    assert len(response.context["page"].rows) == 1
    assert response.context["page"].older is None
    assert f'href="{LIST}"' in response.text.replace('href="?"', f'href="{LIST}"')
    assert len(client.get(f"{LIST}?before=x").context["page"].rows) == notices.A_PAGE


def test_notices_of_others_and_of_projects_left_do_not_exist(client, ivo, project):
    theirs = news(Membership.objects.exclude(user=ivo).get().user, project)
    mine = news(ivo, project)
    team.remove_member(Membership.objects.get(user=ivo), None)
    for notice in (theirs, mine):
        assert client.get(f"/notices/{notice.pk}/").status_code == 404
        assert client.post(READ, {"notice": notice.pk}).status_code == 404
    assert not Notice.objects.filter(read_at__isnull=False).exists()
    assert "Nothing yet" in client.get(LIST).text


def test_the_choices_start_with_the_defaults_and_are_kept(client, ivo):
    page = client.get(CHOICES).text
    assert page.count(" checked") == sum(way.in_app + way.by_mail for way in notices.DEFAULTS.values())
    client.post(CHOICES, {"mention-by_mail": "on", "failure-in_app": "on"})
    kept = notices.choices_of(ivo)
    assert kept.pop(NoticeKind.MENTION) == Way(in_app=False, by_mail=True)
    assert kept.pop(NoticeKind.FAILURE) == Way(in_app=True, by_mail=False)
    assert set(kept.values()) == {Way(in_app=False, by_mail=False)}


def test_who_is_signed_out_is_sent_to_sign_in(client, db):
    for address in (LIST, BELL, CHOICES, "/notices/1/"):
        assert client.get(address)["Location"].startswith(reverse("login"))
    assert client.post(READ)["Location"].startswith(reverse("login"))
