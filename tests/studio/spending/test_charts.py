"""The geometry of the charts."""

from datetime import date, timedelta
from decimal import Decimal

from studio.forecast import OpenShot, forecast
from studio.spending.charts import bar_chart, line_chart
from studio.spending.days import Step

D = Decimal


def days(*amounts):
    found, total = [], D(0)
    for number, amount in enumerate(amounts):
        total += D(amount)
        day = date(2026, 11, 1) + timedelta(days=number)
        found.append(Step(day, day, D(amount), total))
    return found


def test_bars_are_as_high_as_their_amounts():
    chart = bar_chart(days("2.00", "0", "4.00", "-1.00"))
    assert [bar.height for bar in chart.bars] == [446, 893]  # 4.00 leaves twelve per cent of air.
    assert [bar.y + bar.height for bar in chart.bars] == [1000, 1000]
    assert chart.bars[1].label == "3 Nov: $4.00"
    assert [tick.label for tick in chart.amounts] == ["$2.00", "$4.00"]
    assert [tick.label for tick in chart.days] == ["1 Nov", "4 Nov"]


def test_nothing_spent_draws_nothing_and_fails_at_nothing():
    assert bar_chart(days("0")).bars == []
    assert line_chart(days("0"), None, None).line == "0,1000 1000,1000"


def test_the_line_climbs_to_what_was_spent_below_the_budget():
    chart = line_chart(days("1.00", "1.00"), D("10.00"), None)
    assert chart.line == "0,1000 500,911 1000,821"
    assert chart.budget == 107
    assert chart.fan is None


def test_the_forecast_opens_from_the_last_day_to_the_end():
    film = forecast([OpenShot(D("0.50"))] * 4, [], committed=D("2.00"), limit=D("10.00"))
    chart = line_chart(days("1.00", "1.00"), D("10.00"), film)
    x, y = chart.line.rsplit(" ", 1)[1].split(",")
    assert x == "780"
    assert chart.fan.points.startswith(f"780,{y} 1000,")
    assert chart.fan.points.split(" ")[1] == "1000,107"  # The high end is the highest there is: 12.79.
    assert (chart.fan.x1, chart.fan.x2) == (780, 1000)
