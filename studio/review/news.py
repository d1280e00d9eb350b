"""Who hears of what is said about a take, and the line of activity it leaves. Inside the deed's transaction."""

from typing import Any

from django.urls import reverse

from studio.activity import Deed, note
from studio.mentions import mentioned
from studio.models import Comment, Judgement, NoticeKind, Take, Verdict
from studio.notices import tell
from studio.review.writers import name_of

SHORT = 120


def path_of(take: Take, comment: Comment | None = None) -> str:
    """Where a take is reviewed, at a comment if one is given."""
    address = reverse("studio:take-review", args=[take.shot.scene.project.slug, take.pk])
    return f"{address}#comment-{comment.pk}" if comment else address


def commented(comment: Comment) -> None:
    """Tell the mentioned, who wrote above, and whose take it is; each is told once."""
    take, writer = comment.take, name_of(comment.author, comment.link)
    above = comment.answers
    _note(take, comment.author, Deed.REPLIED if above else Deed.COMMENTED, writer, comment.link is not None)
    named = mentioned(take.shot.scene.project, comment.words) if comment.author else []
    _tell(named, NoticeKind.MENTION, comment, f"{writer} mentions you on {_name(take)}: {_words(comment)}")
    concerned = [above.author if above else None, take.created_by]
    if comment.link is not None:
        concerned.append(comment.link.created_by)
    others = [person for person in concerned if person is not None and person not in named]
    deed = "answers" if above else "comments"
    _tell(others, NoticeKind.REPLY, comment, f"{writer} {deed} on {_name(take)}: {_words(comment)}")


def resolved(comment: Comment, by: Any, *, is_done: bool) -> None:
    """Leave a line; nobody needs to be told."""
    deed = Deed.COMMENT_RESOLVED if is_done else Deed.COMMENT_REOPENED
    note(comment.take.shot.scene.project, by, deed, take=comment.take)


def judged(verdict: Verdict) -> None:
    """Tell who ordered the take, and of a client's word also who made the link."""
    take, writer = verdict.take, name_of(verdict.author, verdict.link)
    is_retake = verdict.judgement == Judgement.RETAKE
    deed = Deed.RETAKE_ASKED if is_retake else Deed.APPROVED
    _note(take, verdict.author, deed, writer, verdict.link is not None)
    people = [take.created_by, verdict.link.created_by if verdict.link else None]
    words = (
        f"{writer} asks for a retake of {_name(take)}: {verdict.reason}"
        if is_retake
        else f"{writer} approves {_name(take)}."
    )
    kind = NoticeKind.RETAKE if is_retake else NoticeKind.APPROVED
    tell(_each_once(people), kind, take.shot.scene.project, words, path_of(take), actor=verdict.author)


def rated(take: Take, by: Any) -> None:
    """Leave a line."""
    note(take.shot.scene.project, by, Deed.RATED, take=take)


def _note(take: Take, actor: Any | None, deed: Deed, writer: str, is_client: bool) -> None:
    words = {
        Deed.REPLIED: "answered on",
        Deed.COMMENTED: "commented on",
        Deed.RETAKE_ASKED: "asked for a retake of",
        Deed.APPROVED: "approved",
    }
    said = f"{writer} {words[deed]} {_name(take)}" if is_client else ""
    note(take.shot.scene.project, actor, deed, take=take, words=said)


def _tell(people: list[Any], kind: NoticeKind, comment: Comment, words: str) -> None:
    project = comment.take.shot.scene.project
    path = path_of(comment.take, comment.answers or comment)
    tell(_each_once(people), kind, project, words, path, actor=comment.author)


def _each_once(people: list[Any | None]) -> list[Any]:
    return list({person.pk: person for person in people if person is not None}.values())


def _name(take: Take) -> str:
    return f"take {take.number} of shot {take.shot.label}"


def _words(comment: Comment) -> str:
    words = " ".join(comment.words.split()) or "(a drawing)"
    return words if len(words) <= SHORT else f"{words[: SHORT - 1]}…"
