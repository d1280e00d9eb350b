"""Who works on a project, and as what. A project keeps a producer: somebody must mind the budget."""

from django.contrib.auth import get_user_model
from django.db import transaction

from studio.models import Membership, Project, Role


class TeamError(Exception):
    """The team cannot be changed in this way; the message says why and what to do."""


@transaction.atomic
def add_member(project: Project, username: str, role: Role) -> Membership:
    """Give somebody who can already sign in a role in the project. Raises TeamError."""
    user = get_user_model().objects.filter(username=username.strip(), is_active=True).first()
    if user is None:
        raise TeamError(
            f"Nobody signs in as “{username.strip()}”. Check the spelling, or ask an administrator."
        )
    Project.objects.select_for_update().get(pk=project.pk)
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise TeamError(f"{user} is on the team already. Change the role in the list instead.")
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role) -> None:
    """Give a member another role. Raises TeamError for the last producer."""
    if role != Role.PRODUCER:
        _keep_a_producer(membership)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """Take somebody off the team; what they made stays. Raises TeamError for the last producer."""
    _keep_a_producer(membership)
    membership.delete()


def _keep_a_producer(membership: Membership) -> None:
    # The project's row is the queue: two producers who leave at once take turns, and the second one stays.
    Project.objects.select_for_update().get(pk=membership.project_id)
    others = Membership.objects.filter(project=membership.project_id, role=Role.PRODUCER).exclude(
        pk=membership.pk
    )
    if not others.exists():
        raise TeamError(f"{membership.user} is the only producer. Make somebody else a producer first.")
