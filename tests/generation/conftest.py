"""A provider with a script in the place of the mock, and a picture for it to deliver."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from generation import providers
from tests.fakes.scripted import ScriptedProvider

_script = ScriptedProvider()


def make_scripted(settings: object) -> ScriptedProvider:
    return _script


@pytest.fixture
def provider(
    monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: object
) -> Iterator[ScriptedProvider]:
    """The registry's entry for the mock names the scripted provider while the test runs."""
    global _script
    _script = ScriptedProvider()
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    _script.file = picture.getvalue()
    monkeypatch.setitem(providers.PROVIDERS, "mock", "tests.generation.conftest.ScriptedEntry")
    providers.forget()
    yield _script
    providers.forget()


class ScriptedEntry:
    """What the registry finds under the name."""

    from_settings = staticmethod(make_scripted)
