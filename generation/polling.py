"""When to ask a provider about a job: soon at first, so that people see their place in the queue; then close to the
model's usual time; then ever less often."""

from datetime import datetime, timedelta

from generation.models import Generation

FIRST = timedelta(seconds=0.7)
TIGHT = timedelta(seconds=1)
LOOSE = timedelta(seconds=4)
SLOW = timedelta(seconds=20)


def interval(elapsed: float, typical: float) -> timedelta:
    """The pause before the next question. `elapsed` and `typical` are seconds since the order and of a usual run."""
    if elapsed < 10 or 0.6 * typical <= elapsed <= 2 * typical:
        return TIGHT
    if elapsed <= 6 * typical + 60:
        return LOOSE
    return SLOW


def next_poll(generation: Generation, typical: float, now: datetime) -> datetime:
    """When to ask about this job again."""
    since = (now - (generation.submitted_at or generation.created_at)).total_seconds()
    return now + interval(since, typical)
