"""Notices by mail: what somebody has not read within a few minutes, in one letter.

`gather` puts what is due into one row a person; `billing.outbox` keeps the row until a server has taken the mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from billing.models import AlertState
from billing.outbox import claim, close
from billing.outbox import send as send_letter
from studio.models import Notice, NoticeMail, Project

MOST_NAMED = 30
"""A letter with more says how many more there are."""


@dataclass(frozen=True)
class Section:
    """What happened in one project; each line with the whole address that it leads to."""

    title: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class NoticeLetter:
    """A mail about notices before it is written out. Everything is plain text."""

    subject: str
    sections: Sequence[Section]
    more: int
    notices_url: str
    choices_url: str

    @property
    def text(self) -> str:
        return render_to_string("mail/notices.txt", {"letter": self}).strip() + "\n"

    @property
    def html(self) -> str:
        return render_to_string("mail/notices.html", {"letter": self})


def gather(now: datetime) -> int:
    """Make a mail for everybody who has notices that are due, with all that wait for them. Returns how many mails."""
    waiting = Notice.objects.filter(mail_at__isnull=False, mail__isnull=True)
    # Who has read it here needs no mail about it.
    waiting.filter(read_at__isnull=False).update(mail_at=None)
    due = waiting.filter(mail_at__lte=now).order_by().values_list("person", flat=True).distinct()
    return sum(_gather_for(person_id) for person_id in list(due))


def _gather_for(person_id: int) -> bool:
    waiting = Notice.objects.filter(person=person_id, mail_at__isnull=False, mail__isnull=True)
    with transaction.atomic():
        mail = NoticeMail.objects.create(person_id=person_id)
        found = waiting.update(mail=mail)
        if not found:  # Somebody else has just gathered them.
            transaction.set_rollback(True)
    return bool(found)


def send(mail_id: int) -> bool:
    """Claim the mail and send it. True when it was sent now."""
    mail = claim(NoticeMail, mail_id)
    if mail is None:
        return False
    person = mail.person
    if not person.is_active or not person.email:
        close(mail, AlertState.UNADDRESSED, trouble="This person has no mail address, or cannot sign in.")
        return False
    notices = _still_wanted(mail)
    if not notices:
        close(
            mail, AlertState.COVERED, trouble="All of it was read before, or is of projects that they left."
        )
        return False
    return send_letter(mail, [person.email], letter_of(notices))


def _still_wanted(mail: NoticeMail) -> list[Notice]:
    """What this mail may say: unread, and of projects that the person is still in. One that a person asks for again

    says what it said.
    """
    mine = set(Project.objects.for_user(mail.person).values_list("pk", flat=True))
    rows = mail.notices.select_related("project").order_by("pk")
    if mail.asked_again_at is None:
        rows = rows.filter(read_at=None)
    return [notice for notice in rows if notice.project_id is None or notice.project_id in mine]


def letter_of(notices: Sequence[Notice]) -> NoticeLetter:
    """What the mail says. `notices` is not empty."""
    named = sorted(notices[:MOST_NAMED], key=_project_name)
    return NoticeLetter(
        subject=_subject(notices),
        sections=[
            Section(title, [(each.words, _whole(each.path)) for each in group])
            for title, group in groupby(named, _project_name)
        ],
        more=max(0, len(notices) - MOST_NAMED),
        notices_url=_whole(reverse("studio:notice-list")),
        choices_url=_whole(reverse("studio:notice-choices")),
    )


def _subject(notices: Sequence[Notice]) -> str:
    projects = {_project_name(each) for each in notices}
    where = projects.pop() if len(projects) == 1 else "Rushes"
    if len(notices) == 1:
        words = notices[0].words
        return f"{where}: {words if len(words) <= 120 else f'{words[:119]}…'}"
    return f"{where}: {len(notices)} things for you"


def _project_name(notice: Notice) -> str:
    return notice.project.name if notice.project else "Rushes"


def _whole(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
