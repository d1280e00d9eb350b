"""Numbers in addresses that a page goes on from."""

from django.http import HttpRequest


def number_in(request: HttpRequest, name: str) -> int | None:
    """The id that a parameter of the request names; None for anything else."""
    text = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None
