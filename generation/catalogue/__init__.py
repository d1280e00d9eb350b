"""The catalogue: which AI models there are, what each takes, what it costs and what comes back.

    catalogue().find("kling-o1")          one model by slug, endpoint or alias
    catalogue().models                    all of them, slug → spec
    validate(spec, values)                our words, typed, with defaults
    wire_arguments(spec, values)          the provider's words, ready to send
    settings_for_shot(spec, …)            what a shot's length and aspect ratio mean to a model
    expected_output(spec, values)         what will come back
    json_schema(spec)                     the parameters as JSON schema
    load(path)                            a catalogue from other files

The form of a model's parameters is in `form.py`. `docs/catalogue.md` describes the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .checks import check
from .errors import CatalogueError, InvalidArgumentsError, UnknownModelError
from .files import FileFacts, file_problem
from .loading import HERE, read_models
from .outputs import ExpectedOutput, expected_output
from .schema import json_schema
from .shots import settings_for_shot
from .spec import ModelSpec, Output, Parameter, Price
from .validation import defaults, validate
from .wire import wire_arguments
from .wording import close

__all__ = [
    "Catalogue",
    "CatalogueError",
    "ExpectedOutput",
    "FileFacts",
    "InvalidArgumentsError",
    "ModelSpec",
    "Output",
    "Parameter",
    "Price",
    "UnknownModelError",
    "catalogue",
    "defaults",
    "expected_output",
    "file_problem",
    "json_schema",
    "load",
    "settings_for_shot",
    "validate",
    "wire_arguments",
]


@dataclass(frozen=True)
class Catalogue:
    """All models, in a stable order: by kind, then by slug."""

    models: Mapping[str, ModelSpec]
    _words: Mapping[str, str] = field(repr=False)

    def find(self, word: str) -> ModelSpec:
        """The model that this slug, endpoint or alias means, whatever its case.

        Raises UnknownModelError, whose message lists the nearest words.
        """
        slug = self._words.get(word.strip().lower())
        if slug is None:
            near = (self._words[each] for each in close(word, self._words, most=6))
            raise UnknownModelError(word, tuple(dict.fromkeys(near))[:3])
        return self.models[slug]

    def filter(
        self, kind: str | None = None, provider: str | None = None, mode: str | None = None
    ) -> tuple[ModelSpec, ...]:
        """The models of this kind, provider and mode; None leaves a question open."""
        return tuple(
            spec
            for spec in self.models.values()
            if kind in (None, spec.kind) and provider in (None, spec.provider) and mode in (None, spec.mode)
        )


_KINDS = ("video", "image", "utility")


def load(path: Path) -> Catalogue:
    """A catalogue from a family file or a folder of them, checked. Raises CatalogueError."""
    read = read_models(path)
    words = check(read)
    specs = sorted((spec for _, spec in read), key=lambda spec: (_KINDS.index(spec.kind), spec.slug))
    return Catalogue(
        models=MappingProxyType({spec.slug: spec for spec in specs}), _words=MappingProxyType(words)
    )


@cache
def catalogue() -> Catalogue:
    """The project's own catalogue, read and checked once a process."""
    return load(HERE)
