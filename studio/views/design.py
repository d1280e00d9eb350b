"""The design page: every component with its states, for whoever builds pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio import design
from studio.permissions import refuse_design


@require_GET
def design_page(request: HttpRequest) -> HttpResponse:
    """Tokens and what repeats in both themes side by side; the rest once, in the theme of the page."""
    refuse_design(request.user)
    context = {"themes": [design.faces("light"), design.faces("dark")]} | design.parts()
    return render(request, "studio/design/page.html", context)
