"""Every model of the catalogue is ordered on the mock provider and gives real files of what was asked."""

from decimal import Decimal
from typing import Any

import pytest

from billing.check import check_books
from generation import orders, providers, storage, tasks
from generation.catalogue import ModelSpec, catalogue, expected_output
from generation.models import Generation, Status
from generation.orders import Order
from generation.providers.base import Job
from generation.providers.mock import _input_seconds, _input_size
from tests.factories import make_project

FILES = {
    "image": "https://example.com/a.png",
    "images": ["https://example.com/a.png", "https://example.com/b.png"],
    "video": "https://example.com/a.mp4",
    "audio": "https://example.com/a.mp3",
}


def least_values(spec: ModelSpec) -> dict[str, Any]:
    """The least that this model can be asked."""
    needed = {parameter.name for parameter in spec.parameters if parameter.required}
    needed |= {group[0] for group in spec.one_of}
    values: dict[str, Any] = {}
    for parameter in spec.parameters:
        if parameter.name in needed:
            choice = parameter.choices[0] if parameter.choices else "Soap is cut."
            values[parameter.name] = FILES.get(parameter.type, choice)
    return values


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("slug", list(catalogue().models))
def test_it_is_ordered_made_kept_and_charged(slug: str) -> None:
    providers.forget()
    spec = catalogue().models[slug]
    generation = orders.place(Order(make_project().account, slug, least_values(spec)))
    tasks.submit(generation.pk)
    Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED, generation.error_message
    assert generation.cost == generation.estimate

    wanted = expected_output(spec, generation.request["values"])
    outputs = list(generation.outputs.all())
    assert len(outputs) == wanted.count
    for output in outputs:
        assert output.content_type.startswith(f"{wanted.media}/")
        assert output.differences == []
        assert wanted.width in (None, output.width)
        assert wanted.height in (None, output.height)
        if wanted.seconds:
            assert abs(wanted.seconds - (output.seconds or 0)) < Decimal("0.1")
        with storage.open_stored(output.key) as file:
            assert len(file.read()) == output.size_bytes
    assert check_books().agrees


def test_what_follows_its_input_has_the_inputs_shape() -> None:
    def sized(**size: str) -> tuple[int, int]:
        return _input_size(Job("r", "m", "e", {}, {}, inputs={"start_image.0": size}))

    assert sized(width="720", height="1280") == (720, 1280)
    assert sized(width="3000", height="1001") == (1280, 426)
    assert sized() == (1280, 720)


def test_what_follows_its_input_has_the_inputs_length() -> None:
    def long(**facts: str) -> str:
        return _input_seconds(Job("r", "m", "e", {}, {}, inputs={"video.0": facts}))

    assert long(seconds="3.000") == "3.000"
    assert long(seconds="600") == "60"
    assert long() == "5"
