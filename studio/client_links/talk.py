"""What a client has said by a link: theirs to see again. What the team says among itself is not."""

from studio.client_links.offers import Offered
from studio.models import ClientLink, Comment, Verdict
from studio.review.desk import Said
from studio.review.drawings import sketch
from studio.review.frames import timecode


def said_by(link: ClientLink, item: Offered) -> list[Said]:
    """The comments made by this link on the take's first file, by frame."""
    cover = item.cover
    file = cover.file.file
    rows = Comment.objects.filter(take=item.take, link=link, file=cover.number, answers__isnull=True)
    return [
        Said(
            row,
            sketch(row.drawing, file.width, file.height),
            timecode(row.frame, cover.fps),
            is_own=True,
        )
        for row in rows.select_related("link").order_by("frame", "pk")
    ]


def judged_by(link: ClientLink, item: Offered) -> Verdict | None:
    """The verdict of this link that counts."""
    return Verdict.objects.filter(take=item.take, link=link, is_current=True).first()
