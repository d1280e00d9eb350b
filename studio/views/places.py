"""Moving a scene or shot by a form: `to` is "earlier", "later" or a place counted from 1."""

from django.contrib import messages
from django.http import HttpRequest

from studio import outline, positions
from studio.models import Scene, Shot


def to_place(request: HttpRequest, item: Scene | Shot) -> None:
    """Do what the form asks; where there is no such place nothing moves, and a message says so."""
    wanted = request.POST.get("to", "")
    now = positions.place_of(item)
    steps = {"earlier": now - 1, "later": now + 1}
    place = steps.get(wanted) or (int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0)
    try:
        outline.move(item, place, request.user)
    except ValueError:
        messages.info(request, f"{item} stays where it is: there is no such place.")
