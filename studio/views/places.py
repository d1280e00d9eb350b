"""Moving a scene or shot by a form: `to` is "earlier", "later" or a place counted from 1."""

from django.contrib import messages
from django.http import HttpRequest

from studio import positions
from studio.models import Scene, Shot


def to_place(request: HttpRequest, item: Scene | Shot) -> None:
    """Do what the form asks; where there is no such place nothing moves, and a message says so."""
    wanted = request.POST.get("to", "")
    steps = {"earlier": item.position - 1, "later": item.position + 1}
    place = steps.get(wanted) or (int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0)
    try:
        positions.move(item, place)
    except ValueError:
        messages.info(request, f"{item} stays where it is: there is no such place.")
