"""Figures for Prometheus: closed unless the settings open it, by a token or for networks."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation.operations.exposition import CONTENT_TYPE, exposition
from generation.operations.figures import figures


@never_cache
@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures of the last day. 404 for whoever may not see them, which says no more than that nothing is here."""
    if not (_has_token(request) or _is_near(request)):
        return HttpResponseNotFound()
    return HttpResponse(exposition(figures()), content_type=CONTENT_TYPE)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_right = constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and is_right


def _is_near(request: HttpRequest) -> bool:
    """Whether the other end of the connection is in one of the networks. What a header says of it does not count."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # A socket without an address.
        return False
    return any(address in ip_network(network) for network in settings.METRICS_NETWORKS)
