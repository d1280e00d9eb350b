"""Forms of a person's own account: the library's, in the words of the house."""

from collections.abc import Mapping
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm

from studio.people.addresses import people_with

LABELS: Mapping[str, str] = {
    "login": "User name or mail address",
    "email": "Mail address",
    "oldpassword": "Your password now",
    "password1": "New password",
    "password2": "The new password once more",
    "remember": "Keep me signed in on this machine",
}
NAME_WIDGETS = {
    "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
    "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
}
PASSWORD_RULE = "At least 8 characters. Not only digits, no common password, and nothing like your name."


class InOurWords:
    """Labels of the house, and no placeholder that says them once more."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""  # The way to a new password stands under the form.
            elif name == "password1":
                field.help_text = PASSWORD_RULE  # Django's own is a list, which no paragraph may hold.


class SignInForm(InOurWords, account.LoginForm):
    """Sign in by user name or mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autocapitalize": "none"}


class AddressForm(InOurWords, account.AddEmailForm):
    """Another mail address."""


class PasswordForm(InOurWords, account.ChangePasswordForm):
    """Another password."""


class ForgottenForm(InOurWords, account.ResetPasswordForm):
    """The address to which the way to a new password is mailed."""

    users: list[Any]

    def clean_email(self) -> str:
        address: str = super().clean_email()
        if not self.users:
            self.users = list(people_with(address).filter(is_active=True))
        return address


class NewPasswordForm(InOurWords, account.ResetPasswordKeyForm):
    """A new password, by the link of a mail."""


class OnceMoreForm(InOurWords, account.ReauthenticateForm):
    """The password of somebody who is signed in."""


class CodeForm(InOurWords, second_factor.AuthenticateForm):
    """The code of the phone, or a recovery code."""


class CodeOnceMoreForm(InOurWords, second_factor.ReauthenticateForm):
    """A code of somebody who is signed in."""


class FirstCodeForm(InOurWords, ActivateTOTPForm):
    """The first code of the phone."""


class NewAccountForm(InOurWords, UserCreationForm):
    """The account of somebody who was invited; the mail address is the invited one."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, instance=get_user_model()(email=address), **kwargs)
        self.fields["username"].label = "User name"
        self.fields["username"].help_text = "You sign in with it, or with your mail address."
        self.fields["username"].widget.attrs.pop("autofocus", None)
        self.fields["password1"].label = "Password"
        self.fields["password2"].label = "The password once more"
        self.fields["password2"].help_text = ""

    class Meta:
        model = get_user_model()
        fields = ("username", "first_name", "last_name")
        widgets = NAME_WIDGETS


class NameForm(forms.ModelForm):
    """How others see somebody."""

    class Meta:
        model = get_user_model()
        fields = ("first_name", "last_name")
        widgets = NAME_WIDGETS
