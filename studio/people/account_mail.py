"""Mails to people about their own account: written down with the deed, put into words when a worker sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings

from billing.models import AlertState
from billing.outbox import claim, close, send
from studio.models import AccountMail, AccountMatter
from studio.people.addresses import known_of
from studio.short_letters import ShortLetter, whole_address

RESET = "account/email/password_reset_key"
CONFIRM = "account/email/email_confirmation"
# What the library calls each change, and what people read.
NEWS: Mapping[str, str] = {
    "account/email/password_changed": "The password of your account was changed",
    "account/email/password_reset": "The password of your account was set anew",
    "account/email/email_changed": "The mail address of your account was changed",
    "account/email/email_deleted": "A mail address was taken off your account",
    "mfa/email/totp_activated": "Signing in to your account now takes a code as well",
    "mfa/email/totp_deactivated": "Signing in to your account no longer takes a code",
    "mfa/email/recovery_codes_generated": "Your account has new recovery codes; the old ones are void",
}
FOOTER = "You get this because this address belongs to an account of this studio."


def write(user: Any, name: str, address: str, context: Mapping[str, Any]) -> None:
    """Note that a mail of this name of the library's is due. Call it in the transaction of the deed."""
    if name == RESET:
        AccountMail.objects.create(user=user, matter=AccountMatter.RESET, address=known_of(user, address))
    elif name == CONFIRM:
        AccountMail.objects.create(user=user, matter=AccountMatter.CONFIRM, address=address)
    else:
        facts = {"words": NEWS[name], "from": str(context.get("ip", ""))}
        AccountMail.objects.create(user=user, matter=AccountMatter.NEWS, address=address, facts=facts)


def send_account_mail(account_mail_id: int) -> bool:
    """Claim the mail and send it. True when it was sent now; one whose matter is over is closed."""
    row = claim(AccountMail, account_mail_id)
    if row is None:
        return False
    letter = letter_of(row)
    if letter is None:
        close(row, AlertState.COVERED)
        return False
    return send(row, [row.address], letter)


def letter_of(row: AccountMail) -> ShortLetter | None:
    """The mail in words, with a link signed now; None when there is nothing to say any more."""
    if not row.user.is_active:
        return None
    match row.matter:
        case AccountMatter.RESET:
            return _reset(row)
        case AccountMatter.CONFIRM:
            return _confirm(row)
        case _:
            return _news(row)


def _reset(row: AccountMail) -> ShortLetter:
    uid, key = user_pk_to_url_str(row.user), EmailAwarePasswordResetTokenGenerator().make_token(row.user)
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    return ShortLetter(
        subject="Choose a new password",
        headline="Choose a new password",
        sentences=[
            f"Somebody asked for a new password for {row.user.get_username()}. "
            f"If it was you, follow the link within {'an hour' if hours == 1 else f'{hours} hours'}. It works once.",
            "If it was not you, do nothing: your password stays as it is.",
        ],
        footer=FOOTER,
        url=whole_address("account_reset_password_from_key", uid, key),
        action="Choose a new password",
    )


def _confirm(row: AccountMail) -> ShortLetter | None:
    address = EmailAddress.objects.filter(user=row.user, email__iexact=row.address, verified=False).first()
    if address is None:
        return None  # It is confirmed, or the change was taken back.
    return ShortLetter(
        subject="Confirm your mail address",
        headline="Confirm your mail address",
        sentences=[
            f"{row.user.get_username()} wants to use {row.address} for the account here. "
            "It counts once you have confirmed it.",
            "If it was not you, do nothing: the address is not used.",
        ],
        footer="You get this because somebody gave this address as their own.",
        url=whole_address("account_confirm_email", EmailConfirmationHMAC(address).key),
        action="Confirm the address",
    )


def _news(row: AccountMail) -> ShortLetter:
    words, source = row.facts["words"], row.facts["from"]
    where = f", from the address {source}" if source else ""
    return ShortLetter(
        subject=words,
        headline=words,
        sentences=[
            f"This was done as {row.user.get_username()} on {row.due_at:%-d %B %Y at %H:%M} UTC{where}.",
            "If it was not you, ask for a new password at once and tell whoever runs the studio.",
        ],
        footer=FOOTER,
        url=whole_address("account_reset_password"),
        action="Ask for a new password",
    )
