"""Lays a bill beside the generations: what only one of them has, and what both have at different amounts.

Nothing is written here. Amounts are exact US dollars. A request's bill is the sum of its lines, refunds included.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils import timezone

from billing.models import Entry, EntryKind
from billing.money import from_micros, to_micros
from generation.bills.drift import Drift, drifts
from generation.decisions import is_open_to_decision
from generation.models import CostState, Generation, Status
from generation.providers.base import BillLine

AT_ONCE = 500


@dataclass(frozen=True)
class Billed:
    """All lines of a bill about one request. `at` is the time of the first."""

    request_id: str
    endpoint: str
    amount: Decimal
    units: Decimal | None
    at: datetime


@dataclass(frozen=True)
class Difference:
    """A generation and its bill that do not agree. Either amount may be missing: None is not known, or not billed.

    `ours` is what was charged with all corrections. `is_open`: its cost is not known, and a person may name it.
    """

    generation: Generation
    billed: Billed | None
    ours: Decimal | None
    is_open: bool

    @property
    def amount(self) -> Decimal:
        """What the bill says beyond our books, in US dollars."""
        return (self.billed.amount if self.billed else Decimal(0)) - (self.ours or Decimal(0))


@dataclass
class Comparison:
    """What came out. `first` and `last` are the days compared, both included, in UTC."""

    provider: str
    first: date
    last: date
    lines: int = 0
    repeated: int = 0
    agreed: int = 0
    billed: Decimal = Decimal(0)
    billed_agreed: Decimal = Decimal(0)
    unknown: list[Billed] = field(default_factory=list)
    missing: list[Difference] = field(default_factory=list)
    different: list[Difference] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    lost: int = 0

    @property
    def billed_unknown(self) -> Decimal:
        return sum((each.amount for each in self.unknown), Decimal(0))

    @property
    def billed_different(self) -> Decimal:
        """billed = billed_agreed + billed_different + billed_unknown, always."""
        return sum((each.billed.amount for each in self.different if each.billed), Decimal(0))

    @property
    def ours_different(self) -> Decimal:
        """What our books say of those that differ; what they do not know counts as nothing here."""
        return sum((each.ours or Decimal(0) for each in self.different), Decimal(0))

    @property
    def ours_missing(self) -> Decimal:
        return sum((each.ours or Decimal(0) for each in self.missing), Decimal(0))

    @property
    def undetermined(self) -> int:
        """How many of the generations shown have no known cost."""
        return sum(each.ours is None for each in (*self.missing, *self.different))

    @property
    def agrees(self) -> bool:
        return not (self.unknown or self.missing or self.different)


def compare(provider: str, lines: Iterable[BillLine], since: datetime, until: datetime) -> Comparison:
    """The bill from one moment to another, the second not included, beside what we know of its requests.

    Lines outside that time only tell that their requests are billed in another month.
    """
    found = Comparison(provider, since.date(), (until - timedelta(microseconds=1)).date())
    read = list(lines)
    once = _without_repeats(read)
    found.repeated = len(read) - len(once)
    bills, elsewhere = _by_request(once, since, until)
    found.lines = sum(since <= line.at < until for line in once)
    ours = _generations(provider, list(bills))
    corrected = _corrections(ours.values())
    matched: list[tuple[Generation, Billed]] = []
    for name, bill in bills.items():
        found.billed += bill.amount
        generation = ours.get(name)
        if generation is None:
            found.unknown.append(bill)
            continue
        matched.append((generation, bill))
        known = _ours(generation, corrected)
        if known is not None and to_micros(bill.amount, rounding="up") == to_micros(known):
            found.agreed += 1
            found.billed_agreed += bill.amount
        else:
            found.different.append(Difference(generation, bill, known, _is_open(generation)))
    found.missing = _missing(provider, since, until, {*bills, *elsewhere})
    found.drifts = drifts((generation, bill.amount, bill.units, bill.at) for generation, bill in matched)
    found.lost = Generation.objects.filter(provider=provider, status=Status.UNCERTAIN, external_id="").count()
    return found


def _without_repeats(lines: Sequence[BillLine]) -> list[BillLine]:
    """Each line once: exports overlap, and a page may show what the one before has shown."""
    seen: dict[tuple[object, ...], BillLine] = {}
    for line in lines:
        seen.setdefault((line.request_id, line.at, line.amount, line.units, line.endpoint), line)
    return list(seen.values())


def _by_request(
    lines: Iterable[BillLine], since: datetime, until: datetime
) -> tuple[dict[str, Billed], set[str]]:
    grouped: defaultdict[str, list[BillLine]] = defaultdict(list)
    for line in lines:
        grouped[line.request_id].append(line)
    inside = {n: each for n, each in grouped.items() if any(since <= line.at < until for line in each)}
    return {name: _billed(name, each) for name, each in inside.items()}, grouped.keys() - inside.keys()


def _billed(name: str, lines: Sequence[BillLine]) -> Billed:
    counted = [line.units for line in lines if line.units is not None]
    return Billed(
        request_id=name,
        endpoint=lines[0].endpoint,
        amount=sum((line.amount for line in lines), Decimal(0)),
        # Of a job that was billed and then refunded nobody can say what a unit cost.
        units=counted[0] if len(lines) == 1 and counted else None,
        at=min(line.at for line in lines),
    )


def _generations(provider: str, names: Sequence[str]) -> dict[str, Generation]:
    rows = Generation.objects.filter(provider=provider).select_related("hold", "account")
    found: dict[str, Generation] = {}
    for start in range(0, len(names), AT_ONCE):
        found |= {row.external_id: row for row in rows.filter(external_id__in=names[start : start + AT_ONCE])}
    return found


def _corrections(generations: Iterable[Generation]) -> Mapping[int, int]:
    """Micro-dollars that were corrected, by hold."""
    holds = [generation.hold_id for generation in generations]
    found: dict[int, int] = {}
    lines = Entry.objects.filter(kind=EntryKind.ADJUSTMENT).order_by()
    for start in range(0, len(holds), AT_ONCE):
        sums = lines.filter(hold__in=holds[start : start + AT_ONCE]).values_list("hold")
        found |= dict(sums.annotate(Sum("amount_micros")))
    return found


def _ours(generation: Generation, corrected: Mapping[int, int]) -> Decimal | None:
    if generation.cost_micros is None:
        return None
    return from_micros(generation.cost_micros + corrected.get(generation.hold_id, 0))


def _is_open(generation: Generation) -> bool:
    """Whether its cost may be named now. A lost job may still come back until its deadline."""
    if not generation.is_finished and generation.deadline_at >= timezone.now():
        return False
    return is_open_to_decision(generation)


def _missing(provider: str, since: datetime, until: datetime, billed: set[str]) -> list[Difference]:
    """What ended in the time with a cost, or with none that anybody knows, and is not on the bill."""
    ended = Generation.objects.filter(provider=provider, finished_at__gte=since, finished_at__lt=until)
    charged = Q(cost_state=CostState.KNOWN, cost_micros__gt=0) | Q(cost_state=CostState.UNDETERMINED)
    rows = ended.filter(charged).exclude(external_id="").select_related("hold", "account").order_by("pk")
    absent = [row for row in rows.iterator(chunk_size=AT_ONCE) if row.external_id not in billed]
    corrected = _corrections(absent)
    found = [Difference(row, None, _ours(row, corrected), _is_open(row)) for row in absent]
    return [each for each in found if each.ours is None or each.ours]
