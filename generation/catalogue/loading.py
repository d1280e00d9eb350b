"""Reads the catalogue's files: shared words and lists first, then one family a file, one table a model."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .errors import CatalogueError
from .spec import ModelSpec

__all__ = ["HERE", "Shared", "read_models", "shared"]

HERE = Path(__file__).parent
Table = dict[str, Any]


@dataclass(frozen=True)
class Shared:
    """What the families have in common: words, long lists, named sizes and what an aspect ratio means."""

    words: Mapping[str, Table]
    choices: Mapping[str, list[str]]
    presets: Mapping[str, Mapping[str, int]]
    aspects: Mapping[str, Table]


@cache
def shared() -> Shared:
    """The shared files of the package. Raises CatalogueError when one of them is not TOML."""
    folder = HERE / "shared"
    sizes = _toml(folder / "sizes.toml")
    return Shared(
        words=_toml(folder / "words.toml"),
        choices=_toml(folder / "choices.toml"),
        presets=sizes["presets"],
        aspects=sizes["aspects"],
    )


def read_models(path: Path) -> list[tuple[str, ModelSpec]]:
    """Every model under `path` (a family file, or a folder of them) with the name of its file.

    Raises CatalogueError for the first field that is wrong.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise CatalogueError("there is no catalogue file here", file=str(path))
    return [(file.name, spec) for file in files for spec in _family(file)]


def _toml(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"it cannot be read ({error.strerror})", file=file.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"it is not valid TOML ({error})", file=file.name) from error


def _family(file: Path) -> list[ModelSpec]:
    tables = _toml(file)
    family = tables.pop("family", None)
    if not isinstance(family, str):
        raise CatalogueError("give the family's name as text", file=file.name, key="family")
    return [_model(file.name, family, slug, table) for slug, table in tables.items()]


def _model(file: str, family: str, slug: str, table: object) -> ModelSpec:
    if not isinstance(table, dict):
        raise CatalogueError("expected the table of a model", file=file, slug=slug)
    reader = _Reader(file, slug)
    data: Table = {"slug": slug, "family": family} | table
    data["parameters"] = reader.parameters(table, "parameters")
    data["measures"] = reader.parameters(table, "measures", is_measure=True)
    data["aspect_sizes"] = reader.aspect_sizes(table)
    for parameter in data["parameters"]:
        if parameter["name"] == "aspect_ratio" and parameter["wire"] is None:
            parameter["choices"] = list(data["aspect_sizes"])
    if isinstance(table.get("prices"), list):
        data["prices"] = [_price(price) for price in table["prices"]]
    try:
        return ModelSpec.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = reader.key(data, first["loc"])
        raise CatalogueError(_problem(first["type"], first["msg"]), file=file, slug=slug, key=key) from error


@dataclass(frozen=True)
class _Reader:
    """Fills in what a model's table leaves to the shared files."""

    file: str
    slug: str

    def wrong(self, problem: str, key: str) -> CatalogueError:
        return CatalogueError(problem, file=self.file, slug=self.slug, key=key)

    def parameters(self, table: Table, key: str, *, is_measure: bool = False) -> list[Table]:
        own = table.get(key, {})
        if not isinstance(own, dict):
            raise self.wrong("expected a table of parameters", key)
        return [self._parameter(f"{key}.{name}", name, each, is_measure) for name, each in own.items()]

    def _parameter(self, key: str, name: str, own: object, is_measure: bool) -> Table:
        word = shared().words.get(name)
        if word is None:
            raise self.wrong("this word is not in shared/words.toml: use one of ours or add it there", key)
        if not isinstance(own, dict):
            raise self.wrong("expected a table, even an empty one", key)
        merged: Table = {"name": name, "wire": name, **word, **own}
        if merged["wire"] == "" or is_measure:
            merged["wire"] = None
        if isinstance(merged.get("choices"), str):
            merged["choices"] = self._list(f"{key}.choices", merged["choices"])
        return merged

    def _list(self, key: str, name: str) -> list[str]:
        if name not in shared().choices:
            raise self.wrong(f"there is no list called “{name}” in shared/choices.toml", key)
        return shared().choices[name]

    def aspect_sizes(self, table: Table) -> Table:
        own = table.get("aspect_sizes", {})
        if isinstance(own, dict):
            return own
        if not isinstance(own, str):
            raise self.wrong("expected a table of sizes, or the name of one", "aspect_sizes")
        if own not in shared().aspects:
            raise self.wrong(f"there is no table called “{own}” in shared/sizes.toml", "aspect_sizes")
        return shared().aspects[own]

    @staticmethod
    def key(data: Table, loc: tuple[int | str, ...]) -> str:
        """The dotted key as it stands in the file: a parameter by its name, not by its position."""
        parts = [str(part) for part in loc]
        if len(loc) > 1 and loc[0] in {"parameters", "measures"} and isinstance(loc[1], int):
            parts[1] = data[str(loc[0])][loc[1]]["name"]
        return ".".join(parts)


def _price(price: object) -> object:
    if not isinstance(price, dict):
        return price
    filled = dict(price)
    if filled.get("amount") == "unknown":
        filled["amount"] = None
    for name in ("tiers", "surcharges"):
        if isinstance(filled.get(name), list):
            filled[name] = [_tier(tier) for tier in filled[name]]
    return filled


def _tier(tier: object) -> object:
    """A plain word or a list of words in a tier's conditions means “one of these”."""
    if not isinstance(tier, dict) or not isinstance(tier.get("when"), dict):
        return tier
    when = {
        name: value if isinstance(value, dict) else {"any_of": value if isinstance(value, list) else [value]}
        for name, value in tier["when"].items()
    }
    return tier | {"when": when}


def _problem(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "the catalogue knows no such field"
    if kind == "missing":
        return "this field is missing"
    return message.removeprefix("Value error, ")
