"""Where the money went: by outcome, model, provider, scene, shot and member. Three queries for all of them.

The database adds up the ledger's lines twice: a group for each model, provider, member and outcome that occur together,
and one for each shot. The tables are sums of these groups, so each of them adds up to the same total. One group for all
of it together would be nearly one a take: in a film of 20,000 takes it was most of the time of the page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import Account, EntryKind, HoldState
from billing.money import from_micros, to_micros
from billing.statements import PAID
from generation.catalogue import catalogue
from studio.models import Shot
from studio.spending.outcomes import Outcome, outcome_of
from studio.spending.windows import Window

_WHAT = {
    "model": F("hold__generation__model"),
    "provider": F("hold__generation__provider"),
    "member": F("hold__member_id"),
    "username": F("hold__member__username"),
}
_WHERE = {"shot": F("hold__generation__take__shot_id")}
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
    what = list(_groups(account, shown, {"outcome": outcome_of("hold__generation"), **_WHAT}))
    where = _with_places(list(_groups(account, shown, _WHERE)))
    return [_table(kind, where if kind.key in {"scene", "shot"} else what, shown, most) for kind in _KINDS]


def model_name(slug: str) -> str:
    """What a model is called; its slug when the catalogue no longer has it."""
    spec = catalogue().models.get(slug)
    return spec.name if spec else slug


def provider_name(slug: str) -> str:
    """What a provider is called."""
    return _PROVIDERS.get(slug, slug)


def _groups(account: Account, shown: Window, keys: Mapping[str, Any]) -> Iterable[Any]:
    inside = Q(made_at__lt=shown.until)
    if shown.since is not None:
        inside &= Q(made_at__gte=shown.since)
    return (
        account.entries.order_by()
        .values(**keys)
        .annotate(
            takes=Count("pk", filter=inside & Q(kind=EntryKind.HOLD)),
            held=Coalesce(Sum("amount_micros", filter=Q(kind=EntryKind.HOLD, hold__state=HoldState.OPEN)), 0),
            paid=Coalesce(Sum("amount_micros", filter=inside & PAID), 0),
        )
    )


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
        if row["takes"] or row["held"] or row["paid"]:
            samples.setdefault(row[kind.key], row)
            taken = sums.setdefault(row[kind.key], [0, 0, 0])
            for place, name in enumerate(("takes", "held", "paid")):
                taken[place] += int(row[name])
    total = sum(paid for _, _, paid in sums.values())
    found = [_share(kind, samples[key], taken, total, shown) for key, taken in sums.items()]
    found.sort(key=lambda row: (-row.paid, -row.held, -row.takes, row.name))
    return Table(kind.title, kind.column, _shortened(found, total, most))


def _shortened(rows: Sequence[Share], total: int, most: int) -> list[Share]:
    """The first ones, and the others in one line; one alone would be a line anyway."""
    if len(rows) <= most + 1:
        return list(rows)
    rest = rows[most:]
    paid, held = (sum((getattr(row, name) for row in rest), Decimal(0)) for name in ("paid", "held"))
    takes = sum(row.takes for row in rest)
    line = Share(f"{len(rest):,} others", "", takes, held, paid, _percent(to_micros(paid), total))
    return [*rows[:most], line]


def _percent(paid: int, total: int) -> int:
    return min(max(round(Decimal(paid * 100) / total), 0), 100) if total > 0 else 0


def _share(kind: _Kind, row: Any, taken: Sequence[int], total: int, shown: Window) -> Share:
    takes, held, paid = taken
    is_named = row[kind.key] not in (None, "")
    return Share(
        name=kind.name(row) if is_named else _NOBODY if kind.key == "member" else _NO_TAKE,
        url=_address(kind.query(row), shown) if is_named else "",
        takes=takes,
        held=from_micros(held),
        paid=from_micros(paid),
        percent=_percent(paid, total),
    )


def _address(query: dict[str, Any], shown: Window) -> str:
    days = {"from": shown.first, "to": shown.last} if shown.first else {}
    return f"?{urlencode({'range': shown.key, **query, **days})}#ledger"


def _scene(row: Any) -> str:
    title = row["scene_title"]
    return f"Scene {row['scene_number']}" + (f" – {title}" if title else "")
