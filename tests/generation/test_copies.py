"""Copies that say how a result was made: made once, kept beside the master, which is never touched."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation import copies, storage
from generation.models import Generation
from tests.factories import make_generation, make_output, make_project

ADDRESS = "https://user:secret@files.example/a.png?signature=secret"


@pytest.fixture
def generation(db: None, settings: Any, tmp_path: Path) -> Generation:
    changed = {name: dict(each) for name, each in settings.STORAGES.items()}
    changed["default"] = {**changed["default"], "OPTIONS": {"location": str(tmp_path / "media")}}
    settings.STORAGES = changed
    request = {
        "values": {"prompt": "Sand", "seed": 7, "image": "file:uploads/a.png", "style": ADDRESS, "steps": 4},
        "inputs": {"image.0": {"key": "uploads/a.png", "sha256": "abc"}},
    }
    made: Generation = make_generation(
        make_project(), files=0, prompt="Sand", seed=7, request=request, model="flux-dev"
    )
    return made


def kept(
    generation: Generation, content: bytes, suffix: str = ".png", content_type: str = "image/png"
) -> Any:
    output = make_output(generation, key=f"generations/{generation.key}/0{suffix}", content_type=content_type)
    path = Path(storage.local_path(output.key) or "")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return output


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def test_a_copy_is_made_once_and_the_master_stays(generation: Generation) -> None:
    output = kept(generation, picture())
    key = copies.described(output)
    assert key == f"generations/{generation.key}/0.described.png"
    path = Path(storage.local_path(key) or "")
    first = path.stat().st_mtime_ns
    assert copies.described(output) == key
    assert path.stat().st_mtime_ns == first
    with storage.open_stored(output.key) as master:
        assert master.read() == picture()
    with Image.open(path) as copy:
        copy.load()
        assert (copy.info["prompt"], copy.info["seed"]) == ("Sand", "7")
        assert copy.info["model"] == "FLUX.1 [dev]"
        assert copy.info["generation"] == str(generation.key)


def test_no_key_of_ours_and_no_secret_of_an_address_is_told(generation: Generation) -> None:
    key = copies.described(kept(generation, picture()))
    assert key is not None
    with storage.open_stored(key) as copy:
        content = copy.read()
    assert b"sha256:abc" in content
    assert b"https://files.example/a.png" in content
    assert b"uploads/a.png" not in content
    assert b"secret" not in content


@pytest.mark.parametrize(
    ("suffix", "content_type"), [(".svg", "image/svg+xml"), (".gif", "image/gif"), (".avif", "image/avif")]
)
def test_what_cannot_carry_it_has_no_copy(generation: Generation, suffix: str, content_type: str) -> None:
    assert copies.described(kept(generation, b"<svg/>", suffix, content_type)) is None


def test_a_file_that_cannot_be_read_or_is_gone_has_no_copy(generation: Generation) -> None:
    output = kept(generation, b"no picture")
    assert copies.described(output) is None
    storage.delete(output.key)
    assert copies.described(output) is None
    folder = Path(storage.local_path(output.key) or "").parent
    assert list(folder.iterdir()) == []
