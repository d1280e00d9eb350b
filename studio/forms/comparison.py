"""The form of a new comparison: what to compare, on which models, under which settings."""

import secrets
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from billing.money import format_usd, from_micros
from generation import orders
from generation.catalogue import InvalidArgumentsError, ModelSpec, Parameter, catalogue
from generation.pricing import UnknownPriceError
from generation.switches.in_force import offered
from studio.comparison import prompts
from studio.comparison.planning import Wanted
from studio.comparison.prompts import PromptsError, Row
from studio.comparison.terms import MODES, Terms, can_be_compared, file_parameter, fit, needs_file
from studio.forms.fields import ratio_choices
from studio.media_choices import MediaLibrary
from studio.models import Project, Shot
from studio.models.comparison import MOST_MODELS, MOST_REPEATS

SECONDS = Decimal(5)
LARGEST_SEED = 2**31 - 1 - MOST_REPEATS
OWN_RESOLUTION = "Each model’s own"


class ComparisonForm(forms.Form):
    """`wanted` of a valid form is what to plan. Every choice is of the project, or of the models of one mode."""

    name = forms.CharField(label="Name", max_length=120, help_text="Such as “Soap, four models”.")
    typed = forms.CharField(
        label="Prompts",
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="One prompt a paragraph; an empty line parts two. A first line “Title:” names a prompt.",
    )
    prompt_set = forms.ChoiceField(label="From a prompt set", required=False)
    shots = forms.TypedMultipleChoiceField(
        label="From shots", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    keep_as = forms.CharField(
        label="Keep these prompts as a set",
        required=False,
        max_length=80,
        help_text="A name, to compare on the same words again. A set of that name is replaced.",
    )
    file = forms.ChoiceField(label="Start from", required=False)
    models = forms.MultipleChoiceField(label="Models", widget=forms.CheckboxSelectMultiple)
    seconds = forms.DecimalField(
        label="Length in seconds", max_digits=4, decimal_places=1, min_value=Decimal(1), max_value=Decimal(60)
    )
    aspect_ratio = forms.ChoiceField(label="Shape")
    resolution = forms.ChoiceField(label="Resolution", required=False)
    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=LARGEST_SEED,
        help_text="The same for every model that takes one.",
    )
    repeats = forms.TypedChoiceField(
        label="Takes of each",
        coerce=int,
        choices=[(number, str(number)) for number in range(1, MOST_REPEATS + 1)],
        help_text="More show how steady a model is.",
    )
    has_sound = forms.BooleanField(label="With sound, where the model can", required=False)
    has_look = forms.BooleanField(label="With the project’s look", required=False)
    is_blind = forms.BooleanField(
        label="Blind: hide which model made what until it is revealed", required=False
    )

    def __init__(self, project: Project, mode: str, data: Any = None, **initial: Any) -> None:
        super().__init__(data, initial=self._begin(project) | initial)
        self.project, self.mode = project, mode
        self.specs = [each for each in offered(catalogue().filter(mode=mode)) if _is_offered(each)]
        # Each list that is read stays as it is while the form is used.
        self.sets = prompts.sets_of(project)
        self.of_shots = list(
            Shot.objects.current()
            .filter(scene__project=project)
            .select_related("scene")
            .order_by("scene__position", "position")[:400]
        )
        self._offer()

    @staticmethod
    def _begin(project: Project) -> dict[str, Any]:
        return {
            "seconds": SECONDS,
            "aspect_ratio": project.aspect_ratio,
            "seed": secrets.randbelow(LARGEST_SEED),
            "repeats": 1,
            "has_look": True,
        }

    def _offer(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["models"].choices = [(each.slug, self._label(each)) for each in self.specs]
        fields["models"].help_text = f"Two to {MOST_MODELS}. Prices are for one take."
        fields["prompt_set"].choices = [("", "None"), *((each.word, each.name) for each in self.sets)]
        fields["shots"].choices = [(shot.pk, _shot_label(shot)) for shot in self.of_shots]
        fields["aspect_ratio"].choices = ratio_choices(self.project.aspect_ratio)
        fields["resolution"].choices = [("", OWN_RESOLUTION), *_resolutions(self.specs)]
        if needs_file(self.mode):
            fields["file"].choices = [("", "What each shot starts from"), *self._files()]
            fields[
                "file"
            ].help_text = "For typed prompts and those of a set. Shots start from their own file."
        else:
            del fields["file"]
        if not any(each.output.media == "video" for each in self.specs):
            del fields["seconds"], fields["has_sound"]
        if not self.of_shots:
            del fields["shots"]
        if not (self.project.style or self.project.negative_prompt):
            del fields["has_look"]

    def _files(self) -> list[tuple[str, str]]:
        parameters = (file_parameter(each) for each in self.specs)
        parameter: Parameter | None = next((each for each in parameters if each is not None), None)
        if parameter is None:
            return []
        return [(each.value, each.label) for each in MediaLibrary(self.project).choices(parameter)]

    def _label(self, spec: ModelSpec) -> str:
        terms = Terms(SECONDS, self.project.aspect_ratio, "", 0)
        try:
            price = format_usd(from_micros(orders.price(spec.slug, fit(spec, terms).values).amount_micros))
        except (UnknownPriceError, InvalidArgumentsError):
            price = "price not known"
        return f"{spec.name} · {price}"

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.rows = prompts.checked(self._rows(cleaned))
            except PromptsError as error:
                self.add_error("typed", str(error))
        return cleaned

    def _rows(self, cleaned: dict[str, Any]) -> list[Row]:
        wanted = set(cleaned.get("shots") or ())
        words = [*prompts.typed(cleaned["typed"]), *self._of_set(cleaned["prompt_set"])]
        file = cleaned.get("file") or ""
        own = [Row(row.text, row.title, row.negative_prompt, None, file) for row in words]
        shots = [shot for shot in self.of_shots if shot.pk in wanted]
        return own + prompts.from_shots(shots, self.mode)

    def _of_set(self, word: str) -> Iterable[Row]:
        return next((each.rows for each in self.sets if word and each.word == word), ())

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        cleaned = self.cleaned_data
        terms = Terms(
            cleaned.get("seconds"),
            cleaned["aspect_ratio"],
            cleaned["resolution"],
            cleaned["seed"],
            bool(cleaned.get("has_sound")),
        )
        return Wanted(
            project=self.project,
            name=cleaned["name"],
            mode=self.mode,
            rows=self.rows,
            models=cleaned["models"],
            terms=terms,
            repeats=cleaned["repeats"],
            has_look=bool(cleaned.get("has_look")),
            is_blind=cleaned["is_blind"],
        )


def modes_on_offer() -> list[str]:
    """The modes of which at least two models can be chosen, in the order of the catalogue's pages."""
    return [mode for mode in MODES if sum(map(_is_offered, offered(catalogue().filter(mode=mode)))) > 1]


def _is_offered(spec: ModelSpec) -> bool:
    return spec.status != "retired" and can_be_compared(spec)


def _shot_label(shot: Shot) -> str:
    words = shot.title or shot.prompt
    return f"{shot.label} · {words[:70]}{'…' if len(words) > 70 else ''}"


def _resolutions(specs: Iterable[ModelSpec]) -> list[tuple[str, str]]:
    """Every word that one of these models knows, the smallest first, whatever its case."""
    found: dict[str, tuple[int, str]] = {}
    for spec in specs:
        parameter = spec.parameter("resolution")
        for word in parameter.choices if parameter else ():
            found.setdefault(word.lower(), (spec.output.by_resolution.get(word, 0), word))
    return [(word, word) for _, word in sorted(found.values())]
