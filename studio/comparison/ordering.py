"""A comparison is ordered whole or not at all; what failed in it is ordered once more.

Through the same front door, budgets and content rules as any take. No fallback takes over here: those stand in for
takes, and a comparison is worth nothing where another model ran than the one that is named.
"""

import random
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from billing.refusals import told_of
from billing.shortfalls import Wish
from generation import inputs, orders, refusals
from generation.defects import inspections
from generation.models import Generation, Status
from generation.pricing import Quote
from studio import plans
from studio.activity import Deed, note
from studio.comparison.criteria import criteria_of
from studio.comparison.planning import Line, Plan
from studio.models import Attempt, Cell, ComparedModel, ComparedPrompt, Comparison, Project
from studio.plans import TakeRefusedError

NAMESPACE = uuid.UUID("b8f6f0d4-55f0-4f0b-9f0c-0c4a5d6e7f81")
LETTERS = "ABCDEFGH"
_lot = random.SystemRandom()


def order(plan: Plan, by: Any | None, *, token: uuid.UUID | None = None) -> Comparison:
    """Write the comparison and place all of its orders. The same `token` twice gives the same comparison.

    Raises TakeRefusedError for a plan with problems or an archived project, and what `generation.orders.place` raises;
    then nothing is written.
    """
    token = token or uuid.uuid4()
    if plan.problems:
        raise TakeRefusedError(plan.problems[0])
    with told_of(by), refusals.remembered(), transaction.atomic():
        project = _hold_still(plan.wanted.project)
        existing = Comparison.objects.filter(token=token, project=project).first()
        if existing is not None:
            return existing
        inputs.hold_still(line.inputs for line in plan.lines)
        comparison = _write(plan, by, token)
        lines = list(plan.lines)
        # Ids stand in addresses: in the order of the plan they would tell which model is which.
        _lot.shuffle(lines)
        cells = _cells(comparison, plan, lines)
        placed = [_order(plan.wanted.project, line, by, token) for line in lines]
        orders.hold_money_still(placed)
        made = []
        for each, cell in zip(placed, cells, strict=True):
            generation = orders.place(each)
            made.append(Attempt.objects.create(cell=cell, number=1, generation=generation, created_by=by))
        inspections.want(attempt.generation_id for attempt in made)
        words = f"ordered the comparison “{comparison.name}”: {plan.count_words}"
        note(project, by, Deed.COMPARISON_ORDERED, words=words)
        return comparison


def _hold_still(project: Project) -> Project:
    """The project first, then files, then money: a click and its repeat take turns."""
    held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if held.archived_at is not None:
        raise TakeRefusedError(
            "The project is archived, so nothing was ordered. A producer can take it up again in its settings."
        )
    return held


def _write(plan: Plan, by: Any | None, token: uuid.UUID) -> Comparison:
    wanted = plan.wanted
    return Comparison.objects.create(
        project=wanted.project,
        name=wanted.name,
        mode=wanted.mode,
        repeats=wanted.repeats,
        asked=wanted.terms.as_json() | {"has_look": wanted.has_look},
        criteria=[each.as_json() for each in criteria_of(wanted.project)],
        is_blind=wanted.is_blind,
        token=token,
        created_by=by,
    )


def _cells(comparison: Comparison, plan: Plan, lines: Sequence[Line]) -> list[Cell]:
    """A cell for each of the plan's lines, in the order of `lines`."""
    rows = ComparedPrompt.objects.bulk_create(
        ComparedPrompt(
            comparison=comparison,
            position=position,
            title=row.title,
            text=row.text,
            negative_prompt=row.negative_prompt,
            shot=row.shot,
            file=row.file,
        )
        for position, row in enumerate(plan.rows, 1)
    )
    letters = _lot.sample(LETTERS[: len(plan.fits)], len(plan.fits))
    columns = ComparedModel.objects.bulk_create(
        ComparedModel(
            comparison=comparison,
            position=position,
            model=each.spec.slug,
            letter=letter,
            values=dict(each.values),
            differences=list(each.differences),
        )
        for position, (each, letter) in enumerate(zip(plan.fits, letters, strict=True), 1)
    )
    return Cell.objects.bulk_create(
        Cell(comparison=comparison, prompt=rows[line.row], column=columns[line.column], repeat=line.repeat)
        for line in lines
    )


def _order(project: Project, line: Line, by: Any | None, token: uuid.UUID) -> orders.Order:
    return orders.Order(
        account=project.account,
        model=line.spec.slug,
        values=line.values,
        inputs=line.inputs,
        measures=line.measures,
        requested_by=by,
        key=uuid.uuid5(NAMESPACE, f"{token}:{line.row}:{line.column}:{line.repeat}"),
    )


def newest(cell: Cell) -> Attempt:
    """The attempt that a cell shows. Its attempts come with it, or are read."""
    return max(cell.attempts.all(), key=lambda each: each.number)


def can_be_retried(generation: Generation) -> bool:
    """Whether it is over without a result, and nobody has given up on it."""
    return generation.status in {Status.FAILED, Status.CANCELLED} and generation.laid_aside_at is None


def retry_price(generation: Generation) -> Quote:
    """What the same costs today. Raises UnknownPriceError, UnknownModelError or InvalidArgumentsError."""
    request = generation.request
    return orders.price(generation.model, request["values"], measures=request.get("measures", {}))


def retry_wish(generation: Generation) -> Wish:
    """What it asks of the budgets."""
    tags = {"model": generation.model, "provider": generation.provider}
    return Wish(retry_price(generation).upper_bound, tags)


def retry(cells: Sequence[Cell], by: Any | None) -> list[Attempt]:
    """Order what failed in these cells of one comparison again, all or none: new generations at today's price.

    However often it is pressed, each failure is ordered again once. Raises TakeRefusedError, and what
    `generation.orders.retry` raises.
    """
    if not cells:
        return []
    comparison = cells[0].comparison
    with told_of(by), refusals.remembered(), transaction.atomic():
        project = _hold_still(comparison.project)
        failed = [_failed(project, cell) for cell in sorted(cells, key=lambda each: each.pk)]
        again = [orders.again(each.generation, by) for each in failed]
        inputs.hold_still(each.inputs for each in again)
        orders.hold_money_still(again)
        made = [_retry(each, by) for each in failed]
        inspections.want(attempt.generation_id for attempt in made)
        words = f"ordered {len(made)} failed take{'' if len(made) == 1 else 's'} of “{comparison.name}” again"
        note(project, by, Deed.COMPARISON_RETRIED, words=words)
        return made


def _failed(project: Project, cell: Cell) -> Attempt:
    """The last attempt of a cell, if it may be ordered again."""
    last = Attempt.objects.select_related("generation__account").filter(cell=cell).order_by("number").last()
    if last is None or not can_be_retried(last.generation):
        raise TakeRefusedError(
            "This take has not failed, or was ordered again already. Look at the page anew."
        )
    plans.refuse_closed_files(project, last.generation)
    orders.refuse_replaced(last.generation, retry_key(last.generation))
    return last


def _retry(last: Attempt, by: Any | None) -> Attempt:
    generation = orders.retry(last.generation, by, key=retry_key(last.generation))
    return Attempt.objects.create(
        cell_id=last.cell_id, number=last.number + 1, generation=generation, created_by=by
    )


def retry_key(generation: Generation) -> uuid.UUID:
    """The key of the one order that may replace this generation."""
    return uuid.uuid5(NAMESPACE, str(generation.key))
