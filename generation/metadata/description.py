"""What is said about a file: who made it, from which words and settings, and that a machine did."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from generation.catalogue import UnknownModelError, catalogue
from generation.inputs import reference
from generation.models import Generation

SOFTWARE = "Rushes"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for media made by a trained model; it is what platforms look for to mark a file as AI-made."""


@dataclass(frozen=True)
class Description:
    """`parameters` is JSON, without the prompt and the seed. `made_at` is in UTC. Empty texts are left out."""

    prompt: str
    model: str
    provider: str
    parameters: str
    seed: str
    generation: str
    made_at: datetime

    @property
    def facts(self) -> dict[str, str]:
        """All of it by name, as plain tags can carry it."""
        named = {
            "prompt": self.prompt,
            "model": self.model,
            "provider": self.provider,
            "parameters": self.parameters,
            "seed": self.seed,
            "generation": self.generation,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "software": SOFTWARE,
            "digital_source_type": SOURCE_TYPE,
        }
        return {name: words for name, words in named.items() if words}

    def cut(self, most: int) -> "Description":
        """The same for a place with little room: no parameters, and at most `most` letters of the prompt."""
        return replace(self, parameters="", prompt=self.prompt[:most])


def describe(generation: Generation) -> Description:
    """What there is to say of the files of a generation. Addresses lose what could be a key in them."""
    request = generation.request
    values = {
        name: value for name, value in request.get("values", {}).items() if name not in ("prompt", "seed")
    }
    contents = {
        reference(facts["key"]): f"sha256:{facts['sha256']}" for facts in request.get("inputs", {}).values()
    }
    shown = {name: _shown(value, contents) for name, value in values.items() if value not in (None, "", [])}
    return Description(
        prompt=generation.prompt.replace("\x00", ""),
        model=_model_name(generation.model),
        provider=generation.provider,
        parameters=json.dumps(shown, ensure_ascii=False, sort_keys=True) if shown else "",
        seed="" if generation.seed is None else str(generation.seed),
        generation=str(generation.key),
        made_at=(generation.finished_at or generation.created_at).astimezone(UTC),
    )


def _shown(value: Any, contents: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return contents.get(value) or (_without_query(value) if "://" in value else value)
    if isinstance(value, Mapping):
        return {name: _shown(each, contents) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(each, contents) for each in value]
    return value


def _without_query(text: str) -> str:
    """An address without its query, its fragment and its user: signatures and passwords stand there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    if parts.scheme not in ("http", "https"):
        return text
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _model_name(slug: str) -> str:
    try:
        return catalogue().find(slug).name
    except UnknownModelError:
        return slug
