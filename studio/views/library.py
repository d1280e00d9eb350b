"""The library: every take and upload of the user's projects."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from studio.forms.library import LibraryForm
from studio.library import search
from studio.library.cards import cards
from studio.permissions import library_of
from studio.views.shot_frames import is_fragment


@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """The lines that fit the filters in the address; `after` is the last line that was seen."""
    form = LibraryForm(request.user, request.GET)
    wish = form.wish()
    chosen = search.found(library_of(request.user), wish)
    after = _after(request)
    page = search.page(chosen, wish, after)
    context: dict[str, Any] = {"cards": cards(page.items), "following": page.following, "wish": wish}
    if is_fragment(request) and after is not None:
        answer = render(request, "studio/library.html#items", context)
    else:
        context |= {
            "form": form,
            "after": after,
            "number": search.number(chosen),
            "counted": search.COUNTED,
            "kept": [(name, request.GET[name]) for name in form.fields if request.GET.get(name)],
            "is_filtered": any(request.GET.get(name) for name in form.fields),
            "section": "library",
        }
        answer = render(request, "studio/library.html", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _after(request: HttpRequest) -> int | None:
    text = request.GET.get("after", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
