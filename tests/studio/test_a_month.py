"""A month of one project, line by line, with its mails: what happened, what the books say, what the producer was told.

The mails go through a real server. The project is in New Zealand, so its December begins at 11:00 UTC of 30 November.
Total is the budget of the film ($20.00); the last figure is what is left of the month's ($15.00, later $18.00).
"""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from billing import budgets, digests, tasks
from billing.check import check_books
from billing.errors import BudgetExceededError
from billing.models import Period
from billing.money import to_micros
from billing.refusals import told_of
from billing.statements import budget_standings
from generation.models import CostState, Generation, Status
from tests.billing.mailboxes import Inbox, free_port, mailers_to, serving
from tests.factories import make_generation, make_project, make_scene, make_shot, make_user

pytestmark = pytest.mark.django_db

HERE = ZoneInfo("Pacific/Auckland")
BILL = """request_id,timestamp,cost
harbour-1,2026-11-01T20:05:00Z,3.20
harbour-2,2026-11-04T01:05:00Z,6.50
fog-1,2026-11-11T22:00:00Z,5.20
sea-1,2026-11-17T21:00:00Z,0.70
"""

MONTH = """
    day and time  what happens               |  held  spent over   left | month | mail
    11-02 09:00   anna  hold    harbour-1  4.00 |  4.00   0.00 0.00  16.00 | 11.00 |
    11-02 09:05   -     charge  harbour-1  3.60 |  0.00   3.60 0.00  16.40 | 11.40 |
    11-04 14:00   anna  hold    harbour-2  6.50 |  6.50   3.60 0.00   9.90 |  4.90 | 50 % of the budget is held or spent – $9.90 left
    11-04 14:05   -     charge  harbour-2  6.50 |  0.00  10.10 0.00   9.90 |  4.90 | 50 % of the budget is spent – $9.90 left
    11-09 08:00   -     monday  -          -    |  0.00  10.10 0.00   9.90 |  4.90 | $10.10 spent last week, $9.90 left
    11-10 10:00   bo    hold    fog-1      4.90 |  4.90  10.10 0.00   5.00 |  0.00 | 100 % of the budget “November 2026” is held or spent – nothing left
    11-10 10:20   bo    refused fog-2      1.00 |  4.90  10.10 0.00   5.00 |  0.00 | an order was refused by the budget “November 2026” – nothing left
    11-10 10:30   bo    refused fog-2      1.00 |  4.90  10.10 0.00   5.00 |  0.00 |
    11-12 09:00   ada   month   raised    18.00 |  4.90  10.10 0.00   5.00 |  3.00 |
    11-12 11:00   -     charge  fog-1      5.20 |  0.00  15.00 0.30   4.70 |  2.70 |
    11-16 08:00   -     monday  -          -    |  0.00  15.00 0.30   4.70 |  2.70 | $5.20 spent last week, $4.70 left
    11-18 10:00   anna  hold    sea-1      0.70 |  0.70  15.00 0.30   4.00 |  2.00 | 80 % of the budget is held or spent – $4.00 left
    11-18 10:05   -     charge  sea-1      0.70 |  0.00  15.70 0.30   4.00 |  2.00 | 80 % of the budget is spent – $4.00 left
    11-20 16:00   ada   adjust  licence    1.00 |  0.00  16.70 0.30   3.00 |  2.00 |
    11-23 08:00   -     monday  -          -    |  0.00  16.70 0.30   3.00 |  2.00 | $1.70 spent last week, $3.00 left
    11-24 10:00   ada   bill    harbour-1  -    |  0.00  16.30 0.30   3.40 |  2.40 |
    11-30 08:00   -     monday  -          -    |  0.00  16.30 0.30   3.40 |  2.40 | $0.40 given back last week, $3.40 left
    11-30 23:50   anna  hold    dusk-1     2.40 |  2.40  16.30 0.30   1.00 |  0.00 | 95 % of the budget is held or spent – $1.00 left
    11-30 23:55   bo    refused dusk-2     0.50 |  2.40  16.30 0.30   1.00 |  0.00 | an order was refused by the budget “November 2026” – nothing left
    12-01 00:05   bo    hold    dusk-2     0.50 |  2.90  16.30 0.30   0.50 | 17.50 |
    12-01 00:10   -     charge  dusk-1     2.40 |  0.50  18.70 0.30   0.50 | 17.50 | 95 % of the budget is spent – $0.50 left + 100 % of the budget “November 2026” is spent – nothing left
    12-01 09:00   -     charge  dusk-2     0.45 |  0.00  19.15 0.30   0.55 | 17.55 |
    12-02 09:00   anna  hold    last-1     0.55 |  0.55  19.15 0.30   0.00 | 17.00 | 100 % of the budget is held or spent – nothing left
    12-02 09:30   -     charge  last-1     0.55 |  0.00  19.70 0.30   0.00 | 17.00 | 100 % of the budget is spent – nothing left
    12-03 09:00   ada   total   raised    25.00 |  0.00  19.70 0.30   5.00 | 17.00 |
    12-04 09:00   bo    hold    more-1     4.90 |  4.90  19.70 0.30   0.10 | 12.10 |
    12-04 09:10   -     release more-1     -    |  0.00  19.70 0.30   5.00 | 17.00 |
    12-07 08:00   -     monday  -          -    |  0.00  19.70 0.30   5.00 | 17.00 | $3.40 spent last week, $5.00 left
"""  # noqa: E501


