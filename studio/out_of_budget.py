"""An order that the money does not suffice for: what is missing, what would fit, and who can raise it.

It only reads and promises nothing: the order itself asks the budgets again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse

from billing.errors import NoBudgetError
from billing.shortfalls import Shortfall, Wish, first_short, number_that_fits, obstacle
from billing.statements import BudgetStanding, budget_standings
from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.pricing import Quote
from generation.switches.in_force import offered
from studio import budget_words, estimates
from studio.budget_words import names_of
from studio.models import KeptOrder, ProfileKind, Project, Take
from studio.order_form import OrderForm
from studio.permissions import producers
from studio.refinements import model_of_profile

RETRY, REFINE = "retry", "refine"
"""Deeds on a take that are ordered: once more, and with the final model."""


@dataclass(frozen=True)
class Choice:
    """Something smaller that fits. `name` and `value` are what its button sends; the amount is US dollars.

    With `is_change` it changes the form, and is ordered with the next press; else it orders at once.
    """

    label: str
    amount: Decimal
    name: str
    value: str
    is_change: bool = False


@dataclass(frozen=True)
class OutOfBudget:
    """Why an order would be refused now, and what can be done. `people` can raise the budget."""

    sentence: str
    short: Shortfall | None
    people: Sequence[Any]
    choices: Sequence[Choice] = ()
    kept: KeptOrder | None = None

    @property
    def names(self) -> str:
        """“Anna or Ben”; empty where the project has no producer."""
        return names_of(self.people)

    @property
    def all_names(self) -> str:
        """“Anna and Ben”."""
        return names_of(self.people, "and")

    @property
    def missing(self) -> Decimal | None:
        return self.short.missing if self.short else None


@dataclass(frozen=True)
class KeptDeed:
    """Something kept that was to be made from a take. `form` is the id of the form on the page that orders it."""

    kept: KeptOrder
    shortage: OutOfBudget | None
    form: str


def key_of_take(take: Take, deed: str) -> str:
    """What is kept of a deed on a take stands under this."""
    return f"{deed}:{take.pk}"


def kept_of_take(person: Any, take: Take) -> list[KeptDeed]:
    """What the person wanted to make from the take. One query, and two to four more where there is something."""
    deeds = {key_of_take(take, deed): deed for deed in (RETRY, REFINE)}
    project = take.shot.scene.project
    rows = KeptOrder.objects.filter(project=project, person=person, key__in=deeds).select_related("person")
    return [
        KeptDeed(kept, of_wishes(project, kept.wishes, person, kept), f"{deeds[kept.key]}-form")
        for kept in rows.order_by("key")
    ]


def budget_url(project: Project, short: Shortfall | None, kept: KeptOrder | None = None) -> str:
    """The page where the budget that is too small is changed, and from which the way leads back to the order."""
    words = [f"budget={short.standing.budget.pk}"] if short and not short.is_main else []
    words += [f"for={kept.pk}"] if kept else []
    address = reverse("studio:project-budget", args=[project.slug])
    return f"{address}?{'&'.join(words)}" if words else address


def of_wishes(
    project: Project, wishes: Sequence[Wish], member: Any, kept: KeptOrder | None = None
) -> OutOfBudget | None:
    """Why these would be refused together; None when the budgets allow them. Two to four queries."""
    return _of(project, budget_standings(project.account), wishes, member, kept)


def of_form(order: OrderForm, member: Any, kept: KeptOrder | None = None) -> OutOfBudget | None:
    """The same for the form of a shot, with fewer takes and cheaper models that fit. None without a price."""
    quote, project = order.estimate.quote, order.shot.scene.project
    if quote is None:
        return None
    standings = budget_standings(project.account)
    found = _of(project, standings, [budget_words.wish(order.spec, quote)], member, kept)
    if found is None or found.short is None:
        return found
    fewer, cheaper = _fewer(order, quote, standings, member), _cheaper(order, standings, member)
    return replace(found, choices=[*fewer, *cheaper])


def _of(
    project: Project,
    standings: Sequence[BudgetStanding],
    wishes: Sequence[Wish],
    member: Any,
    kept: KeptOrder | None,
) -> OutOfBudget | None:
    found = obstacle(project.account, standings, wishes, member)
    if found is None:
        return None
    if isinstance(found, NoBudgetError):
        return OutOfBudget(str(found), None, producers(project), kept=kept)
    return OutOfBudget(budget_words.needs(found), found, producers(project), kept=kept)


def _fewer(
    order: OrderForm, quote: Quote, standings: Sequence[BudgetStanding], member: Any
) -> Iterator[Choice]:
    """As many takes of each text as fit, where several were wanted."""
    one = Wish(quote.per_job_upper_bound, budget_words.wish(order.spec, quote).tags)
    count = number_that_fits(standings, [one] * order.number, member) // len(order.texts)
    number = count * len(order.texts)
    if 0 < count < order.count:
        words = f"Generate {number} take{'' if number == 1 else 's'}"
        yield Choice(words, quote.per_job_amount * number, "fewer", str(count))


def _cheaper(order: OrderForm, standings: Sequence[BudgetStanding], member: Any) -> Iterator[Choice]:
    """The draft model and the cheapest one of the same kind, where they fit. What they cannot do, the form says."""
    draft = _draft_model(order)
    candidates = [spec for spec in (draft, _cheapest(order)) if spec is not None]
    for spec in {spec.slug: spec for spec in candidates}.values():
        values, _ = estimates.shot_values(order.shot, spec)
        values |= estimates.carried_over(spec, order.spec, order.given)
        if "prompt" in values:
            values["prompt"] = max(order.texts, key=len)
        found = estimates.estimate(order.shot, spec, values, count=order.number)
        if found.quote is None or found.problem or found.quote.amount >= (order.estimate.amount or 0):
            continue
        if first_short(standings, [budget_words.wish(spec, found.quote)], member) is None:
            words = (
                f"Use the draft model, {spec.name}"
                if draft and spec.slug == draft.slug
                else f"Use {spec.name}"
            )
            yield Choice(words, found.quote.amount, "model", spec.slug, is_change=True)


def _draft_model(order: OrderForm) -> ModelSpec | None:
    draft = order.shot.scene.project.profile_of(ProfileKind.DRAFT)
    try:
        spec = catalogue().find(model_of_profile(order.spec, draft))
    except UnknownModelError:
        return None
    return None if spec.slug == order.spec.slug else spec


def _cheapest(order: OrderForm) -> ModelSpec | None:
    """By what one take of the shot costs on it."""
    priced = [
        (price, spec.slug, spec)
        for spec in offered(catalogue().filter(mode=order.spec.mode))
        if spec.status == "live"
        and spec.slug != order.spec.slug
        and (price := estimates.bare_price(order.shot, spec)) is not None
    ]
    return min(priced)[2] if priced else None
