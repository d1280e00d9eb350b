"""The files of a project, for its members only."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from generation import copies
from generation.models import Output
from generation.ranges import ASK_EACH_TIME, deliver, safe_filename
from generation.safety.flagged import blurred
from generation.storage import signed_url
from studio import take_words, takes
from studio.file_names import name_of
from studio.models import Upload
from studio.permissions import project_for, upload_for
from studio.views.origins import is_from_elsewhere, is_prefetch

POSTER_TYPE = "image/webp"
POSTER_CACHE = "private, max-age=300"
"""A board has a poster for each shot. Who leaves the team, or sees a take hidden, may have them for so long."""


@require_safe
def media_output(request: HttpRequest, slug: str, output_id: int) -> HttpResponseBase:
    """A file that a generation brought; with `?download=1` for saving, under a name that says what it is.

    What is saved is a copy that says how it was made, or with `?download=master` the very file that came. Saving keeps
    the file for good, so it takes a press on our own page: from elsewhere one is led to the take.
    """
    output = _open_output(request.user, slug, output_id)
    if "download" in request.GET and request.method == "GET":
        if is_prefetch(request):
            raise PermissionDenied("A file is handed out when somebody asks for it.")
        if is_from_elsewhere(request):
            take = output.generation.take
            return redirect(f"{take.shot.get_absolute_url()}?take={take.number}")
        # Before it is seen whether the file is there: from here on retention leaves it alone.
        takes.mark_exported([output.generation.take.pk])
        output.refresh_from_db(fields=["cleared_at"])
    if output.cleared_at:
        return _cleared(output)
    key, etag = output.key, output.sha256
    if request.GET.get("download", "master") != "master" and (copy := copies.described(output)):
        key, etag = copy, f"{output.sha256}-described"
    return send(request, key, output.content_type, etag, name_of(output.generation.take, output))


@require_safe
def media_poster(request: HttpRequest, slug: str, output_id: int) -> HttpResponseBase:
    """The still that stands for a generation's file."""
    output = _open_output(request.user, slug, output_id)
    return _cleared(output) if output.cleared_at else _send_poster(request, output)


@require_safe
def media_blurred(request: HttpRequest, slug: str, output_id: int) -> HttpResponse:
    """A few pixels of the still of a flagged file: all there is to see before a reviewer opens it."""
    output = _output(request.user, slug, output_id)
    _refuse_hidden(output)
    if output.cleared_at:
        return _cleared(output)
    if not output.poster_key:
        raise Http404("This file has no poster.")
    try:
        picture = blurred(output.poster_key)
    except FileNotFoundError as error:
        raise Http404("The poster of this file is gone.") from error
    answer = HttpResponse(picture, content_type=POSTER_TYPE)
    answer["Cache-Control"] = POSTER_CACHE
    return answer


@require_safe
def upload_file(request: HttpRequest, slug: str, upload_id: int) -> HttpResponseBase:
    """A file that somebody uploaded, under the name it came with."""
    upload = _seen_upload(request.user, slug, upload_id)
    return send(request, upload.key, upload.content_type, upload.sha256, upload.name)


@require_safe
def upload_poster(request: HttpRequest, slug: str, upload_id: int) -> HttpResponseBase:
    """The still that stands for an upload."""
    return _send_poster(request, _seen_upload(request.user, slug, upload_id))


def _seen_upload(user: Any, slug: str, upload_id: int) -> Upload:
    upload = upload_for(user, slug, upload_id)
    _refuse_hidden(upload)
    return upload


def _output(user: Any, slug: str, output_id: int) -> Output:
    project = project_for(user, slug)
    outputs = Output.objects.select_related("generation__take__shot__scene__project")
    return get_object_or_404(outputs, pk=output_id, generation__take__shot__scene__project=project)


def _open_output(user: Any, slug: str, output_id: int) -> Output:
    output = _output(user, slug, output_id)
    _refuse_hidden(output)
    if output.is_closed:
        raise PermissionDenied(
            "The provider’s safety check flagged this file. A reviewer can open it on its take."
        )
    return output


def _refuse_hidden(file: Output | Upload) -> None:
    if file.is_hidden:
        raise PermissionDenied(f"{file.hidden_words} Whoever runs the studio can show it again.")


def _cleared(output: Output) -> HttpResponse:
    """In the place of a file that retention has cleared. Not remembered by browsers: it is said afresh each time."""
    answer = HttpResponse(take_words.cleared([output]), status=410, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


def _send_poster(request: HttpRequest, file: Output | Upload) -> HttpResponseBase:
    if not file.poster_key:
        raise Http404("This file has no poster.")
    etag = f"{file.sha256}-poster"
    return send(request, file.poster_key, POSTER_TYPE, etag, "poster.webp", cache=POSTER_CACHE)


def send(
    request: HttpRequest,
    key: str,
    content_type: str,
    etag: str,
    filename: str,
    *,
    cache: str = ASK_EACH_TIME,
) -> HttpResponseBase:
    """Answer with a file that the user may see; `?download` in the address has it saved. `cache` is for its bytes."""
    is_download = "download" in request.GET
    name = safe_filename(filename)
    answer: HttpResponseBase
    if is_download and (url := signed_url(key, filename=name, content_type=content_type, attachment=True)):
        answer = HttpResponseRedirect(url)
    else:
        answer = deliver(request, key, content_type=content_type, filename=name, etag=etag, cache=cache)
    if isinstance(answer, HttpResponseRedirect):
        # Who may not see the file any more must not be led to it by what a browser remembers.
        answer["Cache-Control"] = "private, no-store"
    elif is_download and answer.has_header("Content-Disposition"):
        answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
