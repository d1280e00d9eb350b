"""The state of the house, for load balancers and people on call."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation import health


@never_cache
@login_not_required
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while every part works, else 503 with what is down."""
    checks = health.checks()
    is_well = all(check.is_well for check in checks)
    parts = {check.name: {"ok": check.is_well, "detail": check.detail} for check in checks}
    return JsonResponse({"ok": is_well, **parts}, status=200 if is_well else 503)


@never_cache
@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """200 while this process answers, whatever else is down: for whoever starts it again when it does not."""
    return HttpResponse("alive", content_type="text/plain")
