"""What the house does its own way of what django-allauth does: accounts come by invitation, mails by the outbox."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from studio.people import account_mail, addresses, seals

logger = logging.getLogger(__name__)


class Accounts(DefaultAccountAdapter):
    """Named in the settings as ACCOUNT_ADAPTER."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The user name and the password do not belong together. Check both.",
        "email_password_mismatch": "The mail address and the password do not belong together. Check both.",
        "too_many_login_attempts": "Too many tries that failed. Wait five minutes, or ask for a new password.",
        "incorrect_password": "This is not your password.",
        "email_taken": "This address cannot be used. Choose another.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """An account is made through an invitation, or by whoever runs the studio."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write down that a mail is due. A worker sends it, so that the answer takes as long for every address."""
        user = context.get("user") or self.request.user
        account_mail.write(user, template_prefix, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell somebody what was changed about their account, at the address that they had."""
        address = email or user.email
        if address:
            super().send_notification_mail(template_prefix, user, (context or {}) | {"user": user}, address)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords for the account: not once for its name, once for its address and for each host."""
        return addresses.account_named(credentials.get("email") or credentials.get("username") or "")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session; from then on the address opens the door as well as the name."""
        super().login(request, user)
        addresses.believe(user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account" if self.request.user.is_authenticated else "login")


class SecondFactors(DefaultMFAAdapter):
    """Named in the settings as MFA_ADAPTER."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right. Wait for the next one, or take a recovery code.",
    }

    def encrypt(self, text: str) -> str:
        """What stands in the database instead of a secret."""
        return seals.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret. Where no key opens it, whoever signs in is told what to do: 403."""
        try:
            return seals.opened(encrypted_text)
        except seals.BrokenSealError as error:
            logger.exception(
                "A second factor cannot be read: no key among SECRET_KEY and its fallbacks opens it."
            )
            raise PermissionDenied(str(error)) from error
