"""Forms of a project: a new one, its settings, its budget."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.text import slugify

from billing.models import Budget, BudgetState
from billing.money import parse_usd
from studio.audience import parse_addresses
from studio.forms.fields import LimitField, ratio_choices
from studio.models import Project
from studio.slugs import numbered, refuse_reserved


class NewProjectForm(forms.Form):
    """What a project needs to begin: a name, a shape and its money."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    slug = forms.SlugField(
        label="Short name",
        max_length=60,
        required=False,
        help_text="Used in addresses and commands: small letters, digits and hyphens. "
        "Left empty, it is made from the name.",
    )
    description = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the film is about.",
    )
    aspect_ratio = forms.ChoiceField(
        label="Shape", choices=ratio_choices(), help_text="For shots that do not say their own."
    )
    budget = LimitField(
        label="Budget in US dollars", help_text="No take is ordered beyond it. Producers can change it later."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["budget"].initial = parse_usd(settings.DEFAULT_BUDGET_USD)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        return slug.lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        name = data.get("name")
        if name and "slug" in data:
            data["slug"] = self._free_slug(data["slug"], str(name))
        return data

    def _free_slug(self, wanted: str, name: str) -> str:
        slug = wanted or numbered(slugify(name)[:60].strip("-_"))
        try:
            self._refuse(slug)
        except forms.ValidationError as error:
            self.add_error("slug", error)
        return slug

    def _refuse(self, slug: str) -> None:
        if not slug:
            raise forms.ValidationError(
                "Give a short name in small letters, digits and hyphens, such as “tide”."
            )
        refuse_reserved(slug)
        for validator in Project._meta.get_field("slug").validators:
            validator(slug)
        if Project.objects.filter(slug=slug).exists():
            raise forms.ValidationError(f"The short name “{slug}” is taken. Choose another.")


class ProjectForm(forms.ModelForm):
    """A project's settings."""

    alert_emails = forms.CharField(
        label="Also tell of the budget",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Mail addresses that get the alerts and the digest too, parted by commas or lines.",
    )
    is_archived = forms.BooleanField(
        label="Archived", required=False, help_text="Kept with all it holds, but out of the list of projects."
    )

    class Meta:
        model = Project
        fields = [
            "name",
            "description",
            "aspect_ratio",
            "style",
            "negative_prompt",
            "alert_emails",
            "keep_days",
        ]
        labels = {
            "aspect_ratio": "Shape",
            "style": "Style",
            "negative_prompt": "Not to be seen",
            "keep_days": "Days to keep files that nobody chose",
        }
        help_texts = {
            "aspect_ratio": "For shots that do not say their own.",
            "style": "Follows the prompt of every take: film stock, light, colour, lens.",
            "negative_prompt": "Added to what a take avoids, for models that can be told. "
            "Takes that were ordered stay as they are.",
            "keep_days": "So many days after a take has ended its files are cleared for good, if it was never circled, "
            "nobody downloaded it and no order started from it. Takes, costs and history stay; uploads stay. "
            "Left empty, all files are kept.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "style": forms.Textarea(attrs={"rows": 3}),
            "negative_prompt": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = self.fields["aspect_ratio"]
        self.fields["aspect_ratio"] = forms.ChoiceField(
            choices=ratio_choices(self.instance.aspect_ratio), label=text.label, help_text=text.help_text
        )
        self.initial["alert_emails"] = "\n".join(self.instance.alert_emails)
        self.fields["is_archived"].initial = self.instance.archived_at is not None

    def clean_alert_emails(self) -> list[str]:
        return parse_addresses(str(self.cleaned_data["alert_emails"]))

    def save(self, commit: bool = False) -> Project:
        """The project as it shall be; `projects.save_settings` writes it."""
        project: Project = super().save(commit=False)
        if self.cleaned_data["is_archived"] != (project.archived_at is not None):
            project.archived_at = timezone.now() if self.cleaned_data["is_archived"] else None
        return project


class BudgetForm(forms.Form):
    """A new limit or another state, and why. `enough` is a limit in US dollars that is offered."""

    limit = LimitField(label="New limit in US dollars")
    state = forms.ChoiceField(required=False)
    why = forms.CharField(
        label="Why", max_length=500, help_text="Kept with the budget, so that others understand it later."
    )

    def __init__(self, budget: Budget, data: Any = None, *, enough: Decimal | None = None) -> None:
        super().__init__(data, initial={"limit": budget.limit if enough is None else enough})
        self.fields["state"].choices = _next_states(budget)  # type: ignore[attr-defined]
        if budget.state == BudgetState.CLOSED:  # What is closed stays so; a limit opens a new one.
            del self.fields["state"]


def _next_states(budget: Budget) -> list[tuple[str, str]]:
    """What may be done to it beside its limit: a budget that only warns stops nothing, so it is not paused."""
    choices = [("", "Leave as it is")]
    if budget.state == BudgetState.PAUSED:
        choices.append((BudgetState.ACTIVE, "Resume: orders are taken again"))
    elif budget.is_hard:
        choices.append((BudgetState.PAUSED, "Pause: nothing is ordered under it until it is resumed"))
    return [*choices, (BudgetState.CLOSED, "Close for good")]
