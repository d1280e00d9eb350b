"""The form that orders takes of a shot: the model's own parameters, filled with what the shot says."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue
from generation.catalogue.form import ParameterForm, parameter_form
from studio import estimates, take_words
from studio.estimates import Estimate, ModelOption
from studio.looks import look_of, takes_words
from studio.media_choices import MediaLibrary, choose_media
from studio.models import Profile, Shot, Take
from studio.plans import ShotOrder, model_of, plan
from studio.price_tags import PriceTag, differs, name_of_look
from studio.profiles import Column, columns
from studio.prompt_templates import MOST_TEXTS, TemplateError, escaped, texts
from studio.sent_words import SentWords, sent_words
from studio.take_cards import PROVIDER_NAMES
from studio.take_uses import started_values
from studio.takes import NAMESPACE

MOST_TAKES = 8
"""Takes of one text at once."""
OTHER_LOOK = "The look of the project has changed, and with it the words that are sent."
OUTDATED = "This page was out of date, so nothing was ordered. Look at the price and press Generate again."


class TicketForm(forms.Form):
    """What goes with an order besides the parameters: which form was sent, and how many takes are wanted."""

    token = forms.UUIDField()
    count = forms.IntegerField(min_value=1, max_value=MOST_TAKES)


@dataclass(frozen=True)
class OrderForm:
    """A shot's order on a model. `notes` say what the shot asks for and the model cannot do."""

    shot: Shot
    spec: ModelSpec
    fields: ParameterForm
    token: uuid.UUID
    count: int
    notes: list[str]

    @property
    def common(self) -> list[BoundField]:
        return [bound for bound in self.fields if not _is_advanced(bound)]

    @property
    def advanced(self) -> list[BoundField]:
        return [bound for bound in self.fields if _is_advanced(bound)]

    @property
    def is_advanced_open(self) -> bool:
        """Whether something among the folded settings needs to be seen."""
        return any(bound.errors for bound in self.advanced)

    @property
    def wrong(self) -> list[BoundField]:
        """The fields that have an error. The form must have been checked."""
        return [bound for bound in self.fields if bound.errors]

    @property
    def counts(self) -> range:
        return range(1, MOST_TAKES + 1)

    @cached_property
    def texts(self) -> list[str]:
        """The texts that the prompt stands for; the prompt itself where it cannot be taken apart."""
        prompt = str(self.given.get("prompt") or "")
        try:
            return texts(prompt) if takes_words(self.spec) else [prompt]
        except TemplateError:
            return [prompt]

    @property
    def number(self) -> int:
        """How many takes are ordered: so many of each text."""
        return self.count * len(self.texts)

    @property
    def count_words(self) -> str:
        return f"{self.number} takes"

    @property
    def seed_words(self) -> str:
        """How several takes of one text come to differ."""
        if self.count == 1:
            return ""
        if self.spec.parameter("seed") is None:
            return f"{self.spec.name} takes no seed: the takes differ by themselves."
        seed = str(self.given.get("seed") or "")
        if seed.isdecimal():
            return f"Seeds {seed} to {int(seed) + self.count - 1}."
        return "Each take has a seed of its own."

    @property
    def provider_name(self) -> str:
        return PROVIDER_NAMES[self.spec.provider]

    @property
    def usual_words(self) -> str:
        """How long a take usually takes on this model."""
        return take_words.duration(self.spec.typical_seconds)

    @property
    def mode_label(self) -> str:
        return estimates.MODE_LABELS[self.spec.mode]

    @cached_property
    def models(self) -> list[tuple[str, list[ModelOption]]]:
        return estimates.model_options(self.shot, chosen=self.spec.slug)

    @cached_property
    def columns(self) -> list[Column]:
        """What a take costs with the draft and with the final models."""
        return columns(self.shot)

    @cached_property
    def estimate(self) -> Estimate:
        """What the form costs as it stands: what was typed if something was, else what it was filled with."""
        given = dict(self.sent if self.fields.is_bound else self.fields.initial)
        try:
            _check_number(str(given.get("prompt") or ""), self.spec, self.count)
        except InvalidArgumentsError as error:
            return replace(
                estimates.estimate(self.shot, self.spec, given), quote=None, problem=error.errors["prompt"]
            )
        if "prompt" in given:
            given["prompt"] = max(self.texts, key=len)
        return estimates.estimate(self.shot, self.spec, given, count=self.number)

    @property
    def tag(self) -> PriceTag | None:
        """What stands on Generate and is sent beside what was typed; None while the price is not known."""
        look = name_of_look(self.spec, look_of(self.shot.scene.project))
        return PriceTag.of(self.estimate.quote, look) if self.estimate.quote else None

    def differs(self, shown: str) -> str:
        """How it is dearer or other than what was shown, in sentences; empty where it is not."""
        return differs(self.tag, shown, OTHER_LOOK) if self.tag else ""

    @cached_property
    def each_words(self) -> list[SentWords]:
        """The words of each text as they will be sent, with the look of the project."""
        look = look_of(self.shot.scene.project)
        return [sent_words(self.spec, {**self.given, "prompt": text}, look) for text in self.texts]

    @property
    def words(self) -> SentWords:
        """The longest of them."""
        return max(self.each_words, key=lambda words: words.prompt.length if words.prompt else 0)

    @property
    def given(self) -> dict[str, Any]:
        """What stands in the form, unchecked: what was sent, else what it was filled with."""
        return self.sent if self.fields.is_bound else self._filled

    @property
    def _filled(self) -> dict[str, Any]:
        """What an unsent form shows: what it was filled with, else what the model does by default."""
        return {bound.name: bound.value() for bound in self.fields if bound.value() is not None}

    @cached_property
    def sent(self) -> dict[str, Any]:
        """The values as they were sent, unchecked."""
        return _read(self.fields, self.fields.data)

    def renewed(self) -> "OrderForm":
        """The same with a new token, for the next order."""
        return replace(self, token=uuid.uuid4())

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Show what only the order itself found out. The form must have been checked."""
        for name, sentence in errors.items():
            self.fields.add_error(name if name in self.fields.fields else None, sentence)


def blank_form(
    shot: Shot,
    model: str = "",
    *,
    like: Take | None = None,
    start: Take | None = None,
    profile: Profile | None = None,
) -> OrderForm:
    """The form as the shot itself fills it, or as an earlier take was ordered. Raises UnknownModelError.

    `start` is a take to start from; `profile` says how large and how long: the one in force, if none is given.
    """
    if like is not None and like.generation is not None:
        spec = catalogue().find(like.generation.model)
        return _form(shot, spec, initial=_values_of(like, spec))
    spec = catalogue().find(model) if model else model_of(shot, profile)
    values, notes = estimates.shot_values(shot, spec, profile)
    if start is not None:
        values |= started_values(spec, start)
    return _form(shot, spec, initial=values, notes=notes)


def changed_form(shot: Shot, data: QueryDict) -> OrderForm:
    """The form of the model that was just picked, with what was chosen before as far as it fits."""
    spec = catalogue().find(data.get("model", ""))
    old = _known(data.get("shown_model", ""))
    values, notes = estimates.shot_values(shot, spec)
    if old is not None:
        typed = _read(_fields(shot, old, {"data": data}), data)
        values |= estimates.carried_over(spec, old if old.slug != spec.slug else None, typed)
    changed = _form(shot, spec, initial=values, notes=notes)
    return replace(changed, count=_count(data), token=_token(data))


def sent_form(shot: Shot, data: QueryDict, *, partial: bool = False) -> OrderForm:
    """The form as it was sent, unchecked; `partial` when media may be missing. Raises UnknownModelError."""
    spec = catalogue().find(data.get("model", ""))
    fields = _fields(shot, spec, {"data": data}, partial=partial)
    return OrderForm(shot, spec, fields, _token(data), _count(data), [])


def plans(shot: Shot, spec: ModelSpec, values: Mapping[str, Any], count: int) -> list[ShotOrder]:
    """What each of `count` takes of each text will be.

    A given seed counts up, or they would all be the same picture; it is the same for each text, so that they can be
    compared. Raises TakeRefusedError or InvalidArgumentsError.
    """
    seed = values.get("seed")
    seeds = [{} if seed is None else {"seed": seed + index} for index in range(count)]
    prompts = _check_number(str(values.get("prompt") or ""), spec, count)
    told = [{"prompt": text} if "prompt" in values else {} for text in prompts]
    return [plan(shot, model=spec.slug, values={**values, **text, **one}) for text in told for one in seeds]


def _check_number(prompt: str, spec: ModelSpec, count: int) -> list[str]:
    """The texts of a prompt. Raises InvalidArgumentsError for one that is no template, or too many takes."""
    if not takes_words(spec):
        return [prompt]
    try:
        found = texts(prompt)
    except TemplateError as error:
        raise InvalidArgumentsError(spec.slug, {"prompt": str(error)}) from error
    if len(found) > 1 and len(found) * count > MOST_TEXTS:
        raise InvalidArgumentsError(
            spec.slug,
            {
                "prompt": f"{count} takes of {len(found)} texts are {count * len(found)}: "
                f"{MOST_TEXTS} at most are ordered at once."
            },
        )
    return found


def order_token(data: QueryDict, values: Mapping[str, Any], count: int) -> uuid.UUID | None:
    """One token for one press of the button; None when the form brought none.

    The same form twice gives the same token; what was changed after going back in the browser is a new order.
    """
    ticket = TicketForm(data)
    if not ticket.is_valid():
        return None
    words = json.dumps([data.get("model"), values, count], sort_keys=True, default=str)
    return uuid.uuid5(NAMESPACE, f"{ticket.cleaned_data['token']}:{words}")


def _form(
    shot: Shot, spec: ModelSpec, *, initial: Mapping[str, Any], notes: list[str] | None = None
) -> OrderForm:
    fields = _fields(shot, spec, {"initial": dict(initial)})
    return OrderForm(shot, spec, fields, uuid.uuid4(), 1, notes or [])


def _fields(shot: Shot, spec: ModelSpec, given: Mapping[str, Any], *, partial: bool = False) -> ParameterForm:
    # Without `required` attributes an unfinished form can be sent: the answer names all that is missing.
    form = parameter_form(spec, partial=partial)(**given, use_required_attribute=False)
    media = {each.name: each for each in spec.parameters if each.is_media}
    choose_media(form, media, MediaLibrary(shot.scene.project))
    return form


def _read(form: ParameterForm, data: Any) -> dict[str, Any]:
    """The raw values of a sent form, by name."""
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def _values_of(take: Take, spec: ModelSpec) -> dict[str, Any]:
    assert take.generation is not None
    request = take.generation.request
    names = {parameter.name for parameter in spec.parameters}
    values = {name: value for name, value in request["values"].items() if name in names}
    # The look is added anew when it is ordered: the form shows the take's own words.
    if takes_words(spec):
        values |= {name: take.brief[name] for name in names & take.brief.keys()}
        values["prompt"] = escaped(str(values.get("prompt") or ""))
    return values | _own_files(values, request.get("inputs", {}))


def _own_files(values: Mapping[str, Any], inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The project's files among the values, by the names that the form's controls know."""
    found: dict[str, Any] = {}
    for place, facts in inputs.items():
        name, _, index = place.rpartition(".")
        if name not in values or "from" not in facts:
            continue
        if isinstance(values[name], list):
            found.setdefault(name, list(values[name]))[int(index)] = facts["from"]
        else:
            found[name] = facts["from"]
    return found


def _token(data: QueryDict) -> uuid.UUID:
    """The token that the form brought; it stays the same until something was ordered with it."""
    try:
        return uuid.UUID(data.get("token", ""))
    except ValueError:
        return uuid.uuid4()


def _count(data: QueryDict) -> int:
    text = data.get("count", "1")
    return min(max(int(text), 1), MOST_TAKES) if text.isdecimal() and len(text) < 6 else 1


def _known(word: str) -> ModelSpec | None:
    try:
        return catalogue().find(word)
    except UnknownModelError:
        return None


def _is_advanced(bound: BoundField) -> bool:
    return bool(getattr(bound.field, "is_advanced", False))
