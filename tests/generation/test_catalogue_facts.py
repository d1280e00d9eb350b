"""The catalogue against an independent table of the documented models: nothing lost, nothing invented."""

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from generation.catalogue import ModelSpec, Parameter, catalogue

FACTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "catalogue_facts.json").read_text(encoding="utf-8")
)
each_model = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["slug"])


def spec_of(fact: dict[str, Any]) -> ModelSpec:
    return catalogue().models[fact["slug"]]


def test_every_model_is_there_and_no_other():
    assert sorted(catalogue().models) == sorted(fact["slug"] for fact in FACTS)
    assert len(FACTS) == 63


@each_model
def test_identity(fact):
    spec = spec_of(fact)
    names = ("provider", "endpoint", "kind", "mode", "status")
    assert {name: getattr(spec, name) for name in names} == {name: fact[name] for name in names}
    assert [spec.output.key, spec.output.is_list] == fact["output"]
    assert [list(group) for group in spec.one_of] == fact["one_of"]


@each_model
def test_parameters_have_the_names_of_the_wire(fact):
    wires = {parameter.wire for parameter in spec_of(fact).parameters if parameter.wire}
    assert wires == set(fact["parameters"])


@each_model
def test_parameters_have_the_documented_ranges_words_and_defaults(fact):
    spec = spec_of(fact)
    for wire, expected in fact["parameters"].items():
        parameter = next(each for each in spec.parameters if each.wire == wire)
        assert described(parameter) == expected, wire


def described(parameter: Parameter) -> dict[str, Any]:
    facts: dict[str, Any] = {"required": True} if parameter.required else {}
    if parameter.default is not None:
        facts["default"] = default_on_the_wire(parameter)
    if parameter.choices:
        facts["words"] = words(list(parameter.choices))
    if parameter.type != "size":  # our own limits on a size in pixels
        limits = {"min": parameter.minimum, "max": parameter.maximum, "max_length": parameter.max_length}
        facts |= {name: limit for name, limit in limits.items() if limit is not None}
    return facts


def default_on_the_wire(parameter: Parameter) -> object:
    if parameter.type != "seconds":
        return parameter.default
    return dict(zip(parameter.lengths, parameter.choices, strict=True))[parameter.default]


def words(choices: list[str]) -> object:
    if len(choices) <= 24:
        return choices
    return {"count": len(choices), "sha256": hashlib.sha256("\n".join(choices).encode()).hexdigest()[:16]}


@each_model
def test_prices_public_and_founding(fact):
    prices = spec_of(fact).prices
    public = prices[-1]
    assert (public.amount, public.unit) == (Decimal(fact["price"]), fact["unit"])
    assert public.verified == fact["verified"]
    if fact["founding"]:
        amount, unit = fact["founding"]
        assert (prices[0].amount, prices[0].unit) == (Decimal(amount), unit)
        assert prices[0].source.startswith("founding-document-")


@each_model
def test_every_model_has_a_price_since_the_founding_documents(fact):
    assert spec_of(fact).prices[0].starts_on.isoformat() == "2025-10-31"


@pytest.mark.parametrize("spec", catalogue().models.values(), ids=lambda spec: spec.slug)
def test_text_for_people_is_short_and_ours(spec):
    for note in spec.notes:
        assert len(note) < 160
        assert note.endswith(".")
    for parameter in spec.parameters:
        assert parameter.label[0].isupper()
        assert not parameter.help or parameter.help.endswith(".")
