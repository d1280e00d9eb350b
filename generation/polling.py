"""When to ask a provider about a job: soon, so that people see their place in the queue; then ever later until half of
the model's usual time; then closely; and at last ever less often. Of a job that its provider calls us about, rarely:
the questions are then only for calls that get lost."""

from datetime import datetime, timedelta

from generation.models import Generation

FIRST = timedelta(seconds=1)
STEP = timedelta(seconds=0.5)
TIGHT = timedelta(seconds=1)
LOOSE = timedelta(seconds=4)
SLOW = timedelta(seconds=20)
# Between questions before a job can be over, and about a job that we are called about.
RARE = timedelta(seconds=10)

# Shares of the model's usual time between which jobs commonly end.
EARLIEST, LATEST = 0.5, 2


def interval(elapsed: float, typical: float, *, is_called: bool = False) -> timedelta:
    """The pause before the next question. `elapsed` and `typical` are seconds since the order and of a usual run."""
    if elapsed > 6 * typical + 60:
        return SLOW
    if is_called:
        return RARE
    if elapsed < EARLIEST * typical:
        seconds = min(2 * elapsed, RARE.total_seconds(), EARLIEST * typical - elapsed)
        # In steps, so that many jobs are asked about again at one moment, which is one statement to write down.
        return max(STEP * round(timedelta(seconds=seconds) / STEP), STEP)
    return tight(typical) if elapsed <= LATEST * typical else LOOSE


def tight(typical: float) -> timedelta:
    """A thirtieth of the usual time, from half a second to two: what people wait for a result beyond its making."""
    return min(max(timedelta(seconds=typical / 30), STEP), 4 * STEP)


def next_poll(generation: Generation, typical: float, now: datetime, *, is_called: bool) -> datetime:
    """When to ask about this job again."""
    since = (now - (generation.submitted_at or generation.created_at)).total_seconds()
    return now + interval(since, typical, is_called=is_called)
