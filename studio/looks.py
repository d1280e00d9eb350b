"""The look of a project: what is added to each take's own words before they are priced, frozen and sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.catalogue import ModelSpec
from studio.models import Project


@dataclass(frozen=True)
class Look:
    """Style text for prompts, and what all takes avoid; either may be empty."""

    style: str = ""
    negative: str = ""


def look_of(project: Project) -> Look:
    """What the project adds to every take."""
    return Look(project.style.strip(), project.negative_prompt.strip())


def takes_words(spec: ModelSpec) -> bool:
    """Whether the model makes a picture from words of ours. One that only enlarges keeps the look it is given."""
    return spec.kind != "utility" and spec.parameter("prompt") is not None


def takes_negative(spec: ModelSpec) -> bool:
    """Whether the model can be told what to avoid."""
    return spec.kind != "utility" and spec.parameter("negative_prompt") is not None


def dressed(spec: ModelSpec, values: Mapping[str, Any], look: Look) -> dict[str, Any]:
    """The values with the look in them, as far as this model takes words.

    A prompt that is missing stays so: a style alone says nothing of what is seen.
    """
    worn = dict(values)
    prompt = str(values.get("prompt") or "").strip()
    if look.style and prompt and takes_words(spec):
        worn["prompt"] = prompt + tail(prompt, look.style)
    if look.negative and takes_negative(spec):
        worn["negative_prompt"] = joined(own_negative(spec, values), look.negative)
    return worn


def own_negative(spec: ModelSpec, values: Mapping[str, Any]) -> str:
    """What the take avoids without the look: what it says itself, else what its model avoids by default."""
    said = values.get("negative_prompt")
    parameter = spec.parameter("negative_prompt")
    if said is None and parameter is not None:
        said = parameter.default
    return str(said or "").strip()


def tail(prompt: str, style: str) -> str:
    """What follows a prompt so that the style reads on: after a full sentence a blank, else a comma."""
    if not style:
        return ""
    return f" {style}" if prompt.endswith((".", "!", "?", "…", ",", ";", ":")) else f", {style}"


def joined(own: str, more: str) -> str:
    """Two lists of what to avoid as one."""
    return ", ".join(part for part in (own.strip().rstrip(","), more) if part)
