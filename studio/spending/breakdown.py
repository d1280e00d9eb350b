"""Where the money went: by outcome, model, provider, scene, shot and member. Five queries for all of them.

The database adds up the ledger's lines twice: a group for each model, provider, member and outcome that occur together,
and one for each shot. The tables are sums of these groups, so each of them adds up to the same total. One group for all
of it together would be nearly one a take: in a film of 20,000 takes it was most of the time of the page.

What is held now is asked for by itself: few holds are open, and the rest of the ledger need not be looked through for
them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, FilteredRelation, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import Account, EntryKind, HoldState
from billing.money import from_micros
from billing.statements import PAID
from generation.catalogue import catalogue
from studio.models import Shot
from studio.spending.outcomes import Outcome, outcome_of
from studio.spending.windows import Window

_WHAT = {
    "model": F("job__model"),
    "provider": F("job__provider"),
    "member": F("hold__member_id"),
    "username": F("hold__member__username"),
}
_WHERE = {"shot": F("job__take__shot_id")}
_PLACE = {
    "shot_number": "number",
    "scene": "scene_id",
    "scene_number": "scene__number",
    "scene_title": "scene__title",
}
MOST_ROWS = 200
"""So many shares of one kind are told one by one; the others stand in the last line together."""
_PROVIDERS = {"fal": "fal.ai", "kie": "Kie.ai", "mock": "Mock (nothing is paid)"}
_NO_TAKE = "Without a take"
_NOBODY = "Nobody in particular"


@dataclass(frozen=True)
class Share:
    """What one thing took in the window. `held` is what is set aside for it now. Amounts are US dollars.

    `url` leads to its lines in the ledger, as the part of an address from the question mark on.
    """

    name: str
    url: str
    takes: int
    held: Decimal
    paid: Decimal
    percent: int


@dataclass(frozen=True)
class Table:
    """All shares of one kind, the dearest first."""

    title: str
    column: str
    rows: Sequence[Share]

    @property
    def paid(self) -> Decimal:
        return sum((row.paid for row in self.rows), Decimal(0))

    @property
    def held(self) -> Decimal:
        return sum((row.held for row in self.rows), Decimal(0))

    @property
    def takes(self) -> int:
        return sum(row.takes for row in self.rows)


@dataclass(frozen=True)
class _Kind:
    """How groups become a table: what they are told apart by, what that is called, where its lines are."""

    title: str
    column: str
    key: str
    name: Callable[[Any], str]
    query: Callable[[Any], dict[str, Any]]


_KINDS = [
    _Kind("What became of it", "Outcome", "outcome", lambda row: Outcome(row["outcome"]).label,
          lambda row: {"outcome": row["outcome"]}),
    _Kind("By model", "Model", "model", lambda row: model_name(row["model"]),
          lambda row: {"model": row["model"]}),
    _Kind("By scene", "Scene", "scene", lambda row: _scene(row), lambda row: {"place": f"scene-{row['scene']}"}),
    _Kind("By shot", "Shot", "shot", lambda row: f"Shot {row['scene_number']} / {row['shot_number']}",
          lambda row: {"place": f"shot-{row['shot']}"}),
    _Kind("By member", "Member", "member", lambda row: row["username"], lambda row: {"member": row["member"]}),
    _Kind("By provider", "Provider", "provider", lambda row: provider_name(row["provider"]),
          lambda row: {"provider": row["provider"]}),
]  # fmt: skip


def breakdown(account: Account, shown: Window, *, most: int = MOST_ROWS) -> list[Table]:
    """The six tables of what was spent in the window and is held now; `most` is how many rows each may have."""
    what = _groups(account, shown, {"outcome": outcome_of("job"), **_WHAT})
    where = _with_places(_groups(account, shown, _WHERE))
    return [_table(kind, where if kind.key in {"scene", "shot"} else what, shown, most) for kind in _KINDS]


def model_name(slug: str) -> str:
    """What a model is called; its slug when the catalogue no longer has it."""
    spec = catalogue().models.get(slug)
    return spec.name if spec else slug


def provider_name(slug: str) -> str:
    """What a provider is called."""
    return _PROVIDERS.get(slug, slug)


def _groups(account: Account, shown: Window, keys: Mapping[str, Any]) -> list[Any]:
    """The sums of the window, then those of what is held now: a group may come twice, with a part of it each time."""
    inside = Q(made_at__lt=shown.until)
    if shown.since is not None:
        inside &= Q(made_at__gte=shown.since)
    is_hold = Q(kind=EntryKind.HOLD)
    # Said of the generation too, or PostgreSQL reads all generations of the house beside those of the account.
    job = FilteredRelation("hold__generation", condition=Q(hold__generation__account=account))
    groups = account.entries.order_by().alias(job=job).values(**keys)
    spent = groups.filter(inside, is_hold | PAID).annotate(
        takes=Count("pk", filter=is_hold), paid=Coalesce(Sum("amount_micros", filter=PAID), 0)
    )
    held = groups.filter(is_hold, hold__state=HoldState.OPEN).annotate(held=Sum("amount_micros"))
    return [*spent, *held]


def _with_places(rows: Sequence[Any]) -> list[Any]:
    """The groups by shot, each with its shot's and scene's names."""
    shots = Shot.objects.filter(pk__in={row["shot"] for row in rows if row["shot"]}).order_by()
    places = {
        pk: dict(zip(_PLACE, place, strict=True)) for pk, *place in shots.values_list("pk", *_PLACE.values())
    }
    nowhere = dict.fromkeys(_PLACE)
    return [{**row, **places.get(row["shot"], nowhere)} for row in rows]


def _table(kind: _Kind, rows: Iterable[Any], shown: Window, most: int) -> Table:
    sums: dict[Any, list[int]] = {}
    samples: dict[Any, Any] = {}
    for row in rows:
        found = [int(row.get(name, 0)) for name in ("takes", "held", "paid")]
        if any(found):
            samples.setdefault(row[kind.key], row)
            taken = sums.setdefault(row[kind.key], [0, 0, 0])
            for place, number in enumerate(found):
                taken[place] += number
    total = sum(paid for _, _, paid in sums.values())
    order = sorted(
        sums, key=lambda key: (-sums[key][2], -sums[key][1], -sums[key][0], _name(kind, samples[key]))
    )
    # One that is left over would take a line anyway.
    told = order if len(order) <= most + 1 else order[:most]
    shares = [_share(kind, samples[key], sums[key], total, shown) for key in told]
    rest = [sums[key] for key in order[len(told) :]]
    return Table(kind.title, kind.column, [*shares, *_others(rest, total)])


def _others(rest: Sequence[Sequence[int]], total: int) -> list[Share]:
    """The line for all that are not told one by one; none without any."""
    if not rest:
        return []
    takes, held, paid = (sum(column) for column in zip(*rest, strict=True))
    name = f"{len(rest):,} others"
    return [Share(name, "", takes, from_micros(held), from_micros(paid), _percent(paid, total))]


def _percent(paid: int, total: int) -> int:
    return min(max(round(Decimal(paid * 100) / total), 0), 100) if total > 0 else 0


def _share(kind: _Kind, row: Any, taken: Sequence[int], total: int, shown: Window) -> Share:
    takes, held, paid = taken
    return Share(
        name=_name(kind, row),
        url=_address(kind.query(row), shown) if _is_named(kind, row) else "",
        takes=takes,
        held=from_micros(held),
        paid=from_micros(paid),
        percent=_percent(paid, total),
    )


def _name(kind: _Kind, row: Any) -> str:
    if _is_named(kind, row):
        return kind.name(row)
    return _NOBODY if kind.key == "member" else _NO_TAKE


def _is_named(kind: _Kind, row: Any) -> bool:
    return row[kind.key] not in (None, "")


def _address(query: dict[str, Any], shown: Window) -> str:
    days = {"from": shown.first, "to": shown.last} if shown.first else {}
    return f"?{urlencode({'range': shown.key, **query, **days})}#ledger"


def _scene(row: Any) -> str:
    title = row["scene_title"]
    return f"Scene {row['scene_number']}" + (f" – {title}" if title else "")
