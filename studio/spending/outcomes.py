"""What became of the takes that money went to."""

from django.db.models import Case, CharField, Q, TextChoices, Value, When

from generation.models import UNFINISHED, Status


class Outcome(TextChoices):
    """What became of a take."""

    CIRCLED = "circled", "Circled"
    UNUSED = "unused", "Not used"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    WORKING = "working", "In flight or not known yet"
    NONE = "none", "Without a take"


def outcome_of(generation: str) -> Case:
    """The outcome as a column; `generation` leads there from the queried row (`hold__generation`)."""

    def status(*values: Status) -> Q:
        return Q(**{f"{generation}__status__in": values})

    return Case(
        When(**{f"{generation}__take__is_circled": True}, then=Value(Outcome.CIRCLED)),
        When(status(*UNFINISHED), then=Value(Outcome.WORKING)),
        When(status(Status.SUCCEEDED), then=Value(Outcome.UNUSED)),
        When(status(Status.FAILED), then=Value(Outcome.FAILED)),
        When(status(Status.CANCELLED), then=Value(Outcome.CANCELLED)),
        default=Value(Outcome.NONE),
        output_field=CharField(),
    )
