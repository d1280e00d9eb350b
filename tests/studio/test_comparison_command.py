"""`manage.py compare_models`: ordered, waited for and reported without any worker, or refused in one line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from generation.models import Generation
from studio.models import Comparison
from tests.factories import make_project

MODELS = "kling-2.5-turbo-text,wan-25-preview-text"


@pytest.fixture
def film(db):
    return make_project(slug="film", budget="9.00")


def run(*words: str) -> str:
    out = StringIO()
    call_command("compare_models", "film", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_asmr_prompts_on_two_models_are_ordered_for_one_price(film):
    told = run("--models", MODELS, "--repeats", "2").splitlines()
    comparison = Comparison.objects.get()
    assert told[0].startswith("kling-2.5-turbo-text  $1.26  Takes no seed")
    assert told[2].startswith("12 takes ordered for $")
    assert told[2].endswith(f": /film/comparisons/{comparison.pk}/")
    assert "No worker is running" in told[-1]
    assert [each.title for each in comparison.prompts.all()] == ["Soap", "Sand", "Foam"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--models", "kling-2.5-turbo-text"], "Choose 2 to 8 models"),
        (["--models", "kling-2.5-turbo-text,flux-dev"], "of one kind"),
        (["--models", MODELS, "--prompt-set", "other"], "There is no prompt set “other”"),
        (["--models", MODELS, "--prompts", "/no/such/file"], "cannot be read"),
        (["--models", MODELS, "--repeats", "9"], "--repeats must be"),
        (["--models", MODELS, "--seconds", "0"], "--seconds must be"),
        (["--models", MODELS, "--json", "/no/such/folder/x.json"], "cannot be written"),
        (["--models", MODELS, "--blind", "--json", "-"], "--blind hides them"),
        (["--models", MODELS, "--repeats", "5"], "was ordered"),
    ],
)
def test_what_is_refused_is_one_line_and_orders_nothing(film, words, line):
    with pytest.raises(CommandError, match=line) as error:
        run(*words)
    assert "\n" not in str(error.value)
    assert not Generation.objects.exists()
    assert not Comparison.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_waits_without_a_worker_and_writes_what_came(settings, tmp_path):
    make_project(slug="film", budget="9.00")
    settings.MOCK_QUEUE_SECONDS, settings.MOCK_RUN_SECONDS = 0.1, 0.2
    words, target = tmp_path / "prompts.txt", tmp_path / "came.json"
    words.write_text("Soap:\nSoap is cut.\n")
    told = run("--models", MODELS, "--prompts", str(words), "--wait", "--json", str(target))
    assert "kling-2.5-turbo-text  1 of 1 arrived  $0.21, median" in told
    came = json.loads(target.read_text())
    kling = next(each for each in came["models"] if each["model"] == "kling-2.5-turbo-text")
    assert kling["jobs"]["success_rate"] == "100.0"
    assert (kling["cost"]["charged"], kling["price"]["amount"]) == ("0.21", "0.042")
    assert [take["status"] for take in came["takes"]] == ["succeeded", "succeeded"]
