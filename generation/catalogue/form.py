"""A form for a model's parameters, made from its spec. It asks the validator and has no rules of its own."""

import json
from typing import Any, ClassVar

from django import forms

from .errors import ALL, InvalidArgumentsError
from .loading import shared
from .spec import ModelSpec, Parameter
from .validation import validate

__all__ = ["ParameterField", "ParameterForm", "parameter_form"]

_CLAIMED = frozenset(
    {"action", "children", "dataset", "elements", "id", "length", "method", "name", "style", "target"}
)
"""A control of such a name hides the property of its form that scripts read, such as `form.elements`."""


class ParameterField(forms.Field):
    """One parameter on a form. Carries it as `parameter`, and `is_advanced` for a page that folds those away.

    Any widget will do: the value goes to the validator as it comes.
    """

    def __init__(self, parameter: Parameter, *, initial: object = None) -> None:
        self.parameter = parameter
        self.is_advanced = parameter.is_advanced
        super().__init__(
            required=parameter.required,
            label=parameter.label,
            help_text=parameter.help,
            initial=initial,
            widget=_widget(parameter, has_initial=initial is not None),
        )

    def validate(self, value: Any) -> None:
        """Nothing here: the form asks the model's validator once, for all fields together."""

    def prepare_value(self, value: Any) -> Any:
        """A typed value as the text of an input."""
        if isinstance(value, dict) and set(value) == {"width", "height"}:
            return f"{value['width']}x{value['height']}"
        if self.parameter.type == "images" and isinstance(value, list | tuple):
            return "\n".join(str(each) for each in value)
        if isinstance(value, list | tuple | dict):
            return json.dumps(value, ensure_ascii=False)
        return value


class ParameterForm(forms.Form):
    """The parameters of `spec`. Of a valid form, `cleaned_data` is what `validate` returned."""

    spec: ClassVar[ModelSpec]
    partial: ClassVar[bool]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for bound in self:
            if isinstance(bound.field, ParameterField) and bound.field.parameter.type == "size":
                _offer(bound)

    def add_prefix(self, field_name: str) -> str:
        """The name of the control on the page."""
        return super().add_prefix(f"{field_name}-value" if field_name in _CLAIMED else field_name)

    def clean(self) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        try:
            return validate(self.spec, given, partial=self.partial)
        except InvalidArgumentsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(None if name == ALL else name, sentence)
        return self.cleaned_data


def parameter_form(spec: ModelSpec, *, partial: bool = False) -> type[ParameterForm]:
    """The form class for a model's parameters; with `partial`, for an estimate that needs no prompt or media.

    Pass `initial` in our words to fill it from an earlier order, and `use_required_attribute=False` to a form
    that may be sent unfinished.
    """
    fields = {each.name: ParameterField(each, initial=_initial(spec, each)) for each in spec.parameters}
    return type("ParameterForm", (ParameterForm,), {"spec": spec, "partial": partial, **fields})


def _offer(bound: forms.BoundField) -> None:
    """Let a size in pixels, which no list names, stand among the choices of its own form."""
    value, widget = bound.value(), bound.field.widget
    if isinstance(value, str) and value and isinstance(widget, forms.Select):
        known = [word for word, _ in widget.choices]
        widget.choices = [*widget.choices, *([] if value in known else [(value, value)])]


def _initial(spec: ModelSpec, parameter: Parameter) -> object:
    # A picture size filled in beforehand would contradict every aspect ratio that is then chosen.
    if parameter.type == "size" and spec.aspect_sizes:
        return None
    return parameter.default


def _widget(parameter: Parameter, *, has_initial: bool) -> forms.Widget:
    match parameter.type:
        case "bool" if parameter.default is not None:
            return forms.CheckboxInput()
        case "bool":
            return forms.Select(choices=[("", "As the model does"), ("yes", "Yes"), ("no", "No")])
        case "choice" | "seconds" | "size" if parameter.choices:
            return forms.Select(choices=_choices(parameter, has_initial=has_initial))
        case "int" | "float" | "seconds":
            return forms.NumberInput(_range(parameter))
        case "text" | "list" | "object" | "images":
            return forms.Textarea(_text(parameter))
        case _:
            return forms.TextInput(_text(parameter, rows=None))


def _choices(parameter: Parameter, *, has_initial: bool) -> list[tuple[str, str]]:
    if parameter.type == "seconds":
        words = [(str(length), f"{length} s") for length in parameter.lengths]
    elif parameter.type == "size":
        words = [(name, _size_label(name)) for name in parameter.choices]
    else:
        words = [(word, word) for word in parameter.choices]
    if has_initial:
        return words
    return [("", "Choose one" if parameter.required else _blank(parameter)), *words]


def _blank(parameter: Parameter) -> str:
    return "By aspect ratio" if parameter.type == "size" else "As the model does"


def _size_label(name: str) -> str:
    size = shared().presets[name]
    return f"{name} ({size['width']} × {size['height']})"


def _range(parameter: Parameter) -> dict[str, Any]:
    limits = {"min": parameter.minimum, "max": parameter.maximum}
    step = 1 if parameter.type == "int" else "any"
    return {name: limit for name, limit in limits.items() if limit is not None} | {"step": step}


def _text(parameter: Parameter, rows: int | None = 3) -> dict[str, Any]:
    attrs: dict[str, Any] = {} if rows is None else {"rows": 5 if parameter.name == "prompt" else rows}
    if parameter.max_length is not None:
        attrs["maxlength"] = parameter.max_length
    if parameter.is_media:
        attrs["placeholder"] = "One address a line" if parameter.type == "images" else "Address of a file"
    elif parameter.type in {"list", "object"} and parameter.fields:
        attrs["placeholder"] = _example(parameter)
    return attrs


def _example(parameter: Parameter) -> str:
    """The shape of the JSON to write, with the names of the fields."""
    entry = {name: "…" for name, field in parameter.fields.items() if field.required} or dict.fromkeys(
        parameter.fields, "…"
    )
    return json.dumps([entry] if parameter.type == "list" else entry, ensure_ascii=False)
