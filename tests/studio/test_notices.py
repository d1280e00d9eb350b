"""Notices: who is told, how each person wants to hear of it, and what is read."""

import pytest

from studio import notices, team
from studio.mentions import mentioned
from studio.models import Membership, Notice, Role
from studio.notices import NoticeKind, Way, tell
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide")


@pytest.fixture
def ivo(project):
    return make_member(project, Role.ARTIST, "ivo")


def test_people_are_told_but_not_of_their_own_deeds(project, ada, ivo):
    told = tell([ada, ivo, ivo, None], NoticeKind.MENTION, project, "ada mentions you.", "/tide/", actor=ada)
    assert told == 1
    notice = Notice.objects.get()
    assert (notice.person, notice.words, notice.path) == (ivo, "ada mentions you.", "/tide/")
    assert notice.mail_at == pytest.approx(notice.made_at + notices.GATHER, abs=notices.GATHER / 10)


def test_each_person_chooses_for_each_kind(project, ada, ivo):
    notices.choose(ivo, {NoticeKind.MENTION: Way(False, True), NoticeKind.RETAKE: Way(False, False)})
    notices.choose(ivo, {NoticeKind.MENTION: Way(True, False)})
    for kind in (NoticeKind.MENTION, NoticeKind.RETAKE):
        tell([ivo], kind, project, "News.", "/tide/")
    notice = Notice.objects.get()
    assert (notice.kind, notice.is_shown, notice.mail_at) == (NoticeKind.MENTION, True, None)
    assert notices.choices_of(ivo)[NoticeKind.RETAKE] == Way(False, False)
    assert notices.choices_of(ada) == notices.DEFAULTS


def test_a_key_tells_each_person_once_even_where_nothing_shows(project, ada, ivo):
    notices.choose(ivo, {NoticeKind.BATCH: Way(False, False)})
    for _ in range(2):
        tell([ada, ivo], NoticeKind.BATCH, project, "All there.", "/tide/", key="batch:1")
    assert Notice.objects.count() == 2
    assert notices.unread_count(ada) == 1
    assert notices.unread_count(ivo) == 0


def test_who_has_left_a_project_hears_nothing_of_it_any_more(project, ada, ivo):
    tell([ivo], NoticeKind.MENTION, project, "News.", "/tide/")
    team.remove_member(Membership.objects.get(user=ivo), ada)
    assert notices.unread_count(ivo) == 0


def test_reading_is_for_oneself(project, ada, ivo):
    tell([ada, ivo], NoticeKind.MENTION, project, "News.", "/tide/")
    theirs = Notice.objects.get(person=ada)
    assert notices.mark_read(ivo, [theirs.pk]) == 0
    assert notices.mark_read(ivo) == 1
    assert (notices.unread_count(ada), notices.unread_count(ivo)) == (1, 0)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ivo look at this", {"ivo"}),
        ("Too dark, @Ivo. And @ada?", {"ivo", "ada"}),
        ("(@ivo)", {"ivo"}),
        ("mail ivo@example.com or x@ivo", set()),
        ("@stranger, @nobody, @", set()),
        ("@ivo.b and @ivo-", {"ivo.b", "ivo"}),
        ("@ivox", set()),
    ],
)
def test_members_are_named_by_their_user_names(project, ivo, text, names):
    make_user("stranger")
    make_member(project, Role.VIEWER, "ivo.b")
    assert {person.username for person in mentioned(project, text)} == names
