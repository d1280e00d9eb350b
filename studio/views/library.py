"""The library: every take and upload of the user's projects."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from studio.forms.library import LibraryForm
from studio.library import search
from studio.library.cards import cards
from studio.permissions import library_of
from studio.views.shot_frames import is_fragment


@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """The lines that fit the filters in the address; `after` is the last line that was seen.

    With `newer` htmx asks how many have come since that line.
    """
    form = LibraryForm(request.user, request.GET)
    wish = form.wish()
    chosen = search.found(library_of(request.user), wish)
    after = _number(request, "after")
    if is_fragment(request) and (first := _number(request, "newer")) is not None:
        since = {"newer": search.number(chosen.filter(pk__gt=first)), "first": first}
        return render(request, "studio/library.html#newer", since)
    page = search.page(chosen, wish, after)
    first = page.items[0].pk if page.items and after is None and not wish.is_oldest_first else None
    context: dict[str, Any] = {
        "cards": cards(page.items),
        "following": page.following,
        "wish": wish,
        "first": first,
    }
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


@require_GET
def library_card(request: HttpRequest, item_id: int) -> HttpResponse:
    """One line as it is now, for a page that heard of a change."""
    item = get_object_or_404(search.with_all(library_of(request.user)), pk=item_id)
    return render(request, "studio/parts/library_card.html", {"card": cards([item])[0]})


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
