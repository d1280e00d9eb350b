"""The ledger and the costs of a project as files, with the filters of the page in their address."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from studio.exports.focus import focus_csv
from studio.exports.ledger_csv import ledger_csv
from studio.forms.ledger import LedgerForm
from studio.permissions import project_for


@require_GET
def spend_export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The chosen lines as CSV, or with `?format=focus` what was spent on them in the FOCUS format.

    400 for a filter that cannot be understood: a file with more than was asked for looks like the right one.
    """
    project = project_for(request.user, slug)
    form = LedgerForm(project, request.GET)
    wanted = request.GET.get("format", "csv")
    if wanted not in {"csv", "focus"}:
        return _refusal("The format can be csv or focus.")
    if not form.is_valid():
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _refusal(f"Nothing was exported. {words}")
    choice = form.choice()
    is_focus = wanted == "focus"
    chunks = focus_csv(project, choice) if is_focus else ledger_csv(project.account, choice)
    today = timezone.now().astimezone(project.account.zone).date()
    name = f"{project.slug}-{'focus' if is_focus else 'ledger'}-{today}.csv"
    return StreamingHttpResponse(
        # Each kind of server warns of, and buffers, the other kind of iterator.
        _in_threads(chunks) if isinstance(request, ASGIRequest) else chunks,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _in_threads(chunks: Iterator[str]) -> AsyncIterator[str]:
    """The same pieces, each made in the request's thread, which has the database connection."""

    @sync_to_async
    def following() -> str | None:
        return next(chunks, None)

    while (chunk := await following()) is not None:
        yield chunk


def _refusal(words: str) -> HttpResponse:
    return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
