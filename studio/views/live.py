"""The live stream of a project: server-sent events that name what has changed."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from studio import live
from studio.permissions import project_for


@require_GET
async def project_live(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Stream to members. A server that cannot stream (WSGI) answers 204, and the page goes on by polling."""
    if not isinstance(request, ASGIRequest):
        await sync_to_async(project_for)(request.user, slug)
        return HttpResponse(status=204)
    project_id, person_id = await sync_to_async(_listener)(request, slug)
    return StreamingHttpResponse(
        live.events(live.hub(), project_id, person_id),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def _listener(request: HttpRequest, slug: str) -> tuple[int, int | None]:
    """The ids of the project and of its member. The connection goes back: the stream stays open for long."""
    try:
        return project_for(request.user, slug).pk, request.user.pk
    finally:
        connection.close()
