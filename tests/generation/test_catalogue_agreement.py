"""The validator is the one truth: the JSON schema and the form agree with it, for every model."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.catalogue import (
    InvalidArgumentsError,
    ModelSpec,
    Parameter,
    catalogue,
    json_schema,
    validate,
    wire_arguments,
)
from generation.catalogue.form import ParameterField, parameter_form

MODELS = list(catalogue().models.values())
each_model = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.slug)

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40)
ADDRESS = st.just("https://example.org/file")


def good(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values of the right type; numbers and texts may still lie outside their limits."""
    match parameter.type:
        case "choice":
            return st.sampled_from(parameter.choices)
        case "seconds":
            return st.sampled_from(parameter.lengths)
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(-5, 3000)
        case "float":
            return st.floats(-1, 40, allow_nan=False)
        case "size":
            side = st.integers(1, 20000)
            return st.sampled_from(parameter.choices) | st.fixed_dictionaries({"width": side, "height": side})
        case "images":
            return st.lists(ADDRESS, min_size=1, max_size=6)
        case "image" | "video" | "audio":
            return ADDRESS
        case "list" if parameter.choices:
            return st.lists(st.sampled_from(parameter.choices), min_size=1, max_size=3)
        case "list" if parameter.name == "multi_prompt":
            shot = {"prompt": WORDS.filter(str.strip)}
            # Their lengths together, which no schema can add up, stay within what the model makes.
            lengths = {"duration": st.integers(3, 5).map(str) | st.sampled_from(["0", "17"])}
            return st.lists(st.fixed_dictionaries(shot, optional=lengths), min_size=1, max_size=3)
        case "list" | "object":
            return st.nothing()
        case _:
            return WORDS.map(lambda text: text * 30) | WORDS


def order_of(spec: ModelSpec) -> st.SearchStrategy[dict[str, Any]]:
    options = {
        each.name: strategy
        for each in spec.parameters
        if each.name != "aspect_ratio" and not (strategy := good(each)).is_empty
    }
    required = {name: options.pop(name) for name in [each.name for each in spec.parameters if each.required]}
    return st.fixed_dictionaries(required, optional=options)


def is_accepted(spec: ModelSpec, values: dict[str, Any]) -> bool:
    try:
        validate(spec, values)
    except InvalidArgumentsError:
        return False
    return True


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_schema_and_validator_accept_the_same_orders(data):
    spec = data.draw(st.sampled_from(MODELS))
    values = data.draw(order_of(spec))
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    schema = jsonschema.Draft202012Validator(json_schema(spec))
    assert schema.is_valid(values) == is_accepted(spec, values), list(schema.iter_errors(values))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_the_validator_returns_fits_the_schema_and_goes_on_the_wire(data):
    spec = data.draw(st.sampled_from(MODELS))
    try:
        values = validate(spec, data.draw(order_of(spec)))
    except InvalidArgumentsError:
        return
    jsonschema.validate(values, json_schema(spec), cls=jsonschema.Draft202012Validator)
    assert validate(spec, values) == values
    arguments = wire_arguments(spec, values)
    assert set(arguments) <= {each.wire for each in spec.parameters}
    json.dumps(arguments, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_form_and_validator_agree(data):
    spec = data.draw(st.sampled_from(MODELS))
    values = data.draw(order_of(spec))
    posted = {name: as_posted(spec.parameter(name), value) for name, value in values.items()}
    form = parameter_form(spec)({name: text for name, text in posted.items() if text is not None})
    # A box that is not ticked is not sent, and says no.
    boxes = {each.name: False for each in spec.parameters if each.type == "bool" and each.default is not None}
    if is_accepted(spec, boxes | values):
        assert form.is_valid(), form.errors
        assert form.cleaned_data == validate(spec, boxes | values)
    else:
        assert not form.is_valid()


def as_posted(parameter: Parameter, value: Any) -> str | None:
    if isinstance(value, bool):
        if parameter.default is not None:
            return "on" if value else None
        return "yes" if value else "no"
    text = ParameterField(parameter).prepare_value(value)
    return str(text)


@each_model
def test_the_schema_is_a_schema(spec):
    schema = json_schema(spec)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {each.name for each in spec.parameters}
    json.dumps(schema)


@each_model
def test_the_form_has_a_field_a_parameter(spec):
    form = parameter_form(spec)()
    assert list(form.fields) == [each.name for each in spec.parameters]
    for parameter in spec.parameters:
        field = form.fields[parameter.name]
        assert field.is_advanced == parameter.is_advanced
        html = str(form[parameter.name])
        assert ("maxlength" in html) == (parameter.max_length is not None)
        for word in parameter.choices[:3] if parameter.type == "choice" else ():
            assert word in html


@each_model
def test_a_form_for_an_estimate_is_valid_when_sent_as_it_came(spec):
    blank = parameter_form(spec, partial=True)()
    posted = {name: blank[name].value() for name in blank.fields if blank[name].value() not in (None, False)}
    form = parameter_form(spec, partial=True)(posted)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == validate(spec, {}, partial=True)


def test_a_form_says_what_the_validator_says():
    form = parameter_form(catalogue().find("ray2-flash"))({"prompt": " ", "seconds": "7"})
    assert form.errors["prompt"] == ["Write a prompt: this model needs one."]
    assert form.errors["seconds"] == ["“Length” must be 5 or 9 seconds for this model, not 7."]
    form = parameter_form(catalogue().find("kling-3.0"))({})
    assert form.non_field_errors() == ["Give one of “Prompt” or “Prompts of several shots”."]


def test_a_text_emptied_on_a_page_stays_empty():
    form = parameter_form(catalogue().find("kling-v1"))({"prompt": "Foam", "negative_prompt": ""})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["negative_prompt"] == ""


def test_a_form_is_filled_from_an_earlier_order():
    spec = catalogue().find("flux-lora")
    earlier = validate(
        spec, {"prompt": "Foam", "image_size": "1000x500", "loras": [{"path": "a/b", "scale": 0.5}]}
    )
    form = parameter_form(spec)(initial=earlier)
    again = parameter_form(spec)({name: form[name].value() for name in form.fields if form[name].value()})
    assert again.is_valid(), again.errors
    assert again.cleaned_data == earlier
    assert 'value="1000x500" selected' in str(form["image_size"])


def test_only_the_usual_questions_are_asked_first():
    plain = [each.name for each in catalogue().find("kling-3.0").parameters if not each.is_advanced]
    assert plain == ["prompt", "seconds", "aspect_ratio", "generate_audio", "negative_prompt"]
