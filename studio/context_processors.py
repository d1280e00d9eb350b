"""What every page knows."""

from django.http import HttpRequest

from generation.providers import KEYS, is_mocked


def providers(request: HttpRequest) -> dict[str, bool]:
    """`provider_is_mocked`: true while any provider is played by the mock, so that the page can say so."""
    return {"provider_is_mocked": any(is_mocked(slug) for slug in KEYS)}
