"""The registry of providers: slug → dotted path, imported on first use."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from generation.providers.base import Provider

PROVIDERS = {
    "fal": "generation.providers.fal.FalProvider",
    "mock": "generation.providers.mock.MockProvider",
    "kie": "generation.providers.kie.KieProvider",
}

# The setting that holds each provider's key. A provider without its key is played by the mock.
KEYS = {
    "fal": "FAL_KEY",
    "kie": "KIE_API_KEY",
}


def is_mocked(slug: str) -> bool:
    """Whether orders for this provider are played by the mock: asked for by settings, or no key is set."""
    if slug == "mock" or settings.USE_MOCK_DATA:
        return True
    return not getattr(settings, KEYS[slug])


def played_by(slug: str) -> str:
    """Who takes the orders for the catalogue's provider `slug` on this installation: itself, or the mock."""
    return "mock" if is_mocked(slug) else slug


def provider_for(slug: str) -> Provider:
    """The adapter that serves the catalogue's provider `slug` on this installation."""
    return _make(played_by(slug))


def provider_named(slug: str) -> Provider:
    """The adapter of that very name: a job is asked for where it was sent, whatever the settings say today.

    Raises KeyError for an unknown name.
    """
    return _make(slug)


def forget() -> None:
    """Make the adapters anew at their next use, with the settings as they are then."""
    _make.cache_clear()


@cache
def _make(slug: str) -> Provider:
    adapter: type[Provider] = import_string(PROVIDERS[slug])
    return adapter.from_settings(settings)
