"""Forms of the team: add somebody, change what they may do."""

from django import forms

from studio.models import Role

ROLE_WORDS = {
    Role.PRODUCER: "Producer: budget, team and settings, and all that the others may",
    Role.ARTIST: "Artist: edits the script and orders takes",
    Role.REVIEWER: "Reviewer: circles takes",
    Role.VIEWER: "Viewer: looks on",
}


class MemberForm(forms.Form):
    """Somebody who can sign in already, and the role to give."""

    username = forms.CharField(
        label="User name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        choices=[(role.value, words) for role, words in ROLE_WORDS.items()], initial=Role.ARTIST.value
    )


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label="Role", choices=Role.choices)
