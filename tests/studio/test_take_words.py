"""What a take says of its money."""

from decimal import Decimal

import pytest
from django.db import transaction

from billing import budgets
from generation.models import Generation, Status
from studio import take_words
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def correct(generation: Generation, amount: str) -> None:
    with transaction.atomic():
        budgets.adjust(
            generation.account,
            Decimal(amount),
            by=None,
            why="The bill of fal.",
            reference=f"bill:fal:{amount}",
            hold=generation.hold,
        )


def test_a_charge_that_was_never_corrected() -> None:
    words = take_words.money(make_generation(status=Status.SUCCEEDED, estimate="0.35", cost="0.30"))
    assert (words.headline, words.explanation) == (
        "$0.30 charged",
        "$0.35 was held; $0.05 of it was given back.",
    )


@pytest.mark.parametrize(
    ("amount", "headline", "change"),
    [("0.04", "$0.34 charged", "$0.04 more"), ("-0.10", "$0.20 charged", "$0.10 less")],
)
def test_what_a_bill_corrected_is_what_it_cost(amount: str, headline: str, change: str) -> None:
    generation = make_generation(status=Status.SUCCEEDED, estimate="0.35", cost="0.30")
    correct(generation, amount)
    words = take_words.money(generation)
    assert words.headline == headline
    assert words.explanation.endswith(f"Later it was corrected to {change}: the ledger says why.")
