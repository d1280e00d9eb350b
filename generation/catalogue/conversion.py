"""From what people and programs send to typed values, one function a type of parameter.

Each function returns the value or raises `Refused` with a whole sentence that says what to change.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from .loading import shared
from .spec import ItemField, Parameter
from .wording import close, listed

__all__ = ["Refused", "convert"]


class Refused(ValueError):
    """A value does not fit its parameter; the message is a whole sentence."""


def convert(parameter: Parameter, value: object) -> object:
    """The value as the parameter's type. Raises Refused."""
    return _CONVERTERS[parameter.type](parameter, value)


def _text(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"“{parameter.label}” must be text, not {_shown(value)}.")
    text = _sendable(parameter, value)
    if parameter.max_length is not None and len(text) > parameter.max_length:
        raise Refused(
            f"“{parameter.label}” is {len(text)} characters long: "
            f"shorten it to {parameter.max_length} or fewer."
        )
    return text


def _sendable(parameter: Parameter, value: str) -> str:
    """The text without blanks around it; a null or half a character pair fits neither database nor wire."""
    if re.search("[\x00\ud800-\udfff]", value):
        raise Refused(f"“{parameter.label}” holds a character that cannot be sent: remove it.")
    return value.strip()


def _number(value: object) -> Decimal | None:
    """An exact number, or None where the value is not one (truth values, infinities and words are not)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and len(value) > 40:
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 40 else None


def _int(parameter: Parameter, value: object) -> int:
    number = _number(value)
    if number is None or number != number.to_integral_value():
        raise Refused(f"“{parameter.label}” must be a whole number, not {_shown(value)}.")
    _check_range(parameter, number)
    return int(number)


def _float(parameter: Parameter, value: object) -> float:
    number = _number(value)
    if number is None:
        raise Refused(f"“{parameter.label}” must be a number, not {_shown(value)}.")
    _check_range(parameter, number)
    return float(number)


def _check_range(parameter: Parameter, number: Decimal) -> None:
    low, high = parameter.minimum, parameter.maximum
    below = low is not None and number < Decimal(str(low))
    above = high is not None and number > Decimal(str(high))
    if not (below or above):
        return
    if low is not None and high is not None:
        wanted = f"from {_plain(low)} to {_plain(high)}"
    elif low is not None:
        wanted = f"{_plain(low)} or more"
    else:
        wanted = f"{_plain(high)} or less"
    raise Refused(f"“{parameter.label}” must be {wanted}, not {_plain(number)}.")


_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


def _bool(parameter: Parameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise Refused(f"“{parameter.label}” must be yes or no, not {_shown(value)}.")


def _choice(parameter: Parameter, value: object) -> str:
    word = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else None
    if word is not None:
        if word in parameter.choices:
            return word
        for choice in parameter.choices:
            if choice.lower() == word.lower():
                return choice
    raise Refused(_not_a_choice(parameter, value))


def _not_a_choice(parameter: Parameter, value: object) -> str:
    if len(parameter.choices) <= 24:
        return f"“{parameter.label}” must be {listed(parameter.choices)}, not {_shown(value)}."
    near = close(str(value), parameter.choices)
    hint = f": did you mean {listed(near)}?" if near else "."
    return f"“{parameter.label}” must be one of its {len(parameter.choices)} words, not {_shown(value)}{hint}"


def _seconds(parameter: Parameter, value: object) -> int | Decimal:
    number = _number(re.sub(r"\s*s$", "", value.strip()) if isinstance(value, str) else value)
    if number is None:
        raise Refused(f"“{parameter.label}” must be a number of seconds, not {_shown(value)}.")
    if not parameter.choices:
        _check_range(parameter, number)
        return number
    if number not in parameter.lengths:
        lengths = listed([str(each) for each in parameter.lengths])
        raise Refused(f"“{parameter.label}” must be {lengths} seconds for this model, not {_plain(number)}.")
    return int(number)


def _address(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"“{parameter.label}” must be the address of a file, not {_shown(value)}.")
    return _sendable(parameter, value)


def _addresses(parameter: Parameter, value: object) -> list[str]:
    if isinstance(value, str):
        value = _json(parameter, value) if value.lstrip().startswith("[") else value.split()
    if not isinstance(value, list | tuple):
        raise Refused(f"“{parameter.label}” must be a list of addresses, not {_shown(value)}.")
    _check_count(parameter, len(value))
    return [_address(parameter, each) for each in value]


def _check_count(parameter: Parameter, count: int) -> None:
    if parameter.min_items is not None and count < parameter.min_items:
        raise Refused(f"“{parameter.label}” needs {parameter.min_items} or more, not {count}.")
    if parameter.max_items is not None and count > parameter.max_items:
        raise Refused(f"“{parameter.label}” takes {parameter.max_items} at most, not {count}.")


def _size(parameter: Parameter, value: object) -> str | dict[str, int]:
    if isinstance(value, str):
        word = value.strip()
        if word.lower() in shared().presets:
            return word.lower()
        match = re.fullmatch(r"(\d{1,6})\s*[x×]\s*(\d{1,6})", word, re.IGNORECASE)
        value = {"width": match[1], "height": match[2]} if match else _json_or_none(word)
    if not isinstance(value, Mapping) or set(value) != {"width", "height"}:
        names = listed([*shared().presets, "width×height in pixels, like 1024x576"])
        raise Refused(f"“{parameter.label}” must be {names}.")
    return {side: _int(parameter, value[side]) for side in ("width", "height")}


def _list(parameter: Parameter, value: object) -> list[object]:
    if isinstance(value, str):
        is_json = parameter.fields or value.lstrip().startswith("[")
        value = _json(parameter, value) if is_json else [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise Refused(f"“{parameter.label}” must be a list, not {_shown(value)}.")
    _check_count(parameter, len(value))
    if parameter.fields:
        return [_fields(parameter, each) for each in value]
    if parameter.choices:
        return [_choice(parameter, each) for each in value]
    return [_text(parameter, each) for each in value]


def _object(parameter: Parameter, value: object) -> dict[str, object]:
    return _fields(parameter, _json(parameter, value) if isinstance(value, str) else value)


def _fields(parameter: Parameter, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise Refused(f"“{parameter.label}” must be made of named fields, not {_shown(value)}.")
    given = {name: each for name, each in value.items() if not _is_empty(each)}
    if not parameter.fields:
        return given
    for name in given:
        if name not in parameter.fields:
            fields = listed(list(parameter.fields))
            raise Refused(f"“{parameter.label}” has no field {_shown(name)}: it takes {fields}.")
    for name, field in parameter.fields.items():
        if field.required and name not in given:
            raise Refused(f"“{parameter.label}” needs the field “{name}” in every entry.")
    return {name: _field(parameter, name, parameter.fields[name], each) for name, each in given.items()}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _field(parameter: Parameter, name: str, field: ItemField, value: object) -> object:
    """One field of an entry, checked like a parameter of its own. Lengths stay words, as they are sent."""
    if field.type == "list":
        if not isinstance(value, list):
            raise Refused(f"“{parameter.label}” must have a list under “{name}”, not {_shown(value)}.")
        return value
    kind = {"string": "choice" if field.choices else "string", "seconds": "int"}.get(field.type, field.type)
    part = Parameter.model_validate(
        {
            "name": name,
            "wire": name,
            "label": f"{parameter.label}: {name}",
            "type": kind,
            "minimum": field.minimum,
            "maximum": field.maximum,
            "choices": field.choices,
        }
    )
    if field.type == "seconds":
        return str(_int(part, value.strip().removesuffix("s") if isinstance(value, str) else value))
    return convert(part, value)


def _json(parameter: Parameter, text: str) -> object:
    value = _json_or_none(text)
    if value is None:
        raise Refused(f"“{parameter.label}” must be written as JSON, not {_shown(text)}.")
    return value


def _json_or_none(text: str) -> object:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _shown(value: object) -> str:
    text = " ".join(str(value).split()).encode("utf-8", "replace").decode()
    return f"“{text if len(text) <= 60 else text[:57] + '…'}”"


def _plain(number: int | float | Decimal | None) -> str:
    exact = Decimal(str(number)).normalize()
    return f"{exact:f}" if exact.adjusted() > -10 else str(exact)


_CONVERTERS: Mapping[str, Callable[[Parameter, object], object]] = {
    "string": _text,
    "text": _text,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "choice": _choice,
    "seconds": _seconds,
    "image": _address,
    "video": _address,
    "audio": _address,
    "images": _addresses,
    "size": _size,
    "list": _list,
    "object": _object,
}
