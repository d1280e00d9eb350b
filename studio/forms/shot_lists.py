"""The form that takes in a shot list."""

from django import forms


class ShotListForm(forms.Form):
    """A CSV file with scenes and shots."""

    file = forms.FileField(
        label="Shot list",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="A CSV file in UTF-8, as any spreadsheet saves it.",
    )
