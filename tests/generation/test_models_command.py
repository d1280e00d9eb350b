"""`manage.py models`."""

import json

import pytest
from django.core.management import CommandError, call_command

from generation.catalogue import catalogue

pytestmark = pytest.mark.django_db


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("models", *arguments)
    return capsys.readouterr().out


def test_the_table_has_a_line_a_model(capsys):
    lines = printed(capsys).splitlines()
    assert lines[0].split()[:4] == ["SLUG", "NAME", "KIND", "MODE"]
    assert len(lines) == 65
    assert lines[-1] == "63 models"
    assert {line.split()[0] for line in lines[1:-1]} == set(catalogue().models)
    line = next(line for line in lines if line.startswith("face-swap"))
    assert "unlisted" in line
    assert line.endswith("$0.02 a picture, by what is asked (unverified)")


def test_kind_and_provider_narrow_it(capsys):
    assert printed(capsys, "--kind", "utility").splitlines()[-1] == "3 models"
    assert printed(capsys, "--provider", "kie", "--kind", "video").splitlines()[-1] == "2 models"


def test_json_has_aliases_prices_and_parameters(capsys):
    models = {model["slug"]: model for model in json.loads(printed(capsys, "--json"))}
    assert list(models) == list(catalogue().models)
    wan = models["wan-25-preview-text"]
    assert "wan25" in wan["aliases"]
    assert (wan["price"]["amount"], wan["price"]["unit"]) == ("0.15", "second")
    assert [price["amount"] for price in wan["prices"]] == ["0.10", "0.15"]
    assert wan["price"]["tiers"][0]["amount"] == "0.05"
    seconds = next(each for each in models["ray-2-flash-text"]["parameters"] if each["name"] == "seconds")
    assert (seconds["wire"], seconds["choices"], seconds["default"]) == ("duration", [5, 9], 5)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kind", "sound"], "--kind must be image, utility or video, not “sound”."),
        (["--provider", "mock"], "--provider must be fal or kie, not “mock”."),
    ],
)
def test_a_wrong_word_is_refused_with_those_allowed(arguments, says):
    with pytest.raises(CommandError, match=says):
        call_command("models", *arguments)
