"""The links of a project for its clients: producers make them, see what was done by them, and end them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio.client_links import links, preparing
from studio.forms.client_links import ClientLinkForm
from studio.models import ClientLink, LinkUse, MarkedFile, Project, Role, Use
from studio.permissions import client_link_for, project_for
from studio.views.frames import frame

USES = 50
MOST_LINKS = 100


@require_http_methods(["GET", "POST"])
def client_link_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All links of a project; a POST makes one, whose address is shown in this answer alone."""
    project = project_for(request.user, slug, Role.PRODUCER)
    form = ClientLinkForm(project, request.POST if request.method == "POST" else None)
    address = ""
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            link, token = links.make(project, form.terms, request.user)
            preparing.prepare(link)
        address = _address(request, token)
        form = ClientLinkForm(project)
    context = frame(request, project, "client-link-list") | {
        "form": form,
        "links": _links(project),
        "address": address,
    }
    answer = render(request, "studio/client_links/list.html", context, status=422 if form.errors else 200)
    # What holds the address of a new link is not to be found in a browser's memory afterwards.
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def client_link_detail(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """What was done by a link."""
    link = client_link_for(request.user, slug, link_id)
    uses = LinkUse.objects.filter(link=link).select_related("take__shot__scene").order_by("-pk")
    context = frame(request, link.project, "client-link-list") | {
        "link": link,
        "page": Paginator(uses, USES).get_page(request.GET.get("page")),
        "missing": _without_copy()
        .filter(link=link)
        .select_related("output__generation__take__shot__scene", "upload"),
    }
    return render(request, "studio/client_links/detail.html", context)


@require_POST
def client_link_revoke(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """End a link now, and have its marked copies removed."""
    link = client_link_for(request.user, slug, link_id)
    with transaction.atomic():
        is_ended = links.revoke(link, request.user)
        preparing.clean_up(link)
    words = f"The link for {link.client} leads nowhere any more." if is_ended else "It was revoked before."
    messages.success(request, words)
    return redirect("studio:client-link-list", slug)


def _links(project: Project) -> list[ClientLink]:
    rows = ClientLink.objects.filter(project=project).select_related("scene", "created_by")
    looked = Q(uses__use__in=[Use.OPENED, Use.LOOKED, Use.PLAYED])
    # Asked apart: another join would count each use once for each file.
    missing = _without_copy().filter(link=OuterRef("pk")).order_by().values("link")
    counted = rows.annotate(
        looks=Count("uses", filter=looked, distinct=True),
        last_at=Max("uses__at"),
        shot_count=Count("shots", distinct=True),
        missing=Subquery(missing.annotate(number=Count("pk")).values("number")),
    )
    return list(counted.order_by("-pk")[:MOST_LINKS])


def _without_copy() -> QuerySet[MarkedFile]:
    return MarkedFile.objects.exclude(trouble="")


def _address(request: HttpRequest, token: str) -> str:
    path: Any = reverse("studio:client-list", args=[token])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
