"""Notices: who is told what, and how each person wants to hear of it.

`tell` writes rows, inside the transaction of what they are about, and nothing else: no mail leaves before the commit.
What is to be mailed waits GATHER, so that one mail carries what happens within a few minutes (`notice_mails`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from studio import keysets
from studio.models import Project
from studio.models.notice import Notice, NoticeChoice, NoticeKind

__all__ = ["DEFAULTS", "NoticeKind", "Way", "choices_of", "choose", "tell", "unread_count"]

GATHER = timedelta(minutes=3)
"""How long a notice waits for others before it is mailed."""

MOST_COUNTED = 100
"""A bell that shows more says no more."""

A_PAGE = 40
LONGEST = 400


@dataclass(frozen=True)
class Way:
    """How somebody hears of one kind of news; neither means not at all."""

    in_app: bool
    by_mail: bool


DEFAULTS: Mapping[NoticeKind, Way] = {
    NoticeKind.MENTION: Way(in_app=True, by_mail=True),
    NoticeKind.REPLY: Way(in_app=True, by_mail=False),
    NoticeKind.RETAKE: Way(in_app=True, by_mail=True),
    NoticeKind.APPROVED: Way(in_app=True, by_mail=False),
    NoticeKind.BATCH: Way(in_app=True, by_mail=True),
    NoticeKind.FAILURE: Way(in_app=True, by_mail=False),
    NoticeKind.MONEY: Way(in_app=True, by_mail=True),
    NoticeKind.TEAM: Way(in_app=True, by_mail=True),
}


def tell(
    people: Iterable[Any],
    kind: NoticeKind,
    project: Project | None,
    words: str,
    path: str,
    *,
    actor: Any | None = None,
    key: str = "",
) -> int:
    """Tell these people, but for `actor`, whose own deed it is. Returns how many are told. Two or three queries.

    `words` are a whole sentence, `path` an address of ours. Who was told under this `key` is not told again.
    """
    told = {person.pk: person for person in people if person is not None and person != actor}
    chosen = _ways(told, kind)
    now = timezone.now()
    rows = [
        Notice(
            person=told[pk],
            project=project,
            kind=kind,
            key=key,
            words=_short(words),
            path=path,
            is_shown=chosen[pk].in_app,
            mail_at=now + GATHER if chosen[pk].by_mail else None,
        )
        for pk in sorted(told)
        # A row that nobody sees is only kept where it stands for "was told".
        if key or chosen[pk].in_app or chosen[pk].by_mail
    ]
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=bool(key))
    return len(rows)


def unread(person: Any) -> QuerySet[Notice]:
    """What the person has not read yet, of projects that are still theirs."""
    return shown(person).filter(read_at=None)


def shown(person: Any) -> QuerySet[Notice]:
    """The person's notices in the app, newest first. Who has left a project hears nothing of it any more."""
    mine = Project.objects.for_user(person).values("pk")
    rows = Notice.objects.filter(person=person, is_shown=True)
    return rows.filter(Q(project__isnull=True) | Q(project__in=mine))


def page_of(person: Any, *, before: int | None) -> keysets.Page[Notice]:
    """The person's notices, newest first: a page of them, before an id."""
    return keysets.page(shown(person).select_related("project"), before=before, size=A_PAGE)


def unread_count(person: Any) -> int:
    """How many are unread, up to MOST_COUNTED."""
    return unread(person).order_by()[:MOST_COUNTED].count()


def mark_read(person: Any, ids: Iterable[int] | None = None) -> int:
    """Mark these notices of the person as read, or all. Returns how many were unread."""
    mine = Notice.objects.filter(person=person, read_at=None)
    chosen = mine if ids is None else mine.filter(pk__in=list(ids))
    return chosen.update(read_at=timezone.now())


def choices_of(person: Any) -> dict[NoticeKind, Way]:
    """How the person hears of each kind."""
    said = {row.kind: Way(row.in_app, row.by_mail) for row in NoticeChoice.objects.filter(person=person)}
    return {kind: said.get(kind, default) for kind, default in DEFAULTS.items()}


def choose(person: Any, ways: Mapping[NoticeKind, Way]) -> None:
    """Keep how the person wants to hear of these kinds."""
    NoticeChoice.objects.bulk_create(
        [
            NoticeChoice(person=person, kind=kind, in_app=way.in_app, by_mail=way.by_mail)
            for kind, way in ways.items()
        ],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["in_app", "by_mail"],
    )


def _ways(people: Mapping[int, Any], kind: NoticeKind) -> dict[int, Way]:
    rows = NoticeChoice.objects.filter(person__in=list(people), kind=kind)
    said = {row.person_id: Way(row.in_app, row.by_mail) for row in rows}
    return {pk: said.get(pk, DEFAULTS[kind]) for pk in people}


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
