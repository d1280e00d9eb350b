"""The activity of a project: each deed leaves one line, in the transaction that does it.

`note` takes a share of the lock on the rows that it names. Whoever also moves money locks the shot before
(`positions.hold_still`), and a project that is locked is locked with `no_key`, so that two never wait for each other.
"""

from __future__ import annotations

import uuid
from typing import Any

from studio.models import Project, Shot, Take
from studio.models.activity import Activity, Deed

__all__ = ["Activity", "Deed", "note"]

LONGEST = 300

# What is said when the caller has no words of its own.
PHRASES = {
    Deed.PROJECT_OPENED: "opened the project",
    Deed.PROJECT_ARCHIVED: "archived the project",
    Deed.PROJECT_RESTORED: "took the project up again",
    Deed.SETTINGS_CHANGED: "changed the settings",
    Deed.BUDGET_ASKED: "asked for more budget",
    Deed.SHOT_ADDED: "added {shot}",
    Deed.SHOT_CHANGED: "changed {shot}",
    Deed.SHOT_MOVED: "moved {shot}",
    Deed.SHOT_ARCHIVED: "archived {shot}",
    Deed.SHOT_RESTORED: "took {shot} up again",
    Deed.SHOT_DELETED: "deleted {shot}",
    Deed.TAKE_ORDERED: "ordered {take}",
    Deed.TAKE_RETRIED: "ordered {take}, once more as before",
    Deed.TAKE_REPLACED: "ordered {take} in the place of one whose model was down",
    Deed.TAKE_CANCELLED: "cancelled {take}",
    Deed.TAKE_UPLOADED: "uploaded {take}",
    Deed.TAKE_CIRCLED: "circled {take}",
    Deed.TAKE_LET_GO: "let {take} go",
    Deed.FILE_OPENED: "opened a flagged file of {take}",
    Deed.TAKE_HIDDEN: "hid {take} from the team",
    Deed.TAKE_SHOWN: "showed {take} to the team again",
    Deed.COMMENTED: "commented on {take}",
    Deed.REPLIED: "replied to a comment on {take}",
    Deed.COMMENT_RESOLVED: "resolved a comment on {take}",
    Deed.COMMENT_REOPENED: "reopened a comment on {take}",
    Deed.COMMENT_DELETED: "deleted a comment on {take}",
    Deed.APPROVED: "approved {take}",
    Deed.RETAKE_ASKED: "asked for a retake of {take}",
    Deed.REVIEW_WITHDRAWN: "took back the review of {take}",
    Deed.RATED: "rated {take}",
    Deed.LINK_OPENED: "made a link for a client",
    Deed.LINK_REVOKED: "revoked a client’s link",
    Deed.DOWNLOADED: "downloaded files",
    Deed.TAKE_ADOPTED: "took {take} over from a comparison",
}


def note(
    project: Project,
    actor: Any | None,
    deed: Deed,
    *,
    shot: Shot | None = None,
    take: Take | None = None,
    words: str = "",
    batch: uuid.UUID | None = None,
) -> Activity:
    """Write down a deed; call it inside the transaction of the deed. `actor` is None when the studio did it by itself.

    `words` follow the actor's name ("moved scene 4 to place 2"); without them the deed's own are used. Of many shots at
    once each gets a line with the same `batch`, and the project one more without a shot, which tells of them all.
    """
    shot = shot or (take.shot if take else None)
    is_gone = shot is not None and shot.pk is None
    return Activity.objects.create(
        project=project,
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        deed=deed,
        shot=None if is_gone else shot,
        take=take,
        words=_short(words or _phrase(deed, shot, take)),
        batch=batch,
        is_part=batch is not None and shot is not None,
    )


def _phrase(deed: Deed, shot: Shot | None, take: Take | None) -> str:
    named_shot = f"shot {shot.label}" if shot else "a shot"
    named_take = f"take {take.number} of {named_shot}" if take else "a take"
    return PHRASES[deed].format(shot=named_shot, take=named_take)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
