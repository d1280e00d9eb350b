"""The models that new projects begin with, from the settings VIDEO_PROVIDER_TYPE, VIDEO_MODEL, … ."""

from dataclasses import dataclass

from django.conf import settings

from generation.catalogue import UnknownModelError, catalogue

# What each family name of VIDEO_PROVIDER_TYPE means when VIDEO_MODEL does not say more. The mock plays any model.
VIDEO_FAMILIES = {
    "mock": "kling-2.5-turbo-text",
    "kling": "kling-2.5-turbo-text",
    "minimax": "minimax-hailuo-02-standard-text",
    "svd": "svd",
}


class DefaultsError(ValueError):
    """A setting names no model that could be meant; the message lists those it can name."""


@dataclass(frozen=True)
class DefaultModels:
    """Slugs of the catalogue."""

    image: str
    video: str
    video_to_video: str


def default_models() -> DefaultModels:
    """The defaults that the settings choose. Raises DefaultsError for a wrong value."""
    family = settings.VIDEO_PROVIDER_TYPE
    if family not in VIDEO_FAMILIES:
        raise DefaultsError(f"VIDEO_PROVIDER_TYPE is {family!r}; it can be {', '.join(VIDEO_FAMILIES)}.")
    return DefaultModels(
        image=_slug("IMAGE_GEN_MODEL", settings.IMAGE_GEN_MODEL, ("text-to-image",)),
        video=_slug(
            "VIDEO_MODEL", settings.VIDEO_MODEL or VIDEO_FAMILIES[family], ("text-to-video", "image-to-video")
        ),
        video_to_video=_slug("VIDEO_TO_VIDEO_MODEL", settings.VIDEO_TO_VIDEO_MODEL, ("video-to-video",)),
    )


def _slug(setting: str, word: str, modes: tuple[str, ...]) -> str:
    allowed = [spec.slug for spec in catalogue().models.values() if spec.mode in modes]
    try:
        slug = catalogue().find(word).slug
    except UnknownModelError:
        slug = ""
    if slug not in allowed:
        raise DefaultsError(
            f"{setting} is {word!r}; it can be {', '.join(allowed)}, or an alias of one of these."
        )
    return slug
