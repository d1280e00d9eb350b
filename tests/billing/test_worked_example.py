"""A month of one project, line by line: what happened, and what the books say after it."""

import pytest

from billing import budgets
from billing.check import check_books
from billing.errors import BudgetExceededError
from billing.models import Hold

from .books import D, figures, lines, make_account, make_user

pytestmark = pytest.mark.django_db

MONTH = """
    day  what happens                       amount  |   held   spent  overrun   left  answer
    02   hold    soap, first take             0.56  |   0.56    0.00     0.00   9.44
    02   hold    soap, second take            0.56  |   1.12    0.00     0.00   8.88
    02   charge  soap, first take             0.56  |   0.56    0.56     0.00   8.88
    02   charge  soap, second take            0.48  |   0.00    1.04     0.00   8.96
    05   hold    sand, first take             2.40  |   2.40    1.04     0.00   6.56
    05   release sand, first take                   |   0.00    1.04     0.00   8.96
    09   hold    a still, free                0.00  |   0.00    1.04     0.00   8.96
    09   charge  a still, free                0.00  |   0.00    1.04     0.00   8.96
    12   hold    foam, long take              6.00  |   6.00    1.04     0.00   2.96
    12   hold    foam, another                3.00  |   6.00    1.04     0.00   2.96  refused
    15   charge  foam, long take              6.50  |   0.00    7.04     0.50   2.46
    15   hold    foam, another                2.46  |   2.46    7.04     0.50   0.00
    16   hold    one more still               0.01  |   2.46    7.04     0.50   0.00  refused
    16   limit   ada raises it               15.00  |   2.46    7.04     0.50   5.00
    16   hold    one more still               0.01  |   2.47    7.04     0.50   4.99
    17   limit   ada lowers it                9.00  |   2.47    7.04     0.50  -1.01
    17   hold    nothing goes now             0.01  |   2.47    7.04     0.50  -1.01  refused
    20   charge  foam, another                2.00  |   0.01    9.04     0.50  -0.55
    20   charge  foam, another                2.00  |   0.01    9.04     0.50  -0.55
    22   limit   ada gives in                12.00  |   0.01    9.04     0.50   2.45
    30   charge  one more still               0.01  |   0.00    9.05     0.50   2.45
"""


def rows():
    for line in MONTH.strip().splitlines()[1:]:
        event, _, after = line.partition("|")
        words = event.split()
        amount = words.pop() if words[-1].replace(".", "").isdigit() else ""
        held, spent, overrun, left, *answer = after.split()
        yield words[1], " ".join(words[2:]), amount, (held, spent, overrun, left), answer == ["refused"]


def do(account, ada, what, reference, amount):
    if what == "hold":
        budgets.reserve(account, D(amount), reference=reference, member=ada)
    elif what == "charge":
        budgets.settle(Hold.objects.get(reference=reference), D(amount))
    elif what == "release":
        budgets.release(Hold.objects.get(reference=reference))
    else:
        budgets.change_limit(account.budgets.get(), D(amount), by=ada, why=reference)


def test_a_month_of_a_project():
    account, ada = make_account("10.00"), make_user("ada")
    for what, reference, amount, after, is_refused in rows():
        if is_refused:
            with pytest.raises(BudgetExceededError):
                do(account, ada, what, reference, amount)
        else:
            do(account, ada, what, reference, amount)
        assert tuple(figures(account).values()) == after, (what, reference)
        assert check_books().agrees
    assert lines(account) == [
        ("hold", "0.56", "soap, first take"),
        ("hold", "0.56", "soap, second take"),
        ("charge", "0.56", "soap, first take"),
        ("charge", "0.48", "soap, second take"),
        ("release", "0.08", "soap, second take"),
        ("hold", "2.40", "sand, first take"),
        ("release", "2.40", "sand, first take"),
        ("hold", "0.00", "a still, free"),
        ("charge", "0.00", "a still, free"),
        ("hold", "6.00", "foam, long take"),
        ("charge", "6.00", "foam, long take"),
        ("overrun", "0.50", "foam, long take"),
        ("hold", "2.46", "foam, another"),
        ("hold", "0.01", "one more still"),
        ("charge", "2.00", "foam, another"),
        ("release", "0.46", "foam, another"),
        ("charge", "0.01", "one more still"),
    ]
    changes = (
        account.budgets.get().changes.order_by("id").values_list("to_micros", "why", "changed_by__username")
    )
    assert list(changes) == [
        (10_000_000, "The account was opened.", None),
        (15_000_000, "ada raises it", "ada"),
        (9_000_000, "ada lowers it", "ada"),
        (12_000_000, "ada gives in", "ada"),
    ]
