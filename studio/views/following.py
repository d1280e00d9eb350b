"""Pages whose main part is drawn anew when the live stream tells of changes, and sent only where it has changed.

The page includes `studio/parts/followed.html`; the part is its partial `followed`. The page asks for it at its own
address with `seen`, the name of what it shows (`static/js/follow.js`).
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from studio.views.shot_frames import is_fragment

# What differs from one drawing of the same to the next.
_OF_THE_MOMENT = re.compile(r'name="(?:csrfmiddlewaretoken|token)" value="[^"]*"|data-elapsed="\d+">[\d:]+<')


def is_following(request: HttpRequest) -> bool:
    """Whether the page asks for its followed part alone."""
    return is_fragment(request) and "seen" in request.GET


def followed(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The page; or its followed part, 204 while that is as the page has it."""
    is_asked, shown = is_fragment(request), request.GET.get("seen")
    # What is drawn leads to addresses of the page, which know nothing of what only this request says.
    address = request.GET.copy()
    address.pop("seen", None)
    request.GET = address  # type: ignore[assignment]
    query = address.urlencode()
    context = {**context, "followed_at": f"{request.path}?{query}" if query else request.path}
    inside = render_to_string(f"{template}#followed", context, request)
    seen = hashlib.sha256(_OF_THE_MOMENT.sub("", inside).encode()).hexdigest()[:16]
    context |= {"followed": inside, "seen": seen}
    if not is_asked:
        answer = render(request, template, context, status=status)
    elif shown == seen:
        return HttpResponse(status=204)
    else:
        answer = render(request, "studio/parts/followed.html#part", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
