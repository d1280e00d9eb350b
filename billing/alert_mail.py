"""The mail about a threshold that a budget has reached."""

from __future__ import annotations

from django.db.models import Q

from .audience import Audience, audience_of
from .letters import Letter, fullness, left_words, one_line, standing_figures
from .models import Alert, AlertState, BudgetPeriod, BudgetState, Entry, Measure
from .money import format_usd
from .outbox import claim, close, send
from .shares import counted_on, top_shares


def send_alert(alert_id: int) -> bool:
    """Claim the alert, and mail it unless another mail says more. True when it was sent now."""
    alert = claim(Alert, alert_id)
    if alert is None:
        return False
    # One that a person sends again goes out whatever was sent since.
    if alert.asked_again_at is None and _is_covered(alert):
        close(alert, AlertState.COVERED)
        return False
    audience = audience_of(alert.period.budget.account)
    if audience is None:
        close(alert, AlertState.UNADDRESSED, trouble="No recipient has a mail address.")
        return False
    return send(alert, audience.recipients, letter_of(alert, audience))


def letter_of(alert: Alert, audience: Audience) -> Letter:
    """What the mail says: the threshold as it was reached, and the budget as it stands now."""
    counter = alert.period
    what = _budget_words(counter)
    reached = f"{alert.threshold} % of {what} is {_measured(alert)}"
    moment = alert.due_at.astimezone(counter.budget.account.zone)
    return Letter(
        audience=audience,
        budget_url=audience.budget_address(counter.budget_id, is_main=counter.budget.is_main),
        subject=one_line(f"{audience.name}: {reached} – {left_words(counter.left)}"),
        headline=f"{reached[:1].upper()}{reached[1:]}",
        lead=(
            f"On {moment:%-d %B %Y at %H:%M} ({counter.budget.account.time_zone}) {format_usd(alert.amount)} of "
            f"{format_usd(alert.limit)} was {_measured(alert)}. This is how it stands now:"
        ),
        figures=standing_figures(counter, audience),
        shares_title="Who spent most on what",
        shares=top_shares(Entry.objects.filter(counted_on(counter))),
        advice=_advice(counter),
        bar=fullness(counter),
    )


def _is_covered(alert: Alert) -> bool:
    """Whether a mail about the same counter says more: one order that passes three thresholds needs no six mails."""
    more = Q(measure=alert.measure, threshold__gt=alert.threshold)
    if alert.measure == Measure.COMMITTED:
        more |= Q(measure=Measure.SPENT, threshold__gte=alert.threshold)
    told = Q(state__in=[AlertState.DUE, AlertState.SENT])
    return Alert.objects.filter(more, told, period=alert.period_id).exclude(pk=alert.pk).exists()


def _budget_words(counter: BudgetPeriod) -> str:
    return "the budget" if counter.budget.is_main else f"the budget “{counter.label}”"


def _measured(alert: Alert) -> str:
    return "spent" if alert.measure == Measure.SPENT else "held or spent"


def _advice(counter: BudgetPeriod) -> str:
    if counter.budget.state == BudgetState.PAUSED:
        return "The budget is paused: nothing is ordered under it until somebody resumes it."
    if not counter.budget.is_hard:
        return "This budget only warns: orders go on beyond it. Talk to the team if they should not."
    if counter.left <= 0:
        return "No more orders are taken under it. Raise the budget if the work is to go on."
    return (
        f"Orders that could cost more than the {format_usd(counter.left)} that is left are refused. "
        "Raise the budget, or let the team choose models that cost less."
    )
