"""A provider's own flags reach the file, and are counted by model."""

from typing import Any

import pytest

from generation import tasks
from generation.models import Generation, Output, Status
from generation.providers.base import RemoteFile, Result, Verdict
from generation.providers.fal_wire import files_of
from generation.safety.figures import ModelFigures, by_model
from tests.factories import make_generation, make_output
from tests.fakes.scripted import ScriptedProvider
from tests.generation.conftest import provider

__all__ = ["provider"]

A, B = {"url": "https://fal.media/a.png"}, {"url": "https://fal.media/b.png"}


@pytest.mark.database_free
@pytest.mark.parametrize(
    ("body", "flags"),
    [
        ({"images": [A, B], "has_nsfw_concepts": [False, True]}, [False, True]),
        ({"images": [A, B]}, [False, False]),
        ({"images": [A, B], "has_nsfw_concepts": None}, [False, False]),
        ({"images": [A, B], "has_nsfw_concepts": [True]}, [True, True]),
        ({"images": [A, B], "has_nsfw_concepts": [False]}, [False, False]),
        ({"image": A, "has_nsfw_concepts": True}, [True]),
        ({"image": A, "has_nsfw_concepts": "no"}, [False]),
        ({"result": A, "has_nsfw_concepts": [True]}, [True]),
    ],
)
def test_each_file_has_its_own_flag(body: dict[str, Any], flags: list[bool]) -> None:
    assert [file.is_flagged for file in files_of(body)] == flags


@pytest.mark.django_db
def test_a_flagged_file_is_kept_closed(provider: ScriptedProvider) -> None:
    generation = make_generation(status=Status.READY, model="flux-dev", media="image")
    files = (RemoteFile("scripted://a", is_flagged=True), RemoteFile("scripted://b"))
    provider.result_answers = [Result(Verdict.SUCCEEDED, files=files)]
    tasks.store(generation.pk)
    assert Generation.objects.get(pk=generation.pk).status == Status.SUCCEEDED
    assert [output.is_closed for output in Output.objects.order_by("index")] == [True, False]


@pytest.mark.django_db
def test_the_figures_stand_by_model() -> None:
    made = make_generation(status=Status.SUCCEEDED, model="flux-dev", files=2)
    make_output(made, index=2, is_flagged=True)
    make_generation(status=Status.FAILED, model="flux-dev", error_code="content_rejected")
    make_generation(status=Status.FAILED, model="flux-dev", error_code="timeout")
    make_generation(model="pixart-sigma")
    assert by_model() == [
        ModelFigures("flux-dev", generations=3, rejected=1, files=3, flagged=1, opened=0, refused=0),
        ModelFigures("pixart-sigma", generations=1, rejected=0, files=0, flagged=0, opened=0, refused=0),
    ]
