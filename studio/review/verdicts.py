"""What reviewers say about a take as a whole: approved, or retake with a reason; and stars."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from generation.models import Status
from studio.models import Judgement, Rating, Take, Verdict
from studio.review import news
from studio.review.comments import touch
from studio.review.writers import Writer

LONGEST_REASON = 2_000


class VerdictRefusedError(Exception):
    """Nothing was written. The text is for people."""


@transaction.atomic
def judge(take: Take, judgement: str, reason: str, by: Writer) -> Verdict:
    """Approve a take or ask for a retake. The one before stays as history. Raises VerdictRefusedError."""
    if judgement not in Judgement.values:
        raise VerdictRefusedError("Choose: approve the take, or ask for a retake.")
    reason = reason.replace("\r\n", "\n").replace("\0", "").strip()
    if judgement == Judgement.RETAKE and not reason:
        raise VerdictRefusedError("Say what should be different: whoever makes the next take reads it.")
    if len(reason) > LONGEST_REASON:
        raise VerdictRefusedError(f"The reason is longer than {LONGEST_REASON} characters. Make it shorter.")
    _refuse_unfinished(take)
    # The take's row is the queue: two verdicts of one person at once take turns, and the later one counts.
    Take.objects.select_for_update().get(pk=take.pk)
    Verdict.objects.filter(take=take, is_current=True, **by.fields).update(is_current=False)
    verdict = Verdict.objects.create(take=take, judgement=judgement, reason=reason, **by.fields)
    touch(take)
    news.judged(verdict)
    return verdict


@transaction.atomic
def rate(take: Take, stars: int, by: Any) -> None:
    """Give a take one to five stars; 0 takes them back. Raises VerdictRefusedError."""
    if not 0 <= stars <= 5:
        raise VerdictRefusedError("Give one to five stars.")
    _refuse_unfinished(take)
    if stars:
        Rating.objects.update_or_create(
            take=take, author=by, defaults={"stars": stars, "changed_at": timezone.now()}
        )
    else:
        Rating.objects.filter(take=take, author=by).delete()
    touch(take)
    news.rated(take, by)


def _refuse_unfinished(take: Take) -> None:
    if take.generation is not None and take.generation.status != Status.SUCCEEDED:
        raise VerdictRefusedError("Only a take that has arrived can be judged.")