class Production:
    """The project, and what can happen to it."""

    def __init__(self, folder):
        self.people = {name: make_user(name, first_name=name.title()) for name in ("anna", "bo")}
        self.people["ada"] = make_user("ada", email="ada@example.com")
        self.project = make_project(self.people["ada"], name="Harbour", slug="harbour", budget="20.00")
        self.account = self.project.account
        self.account.time_zone = HERE.key
        self.account.save()
        scene = make_scene(self.project)
        make_shot(scene)
        make_shot(scene)
        self.month = budgets.open_budget(
            self.account,
            limit=Decimal(15),
            by=self.people["ada"],
            why="So much a month.",
            period=Period.MONTH,
            thresholds=[100],
        )
        self.bill_file = folder / "bill.csv"
        self.bill_file.write_text(BILL)

    def hold(self, who, job, amount):
        with told_of(who):
            make_generation(
                self.project,
                status=Status.SUBMITTED,
                model="flux-dev",
                provider="fal",
                external_id=job,
                estimate=amount,
                by=who,
            )

    def refused(self, who, job, amount):
        with pytest.raises(BudgetExceededError):
            self.hold(who, job, amount)

    def charge(self, _, job, amount):
        self._end(job, Status.SUCCEEDED, Decimal(amount))

    def release(self, _, job, amount):
        self._end(job, Status.CANCELLED, Decimal(0))

    def _end(self, job, status, cost):
        made = Generation.objects.get(external_id=job)
        with transaction.atomic():
            if cost:
                budgets.settle(made.hold, cost)
            else:
                budgets.release(made.hold)
            Generation.objects.filter(pk=made.pk).update(
                status=status,
                cost_micros=to_micros(cost),
                cost_state=CostState.KNOWN,
                finished_at=timezone.now(),
            )

    def month_limit(self, who, why, amount):
        budgets.change_limit(self.month, Decimal(amount), by=who, why=why)

    def total_limit(self, who, why, amount):
        budgets.change_limit(budgets.main_budget(self.account), Decimal(amount), by=who, why=why)

    def adjust(self, who, reference, amount):
        why = "A licence was paid by card."
        budgets.adjust(self.account, Decimal(amount), by=who, why=why, reference=reference)

    def bill(self, who, job, amount):
        """The bill says less than was charged for one job, and a person accepts it."""
        days = ("--from", "2026-11-01", "--to", "2026-11-23")
        file = str(self.bill_file)
        call_command("reconcile", "--provider", "fal", *days, "--file", file, "--accept", "--by", str(who))

    def monday(self, *_):
        """Nobody does anything: it is eight o'clock."""

    def figures(self):
        money = budgets.available(self.account)
        month = next(
            each for each in budget_standings(self.account, timezone.now()) if each.budget.is_main is False
        )
        return [f"{each:.2f}" for each in (money.held, money.spent, money.overrun, money.left, month.left)]


