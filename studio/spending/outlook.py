"""How the film goes on: by the shots that remain and by the calendar, as figures and as a few sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.money import format_usd
from studio.forecast import PRIOR_SHOTS, PRIOR_TAKES, Forecast, Pace, forecast, pace
from studio.models import Project
from studio.spending.days import paid_by_day
from studio.spending.figures import Position, position
from studio.spending.remaining import open_shots, takes_needed


@dataclass(frozen=True)
class Outlook:
    """How it goes on: by the shots that remain, and by the calendar."""

    forecast: Forecast
    pace: Pace | None
    prior_shots: int = PRIOR_SHOTS
    prior_takes: int = PRIOR_TAKES

    @property
    def words(self) -> str:
        """What a mail says of it, in whole sentences."""
        said = [*_end_words(self.forecast)]
        if self.pace and self.pace.left > 0 and self.pace.runs_out:
            days = "day" if self.pace.days == 1 else f"{self.pace.days} days"
            said.append(
                f"At the speed of the last {days}, what is left lasts until about {self.pace.runs_out:%-d %B %Y}."
            )
        return " ".join(said)


def outlook(project: Project, stands: Position | None, paid: Mapping[date, Decimal], today: date) -> Outlook:
    """The outlook from what the budget and the days say: four queries, and one for dated prices when not fresh."""
    money = stands.money if stands else None
    end = forecast(
        open_shots(project),
        takes_needed(project),
        committed=money.paid + money.held if money else sum(paid.values(), Decimal(0)),
        limit=money.limit if money else None,
    )
    return Outlook(end, pace(paid, left=money.left if money else Decimal(0), today=today))


def outlook_now(project: Project, now: datetime) -> Outlook:
    """The outlook by itself: seven queries, and one for dated prices when they are not fresh."""
    account = project.account
    today = now.astimezone(account.zone).date()
    return outlook(project, position(account), paid_by_day(account), today)


def _end_words(film: Forecast) -> Iterator[str]:
    if film.shots and film.shots == film.unpriced:
        yield f"Where the film ends cannot be said: nobody knows the price of the {_shots(film.shots)} to be made."
        return
    yield film.sentence
    if film.shots:
        yield f"Eight times in ten it ends between {format_usd(film.low)} and {format_usd(film.high)}."
    if film.unpriced:
        yield f"Not counted: {_shots(film.unpriced)} whose price nobody knows."


def _shots(number: int) -> str:
    return "1 shot" if number == 1 else f"{number} shots"
