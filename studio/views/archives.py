"""Many files at once, as a ZIP that is sent while it is made."""

import asyncio
from collections.abc import AsyncIterator, Generator
from threading import Lock

from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from studio.archives import handout
from studio.archives.handout import Archive, NothingToHandOutError
from studio.archives.stream import zipped
from studio.forms.library import LibraryForm
from studio.library import search
from studio.permissions import knows_costs_of, library_of, project_for

_LONGEST_ID = 18
"""Digits. A longer id is none that a database gives."""


@require_http_methods(["GET", "POST"])
def library_download(request: HttpRequest) -> HttpResponseBase:
    """The chosen lines of the library (`item`), or with `all` every one that fits the same filters.

    What is handed out is kept from then on: whoever only looks at the address is led to where that is asked.
    """
    sent = request.POST if request.method == "POST" else request.GET
    library = f"{reverse('studio:library')}?{_filters(sent)}"
    if request.method == "GET":
        return redirect(library)
    lines = library_of(request.user)
    if "all" in sent:
        lines = search.found(lines, LibraryForm(request.user, sent).wish())
    else:
        items = sent.getlist("item")
        chosen = [int(text) for text in items if text.isdecimal() and len(text) <= _LONGEST_ID]
        lines = lines.filter(pk__in=chosen)
    try:
        archive = handout.of_chosen(lines, request.user, knows_costs_of(request.user))
    except NothingToHandOutError as error:
        messages.error(request, str(error))
        return redirect(library)
    return _sent(request, archive)


@require_http_methods(["GET", "POST"])
def cut_download(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The circled takes of a project, numbered in the order of the film. A look at the address hands out nothing."""
    project = project_for(request.user, slug)
    if request.method == "GET":
        return redirect(project)
    try:
        archive = handout.of_cut(project, request.user, knows_costs_of(request.user))
    except NothingToHandOutError:
        messages.error(request, "No circled take has a file yet, so there is no cut to download.")
        return redirect(project)
    return _sent(request, archive)


def _filters(query: QueryDict) -> str:
    kept = query.copy()
    for name in ("item", "all", "after", "csrfmiddlewaretoken"):
        kept.pop(name, None)
    return kept.urlencode()


def _sent(request: HttpRequest, archive: Archive) -> HttpResponseBase:
    parts = zipped(archive.pieces)
    return StreamingHttpResponse(
        # Each kind of server warns of, and buffers, the other kind of iterator.
        _in_threads(parts) if isinstance(request, ASGIRequest) else parts,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{archive.name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _in_threads(parts: Generator[bytes]) -> AsyncIterator[bytes]:
    """The same parts, each made in some thread: a slow disk must not stop the other pages."""
    turn = Lock()

    def following() -> bytes:
        with turn:
            return next(parts, b"")

    def end() -> None:
        # Whoever goes away in the middle of a part must not close it while it is being made.
        with turn:
            parts.close()

    try:
        while part := await asyncio.to_thread(following):
            yield part
    finally:
        await asyncio.to_thread(end)
