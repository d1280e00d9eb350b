"""What a shot would cost: on each model of the catalogue, and as its form stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.budgets import available
from billing.errors import NoBudgetError
from billing.money import format_usd, from_micros
from generation import orders
from generation.catalogue import (
    InvalidArgumentsError,
    ModelSpec,
    catalogue,
    expected_output,
    settings_for_shot,
    validate,
)
from generation.pricing import Quote, UnknownPriceError
from generation.switches.in_force import offered, why_off
from studio.models import Profile, Shot
from studio.plans import TakeRefusedError, plan
from studio.wishes import Wish, wish

MODE_LABELS = {
    "text-to-video": "Video from text",
    "image-to-video": "Video from pictures",
    "video-to-video": "Video from video",
    "effects": "Video effects",
    "lipsync": "Lip sync",
    "text-to-image": "Picture from text",
    "image-to-image": "Picture from pictures",
    "upscale": "Enlarge a picture",
    "face-swap": "Swap a face",
}
"""The groups of the model picker, in its order."""
_WORDS = {"prompt", "negative_prompt"}


@dataclass(frozen=True)
class ModelOption:
    """A model in the picker, with what one take of the shot costs on it today."""

    slug: str
    label: str


@dataclass(frozen=True)
class Estimate:
    """What the takes cost together in US dollars; `problem` says why that cannot be known.

    `left` is what the budget can still hold, None without an active budget.
    """

    count: int
    quote: Quote | None
    problem: str
    left: Decimal | None
    limit: Decimal | None

    @property
    def amount(self) -> Decimal | None:
        return None if self.quote is None else from_micros(self.quote.amount_micros)

    @property
    def upper_bound(self) -> Decimal | None:
        """The most that they can cost: what will be held."""
        return None if self.quote is None else from_micros(self.quote.upper_bound_micros)

    @property
    def is_bound_higher(self) -> bool:
        return self.quote is not None and self.quote.upper_bound_micros > self.quote.amount_micros

    @property
    def fits(self) -> bool:
        """Whether the budget can hold it as it stands now."""
        return self.upper_bound is None or (self.left is not None and self.upper_bound <= self.left)


def shot_values(
    shot: Shot, spec: ModelSpec, profile: Profile | None = None
) -> tuple[dict[str, Any], list[str]]:
    """What the shot says, in this model's words, and a sentence for each thing that the model cannot do."""
    names = {parameter.name for parameter in spec.parameters}
    wanted = wish(shot, spec, profile)
    given = {"prompt": shot.prompt, "negative_prompt": shot.negative_prompt, **wanted.settings}
    values = {name: value for name, value in given.items() if name in names and value not in ("", None)}
    problems: list[str] = []
    for name, asked in (("seconds", wanted.seconds), ("aspect_ratio", wanted.aspect_ratio)):
        if name in wanted.settings:
            continue
        both: dict[str, Any] = {"seconds": None, "aspect_ratio": None, name: asked}
        try:
            values.update(settings_for_shot(spec, **both))
        except InvalidArgumentsError as error:
            problems.append(f"This shot asks for {_words(wanted, name)}. {' '.join(error.errors.values())}")
    if "image_size" in values:
        values.pop("aspect_ratio", None)  # A size says the shape as well; two that disagree would be refused.
    return values, problems


def carried_over(spec: ModelSpec, old: ModelSpec | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen for the old model and fits this one. What the old one had by default is left behind."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        parameter = spec.parameter(name)
        before = None if old is None else old.parameter(name)
        if parameter is None or value in ("", None, []) or (before and str(before.default) == str(value)):
            continue
        try:
            kept |= {parameter.name: validate(spec, {name: value}, partial=True)[parameter.name]}
        except (InvalidArgumentsError, KeyError):
            # The new model has no such value: its own default stands, and the form shows it.
            continue
    return kept


def model_options(shot: Shot, *, chosen: str = "") -> list[tuple[str, list[ModelOption]]]:
    """What is on offer by group, each model with its price for this shot. Two queries at most.

    `chosen` is the model that the form has: it stays, like the shot's own.
    """
    keep = {chosen, shot.model}
    found = [
        (label, list(offered(catalogue().filter(mode=mode), keep))) for mode, label in MODE_LABELS.items()
    ]
    return [
        (label, [ModelOption(spec.slug, _label(shot, spec)) for spec in specs])
        for label, specs in found
        if specs
    ]


def bare_price(shot: Shot, spec: ModelSpec, profile: Profile | None = None) -> Decimal | None:
    """US dollars for one take of the shot on this model today; None when nobody can say. No query.

    The files of an input are left out, since looking each of them up costs a query; so are words, on which no price
    hangs.
    """
    values, _ = shot_values(shot, spec, profile)
    left_out = _WORDS | {parameter.name for parameter in spec.parameters if parameter.is_media}
    told = {name: value for name, value in values.items() if name not in left_out}
    try:
        return from_micros(orders.price(spec.slug, told).amount_micros)
    except (UnknownPriceError, InvalidArgumentsError):
        return None


def estimate(shot: Shot, spec: ModelSpec, values: Mapping[str, Any], *, count: int = 1) -> Estimate:
    """The price of `count` takes of these values, which may still be incomplete, beside what is left."""
    found, problem = None, ""
    try:
        order = plan(shot, model=spec.slug, values=values)
        found = orders.price(spec.slug, order.values, count=count, measures=order.measures)
    except InvalidArgumentsError as error:
        problem = " ".join(error.errors.values())
    except (UnknownPriceError, TakeRefusedError) as error:
        problem = str(error)
    try:
        money = available(shot.scene.project.account)
    except NoBudgetError:
        return Estimate(count, found, problem, None, None)
    return Estimate(count, found, problem, money.left, money.limit)


def _words(wanted: Wish, name: str) -> str:
    if name == "seconds":
        return f"{wanted.seconds:f} seconds".replace(".00", "")
    return f"the shape {wanted.aspect_ratio}"


def _label(shot: Shot, spec: ModelSpec) -> str:
    values, _ = shot_values(shot, spec)
    told = {name: value for name, value in values.items() if name in {"seconds", "aspect_ratio"}}
    amount = bare_price(shot, spec)
    price = "price not known" if amount is None else format_usd(amount)
    seconds = expected_output(spec, told).seconds if spec.output.media == "video" else None
    length = "" if seconds is None else f" · {seconds.normalize():f} s"
    gone = "" if spec.status == "live" else f" ({spec.status})"
    if why_off(spec):
        gone = " (switched off)"
    # The price first: it stands in one column, and a narrow control never cuts it off.
    return f"{price}{length} – {spec.name}{gone}"
