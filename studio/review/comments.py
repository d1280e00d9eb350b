"""Comments on takes: say, reply, edit, resolve. Whoever calls has seen to it that the person may."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.models import Comment, Take
from studio.review import news
from studio.review.drawings import DrawingRefusedError, read_drawing
from studio.review.frames import last_frame
from studio.review.writers import Writer
from studio.take_files import MediaFile

LONGEST = 4_000


class CommentRefusedError(Exception):
    """Nothing was written. The text is for people."""


@dataclass(frozen=True)
class Remark:
    """What somebody says, as it came: `drawing` is a JSON text, `frame` counts from 0."""

    words: str
    frame: int = 0
    drawing: str = ""


@transaction.atomic
def say(take: Take, file: MediaFile, number: int, remark: Remark, by: Writer) -> Comment:
    """Write a comment on the `number`th file of a take, counted from 0. Raises CommentRefusedError."""
    words = _checked(remark.words, may_be_empty=bool(remark.drawing.strip()))
    try:
        drawing = read_drawing(remark.drawing)
    except DrawingRefusedError as error:
        raise CommentRefusedError(str(error)) from error
    if not words and not drawing:
        raise CommentRefusedError("Write something, or draw on the picture.")
    last = last_frame(file.file)
    if not 0 <= remark.frame <= last + 1:
        raise CommentRefusedError(f"There is no frame {remark.frame}: the last one is {last}.")
    comment = Comment.objects.create(
        take=take, file=number, frame=min(remark.frame, last), words=words, drawing=drawing, **by.fields
    )
    touch(take)
    news.commented(comment)
    return comment


@transaction.atomic
def reply(to: Comment, words: str, by: Writer) -> Comment:
    """Answer a comment. A reply to a reply stands under the same comment. Raises CommentRefusedError."""
    above = to.answers or to
    comment = Comment.objects.create(
        take=above.take,
        answers=above,
        file=above.file,
        frame=above.frame,
        words=_checked(words),
        **by.fields,
    )
    touch(above.take)
    news.commented(comment)
    return comment


@transaction.atomic
def edit(comment: Comment, words: str, by: Any) -> None:
    """Change the words of one's own comment; the drawing stays. Raises CommentRefusedError."""
    if comment.author_id is None or comment.author_id != by.pk:
        raise CommentRefusedError("Only who wrote a comment can change it. Reply to it instead.")
    comment.words = _checked(words, may_be_empty=bool(comment.drawing))
    comment.edited_at = timezone.now()
    comment.save(update_fields=["words", "edited_at"])
    touch(comment.take)


@transaction.atomic
def resolve(comment: Comment, by: Any, *, is_done: bool = True) -> None:
    """Mark a comment as dealt with, or as open again. Twice is harmless. Raises CommentRefusedError for a reply."""
    if comment.answers_id is not None:
        raise CommentRefusedError("A reply is dealt with together with the comment above it.")
    rows = Comment.objects.filter(pk=comment.pk, resolved_at__isnull=is_done)
    if rows.update(resolved_at=timezone.now() if is_done else None, resolved_by=by if is_done else None):
        touch(comment.take)
        news.resolved(comment, by, is_done=is_done)
    comment.refresh_from_db(fields=["resolved_at", "resolved_by"])


def touch(take: Take) -> None:
    """Tell open pages that something was said about a take."""
    Take.objects.filter(pk=take.pk).update(reviewed_at=timezone.now())


def _checked(words: str, *, may_be_empty: bool = False) -> str:
    cleaned = words.replace("\r\n", "\n").replace("\0", "").strip()
    if not cleaned and not may_be_empty:
        raise CommentRefusedError("Write something first.")
    if len(cleaned) > LONGEST:
        raise CommentRefusedError(f"This is longer than {LONGEST} characters. Say it in two comments.")
    return cleaned