ACTS = {"month": "month_limit", "total": "total_limit"}


def story():
    for line in MONTH.strip().splitlines()[1:]:
        happens, figures, month, mail = (part.strip() for part in line.split("|"))
        day, hour, who, what, about, amount = happens.split()
        moment = datetime.fromisoformat(f"2026-{day}T{hour}").replace(tzinfo=HERE)
        yield moment, who, what, about, amount, [*figures.split(), month], mail


def watch():
    """What the watcher does each second."""
    digests.write_due()
    tasks.hand_out(lambda task, pk: task(pk))


@pytest.fixture
def inbox(settings):
    port, inbox = free_port(), Inbox()
    settings.MAILERS = mailers_to(port)
    with serving(inbox, port):
        yield inbox


def live(inbox, folder):
    """The month happens: after each line the figures and the mails must be those of the table."""
    production, letters = None, []
    for moment, who, what, about, amount, figures, mail in story():
        with time_machine.travel(moment, tick=False):
            production = production or Production(folder)
            getattr(production, ACTS.get(what, what))(production.people.get(who), about, amount)
            watch()
            watch()
            assert production.figures() == figures, (moment, what, about)
            assert check_books().findings == [], (moment, what, about)
        told = {
            subject.removeprefix("Harbour: "): letter
            for subject, letter in zip(inbox.subjects, inbox.mails, strict=True)
        }
        assert sorted(told) == sorted(mail.split(" + ") if mail else []), (moment, what, about)
        assert len(told) == len(inbox.mails)
        letters += told.items()
        inbox.mails.clear()
    return production, letters


def text_of(letter):
    return letter.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_a_month_of_a_project_with_its_mails(inbox, tmp_path):
    production, letters = live(inbox, tmp_path)
    counters = production.month.periods.order_by("key")
    november, december = [(each.key, f"{each.spent:.2f}", f"{each.overrun:.2f}") for each in counters]
    # The licence is of no month; dusk-1 was ordered in November and is charged to it, although it ended in December.
    assert november == ("2026-11", "17.70", "0.30")
    assert december == ("2026-12", "1.00", "0.00")
    # The limit was raised, and 95 % of the new one were held again: nobody is told of a threshold twice.
    thresholds = [subject for subject, _ in letters if " % of " in subject]
    assert len(thresholds) == len(set(thresholds)) == 10
    assert inbox.recipients == [["ada@example.com"]] * len(letters)
    letters = dict(letters)

    spent = text_of(letters["80 % of the budget is spent – $4.00 left"])
    assert (
        spent
        == """\
80 % of the budget is spent

On 18 November 2026 at 10:05 (Pacific/Auckland) $16.00 of $20.00 was spent. This is how it stands now:

  Limit: $20.00
  Spent: $15.70
  Charged beyond what was held: $0.30
  Held for orders on their way: $0.00
  Left: $4.00

Who spent most on what
  Anna, flux-dev: $10.80 (3 orders)
  Bo, flux-dev: $5.20 (1 order)

Forecast: At this pace the film ends at $17.26, 14 % under the budget. Eight times in ten it ends between $16.42 and \
$18.46. At the speed of the last 17 days, what is left lasts until about 23 November 2026.

Orders that could cost more than the $4.00 that is left are refused. Raise the budget, or let the team choose models \
that cost less.

Raise the budget: http://localhost:8000/harbour/budget/
See the spending: http://localhost:8000/harbour/spend/

You get this as a producer of Harbour, or because a producer added your address.
"""
    )
    week = text_of(letters["$1.70 spent last week, $3.00 left"])
    assert "From 16 November to 22 November 2026: 1 order charged, 0 orders given back." in week
    assert "Corrections booked by hand: $1.00" in week
    refusal = text_of(letters["an order was refused by the budget “November 2026” – nothing left"])
    assert "On 30 November 2026 at 23:55 (Pacific/Auckland) Bo ordered what can cost $0.50" in refusal
