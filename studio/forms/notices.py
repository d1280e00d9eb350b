"""How somebody wants to hear of what."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from studio import notices
from studio.notices import NoticeKind, Way


class ChoicesForm(forms.Form):
    """For each kind of news two boxes; none ticked means not at all."""

    def __init__(self, person: Any, data: Any = None) -> None:
        super().__init__(data)
        for kind, way in notices.choices_of(person).items():
            for name, words, value in (("in_app", "here", way.in_app), ("by_mail", "by mail", way.by_mail)):
                label = f"{kind.label}: {words}"
                self.fields[f"{kind}-{name}"] = forms.BooleanField(label=label, required=False, initial=value)

    def rows(self) -> Iterator[tuple[str, forms.BoundField, forms.BoundField]]:
        """What each kind is about, and its two boxes."""
        for kind in NoticeKind:
            yield kind.label, self[f"{kind}-in_app"], self[f"{kind}-by_mail"]

    @property
    def ways(self) -> Mapping[NoticeKind, Way]:
        data = self.cleaned_data
        return {kind: Way(data[f"{kind}-in_app"], data[f"{kind}-by_mail"]) for kind in NoticeKind}
