"""Projects: the list, a new one, its settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio import storyboard


@require_GET
def project_list(request: HttpRequest) -> HttpResponse:
    """The projects that the user is a member of."""
    cards = storyboard.project_cards(request.user)
    return render(request, "studio/project_list.html", {"cards": cards, "section": "projects"})
