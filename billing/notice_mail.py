"""The mails that are not about a threshold: the week's digest, and what a budget refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from .audience import Audience, audience_of
from .budgets import main_budget
from .digests import week_bounds
from .errors import NoBudgetError
from .letters import Figure, Letter, fullness, left_words, one_line, standing_figures
from .models import AlertState, BudgetPeriod, Entry, Hold, HoldState, Notice, NoticeKind
from .models.period import TOTAL_KEY
from .money import format_usd, from_micros
from .outbox import claim, close, send
from .shares import top_shares
from .statements import PAID


def send_notice(notice_id: int) -> bool:
    """Claim the notice and mail it. True when it was sent now."""
    notice = claim(Notice, notice_id)
    if notice is None:
        return False
    audience = audience_of(notice.account)
    if audience is None:
        close(notice, AlertState.UNADDRESSED, trouble="No recipient has a mail address.")
        return False
    return send(notice, audience.recipients, letter_of(notice, audience))


def letter_of(notice: Notice, audience: Audience) -> Letter:
    """What the mail says."""
    counter = _main_counter(notice)
    if notice.kind == NoticeKind.DIGEST:
        return _digest(notice, audience, counter)
    return _refusal(notice, audience, counter)


def _digest(notice: Notice, audience: Audience, counter: BudgetPeriod | None) -> Letter:
    start, end = week_bounds(notice.key, notice.account.zone)
    entries = Entry.objects.filter(account=notice.account, made_at__gte=start, made_at__lt=end)
    paid = from_micros(entries.filter(PAID).aggregate(total=Sum("amount_micros", default=0))["total"])
    spent = _spent_words(paid)
    ended = Hold.objects.filter(account=notice.account, ended_at__gte=start, ended_at__lt=end)
    charged, released = (
        ended.filter(state=state).count() for state in (HoldState.SETTLED, HoldState.RELEASED)
    )
    refused = notice.account.notices.filter(
        kind=NoticeKind.REFUSED, due_at__gte=start, due_at__lt=end
    ).count()
    left = f", {left_words(counter.left)}" if counter else ""
    notes = [f"In {_count(refused, 'hour')} of the week a budget refused orders."] if refused else []
    return Letter(
        audience=audience,
        budget_url=audience.budget_url,
        subject=one_line(f"{audience.name}: {spent} last week{left}"),
        headline=f"{spent} last week",
        lead=(
            f"From {start:%-d %B} to {end - timedelta(days=1):%-d %B %Y}: {_count(charged, 'order')} charged, "
            f"{_count(released, 'order')} given back. This is how the budget stands now:"
        ),
        figures=_figures(counter, audience),
        shares_title="Who spent most on what last week",
        shares=top_shares(entries),
        advice="",
        bar=fullness(counter) if counter else None,
        notes=notes,
    )


def _refusal(notice: Notice, audience: Audience, counter: BudgetPeriod | None) -> Letter:
    facts = notice.facts
    needed, left = dollars(facts, "needed"), dollars(facts, "left")
    budget = "the budget" if facts["is_main"] else f"the budget “{facts['label']}”"
    who = facts["who"] or "Somebody"
    moment = notice.due_at.astimezone(notice.account.zone)
    return Letter(
        audience=audience,
        budget_url=audience.budget_address(facts.get("budget", 0), is_main=facts["is_main"]),
        subject=one_line(f"{audience.name}: an order was refused by {budget} – {left_words(left)}"),
        headline="An order was refused for budget",
        lead=(
            f"On {moment:%-d %B %Y at %H:%M} ({notice.account.time_zone}) {who} ordered what can cost "
            f"{format_usd(needed)}; of {budget} ({format_usd(dollars(facts, 'limit'))}) there was "
            f"{left_words(left)}. Nothing was ordered and nothing was spent. The project stands like this now:"
        ),
        figures=_figures(counter, audience),
        shares_title="Who spent most on what",
        shares=top_shares(Entry.objects.filter(account=notice.account)),
        advice="Raise the budget if the work is to go on. Further refusals are told of in an hour at the soonest.",
        bar=fullness(counter) if counter else None,
    )


def dollars(facts: Mapping[str, Any], name: str) -> Decimal:
    """An amount among the facts of a notice, in US dollars."""
    return from_micros(facts[f"{name}_micros"])


def _main_counter(notice: Notice) -> BudgetPeriod | None:
    try:
        budget = main_budget(notice.account)
    except NoBudgetError:
        return None
    return BudgetPeriod.objects.select_related("budget").get(budget=budget, key=TOTAL_KEY)


def _figures(counter: BudgetPeriod | None, audience: Audience) -> list[Figure]:
    return standing_figures(counter, audience) if counter else []


def _spent_words(paid: Decimal) -> str:
    """`$4.00 spent`; `$0.40 given back` when corrections took back more than was spent."""
    return f"{format_usd(-paid)} given back" if paid < 0 else f"{format_usd(paid)} spent"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
