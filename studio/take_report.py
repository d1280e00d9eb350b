"""What became of ordered takes, for the shell: as JSON, in lines, in one sentence when some gave nothing."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from billing import budgets
from billing.money import format_usd
from generation.models import CostState, Generation, Status
from generation.pricing import plain
from studio.models import Project, Take

SHOWN = 3


def read_takes(take_ids: Iterable[int]) -> list[Take]:
    """The takes as they stand now, in the order of the film."""
    takes = Take.objects.filter(pk__in=list(take_ids), generation__isnull=False)
    related = takes.select_related("shot__scene", "generation__hold").prefetch_related("generation__outputs")
    return list(related.order_by("shot__scene__position", "shot__position", "number"))


def as_json(project: Project, takes: Sequence[Take]) -> dict[str, Any]:
    """Facts for programs. Amounts are US dollars as decimal texts; a cost that nobody knows yet is null."""
    made = [made_by(take) for take in takes]
    return {
        "project": project.slug,
        "takes": [_take(take) for take in takes],
        "estimate_total": plain(sum((each.estimate for each in made), Decimal(0))),
        "cost_total": plain(sum((each.cost for each in made if each.cost is not None), Decimal(0))),
        "undetermined": sum(each.cost is None for each in made),
        "left": plain(budgets.available(project.account).left),
    }


def _take(take: Take) -> dict[str, Any]:
    generation = made_by(take)
    return {
        "take": take.number,
        "id": take.pk,
        "shot": take.shot.number,
        "scene": take.shot.scene.number,
        "model": generation.model,
        "status": generation.status,
        "estimate": plain(generation.estimate),
        "cost": None if generation.cost is None else plain(generation.cost),
        "files": _files(generation),
        "differences": [words for output in generation.outputs.all() for words in output.differences],
        "error": generation.error_message or None,
    }


def _files(generation: Generation) -> list[str]:
    """The keys of its files, without those that were cleared."""
    return [output.key for output in generation.outputs.all() if output.cleared_at is None]


def made_by(take: Take) -> Generation:
    """The generation of a take that was ordered, not uploaded."""
    if take.generation is None:
        raise ValueError(f"{take} was uploaded; it has no generation.")
    return take.generation


def line(take: Take) -> str:
    """One take in a line: where it belongs, how it stands, its cost and files."""
    generation = made_by(take)
    parts = [name_of(take), Status(generation.status).label.lower()]
    if generation.cost is not None:
        parts.append(format_usd(generation.cost))
    return "  ".join([*parts, *_files(generation)])


def name_of(take: Take) -> str:
    """“scene 1, shot 2, take 3”."""
    return f"scene {take.shot.scene.number}, shot {take.shot.number}, take {take.number}"


def shortfall(takes: Sequence[Take]) -> str:
    """One sentence on the takes that gave nothing: which, why, what of the money; empty for none."""
    missing = [take for take in takes if made_by(take).status != Status.SUCCEEDED]
    if not missing:
        return ""
    told = "; ".join(f"{name_of(take)}: {_reason(made_by(take))}" for take in missing[:SHOWN])
    more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return f"{len(missing)} of {len(takes)} takes did not succeed: {told}{more}."


def _reason(generation: Generation) -> str:
    said = " ".join(generation.error_message.split()).rstrip(".")
    state = Status(generation.status).label.lower()
    return f"{said or state} ({_money(generation)})"


def _money(generation: Generation) -> str:
    if generation.cost_state == CostState.KNOWN and generation.cost is not None:
        return f"{format_usd(generation.cost)} was charged" if generation.cost else "nothing was charged"
    held = format_usd(generation.upper_bound)
    if generation.is_finished:
        return f"whether it is billed is not known yet, so {held} stays held"
    return f"it may still arrive and be charged, so {held} stays held"
