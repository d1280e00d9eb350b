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

from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.catalogue.form import ParameterForm, parameter_form
from studio import estimates, take_words
from studio.estimates import Estimate, ModelOption
from studio.media_choices import MediaLibrary, choose_media
from studio.models import Shot, Take
from studio.plans import ShotOrder, model_of, plan
from studio.take_cards import PROVIDER_NAMES
from studio.takes import NAMESPACE

MOST_TAKES = 4
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

    @property
    def count_words(self) -> str:
        return f"{self.count} takes"

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
        return estimates.model_options(self.shot)

    @cached_property
    def estimate(self) -> Estimate:
        """What the form costs as it stands: what was typed if something was, else what it was filled with."""
        given = self.sent if self.fields.is_bound else self.fields.initial
        return estimates.estimate(self.shot, self.spec, given, count=self.count)

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


def blank_form(shot: Shot, model: str = "", *, like: Take | None = None) -> OrderForm:
    """The form as the shot itself fills it, or as an earlier take was ordered. Raises UnknownModelError."""
    if like is not None and like.generation is not None:
        spec = catalogue().find(like.generation.model)
        return _form(shot, spec, initial=_values_of(like, spec))
    spec = catalogue().find(model) if model else model_of(shot)
    values, notes = estimates.shot_values(shot, spec)
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
    """What each of `count` takes will be. A given seed counts up, or they would all be the same picture.

    Raises TakeRefusedError or InvalidArgumentsError.
    """
    seed = values.get("seed")
    each = [dict(values) if seed is None else {**values, "seed": seed + index} for index in range(count)]
    return [plan(shot, model=spec.slug, values=one) for one in each]


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
