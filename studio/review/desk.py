"""The read side of a take under review: its file, what was said at which frame, who said what of it as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from studio.models import Comment, Judgement, Rating, Take, Verdict
from studio.review.drawings import Sketch, sketch
from studio.review.frames import fps_of, last_frame, timecode
from studio.review.summaries import Summary, summary_of
from studio.review.writers import name_of
from studio.storyboard import SHOWN
from studio.take_files import MediaFile, files_of


@dataclass(frozen=True)
class Said:
    """A comment as a page shows it, with its replies, the oldest first."""

    comment: Comment
    sketch: Sketch | None
    timecode: str
    is_own: bool
    replies: Sequence["Said"] = ()

    @property
    def writer(self) -> str:
        return name_of(self.comment.author, self.comment.link)

    @property
    def is_resolved(self) -> bool:
        return self.comment.resolved_at is not None


@dataclass(frozen=True)
class Opinion:
    """A verdict as a page shows it."""

    verdict: Verdict
    writer: str

    @property
    def is_retake(self) -> bool:
        return self.verdict.judgement == Judgement.RETAKE


@dataclass(frozen=True)
class Desk:
    """A take under review, which comes with its shot, scene, project and what made it. `number` counts files from 0."""

    take: Take
    user: Any
    number: int = 0

    @cached_property
    def files(self) -> list[MediaFile]:
        return files_of(self.take)

    @property
    def file(self) -> MediaFile | None:
        """The file that is looked at; None while there is none."""
        return self.files[self.number] if self.number < len(self.files) else None

    @property
    def is_playable(self) -> bool:
        """Whether a page can show it: it is there, nobody has to open it first, and it is no sound or drawing."""
        file = self.file
        is_there = file is not None and not file.is_closed and not file.is_cleared and file.is_shown
        return is_there and file is not None and file.kind in {"image", "video"}

    @property
    def fps(self) -> Decimal:
        return fps_of(self.file.file) if self.file else Decimal(0)

    @property
    def last_frame(self) -> int:
        return last_frame(self.file.file) if self.file else 0

    @property
    def has_arrived(self) -> bool:
        return bool(self.files)

    @cached_property
    def newer(self) -> Take | None:
        """The newest take of the shot, if it has come after this one and can be looked at."""
        return (
            Take.objects.filter(SHOWN, shot=self.take.shot_id, number__gt=self.take.number)
            .order_by("-number")
            .first()
        )

    @cached_property
    def summary(self) -> Summary:
        return summary_of(self.take.pk)

    @cached_property
    def opinions(self) -> list[Opinion]:
        """The verdicts on the takes of this shot, the newest first: what counts, and what came before."""
        rows = Verdict.objects.filter(take__shot=self.take.shot_id).select_related("take", "author", "link")
        return [Opinion(each, name_of(each.author, each.link)) for each in rows.order_by("-pk")[:50]]

    @property
    def current(self) -> list[Opinion]:
        """The verdicts on this take that count."""
        return [
            each for each in self.opinions if each.verdict.take_id == self.take.pk and each.verdict.is_current
        ]

    @property
    def earlier(self) -> list[Opinion]:
        """Verdicts on other takes of the shot, and those on this one that were taken back."""
        return [each for each in self.opinions if each not in self.current]

    @property
    def mine(self) -> str:
        """What this person said of the take; empty when nothing."""
        own = [each.verdict.judgement for each in self.current if each.verdict.author_id == self.user.pk]
        return own[0] if own else ""

    @cached_property
    def my_stars(self) -> int:
        rating = Rating.objects.filter(take=self.take, author=self.user).first()
        return rating.stars if rating else 0

    @property
    def stars(self) -> list[tuple[int, bool]]:
        """One to five, and whether each is lit."""
        return [(number, number <= self.my_stars) for number in range(1, 6)]

    @cached_property
    def threads(self) -> list[Said]:
        """The comments on the file that is looked at, by frame; two queries."""
        rows = Comment.objects.filter(take=self.take).select_related("author", "link", "resolved_by")
        replies: dict[int, list[Said]] = {}
        above = []
        for row in rows.order_by("frame", "pk"):
            if row.answers_id is not None:
                replies.setdefault(row.answers_id, []).append(self._said(row))
            elif row.file == self.number:
                above.append(row)
        return [self._said(row, replies.get(row.pk, ())) for row in above]

    @property
    def open_threads(self) -> list[Said]:
        return [each for each in self.threads if not each.is_resolved]

    @property
    def resolved_threads(self) -> list[Said]:
        return [each for each in self.threads if each.is_resolved]

    def _said(self, comment: Comment, replies: Sequence[Said] = ()) -> Said:
        size = (self.file.file.width, self.file.file.height) if self.file else (None, None)
        return Said(
            comment,
            sketch(comment.drawing, *size),
            timecode(comment.frame, self.fps),
            comment.author_id is not None and comment.author_id == self.user.pk,
            replies,
        )
