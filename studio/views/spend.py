"""The money of a project: what is spent, held and left, on what, by whom, how it goes on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from billing.statements import budget_standings
from studio.forms.ledger import LedgerForm
from studio.models import Project
from studio.permissions import producers, project_for
from studio.spending import windows
from studio.spending.lines import Choice, lines, page_of
from studio.spending.page import spend_page
from studio.views.following import followed, is_following
from studio.views.frames import Tab, frame


@require_GET
@vary_on_headers("HX-Request")
def project_spend(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole statement; only the ledger for a request that turns its pages."""
    project = project_for(request.user, slug)
    context = frame(request, project, "project-spend") | _ledger(request, project)
    if request.headers.get("HX-Request") and not is_following(request):
        return render(request, "studio/project_spend.html#ledger", context)
    now = timezone.now()
    shown = windows.window(request.GET.get("range", ""), project.account.zone, now)
    context |= {
        "spend": spend_page(project, shown, now),
        "budgets": budget_standings(project.account, now),
        "ranges": _ranges(project, shown),
        "producers": producers(project),
        "manage_url": reverse("studio:project-budget", args=[slug]) if context["may_manage"] else "",
    }
    return followed(request, "studio/project_spend.html", context)


def _ledger(request: HttpRequest, project: Project) -> dict[str, Any]:
    form = LedgerForm(project, request.GET)
    choice = form.choice()
    page = page_of(project.account, choice, request.GET.get("page"))
    is_filtered = choice != Choice() or not form.is_valid()
    return {"form": form, "choice": choice, "page": page, "lines": lines(page), "is_filtered": is_filtered}


def _ranges(project: Project, shown: windows.Window) -> list[Tab]:
    home = reverse("studio:project-spend", args=[project.slug])
    return [
        Tab(choice.label, f"{home}?range={choice.key}#days", choice.key == shown.key)
        for choice in windows.choices(shown.zone, timezone.now())
    ]
