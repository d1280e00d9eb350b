"""The figures at the head of the page: how the budget stands, what a circled take costs, how estimates held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from billing.availability import Availability, standing
from billing.errors import NoBudgetError
from billing.models import Account, Entry, EntryKind, Hold
from billing.money import from_micros
from billing.statements import PAYING
from generation.models import CostState, Generation
from studio.models import Project, Take
from studio.spending.breakdown import model_name
from studio.spending.windows import Window

_THOUSANDTHS = 1000
_ENTRIES = "generation__hold__entries__"
_PAID = Q(**{f"{_ENTRIES}kind__in": PAYING})
_CORRECTION = Subquery(
    Entry.objects.filter(hold=OuterRef("hold"), kind=EntryKind.ADJUSTMENT)
    .order_by()
    .values("hold")
    .annotate(sum=Sum("amount_micros"))
    .values("sum"),
    output_field=BigIntegerField(),
)


@dataclass(frozen=True)
class Part:
    """A piece of the budget's bar, in per cent of its width. `key` names its colour."""

    key: str
    start: Decimal
    width: Decimal


@dataclass(frozen=True)
class Position:
    """How the main budget stands, in US dollars. The five parts add up to the limit."""

    money: Availability
    undetermined: Decimal
    undetermined_takes: int

    @property
    def spent(self) -> Decimal:
        """What was charged out of holds, with corrections, without overruns."""
        return self.money.spent

    @property
    def making(self) -> Decimal:
        """What is held for takes whose end is only a matter of time."""
        return self.money.held - self.undetermined

    @property
    def is_over(self) -> bool:
        return self.money.left < 0

    @property
    def parts(self) -> list[Part]:
        """The bar from the left, without what is left; of all that is committed when that is more than the limit."""
        amounts = [
            ("spent", self.spent),
            ("overrun", self.money.overrun),
            ("held", self.making),
            ("undetermined", self.undetermined),
        ]
        whole = max(self.money.limit, sum((amount for _, amount in amounts), Decimal(0)))
        found, start = [], Decimal(0)
        for key, amount in amounts:
            width = (amount * 100 / whole).quantize(Decimal("0.01"))
            if width > 0:
                found.append(Part(key, start, width))
                start += width
        return found


def position(account: Account) -> Position | None:
    """How the budget stands; None when the account never had one. Two queries."""
    try:
        money = standing(account)
    except NoBudgetError:
        return None
    unknown = (
        Hold.objects.for_account(account)
        .open()
        .filter(generation__in=Generation.objects.filter(account=account).undetermined())
        .aggregate(number=Count("pk"), amount=Coalesce(Sum("amount_micros"), 0))
    )
    return Position(money, from_micros(unknown["amount"]), unknown["number"])


@dataclass(frozen=True)
class CircledCost:
    """What the film's chosen takes cost, in US dollars: by themselves, and with all that was tried for them."""

    takes: int
    own: Decimal
    everything: Decimal

    @property
    def each(self) -> Decimal | None:
        """All that was spent, by circled take; None before the first."""
        return (self.everything / self.takes).quantize(Decimal("0.01")) if self.takes else None

    @property
    def own_each(self) -> Decimal | None:
        """What a circled take cost by itself; None before the first."""
        return (self.own / self.takes).quantize(Decimal("0.01")) if self.takes else None


def circled_cost(project: Project, everything: Decimal) -> CircledCost:
    """What a circled take costs, corrections included; those that somebody uploaded are left out. One query."""
    found = Take.objects.filter(
        shot__scene__project=project, is_circled=True, generation__isnull=False
    ).aggregate(
        number=Count("pk", distinct=True), own=Sum(_ENTRIES + "amount_micros", filter=_PAID, default=0)
    )
    return CircledCost(found["number"], from_micros(found["own"]), everything)


@dataclass(frozen=True)
class Accuracy:
    """How the estimates of one model compare with what was charged, corrections included. Amounts are US dollars.

    `mean` is the mean, take by take, of the charge as a part of the estimate: 1 is right, 1.2 is a fifth more.
    `worst` is the one that was furthest away, up or down.
    """

    model: str
    takes: int
    estimated: Decimal
    charged: Decimal
    mean: Decimal
    worst: Decimal


def accuracy(account: Account, shown: Window) -> list[Accuracy]:
    """Each model with takes that ended in the window and were charged, the furthest out first. Two queries.

    A charge counts as a bill or a person has corrected it since, whenever that was.
    """
    ended = Q(finished_at__lt=shown.until)
    if shown.since is not None:
        ended &= Q(finished_at__gte=shown.since)
    charged = Generation.objects.filter(
        ended, account=account, cost_state=CostState.KNOWN, cost_micros__gt=0, estimate_micros__gt=0
    ).order_by()
    corrections = account.entries.filter(kind=EntryKind.ADJUSTMENT, hold__isnull=False).order_by()
    # Few are corrected. To look for a correction of each of tens of thousands took most of the page's time.
    corrected = Q(hold__in=corrections.values("hold"))
    rows = [
        *_by_model(charged.exclude(corrected), F("cost_micros")),
        *_by_model(charged.filter(corrected), F("cost_micros") + _CORRECTION),
    ]
    models = {row["model"] for row in rows}
    found = [_accuracy(model, [row for row in rows if row["model"] == model]) for model in models]
    return sorted(found, key=lambda row: (-abs(row.mean - 1), row.model))


def _by_model(charged: QuerySet[Generation], cost: Combinable) -> Iterable[Any]:
    ratio = F("final_micros") * _THOUSANDTHS / F("estimate_micros")
    return (
        charged.annotate(final_micros=cost)
        .values("model")
        .annotate(
            takes=Count("pk"),
            estimated=Sum("estimate_micros"),
            charged=Sum("final_micros"),
            ratios=Sum(ratio),
            highest=Max(ratio),
            lowest=Min(ratio),
        )
    )


def _accuracy(model: str, rows: Sequence[Any]) -> Accuracy:
    """One model's, from the sums of its parts."""
    takes = sum(row["takes"] for row in rows)
    return Accuracy(
        model=model_name(model),
        takes=takes,
        estimated=from_micros(sum(row["estimated"] for row in rows)),
        charged=from_micros(sum(row["charged"] for row in rows)),
        mean=_as_ratio(sum(row["ratios"] for row in rows), takes),
        worst=_as_ratio(_furthest(max(row["highest"] for row in rows), min(row["lowest"] for row in rows))),
    )


def _furthest(highest: int, lowest: int) -> int:
    return highest if highest - _THOUSANDTHS >= _THOUSANDTHS - lowest else lowest


def _as_ratio(thousandths: int, takes: int = 1) -> Decimal:
    return (Decimal(int(thousandths)) / takes / _THOUSANDTHS).quantize(Decimal("0.01"))
