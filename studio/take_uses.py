"""What can be made from the file of a take: enlarged, spoken, set in motion, whatever the catalogue has models for."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from billing.money import from_micros
from generation import orders
from generation.catalogue import InvalidArgumentsError, ModelSpec, Parameter, catalogue, file_problem
from generation.models import Output
from generation.pricing import UnknownPriceError
from generation.switches.in_force import offered
from studio.models import Take
from studio.named_files import File
from studio.plans import measured, measures_of

USES = {
    "upscale": "Enlarge it",
    "lipsync": "Lip sync",
    "face-swap": "Swap a face",
    "image-to-image": "Change the picture",
    "image-to-video": "Set it in motion",
    "effects": "Put an effect on it",
    "video-to-video": "Rework the clip",
}
"""The catalogue's modes that start from a file, in the order of the page, as what is done with it."""
MADE = {
    "upscale": "enlarged",
    "lipsync": "with lip sync",
    "face-swap": "with another face",
    "image-to-image": "changed",
    "image-to-video": "set in motion",
    "effects": "with an effect",
    "video-to-video": "reworked",
}
_MAIN = ("video", "image", "start_image", "images")
"""The parameter that takes the file which is worked on, by its name; the first that a model has."""


@dataclass(frozen=True)
class Use:
    """One thing to do with a take, on the cheapest model that takes its file. The price is in US dollars.

    `problem` says why no model takes it.
    """

    label: str
    model: str = ""
    name: str = ""
    amount: Decimal | None = None
    url: str = ""
    problem: str = ""


def uses_of(take: Take, file: File) -> list[Use]:
    """What the catalogue's models make from this file of the take, which has a mode of its own line each."""
    if isinstance(file, Output) and (file.is_closed or file.cleared_at):
        return []
    if file.content_type == "image/svg+xml":
        return []
    found = (_use(take, file, mode, label) for mode, label in USES.items())
    return [use for use in found if use is not None]


def main_parameter(spec: ModelSpec) -> Parameter | None:
    """What takes the file that a model works on."""
    return next((parameter for name in _MAIN if (parameter := spec.parameter(name))), None)


def started_values(spec: ModelSpec, take: Take) -> dict[str, str | list[str]]:
    """The values of a form that starts from the take."""
    parameter = main_parameter(spec)
    if parameter is None:
        return {}
    name = f"take:{take.pk}"
    return {parameter.name: [name] if parameter.type == "images" else name}


def origin_words(take: Take) -> str:
    """How a take was made from its source: “enlarged”; empty where the same was made with another model."""
    spec = None if take.generation is None else catalogue().models.get(take.generation.model)
    return MADE.get(spec.mode, "") if spec else ""


def _use(take: Take, file: File, mode: str, label: str) -> Use | None:
    kind = file.content_type.partition("/")[0]
    fitting = [(spec, each) for spec, each in _models(mode) if each.type.removesuffix("s") == kind]
    if not fitting:
        return None
    problems = {spec.slug: file_problem(each, measured(file)) for spec, each in fitting}
    priced = [(_price(spec, file), spec) for spec, _ in fitting if not problems[spec.slug]]
    if not priced:
        return Use(label, problem=problems[fitting[0][0].slug])
    amount, spec = min(priced, key=lambda pair: (pair[0] is None, pair[0] or Decimal(0), pair[1].slug))
    words = urlencode({"model": spec.slug, "start": take.number, "take": take.number})
    return Use(label, spec.slug, spec.name, amount, f"{take.shot.get_absolute_url()}?{words}#order-form")


def _models(mode: str) -> Iterator[tuple[ModelSpec, Parameter]]:
    for spec in offered(catalogue().filter(mode=mode)):
        parameter = main_parameter(spec)
        if parameter is not None and spec.status != "retired":
            yield spec, parameter


def _price(spec: ModelSpec, file: File) -> Decimal | None:
    try:
        return from_micros(orders.price(spec.slug, {}, measures=measures_of(file)).amount_micros)
    except (UnknownPriceError, InvalidArgumentsError):
        return None
