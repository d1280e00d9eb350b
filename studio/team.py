"""Who works on a project, and as what. A project keeps a producer: somebody must mind the budget."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from studio.activity import Deed, note
from studio.models import ClientLink, Invitation, Membership, Project, Role
from studio.notices import NoticeKind, tell


class TeamError(Exception):
    """The team cannot be changed in this way; the message says why and what to do."""


@transaction.atomic
def add_member(project: Project, username: str, role: Role, by: Any | None) -> Membership:
    """Give somebody who can already sign in a role in the project. Raises TeamError."""
    user = get_user_model().objects.filter(username=username.strip(), is_active=True).first()
    if user is None:
        raise TeamError(
            f"Nobody signs in as “{username.strip()}”. Check the spelling, or invite them by mail."
        )
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise TeamError(f"{user} is on the team already. Change the role in the list instead.")
    words = f"added {user} to the team as {role.label.lower()}"
    note(project, by, Deed.MEMBER_ADDED, words=words)
    _tell(membership, by, f"You are on the team of {project.name} now, as {role.label.lower()}.")
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role, by: Any | None) -> None:
    """Give a member another role. Raises TeamError for the last producer."""
    if role != Role.PRODUCER:
        _keep_a_producer(membership)
    if role != Role.PRODUCER:
        _end_invitations(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    words = f"made {membership.user} {role.label.lower()}"
    note(membership.project, by, Deed.ROLE_CHANGED, words=words)
    _tell(membership, by, f"You are {role.label.lower()} in {membership.project.name} now.")


@transaction.atomic
def remove_member(membership: Membership, by: Any | None) -> None:
    """Take somebody off the team: what they made stays, the doors they opened are shut.

    Raises TeamError for the last producer.
    """
    _keep_a_producer(membership)
    _end_invitations(membership)
    _end_links(membership, by)
    is_own = by is not None and membership.user_id == by.pk
    words = "left the team" if is_own else f"took {membership.user} off the team"
    note(membership.project, by, Deed.MEMBER_REMOVED, words=words)
    membership.delete()


def _end_invitations(membership: Membership) -> None:
    """Who may not invite any more has nobody come in by an invitation of theirs that still waits."""
    waiting = Invitation.objects.waiting().filter(
        project=membership.project_id, invited_by=membership.user_id
    )
    waiting.update(revoked_at=timezone.now())


def _end_links(membership: Membership, by: Any | None) -> None:
    """Nor do they keep looking by a link that they made for a client."""
    made = ClientLink.objects.filter(project=membership.project_id, created_by=membership.user_id)
    made.filter(revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_by=by)


def colleagues(project: Project, user: Any) -> QuerySet[Any]:
    """Who works with the user on another project and is not on this team: whom one may add without asking."""
    people = get_user_model().objects.filter(is_active=True, memberships__project__memberships__user=user.pk)
    return people.exclude(memberships__project=project).distinct().order_by("username")


def _tell(membership: Membership, by: Any | None, words: str) -> None:
    project = membership.project
    tell([membership.user], NoticeKind.TEAM, project, words, project.get_absolute_url(), actor=by)


def _keep_a_producer(membership: Membership) -> None:
    # The project's row is the queue: two producers who leave at once take turns, and the second one stays.
    Project.objects.select_for_update(no_key=True).get(pk=membership.project_id)
    others = Membership.objects.filter(project=membership.project_id, role=Role.PRODUCER).exclude(
        pk=membership.pk
    )
    if not others.exists():
        raise TeamError(f"{membership.user} is the only producer. Make somebody else a producer first.")
