"""What a shot said when a take of it was ordered, and what of that it says no longer."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.models import Generation
from studio.looks import Look, own_negative, takes_negative, takes_words
from studio.models import Shot, Take
from studio.word_diff import Piece, pieces


@dataclass(frozen=True)
class Change:
    """Something that the shot says otherwise now than when a take was ordered. `is_text` is worth a diff by words."""

    label: str
    then: str
    now: str
    is_text: bool = False

    @property
    def pieces(self) -> list[Piece]:
        """The text as it is now, with what it lost and gained."""
        return pieces(self.then, self.now)


def brief_of(shot: Shot, spec: ModelSpec, values: Mapping[str, Any], look: Look) -> dict[str, Any]:
    """What to keep with a take. `values` are the order's, without the look.

    What its model cannot be told is left out.
    """
    brief: dict[str, Any] = {"shot": _said_by(shot)}
    if takes_words(spec):
        brief |= {"prompt": str(values.get("prompt") or "").strip(), "style": look.style}
    if takes_negative(spec):
        brief |= {
            "negative_prompt": own_negative(spec, values),
            "negative_style": look.negative,
        }
    return brief


def changes(take: Take) -> list[Change]:
    """How the shot differs from what this take was made from. What the take alone was told otherwise is no change.

    The take comes with its generation, shot, scene and project. No query.
    """
    generation, shot = take.generation, take.shot
    if generation is None:
        return []
    if not take.brief:
        return _since_before_briefs(generation, shot)
    return [*_words(take.brief, shot), *_look(take.brief, shot), *_settings(take.brief, generation, shot)]


def _said_by(shot: Shot) -> dict[str, Any]:
    return {
        "prompt": shot.prompt.strip(),
        "negative_prompt": shot.negative_prompt.strip(),
        "seconds": _length(shot),
        "aspect_ratio": shot.aspect_ratio or shot.scene.project.aspect_ratio,
        "settings": dict(shot.settings),
    }


def _length(shot: Shot) -> str:
    return "" if shot.seconds is None else f"{Decimal(shot.seconds).normalize():f}"


def _words(brief: Mapping[str, Any], shot: Shot) -> list[Change]:
    now = _said_by(shot)
    found = []
    for name, label in (("prompt", "Prompt"), ("negative_prompt", "Not to be seen")):
        is_kept = name in brief and brief["shot"][name] == now[name]
        if name in brief and not is_kept and brief[name] != now[name]:
            found.append(Change(label, brief[name], now[name], is_text=True))
    return found


def _look(brief: Mapping[str, Any], shot: Shot) -> list[Change]:
    project = shot.scene.project
    pairs = (
        ("style", "Look", project.style),
        ("negative_style", "What the look avoids", project.negative_prompt),
    )
    return [
        Change(label, brief[name], now.strip(), is_text=True)
        for name, label, now in pairs
        if name in brief and brief[name] != now.strip()
    ]


def _settings(brief: Mapping[str, Any], generation: Generation, shot: Shot) -> list[Change]:
    """Only what the take's own model was told: another model is no older version of the same wish."""
    said, now = brief["shot"], _said_by(shot)
    then_all = {**said["settings"], "seconds": said["seconds"], "aspect_ratio": said["aspect_ratio"]}
    now_all = {**now["settings"], "seconds": now["seconds"], "aspect_ratio": now["aspect_ratio"]}
    sent = generation.request.get("values", {})
    spec = _spec(generation.model)
    found = []
    for name in sorted(then_all.keys() | now_all.keys()):
        then, wanted = then_all.get(name), now_all.get(name)
        if str(then) == str(wanted) or wanted in (None, "") or name not in sent:
            continue
        if str(sent[name]) == str(wanted) or _is_file(wanted):
            continue
        parameter = spec.parameter(name) if spec else None
        found.append(Change(parameter.label if parameter else name, _shown(sent[name]), _shown(wanted)))
    return found


def _is_file(value: Any) -> bool:
    """Files are compared by what they are called, which an order does not keep in the same words."""
    return str(value).startswith(("take:", "upload:")) or isinstance(value, list)


def _shown(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def _since_before_briefs(generation: Generation, shot: Shot) -> list[Change]:
    """Of a take from before briefs were kept only its prompt is known, and that the shot was changed since."""
    spec = _spec(generation.model)
    is_words = spec is not None and takes_words(spec) and bool(generation.prompt)
    if not is_words or shot.changed_at <= generation.created_at or generation.prompt == shot.prompt.strip():
        return []
    return [Change("Prompt", generation.prompt, shot.prompt.strip(), is_text=True)]


def _spec(slug: str) -> ModelSpec | None:
    try:
        return catalogue().find(slug)
    except UnknownModelError:
        return None
