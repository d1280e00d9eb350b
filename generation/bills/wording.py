"""A comparison in words, and as plain facts for programs. Amounts are decimal texts, never floats."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing.money import format_usd
from generation.bills.acceptance import Outcome
from generation.bills.comparison import Billed, Comparison, Difference
from generation.bills.drift import Drift
from generation.pricing import plain, unit_word

_NOT_KNOWN = "not known"


def in_words(found: Comparison) -> Iterator[str]:
    """The report, line by line."""
    yield f"{found.provider}, {found.first} to {found.last} (UTC): {_count(found.lines, 'line')} on the bill."
    if found.repeated:
        yield f"{_count(found.repeated, 'line')} came twice and counted once."
    yield from _list("Billed and unknown to us", [_unknown(each) for each in found.unknown])
    if found.unknown and found.lost:
        yield f"  {_count(found.lost, 'order')} of ours without an id of the provider may be among them."
    yield from _list("Known and not billed", [_missing(each) for each in found.missing])
    yield from _list("Different amount", [_different(each) for each in found.different])
    yield from _list("Prices that have moved", [_drift(each) for each in found.drifts])
    yield (
        f"Billed {format_usd(found.billed)}: {format_usd(found.billed_agreed)} as in our books "
        f"({_count(found.agreed, 'job')}), "
        f"{format_usd(found.billed_different)} where our books say {format_usd(found.ours_different)}, "
        f"{format_usd(found.billed_unknown)} unknown to us."
    )
    yield (
        f"Not billed: {format_usd(found.ours_missing)} of our books. "
        f"Cost not known: {_count(found.undetermined, 'job')}."
    )


def outcomes_in_words(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for each in outcomes:
        amount = "" if each.deed.value == "refused" else f" {format_usd(each.amount)}"
        yield f"{each.deed.value}{amount}: {each.generation.external_id} – {each.text}"


def as_facts(found: Comparison, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The report as JSON would have it."""
    return {
        "provider": found.provider,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "agrees": found.agrees,
        "totals": {
            "lines": found.lines,
            "repeated": found.repeated,
            "agreed": found.agreed,
            "undetermined": found.undetermined,
            "billed": plain(found.billed),
            "billed_agreed": plain(found.billed_agreed),
            "billed_different": plain(found.billed_different),
            "billed_unknown": plain(found.billed_unknown),
            "ours_different": plain(found.ours_different),
            "ours_not_billed": plain(found.ours_missing),
        },
        "billed_and_unknown": [_billed_facts(each) for each in found.unknown],
        "known_and_not_billed": [_difference_facts(each) for each in found.missing],
        "different_amount": [_difference_facts(each) for each in found.different],
        "price_drift": [_drift_facts(each) for each in found.drifts],
        "accepted": [
            {
                "request_id": each.generation.external_id,
                "generation": str(each.generation.key),
                "deed": each.deed.value,
                "amount": plain(each.amount),
                "text": each.text,
            }
            for each in outcomes
        ],
    }


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {len(lines) or 'none'}"
    yield from (f"  {line}" for line in lines)


def _unknown(each: Billed) -> str:
    return f"{each.request_id}: {format_usd(each.amount)} on {each.at:%F %T}, {each.endpoint or 'no endpoint given'}"


def _missing(each: Difference) -> str:
    generation = each.generation
    ours = _NOT_KNOWN if each.ours is None else format_usd(each.ours)
    return f"{generation.external_id}: ours {ours}, {generation.model}, ended {generation.finished_at:%F %T}"


def _different(each: Difference) -> str:
    billed = each.billed.amount if each.billed else Decimal(0)
    head = f"{each.generation.external_id}: billed {format_usd(billed)}, ours "
    if each.ours is None:
        rest = "" if each.is_open else ", and the job is not over"
        return f"{head}{_NOT_KNOWN} ({each.generation.model}{rest})"
    sign = "+" if each.amount > 0 else ""
    return f"{head}{format_usd(each.ours)} ({sign}{format_usd(each.amount)}, {each.generation.model})"


def _drift(each: Drift) -> str:
    unit = unit_word(each.unit)
    text = f"{each.model}: billed ${plain(each.billed)} a {unit}, ours ${plain(each.ours)} ({_count(each.jobs, 'job')})"
    if each.proposed_on is None:
        return f"{text}. {each.why_not}"
    return f"{text}. Proposed: a dated price of ${plain(each.billed)} a {unit} from {each.proposed_on}"


def _billed_facts(each: Billed) -> dict[str, Any]:
    return {
        "request_id": each.request_id,
        "endpoint": each.endpoint,
        "amount": plain(each.amount),
        "units": None if each.units is None else f"{each.units.normalize():f}",
        "at": each.at.isoformat(),
    }


def _difference_facts(each: Difference) -> Mapping[str, Any]:
    return {
        "request_id": each.generation.external_id,
        "generation": str(each.generation.key),
        "model": each.generation.model,
        "status": each.generation.status,
        "account": each.generation.account.name,
        "billed": None if each.billed is None else plain(each.billed.amount),
        "ours": None if each.ours is None else plain(each.ours),
        "difference": plain(each.amount),
        "can_be_settled": each.is_open,
    }


def _drift_facts(each: Drift) -> dict[str, Any]:
    proposal = {
        "model": each.model,
        "effective_on": each.first_on.isoformat(),
        "unit": each.unit,
        "amount": plain(each.billed),
    }
    return {
        "model": each.model,
        "unit": each.unit,
        "ours": plain(each.ours),
        "billed": plain(each.billed),
        "jobs": each.jobs,
        "proposed": None if each.proposed_on is None else proposal,
        "why_not": each.why_not,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
