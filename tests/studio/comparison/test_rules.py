"""Rules in order, the default else, and what each would change."""

from decimal import Decimal
from typing import Any

import pytest

from studio.comparison.rules import Rule, ShotFacts, choose, doubts, preview

pytestmark = pytest.mark.database_free

DEFAULT = "ray"


def chosen(facts: ShotFacts, *rules: Rule) -> str:
    return choose(rules, facts, DEFAULT).model


@pytest.mark.parametrize(
    ("prompt", "holds"),
    [
        ("Soap is cut", True),
        ("A bar of SOAP.", True),
        ("slow\n motion, close", True),
        ("Soapy water", False),
        ("motion that is slow", False),
        ("", False),
    ],
)
def test_any_of_the_words_stands_whole_in_the_prompt(prompt: str, holds: bool) -> None:
    rule = Rule("kling", words=("soap", " slow  motion ", ""))
    assert rule.holds(ShotFacts(prompt=prompt)) is holds


@pytest.mark.parametrize(
    ("conditions", "facts", "holds"),
    [
        ({"shortest": Decimal(6)}, {"seconds": Decimal(6)}, True),
        ({"shortest": Decimal(6)}, {"seconds": Decimal("5.99")}, False),
        ({"longest": Decimal(6)}, {"seconds": Decimal(6)}, True),
        ({"longest": Decimal(6)}, {"seconds": Decimal("6.01")}, False),
        ({"longest": Decimal(6)}, {}, False),
        ({"mode": "image-to-video"}, {"mode": "image-to-video"}, True),
        ({"mode": "image-to-video"}, {"mode": "text-to-video"}, False),
        ({"budget_below": Decimal(20)}, {"budget_left": Decimal("19.9")}, True),
        ({"budget_below": Decimal(20)}, {"budget_left": Decimal(20)}, False),
        ({"budget_below": Decimal(20)}, {}, False),
        ({"words": ("soap",), "longest": Decimal(6)}, {"prompt": "soap", "seconds": Decimal(9)}, False),
        ({}, {}, True),
    ],
)
def test_each_condition_must_hold_and_what_is_unknown_does_not(
    conditions: dict[str, Any], facts: dict[str, Any], holds: bool
) -> None:
    assert Rule("kling", **conditions).holds(ShotFacts(**facts)) is holds


def test_the_first_that_holds_decides_and_else_the_default() -> None:
    soap, long = Rule("kling", words=("soap",)), Rule("wan", shortest=Decimal(8))
    both = ShotFacts(prompt="soap", seconds=Decimal(10))
    assert choose((soap, long), both, DEFAULT).rule is soap
    assert chosen(both, long, soap) == "wan"
    assert choose((soap, long), ShotFacts(prompt="sand"), DEFAULT) == choose((), ShotFacts(), DEFAULT)
    assert chosen(ShotFacts(prompt="sand"), soap, long) == DEFAULT


def test_a_model_that_cannot_make_the_shot_is_passed_over() -> None:
    facts = ShotFacts(prompt="soap", usable=frozenset({"wan", "ray"}))
    assert chosen(facts, Rule("kling-image", words=("soap",)), Rule("wan")) == "wan"


def test_a_preview_says_what_each_rule_moves_and_costs() -> None:
    prices = {"ray": Decimal("0.20"), "kling": Decimal("0.21"), "wan": Decimal("0.50")}
    shots = [
        ShotFacts(prompt="soap one", shot=1, model="wan"),
        ShotFacts(prompt="soap two", shot=2, model="kling"),
        ShotFacts(prompt="soap three", shot=3, model="odd"),
        ShotFacts(prompt="sand", seconds=Decimal(10), shot=4, model="ray"),
        ShotFacts(prompt="foam", shot=5, model="wan"),
    ]
    rules = [Rule("kling", words=("soap",)), Rule("wan", shortest=Decimal(8))]
    soap, long, rest = preview(rules, shots, DEFAULT, lambda facts, model: prices.get(model))
    assert [each.shot for each in soap.shots] == [1, 2, 3]
    assert [each.shot for each in soap.moved] == [1, 3]
    assert (soap.before, soap.after, soap.difference) == (Decimal("0.71"), Decimal("0.42"), Decimal("-0.29"))
    assert soap.unpriced == 1
    assert (long.difference, long.unpriced) == (Decimal("0.30"), 0)
    assert (rest.rule, rest.difference, [each.shot for each in rest.moved]) == (None, Decimal("-0.30"), [5])
    own = preview(
        rules, shots, {each.shot: each.model for each in shots}, lambda facts, model: prices.get(model)
    )
    assert own[-1].moved == ()


def test_a_rule_that_never_decides_is_told_of() -> None:
    modes = {"kling": "text", "wan": "text", "kling-image": "image"}
    soap = Rule("kling", words=("soap", "foam"))
    rules = [soap, Rule("wan", words=("Soap",), shortest=Decimal(3)), Rule("wan"), Rule("kling-image"), soap]
    assert doubts(rules, modes) == [
        "Rule 2 never decides: rule 1 takes all of its shots. Move it up.",
        "Rule 5 never decides: rule 1 takes all of its shots. Move it up.",
    ]
    narrow = [
        Rule("wan", longest=Decimal(5)),
        Rule("wan", longest=Decimal(8)),
        Rule("wan", longest=Decimal(4)),
    ]
    assert doubts(narrow, modes) == ["Rule 3 never decides: rule 1 takes all of its shots. Move it up."]


def test_a_rule_says_its_conditions_in_words() -> None:
    rule = Rule(
        "m", words=("soap", "foam"), shortest=Decimal(6), mode="image-to-video", budget_below=Decimal(20)
    )
    assert rule.sentence == (
        "the prompt has “soap” or “foam”, and it is image to video, and the shot is at least 6 s long, "
        "and less than 20 % of the budget is left"
    )
    assert Rule("m", shortest=Decimal(5), longest=Decimal("5.0")).sentence == "the shot is 5 s long"
    assert Rule("m").sentence == "always"
    assert Rule("m", words=(" ",)).is_open


def test_a_range_without_anything_in_it_is_refused() -> None:
    with pytest.raises(ValueError, match="swap the two lengths"):
        Rule("m", shortest=Decimal(6), longest=Decimal(5))
    with pytest.raises(ValueError, match="chooses a model"):
        Rule("")
