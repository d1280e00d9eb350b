"""The files of compared takes, for the project's members. While names are hidden, nothing in them tells one."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from generation.bare import type_of_bare
from generation.media import BrokenMediaError
from generation.models import Output, Status
from studio.comparison.files import CellFile, bare_key
from studio.models import Attempt
from studio.permissions import attempt_for
from studio.views.media import POSTER_TYPE, send


@require_safe
def comparison_file(request: HttpRequest, slug: str, comparison_id: int, file_key: UUID) -> HttpResponseBase:
    """The clip or still; with `?download=1` for saving."""
    attempt = attempt_for(request.user, slug, comparison_id, file_key)
    output = _open_output(attempt)
    name = CellFile(output, attempt.cell.comparison, attempt, "").name
    if not attempt.cell.comparison.is_hidden:
        return send(request, output.key, output.content_type, output.sha256, name)
    try:
        key = bare_key(attempt, output)
    except (BrokenMediaError, FileNotFoundError) as error:
        raise Http404("This file cannot be shown before the names are.") from error
    return send(request, key, type_of_bare(output.content_type), str(attempt.key), name)


@require_safe
def comparison_poster(
    request: HttpRequest, slug: str, comparison_id: int, file_key: UUID
) -> HttpResponseBase:
    """The still that stands for it. Ours, so it says nothing of who made it."""
    attempt = attempt_for(request.user, slug, comparison_id, file_key)
    output = _open_output(attempt)
    if not output.poster_key:
        raise Http404("This file has no still.")
    return send(request, output.poster_key, POSTER_TYPE, f"{attempt.key}-still", "still.webp")


def _open_output(attempt: Attempt) -> Output:
    output = attempt.generation.outputs.order_by("index").first()
    if output is None or attempt.generation.status != Status.SUCCEEDED:
        raise Http404("This take has no file.")
    if output.is_hidden:
        raise PermissionDenied(f"{output.hidden_words} Whoever runs the studio can show it again.")
    if output.is_closed:
        raise PermissionDenied("The provider’s safety check flagged this file.")
    if output.cleared_at:
        raise Http404("This file was cleared.")
    return output
