"""The live streams: server-sent events that name what has changed, of a project or of all that are a person's."""

from collections.abc import Callable, Collection

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from studio import live
from studio.models import Project
from studio.permissions import project_for


@require_GET
async def project_live(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Stream to members."""
    return await _stream(request, lambda: [project_for(request.user, slug).pk])


@require_GET
async def person_live(request: HttpRequest) -> HttpResponseBase:
    """The news of all projects of the user, for pages that list them."""
    return await _stream(request, lambda: _projects_of(request.user), is_wide=True)


async def _stream(
    request: HttpRequest, projects: Callable[[], Collection[int]], *, is_wide: bool = False
) -> HttpResponseBase:
    """A server that cannot stream (WSGI) answers 204, and the page goes on by polling."""
    if not isinstance(request, ASGIRequest):
        await sync_to_async(projects)()
        return HttpResponse(status=204)
    chosen, person_id = await sync_to_async(_asked)(request, projects)
    return StreamingHttpResponse(
        live.events(live.hub(), chosen, person_id, is_wide=is_wide),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def _asked(
    request: HttpRequest, projects: Callable[[], Collection[int]]
) -> tuple[Collection[int], int | None]:
    """The projects and who asks. The connection goes back: the stream stays open for long."""
    try:
        return projects(), request.user.pk
    finally:
        connection.close()


def _projects_of(user: object) -> list[int]:
    return list(Project.objects.for_user(user).current().values_list("pk", flat=True))
