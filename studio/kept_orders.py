"""Orders that the budget refused, kept until they are placed or given up; and asking a producer for more.

A kept order is words and a way back, no more: no money is held for it, and it is priced anew when it is ordered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import BudgetChange
from billing.money import format_usd, to_micros
from billing.shortfalls import Wish, obstacle
from billing.statements import budget_standings
from studio.activity import Deed, note
from studio.models import KeptOrder, Project, Shot, Take
from studio.notices import NoticeKind, tell
from studio.out_of_budget import OutOfBudget, budget_url
from studio.permissions import producers

MOST_KEPT = 200
"""So many of a project are looked at when its budget grows, the newest."""


def keep(
    project: Project,
    person: Any,
    key: str,
    words: str,
    path: str,
    wishes: Sequence[Wish],
    *,
    shot: Shot | None = None,
    take: Take | None = None,
    form: Mapping[str, Sequence[str]] | None = None,
) -> KeptOrder:
    """Keep what the person wanted, in the place of what they had wanted there before.

    `key` names the place, `path` is its address; `form` are the values as they were sent.
    """
    facts: dict[str, Any] = {
        "shot": shot,
        "take": take,
        "words": words[:300],
        "path": path,
        "form": {name: list(values) for name, values in (form or {}).items()},
        "holds": _together(wishes),
    }
    kept, _ = KeptOrder.objects.update_or_create(project=project, person=person, key=key, defaults=facts)
    return kept


@transaction.atomic
def ask(kept: KeptOrder, found: OutOfBudget) -> KeptOrder:
    """Tell the producers what is wanted and what is missing. The same wish is told of once a day and budget."""
    asked = KeptOrder.objects.select_for_update(of=["self"]).select_related("project", "person", "shot")
    kept = asked.get(pk=kept.pk)
    key = f"ask:{kept.pk}:{_digest(kept)}"
    if kept.asked_as == key:
        return kept
    missing = f" {format_usd(found.missing)} is missing." if found.missing is not None else ""
    words = f"{_name(kept.person)} would like {kept.words}. {found.sentence}{missing}"
    path = budget_url(kept.project, found.short, kept)
    tell(producers(kept.project), NoticeKind.MONEY, kept.project, words, path, actor=kept.person, key=key)
    deed = f"asked for more budget for {kept.words}"
    note(kept.project, kept.person, Deed.BUDGET_ASKED, shot=kept.shot, words=deed)
    kept.asked_as, kept.asked_at = key, timezone.now()
    kept.save(update_fields=["asked_as", "asked_at"])
    return kept


def tell_of_more(project: Project, by: Any) -> int:
    """Tell those who asked and whose order the budgets allow now, where a budget has grown. Returns how many."""
    asked = KeptOrder.objects.filter(project=project, asked_at__isnull=False).select_related("person")
    standings = budget_standings(project.account)
    told = 0
    for kept in asked[:MOST_KEPT]:
        if obstacle(project.account, standings, kept.wishes, kept.person) is None:
            words = f"There is enough for {kept.words} now: {_name(by)} changed the budget."
            key = f"more:{kept.pk}:{_digest(kept)}"
            told += tell(
                [kept.person], NoticeKind.MONEY, project, words, kept.get_absolute_url(), actor=by, key=key
            )
    return told


@transaction.atomic
def settle(kept: KeptOrder, by: Any) -> None:
    """It was ordered: it is kept no longer, and who wanted it is told if somebody else did it."""
    words = f"{_name(by)} has ordered {kept.words}."
    if KeptOrder.objects.filter(pk=kept.pk).delete()[0]:
        tell([kept.person], NoticeKind.MONEY, kept.project, words, kept.path, actor=by)


def _name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


def _together(wishes: Sequence[Wish]) -> list[tuple[int, dict[str, str]]]:
    """The holds of one model added up: a batch of a thousand takes has a few models."""
    sums: dict[tuple[tuple[str, str], ...], int] = {}
    for wish in wishes:
        tags = tuple(sorted(wish.tags.items()))
        sums[tags] = sums.get(tags, 0) + to_micros(wish.amount, rounding="up")
    return [(micros, dict(tags)) for tags, micros in sums.items()]


def _digest(kept: KeptOrder) -> str:
    """Changes with what is wanted, with every change of a budget, and from day to day."""
    changes = BudgetChange.objects.filter(budget__account=kept.project.account_id)
    last = changes.order_by("-pk").values_list("pk", flat=True).first()
    said = json.dumps([kept.form, kept.holds, kept.words, last, str(timezone.localdate())], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:24]
