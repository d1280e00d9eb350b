"""`manage.py estimate`."""

import json

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db

FOUNDING = ("--as-of", "2025-10-31")


def estimated(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    call_command("estimate", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_the_whole_answer(capsys):
    assert estimated(capsys, "ray2-flash", "--set", "seconds=5", "--count", "3", *FOUNDING) == {
        "model": "ray-2-flash-text",
        "count": 3,
        "amount": "0.60",
        "upper_bound": "0.60",
        "currency": "USD",
        "unit": "second",
        "quantity": "15",
        "price": "0.04",
        "surcharge": "0.00",
        "price_source": "founding-document-004",
        "price_verified": False,
        "effective_on": "2025-10-31",
        "as_of": "2025-10-31",
        "explanation": "3 times 5 seconds at $0.04 a second",
    }


@pytest.mark.parametrize(
    ("arguments", "amount"),
    [
        (["kling-turbo", "--set", "seconds=5", "--count", "3"], "0.63"),
        (["wan25", "--set", "seconds=5", "--count", "3"], "1.50"),
        (["nano-banana-pro", "--set", "resolution=4K"], "0.30"),
        (["kling-o1", "--set", "seconds=5"], "0.56"),
        (["minimax/hailuo-02", "--set", "seconds=6"], "0.27"),
        (["minimax-hailuo-02-standard-image", "--set", "seconds=6"], "0.27"),
    ],
)
def test_the_tables_of_the_founding_documents(capsys, arguments, amount):
    assert estimated(capsys, *arguments, *FOUNDING)["amount"] == amount


@pytest.mark.parametrize("length", ["seconds=9", "duration=9", "duration=9s", "seconds=9s"])
def test_a_length_in_our_word_or_the_providers(capsys, length):
    answer = estimated(capsys, "ray2-flash", "--set", length, "--as-of", "2026-11-21")
    assert (answer["amount"], answer["unit"], answer["quantity"]) == ("0.40", "video", "1")


def test_text_for_people(capsys):
    call_command("estimate", "kling-o1", "--set", "seconds=5", "--as-of", "2026-11-21")
    assert capsys.readouterr().out.splitlines() == [
        "Kling O1 image-to-video (kling-o1-image-to-video): $0.56",
        "5 seconds at $0.112 a second; at most $0.56.",
        "Price of 2026-10-01, verified: fal docs and pricing API.",
    ]
    call_command("estimate", "ray2-flash", *FOUNDING)
    assert capsys.readouterr().out.endswith("Price of 2025-10-31, not verified: The list price.\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["kling-01"],
            "There is no model called “kling-01”. Did you mean kling-v1-text, kling-o1-image-to-video or",
        ),
        (["ray2-flash", "--set", "seconds=7"], "must be 5 or 9 seconds for this model, not 7"),
        (["ray2-flash", "--set", "seconds"], "--set takes name=value"),
        (["ray2-flash", "--set", "seconds=5", "--set", "seconds=9"], "gives “seconds” twice"),
        (["ray2-flash", "--set", "seconds=5", "--set", "duration=9"], "given twice"),
        (["ray2-flash", "--set", "colour=red"], "has no parameter “colour”"),
        (["ray2-flash", "--count", "0"], "--count must be a whole number from 1"),
        (["ray2-flash", "--count", "two"], "--count must be a whole number from 1"),
        (["ray2-flash", "--as-of", "31.10.2025"], "--as-of must be a day like 2025-10-31"),
        (["ray2-flash", "--as-of", "2025-10-30"], "its prices begin on 2025-10-31"),
    ],
)
def test_what_cannot_be_priced_is_refused_in_one_line(arguments, says):
    with pytest.raises(CommandError) as caught:
        call_command("estimate", *arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
