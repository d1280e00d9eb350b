"""Forms of the team: invite or add somebody, change what they may do."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from studio.models import Role

ROLE_WORDS = {
    Role.PRODUCER: "Producer: budget, team and settings, and all that the others may",
    Role.ARTIST: "Artist: edits the script and orders takes",
    Role.REVIEWER: "Reviewer: reviews and circles takes",
    Role.VIEWER: "Viewer: looks on",
}


def _role_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(role.value, words) for role, words in ROLE_WORDS.items()], initial=Role.ARTIST.value
    )


class Colleague(forms.ModelChoiceField):
    """Somebody by name, as the list shows them."""

    def label_from_instance(self, user: Any) -> str:
        name = user.get_full_name()
        return f"{name} ({user.get_username()})" if name else str(user.get_username())


class MemberForm(forms.Form):
    """Somebody whom the producer works with already, and the role to give."""

    username = Colleague(
        get_user_model().objects.none(),
        to_field_name="username",
        label="Who",
        error_messages={"invalid_choice": "Choose somebody from the list, or invite them by mail."},
    )
    role = _role_field()

    def __init__(self, *args: Any, colleagues: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["username"]
        assert isinstance(field, Colleague)
        field.queryset = colleagues


class InvitationForm(forms.Form):
    """An address to invite, and the role to give."""

    address = forms.EmailField(
        label="Mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "This is no mail address. Write it like ada@example.com."},
    )
    role = _role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "invite_%s"} | kwargs)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label="Role", choices=Role.choices)
