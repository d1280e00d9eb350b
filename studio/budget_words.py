"""What a budget that refuses means for a project's people: how much is needed, what is left, and who can change it."""

from collections.abc import Iterable, Sequence
from typing import Any

from billing.errors import BudgetExceededError, BudgetStoppedError, NoBudgetError
from billing.models import Period
from billing.money import format_usd
from billing.shortfalls import Shortfall, Wish, shortfall
from billing.statements import BudgetStanding
from generation.catalogue import ModelSpec
from generation.catalogue.wording import listed
from generation.pricing import Quote
from studio.models import Project
from studio.permissions import producers


def wish(spec: ModelSpec, quote: Quote) -> Wish:
    """The hold that an order at this price would ask for."""
    return Wish(quote.upper_bound, {"model": spec.slug, "provider": spec.provider})


def names_of(people: Sequence[Any], last: str = "or") -> str:
    """`Anna or Ben`; empty for nobody."""
    return listed([person.get_full_name() or person.get_username() for person in people], last)


def who_can(people: Sequence[Any], deed: str) -> str:
    """`Anna or Ben can raise it`, or what to do where there is nobody."""
    names = names_of(people)
    return f"{names} can {deed}" if names else f"make somebody its producer, who can {deed}"


def refusal(
    project: Project,
    what: str,
    wishes: Iterable[Wish],
    by: Any | None,
    error: BudgetExceededError | NoBudgetError,
) -> str:
    """Why nothing was ordered, in whole sentences; `what` names the order, such as `3 takes`."""
    people = producers(project)
    if isinstance(error, BudgetStoppedError):
        return f"{error} Here, {who_can(people, 'do that')}."
    if isinstance(error, NoBudgetError):
        return f"{error} Here, {who_can(people, 'do that')}. Nothing was ordered."
    short, raises = shortfall(project.account, wishes, by), who_can(people, "raise it")
    if (
        short is None
    ):  # Money came free since, or a budget was raised: the refusal's own words are all there is.
        return f"{error} Here, {raises}. Nothing was ordered."
    return f"{what} can cost {_against(project, short)}: {raises}. Nothing was ordered."


def needs(short: Shortfall) -> str:
    """“This needs $1.20; $0.35 is left this month.”"""
    return f"This needs {format_usd(short.needed)}; {rest(short.standing)}."


def rest(standing: BudgetStanding) -> str:
    """What is left of a budget, without the end of the sentence."""
    left = f"{format_usd(standing.left)} is left" if standing.left >= 0 else ""
    over = f"is over by {format_usd(-standing.left)}"
    limit = format_usd(standing.limit)
    if standing.budget.period == Period.MONTH and not standing.budget.subject:
        return f"{left} this month, of {limit}" if left else f"this month’s budget of {limit} {over}"
    if standing.budget.is_main:
        return f"{left} of {limit}" if left else f"the budget of {limit} {over}"
    named = f"the budget “{standing.label}” of {limit}"
    return f"{left} of {named}" if left else f"{named} {over}"


def _against(project: Project, short: Shortfall) -> str:
    stands, needed = short.standing, format_usd(short.needed)
    left = f"is over by {format_usd(-stands.left)}" if stands.left < 0 else ""
    limit, rest = format_usd(stands.limit), format_usd(stands.left)
    if short.is_main:
        budget = f"the budget of {project.name} ({limit})"
        return f"{needed}, but {budget} {left}" if left else f"{needed}, but {rest} is left of {budget}"
    budget = f"the budget “{stands.label}” of {project.name} ({limit})"
    return (
        f"{needed} of {budget}, but that {left}"
        if left
        else f"{needed} of {budget}, but {rest} is left of that"
    )
