"""Where a request comes from, as browsers tell it by themselves: no page can write these headers."""

from django.http import HttpRequest


def is_prefetch(request: HttpRequest) -> bool:
    """Whether a browser only fetches ahead what somebody may ask for."""
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return any("prefetch" in purpose.lower() for purpose in purposes)


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether another site sends the browser here. What was typed or comes from a program is not from elsewhere."""
    return request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site")
