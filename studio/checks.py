"""Settings that Django cannot check itself: wrong ones stop the start and say what would be right."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from billing.money import parse_usd
from studio.defaults import DefaultsError, default_models

SHORTEST_TOKEN = 16


@register()
def check_default_models(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The settings that choose the models of new projects."""
    try:
        default_models()
    except DefaultsError as error:
        return [Error(str(error), id="studio.E001")]
    return []


@register()
def check_amounts_and_rates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Numbers that have a range."""
    messages: list[CheckMessage] = []
    try:
        if parse_usd(settings.DEFAULT_BUDGET_USD) <= 0:
            raise ValueError("It must be more than nothing.")
    except ValueError as error:
        messages.append(
            Error(f"DEFAULT_BUDGET_USD is {settings.DEFAULT_BUDGET_USD!r}. {error}", id="studio.E002")
        )
    if not 0 <= settings.MOCK_FAILURE_RATE <= 1:
        text = f"MOCK_FAILURE_RATE is {settings.MOCK_FAILURE_RATE}; it is a share from 0 to 1."
        messages.append(Error(text, id="studio.E003"))
    return messages


@register()
def check_metrics(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Who may read the figures."""
    messages: list[CheckMessage] = []
    for network in settings.METRICS_NETWORKS:
        try:
            ip_network(network)
        except ValueError as error:
            text = f"METRICS_NETWORKS has {network!r}: {error}. Write networks such as 10.0.0.0/8, and commas between."
            messages.append(Error(text, id="studio.E004"))
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        text = f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters. Make a long random one."
        messages.append(Error(text, id="studio.E005"))
    return messages


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Whose address counts when sign-ins fail."""
    if settings.IS_HTTPS and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        text = (
            "PUBLIC_URL is https and PROXY_COUNT is 0: behind a proxy all people share one address, and a few wrong "
            "passwords of one keep all out. Set PROXY_COUNT to the number of proxies that add to X-Forwarded-For."
        )
        return [Warning(text, id="studio.W001")]
    return []
