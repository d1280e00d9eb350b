"""Who did what in a project: lines that are added and never changed."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.models.project import Project
from studio.models.shot import Shot
from studio.models.take import Take


class Deed(models.TextChoices):
    """What somebody did. The label is what the filter of the page calls it."""

    PROJECT_OPENED = "project-opened", "Project opened"
    PROJECT_ARCHIVED = "project-archived", "Project archived"
    PROJECT_RESTORED = "project-restored", "Project taken up again"
    SETTINGS_CHANGED = "settings-changed", "Settings changed"
    BUDGET_CHANGED = "budget-changed", "Budget changed"
    BUDGET_ASKED = "budget-asked", "More budget asked for"
    PROFILE_CHANGED = "profile-changed", "Draft and final changed"
    LOOK_CHANGED = "look-changed", "Look changed"
    MEMBER_INVITED = "member-invited", "Member invited"
    INVITATION_REVOKED = "invitation-revoked", "Invitation withdrawn"
    MEMBER_ADDED = "member-added", "Member added"
    ROLE_CHANGED = "role-changed", "Role changed"
    MEMBER_REMOVED = "member-removed", "Member removed"
    SCENE_ADDED = "scene-added", "Scene added"
    SCENE_CHANGED = "scene-changed", "Scene changed"
    SCENE_MOVED = "scene-moved", "Scene moved"
    SCENE_DELETED = "scene-deleted", "Scene deleted"
    SHOT_ADDED = "shot-added", "Shot added"
    SHOT_CHANGED = "shot-changed", "Shot changed"
    SHOT_MOVED = "shot-moved", "Shot moved"
    SHOT_ARCHIVED = "shot-archived", "Shot archived"
    SHOT_RESTORED = "shot-restored", "Shot taken up again"
    SHOT_DELETED = "shot-deleted", "Shot deleted"
    SHOTS_IMPORTED = "shots-imported", "Shot list imported"
    TAKE_ORDERED = "take-ordered", "Take ordered"
    TAKE_RETRIED = "take-retried", "Take ordered again"
    TAKE_REPLACED = "take-replaced", "Take ordered in place of another"
    TAKE_CANCELLED = "take-cancelled", "Take cancelled"
    TAKE_UPLOADED = "take-uploaded", "Take uploaded"
    FILE_UPLOADED = "file-uploaded", "File uploaded"
    TAKE_CIRCLED = "take-circled", "Take circled"
    TAKE_LET_GO = "take-let-go", "Circled take let go"
    FILE_OPENED = "file-opened", "Flagged file opened"
    TAKE_HIDDEN = "take-hidden", "Take hidden"
    TAKE_SHOWN = "take-shown", "Hidden take shown again"
    COMMENTED = "commented", "Comment"
    REPLIED = "replied", "Reply"
    COMMENT_RESOLVED = "comment-resolved", "Comment resolved"
    COMMENT_REOPENED = "comment-reopened", "Comment reopened"
    COMMENT_DELETED = "comment-deleted", "Comment deleted"
    APPROVED = "approved", "Take approved"
    RETAKE_ASKED = "retake-asked", "Retake asked for"
    REVIEW_WITHDRAWN = "review-withdrawn", "Review taken back"
    RATED = "rated", "Take rated"
    LINK_OPENED = "link-opened", "Client link made"
    LINK_REVOKED = "link-revoked", "Client link revoked"
    DOWNLOADED = "downloaded", "Files downloaded"
    COMPARISON_ORDERED = "comparison-ordered", "Comparison ordered"
    COMPARISON_RETRIED = "comparison-retried", "Failed takes of a comparison ordered again"
    COMPARISON_REVEALED = "comparison-revealed", "Names of a comparison shown"
    TAKE_ADOPTED = "take-adopted", "Take taken over from a comparison"


class ActivityQuerySet(models.QuerySet["Activity"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Activity is added and never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Activity is added and never deleted.")


class Activity(models.Model):
    """One deed. `words` follow the name of who did it, and stay true when the shot or the person is gone.

    Without an `actor_name` the studio itself did it. What was done to many shots at once is one line for the project
    and a part for each shot, all with the same `batch`.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="activity", db_index=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="activity"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    # Not limited to the choices by the database: a new deed is a line above and no migration.
    deed = models.CharField(max_length=40)
    shot = models.ForeignKey(
        Shot, null=True, on_delete=models.SET_NULL, related_name="activity", db_index=False
    )
    take = models.ForeignKey(Take, null=True, on_delete=models.SET_NULL, related_name="activity")
    words = models.CharField(max_length=300)
    batch = models.UUIDField(null=True)
    is_part = models.BooleanField(
        default=False,
        help_text="One of many that were done at once: shown with its shot, not with the project.",
    )
    at = models.DateTimeField(default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "activity"
        indexes = [
            models.Index(fields=["project", "is_part", "-id"], name="activity_project_newest"),
            models.Index(fields=["at"], name="activity_at"),
            models.Index(fields=["project", "deed", "-id"], name="activity_project_deed"),
            models.Index(fields=["shot", "-id"], name="activity_shot_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'The studio'} {self.words}"

    @property
    def deed_label(self) -> str:
        return Deed(self.deed).label if self.deed in Deed.values else self.deed

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Activity is added and never changed.")
        super().save(*args, **{**kwargs, "force_insert": True})
