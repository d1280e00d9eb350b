"""What `check_ledger` should know about generations: money is held while a job lives or its cost is unknown."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Abs

from billing.check import Finding
from billing.models import Hold, HoldState
from generation.models import UNFINISHED, CostState, Generation


def stranded_holds() -> QuerySet[Hold]:
    """Open holds that nothing can end any more: their generation is over with a known cost, or was never written."""
    living = Q(generation__status__in=UNFINISHED) | Q(generation__cost_state=CostState.UNDETERMINED)
    return Hold.objects.filter(state=HoldState.OPEN, reference__startswith="generation:").exclude(living)


def findings() -> Iterator[Finding]:
    """Open holds that nothing can end any more, and unfinished jobs whose money is not held."""
    for hold in stranded_holds():
        text = f"Hold {hold.reference} is open, but its generation is over or was never written."
        yield Finding(text, hold.amount_micros, hold.account_id)
    unheld = Generation.objects.unfinished().exclude(hold__state=HoldState.OPEN).select_related("hold")
    for generation in unheld:
        text = f"Generation {generation.key} is {generation.status}, but its hold is {generation.hold.state}."
        yield Finding(text, generation.upper_bound_micros, generation.account_id)
    yield from _charged_otherwise()


def _charged_otherwise() -> Iterator[Finding]:
    charged = F("hold__charged_micros") + F("hold__overrun_micros")
    known = Generation.objects.filter(cost_state=CostState.KNOWN)
    for generation in known.exclude(cost_micros=charged).annotate(difference=Abs(F("cost_micros") - charged)):
        text = f"Generation {generation.key} says it cost {generation.cost}, but its hold says otherwise."
        yield Finding(text, generation.difference, generation.account_id)
