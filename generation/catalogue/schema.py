"""A model's parameters as JSON schema (draft 2020-12), in our words."""

from typing import Any

from .loading import shared
from .spec import ItemField, ModelSpec, Parameter

__all__ = ["json_schema"]

Schema = dict[str, Any]

_TYPES = {"string": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array"}


def json_schema(spec: ModelSpec) -> Schema:
    """What an order of this model may say. Whatever `validate` returns for an order is valid against it."""
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.name,
        "type": "object",
        "additionalProperties": False,
        "properties": {parameter.name: _property(parameter) for parameter in spec.parameters},
        "required": [parameter.name for parameter in spec.parameters if parameter.required],
    }
    if spec.one_of:
        schema["allOf"] = [{"oneOf": [{"required": [name]} for name in group]} for group in spec.one_of]
    return schema


def _property(parameter: Parameter) -> Schema:
    described: Schema = {"title": parameter.label}
    if parameter.help:
        described["description"] = parameter.help
    if parameter.default is not None:
        described["default"] = parameter.default
    return described | _shape(parameter)


def _shape(parameter: Parameter) -> Schema:
    match parameter.type:
        case "bool":
            return {"type": "boolean"}
        case "int" | "float":
            return {"type": _TYPES[parameter.type], **_range(parameter)}
        case "choice":
            return {"enum": list(parameter.choices)}
        case "seconds":
            return {"enum": list(parameter.lengths)}
        case "size":
            return _size(parameter)
        case "images":
            return {"type": "array", "items": {"type": "string", "minLength": 1}, **_count(parameter)}
        case "list":
            return {"type": "array", "items": _item(parameter), **_count(parameter)}
        case "object":
            return _fields(parameter) if parameter.fields else {"type": "object"}
        case _:
            return _text(parameter)


def _text(parameter: Parameter) -> Schema:
    shape: Schema = {"type": "string"}
    if parameter.is_media or parameter.required:
        shape["minLength"] = 1
    if parameter.required and parameter.type in {"text", "string"}:
        shape["pattern"] = r"\S"
    if parameter.max_length is not None:
        shape["maxLength"] = parameter.max_length
    return shape


def _size(parameter: Parameter) -> Schema:
    side = {"type": "integer", **_range(parameter)}
    pixels = {
        "type": "object",
        "properties": {"width": side, "height": side},
        "required": ["width", "height"],
        "additionalProperties": False,
    }
    return {"oneOf": [{"enum": list(shared().presets)}, pixels]}


def _item(parameter: Parameter) -> Schema:
    if parameter.fields:
        return _fields(parameter)
    return {"enum": list(parameter.choices)} if parameter.choices else {"type": "string"}


def _fields(parameter: Parameter) -> Schema:
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in parameter.fields.items()},
        "required": [name for name, field in parameter.fields.items() if field.required],
        "additionalProperties": False,
    }


def _field(field: ItemField) -> Schema:
    if field.choices:
        return {"enum": list(field.choices)}
    if field.type == "seconds":
        low, high = int(field.minimum or 1), int(field.maximum or 60)
        return {"enum": [str(length) for length in range(low, high + 1)]}
    shape: Schema = {"type": _TYPES[field.type], **_range(field)}
    return shape | {"pattern": r"\S"} if field.type == "string" and field.required else shape


def _range(part: Parameter | ItemField) -> Schema:
    limits = {"minimum": part.minimum, "maximum": part.maximum}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _count(parameter: Parameter) -> Schema:
    limits = {"minItems": parameter.min_items or 1, "maxItems": parameter.max_items}
    return {name: limit for name, limit in limits.items() if limit is not None}
