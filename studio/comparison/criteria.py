"""What takes are scored by: five criteria, which a project may call and weigh as it likes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from studio.activity import Deed, note
from studio.models import Criterion, Project

DEFAULTS = {
    "clarity": "Visual clarity",
    "adherence": "Prompt adherence",
    "motion": "Motion smoothness",
    "suitability": "Suitability for the project",
    "colour": "Colour accuracy",
}
"""By key, in their order. Keys are the columns of a score."""


@dataclass(frozen=True)
class Weighed:
    """A criterion as a project has it. A weight of 0 leaves it out of the quality."""

    key: str
    label: str
    weight: int = 1

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a comparison."""
        return {"key": self.key, "label": self.label, "weight": self.weight}


def criteria_of(project: Project) -> list[Weighed]:
    """The project's criteria, in their order. One query."""
    said = {each.key: each for each in Criterion.objects.filter(project=project)}
    return [
        Weighed(key, said[key].label, said[key].weight) if key in said else Weighed(key, label)
        for key, label in DEFAULTS.items()
    ]


def from_json(kept: Sequence[dict[str, Any]]) -> list[Weighed]:
    """What `as_json` gave."""
    return [Weighed(each["key"], each["label"], each["weight"]) for each in kept]


@transaction.atomic
def save_criteria(project: Project, criteria: Sequence[Weighed], by: Any | None) -> None:
    """Keep how the project calls and weighs them from its next comparison on."""
    note(project, by, Deed.SETTINGS_CHANGED, words="changed what compared takes are scored by")
    for each in criteria:
        Criterion.objects.update_or_create(
            project=project, key=each.key, defaults={"label": each.label, "weight": each.weight}
        )
