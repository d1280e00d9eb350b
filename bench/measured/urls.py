"""The product's addresses, and `/empty/`: what any answer costs on this server."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from studio.urls import urlpatterns as of_the_product


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [path("empty/", empty), *of_the_product]
