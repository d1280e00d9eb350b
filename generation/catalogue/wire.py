"""From our validated words to exactly what goes to the provider."""

from collections.abc import Mapping

from .sizes import ordered_size
from .spec import ModelSpec, Parameter

__all__ = ["wire_arguments"]


def wire_arguments(spec: ModelSpec, values: Mapping[str, object]) -> dict[str, object]:
    """The provider's arguments for values that `validate` returned.

    Names are the provider's, a length is the provider's word for it, an aspect ratio has become a size where
    the model takes sizes; measures and what was not given are left out. Addresses of files stay as they are.
    """
    sent = dict(values)
    if spec.aspect_sizes:
        sent["image_size"] = ordered_size(spec, values)
    return {
        parameter.wire: _word(parameter, sent[parameter.name])
        for parameter in spec.parameters
        if parameter.wire is not None and sent.get(parameter.name) is not None
    }


def _word(parameter: Parameter, value: object) -> object:
    if parameter.type != "seconds":
        return value
    return next(
        word for word, length in zip(parameter.choices, parameter.lengths, strict=True) if length == value
    )
