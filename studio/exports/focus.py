"""What was spent as rows of FOCUS 1.0, the open specification for cost data (focus.finops.org).

A row for each charge and each adjustment: their `BilledCost` adds up to what is spent. An overrun is in the row of
its charge, for both are one job on the provider's bill. Holds and releases cost nothing and are not in it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from billing.models import EntryKind
from billing.models.period import month_bounds, month_key
from billing.money import from_micros
from studio.exports import cells
from studio.exports.cells import number, text
from studio.models import Project
from studio.spending.breakdown import model_name
from studio.spending.lines import Choice, Line, entries, in_batches
from studio.spending.outcomes import Outcome

HEADER = (
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_LedgerLine",
    "x_Outcome",
)
_ISSUERS = {"fal": "fal.ai", "kie": "Kie.ai", "mock": "Rushes mock provider"}
_UNITS = {
    "image": "Images",
    "megapixel": "Megapixels",
    "second": "Seconds",
    "video": "Clips",
    "gpu_second": "GPU Seconds",
}
_MOMENT = timedelta(seconds=1)
_OUTCOMES = {"succeeded": Outcome.UNUSED, "failed": Outcome.FAILED, "cancelled": Outcome.CANCELLED}


def focus_csv(project: Project, choice: Choice) -> Iterator[str]:
    """What was spent on the chosen lines as FOCUS 1.0 in CSV, piece by piece. Times are UTC."""
    costs = entries(project.account, choice.without_kind()).filter(
        Q(kind=EntryKind.CHARGE) | Q(kind=EntryKind.ADJUSTMENT)
    )
    found = ([_row(project, line) for line in batch] for batch in in_batches(costs))
    return cells.chunks(HEADER, found, mark=False)


def _row(project: Project, line: Line) -> list[str]:
    facts = _account(project, line) | (_usage(line) if line.generation else _correction(line))
    if line.entry.kind == EntryKind.ADJUSTMENT:
        facts |= _as_adjustment(line)
    return [facts.get(column, "") for column in HEADER]


def _account(project: Project, line: Line) -> dict[str, str]:
    entry = line.entry
    cost = number(_cost(line))
    start, end = month_bounds(month_key(entry.made_at, UTC), UTC)  # type: ignore[arg-type]
    return {
        "BilledCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "BillingAccountId": f"account-{entry.account_id}",  # Digits alone are read as a number.
        "BillingAccountName": text(project.account.name),
        "BillingCurrency": project.account.currency,
        "BillingPeriodStart": _utc(start),
        "BillingPeriodEnd": _utc(end),
        "ServiceCategory": "AI and Machine Learning",
        "SubAccountId": f"project-{project.slug}",
        "SubAccountName": text(project.name),
        "Tags": json.dumps(_tags(project, line), ensure_ascii=False),
        "x_LedgerLine": str(entry.pk),
        "x_Outcome": _outcome(line),
    }


def _usage(line: Line) -> dict[str, str]:
    generation = line.generation
    assert generation is not None
    issuer = _ISSUERS.get(generation.provider, generation.provider)
    price = generation.request.get("price", {})
    began = generation.created_at
    ended = max(line.entry.made_at, began + _MOMENT)
    return {
        "ChargeCategory": "Usage",
        "ChargeDescription": text(f"{_resource(line)} on {model_name(generation.model)}"),
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": _utc(began),
        "ChargePeriodEnd": _utc(ended),
        "ConsumedQuantity": str(price.get("quantity", 1)),
        "ConsumedUnit": _UNITS.get(price.get("unit", ""), "Requests"),
        # One request at what it cost: providers give no discount, so all prices are the same.
        "ContractedUnitPrice": number(_cost(line)),
        "ListUnitPrice": number(_cost(line)),
        "PricingCategory": "Standard",
        "PricingQuantity": "1",
        "PricingUnit": "Requests",
        "InvoiceIssuerName": issuer,
        "ProviderName": issuer,
        "PublisherName": issuer,
        "ResourceId": str(generation.key),
        "ResourceName": text(_resource(line)),
        "ResourceType": "Video generation" if generation.media == "video" else "Image generation",
        "ServiceName": text(issuer),
        "SkuId": text(generation.model),
        "SkuPriceId": text(f"{generation.model}@{price.get('effective_on', 'unknown')}"),
    }


def _correction(line: Line) -> dict[str, str]:
    """An adjustment that names no job."""
    return {
        "InvoiceIssuerName": "Not stated",
        "ProviderName": "Not stated",
        "PublisherName": "Not stated",
        "ServiceName": "Not stated",
    }


def _as_adjustment(line: Line) -> dict[str, str]:
    made = line.entry.made_at
    empty = dict.fromkeys(
        ("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice", "PricingCategory",
         "PricingQuantity", "PricingUnit", "SkuId", "SkuPriceId"),
        "",
    )  # fmt: skip
    return empty | {
        "ChargeCategory": "Adjustment",
        "ChargeDescription": text(line.entry.note),
        "ChargeFrequency": "One-Time",
        "ChargePeriodStart": _utc(made),
        "ChargePeriodEnd": _utc(made + _MOMENT),
    }


def _cost(line: Line) -> Decimal:
    """US dollars of the row: a charge with its overrun, or an adjustment."""
    entry = line.entry
    if entry.kind == EntryKind.ADJUSTMENT or entry.hold is None:
        return entry.amount
    return from_micros(entry.hold.charged_micros + entry.hold.overrun_micros)


def _tags(project: Project, line: Line) -> dict[str, str]:
    take = line.take
    found = {"project": project.slug, "member": line.who}
    if take:
        found |= {"scene": take.shot.scene.number, "shot": take.shot.label, "take": str(take.number)}
    return {name: value for name, value in found.items() if value}


def _resource(line: Line) -> str:
    if line.take is None:
        return "A generation without a take"
    return f"Shot {line.take.shot.label}, take {line.take.number}"


def _outcome(line: Line) -> str:
    if line.generation is None:
        return Outcome.NONE
    if line.take is not None and line.take.is_circled:
        return Outcome.CIRCLED
    return _OUTCOMES.get(line.generation.status, Outcome.WORKING)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
