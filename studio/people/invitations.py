"""Invitations to a team: made by a producer, mailed by a worker, accepted once by whoever holds the link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from billing import outbox
from billing.letters import one_line
from billing.models import AlertState
from studio.activity import Deed, note
from studio.models import Invitation, Membership, Project, Role
from studio.models.invitation import last_moment, new_nonce
from studio.notices import NoticeKind, tell
from studio.people import addresses
from studio.short_letters import ShortLetter, whole_address
from studio.tallies import is_allowed
from studio.team import TeamError

SALT = "studio.invitation"
HAS_ACCOUNT = "Somebody signs in with this address already. Sign in to accept."
MOST_WAITING = 50
"""Invitations of a project that wait at a time: nobody mails a crowd in the name of the studio."""
MOST_A_DAY, MOST_TO_ONE = 100, 6
"""Mails of a project in a day, and to one address from all projects: also those that were taken back count."""
REST = timedelta(minutes=1)
"""The time before one can be sent again."""


@transaction.atomic
def invite(project: Project, address: str, role: Role, by: Any) -> Invitation:
    """Ask an address to join, whether it has an account or not. Raises TeamError."""
    address = address.strip().lower()
    _hold(project)
    if Membership.objects.filter(project=project, user__in=addresses.people_with(address)).exists():
        raise TeamError(f"{address} is on the team already. Change the role in the list instead.")
    waiting = Invitation.objects.filter(project=project).waiting()
    if waiting.filter(address=address).exists():
        raise TeamError(f"{address} is invited already. Send the invitation again from the list.")
    if waiting.count() >= MOST_WAITING:
        raise TeamError(f"{MOST_WAITING} invitations wait. Take some back before you send more.")
    _count_mail(project, address)
    # Addresses are for producers; everybody on the team reads the activity.
    note(project, by, Deed.MEMBER_INVITED, words=f"invited somebody by mail as {role.label.lower()}")
    return Invitation.objects.create(project=project, address=address, role=role, invited_by=by)


@transaction.atomic
def send_again(invitation: Invitation) -> None:
    """Mail it once more with a new link; the old one is void. Raises TeamError."""
    _hold(invitation.project)
    invitation.refresh_from_db()
    _refuse_ended(invitation)
    if invitation.is_on_its_way:
        raise TeamError("Its mail is on its way. Wait a moment.")
    last = invitation.asked_again_at or invitation.invited_at
    if last > timezone.now() - REST and not invitation.is_refused:
        raise TeamError("It was sent a moment ago. Wait a minute.")
    _count_mail(invitation.project, invitation.address)
    invitation.nonce, invitation.expires_at = new_nonce(), last_moment()
    invitation.save(update_fields=["nonce", "expires_at"])
    outbox.resend(invitation)


@transaction.atomic
def revoke(invitation: Invitation, by: Any) -> None:
    """Take it back: its link opens nothing any more. Raises TeamError when it was accepted."""
    _hold(invitation.project)
    invitation.refresh_from_db()
    _refuse_ended(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    note(invitation.project, by, Deed.INVITATION_REVOKED, words="took an invitation back")


def token_of(invitation: Invitation) -> str:
    """What the link of its mail ends with."""
    return signing.dumps([invitation.pk, invitation.nonce], salt=SALT)


def by_token(token: str) -> Invitation | None:
    """The open invitation that this link belongs to; None for one that was used, is void, too old or made up."""
    try:
        pk, nonce = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    found = Invitation.objects.open().select_related("project", "invited_by").filter(pk=pk).first()
    return found if found and constant_time_compare(found.nonce, nonce) else None


def has_account(invitation: Invitation) -> bool:
    """Whether somebody signs in with the invited address."""
    return addresses.people_with(invitation.address).exists()


@transaction.atomic
def accept(invitation: Invitation, user: Any) -> Membership:
    """Put the user on the team. Once: raises TeamError when somebody was first. Who is on it already keeps the role."""
    project, role = invitation.project, Role(invitation.role)
    _hold(project)
    open_ = Invitation.objects.open().filter(pk=invitation.pk, nonce=invitation.nonce)
    if not open_.update(accepted_at=timezone.now(), accepted_by=user):
        raise TeamError("This invitation was used, was taken back or is too old. Ask for another one.")
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if is_new:
        words = f"came to the team by invitation, as {role.label.lower()}"
        note(project, user, Deed.MEMBER_ADDED, words=words)
        if invitation.invited_by:
            news = f"{user} has accepted the invitation to {project.name}."
            tell([invitation.invited_by], NoticeKind.TEAM, project, news, project.get_absolute_url())
    return membership


@transaction.atomic
def accept_with_account(invitation: Invitation, user: Any) -> Membership:
    """Save a new user, whose address the link has proven, and put them on the team. Raises TeamError."""
    if has_account(invitation):
        raise TeamError(HAS_ACCOUNT)
    user.email = invitation.address
    try:
        with transaction.atomic():
            user.save()
            addresses.believe(user)
    except IntegrityError as error:
        raise TeamError(
            "Somebody has just taken this name or this address. Look again, and accept then."
        ) from error
    # The address is one account's alone: the row that says so may have been another's a moment before.
    if not EmailAddress.objects.filter(user=user, email=invitation.address, verified=True).exists():
        raise TeamError(HAS_ACCOUNT)
    return accept(invitation, user)


def send_invitation(invitation_id: int) -> bool:
    """Claim the invitation and mail it. True when it was sent now; one that has ended is closed."""
    row = outbox.claim(Invitation, invitation_id)
    if row is None:
        return False
    if row.accepted_at or row.revoked_at or row.is_too_old:
        outbox.close(row, AlertState.COVERED)
        return False
    return outbox.send(row, [row.address], letter_of(row))


def letter_of(invitation: Invitation) -> ShortLetter:
    """The mail in words, with a link signed now."""
    project, host = invitation.project, invitation.invited_by
    name = (host.get_full_name() or host.get_username()) if host else "A producer"
    until = f"{invitation.expires_at:%-d %B %Y}"
    return ShortLetter(
        subject=one_line(f"{name} invites you to {project.name}"),
        headline=f"Come and work on {project.name}",
        sentences=[
            f"{name} invites you to the team of {project.name}, as {Role(invitation.role).label.lower()}.",
            f"The link below works once, and until {until}. With it you sign in, or make your account.",
        ],
        footer=f"You get this because {name} gave your address. If you do not know why, do nothing.",
        url=whole_address("studio:invitation", token_of(invitation)),
        action="Accept the invitation",
    )


def _count_mail(project: Project, address: str) -> None:
    day = timedelta(days=1)
    if not is_allowed(f"invitations-of:{project.pk}", most=MOST_A_DAY, within=day):
        raise TeamError(
            f"{MOST_A_DAY} invitations were mailed for this project within a day. Go on tomorrow."
        )
    if not is_allowed(f"invitations-to:{address}", most=MOST_TO_ONE, within=day):
        raise TeamError(f"{address} was mailed {MOST_TO_ONE} invitations within a day. Try again tomorrow.")


def _hold(project: Project) -> None:
    # The project's row is the queue, as for all changes of the team.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _refuse_ended(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.revoked_at:
        raise TeamError("This invitation was accepted or taken back meanwhile.")
