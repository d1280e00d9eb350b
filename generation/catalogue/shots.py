"""What a shot's own length and aspect ratio mean to a model."""

from decimal import Decimal

from .conversion import Refused, convert
from .errors import InvalidArgumentsError
from .spec import ModelSpec

__all__ = ["settings_for_shot"]


def settings_for_shot(
    spec: ModelSpec, *, seconds: Decimal | None, aspect_ratio: str | None
) -> dict[str, object]:
    """The shot's length (in seconds) and aspect ratio as values for this model.

    What the model has no parameter for is left out. Raises InvalidArgumentsError, which lists the lengths or
    aspect ratios that the model can make.
    """
    settings: dict[str, object] = {}
    errors: dict[str, str] = {}
    for name, value in (("seconds", seconds), ("aspect_ratio", aspect_ratio)):
        parameter = spec.parameter(name)
        if parameter is None or value in (None, ""):
            continue
        try:
            settings[name] = convert(parameter, value)
        except Refused as refusal:
            errors[name] = str(refusal)
    if errors:
        raise InvalidArgumentsError(spec.slug, errors)
    return settings
