"""All that stands above the ledger on the page of spending, from a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from studio.models import Project
from studio.spending.breakdown import Table, breakdown
from studio.spending.charts import BarChart, LineChart, bar_chart, line_chart
from studio.spending.days import Step, paid_by_day, step_words, steps
from studio.spending.figures import Accuracy, CircledCost, Position, accuracy, circled_cost, position
from studio.spending.outlook import Outlook, outlook
from studio.spending.windows import Window


@dataclass(frozen=True)
class Days:
    """The charts of the window and the table behind them. `each` is what a bar stands for: day, week or month."""

    steps: Sequence[Step]
    each: str
    bars: BarChart
    line: LineChart

    @property
    def paid(self) -> Decimal:
        return sum((step.paid for step in self.steps), Decimal(0))


@dataclass(frozen=True)
class SpendPage:
    """What a producer shows to whoever pays. `position` is None for an account that never had a budget."""

    shown: Window
    position: Position | None
    outlook: Outlook
    days: Days
    tables: Sequence[Table]
    accuracy: Sequence[Accuracy]
    circled: CircledCost


def spend_page(project: Project, shown: Window, now: datetime) -> SpendPage:
    """Everything but the ledger: sixteen queries, and one for dated prices when they are not fresh."""
    account = project.account
    today = now.astimezone(account.zone).date()
    paid = paid_by_day(account)
    spent = sum(paid.values(), Decimal(0))
    stands = position(account)
    limit = stands.money.limit if stands else None
    goes_on = outlook(project, stands, paid, today)
    end = goes_on.forecast
    found = steps(paid, shown)
    is_current = shown.last == today and end.shots > end.unpriced
    return SpendPage(
        shown=shown,
        position=stands,
        outlook=goes_on,
        days=Days(
            found, step_words(found), bar_chart(found), line_chart(found, limit, end if is_current else None)
        ),
        tables=breakdown(account, shown),
        accuracy=accuracy(account, shown),
        circled=circled_cost(project, spent),
    )
