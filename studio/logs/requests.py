"""Which request a line of the log belongs to."""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-ID"
# What a proxy in front may send; anything else would be a stranger writing in our log.
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


@sync_and_async_middleware
def request_context(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Names each request in every line that is logged while it is answered, and in the answer."""
    if iscoroutinefunction(get_response):
        return _async(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        name = _begin(request)
        response: HttpResponseBase = get_response(request)
        response.headers[HEADER] = name
        return response

    return middleware


def _async(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Any]:
    async def middleware(request: HttpRequest) -> HttpResponseBase:
        name = _begin(request)
        response = await get_response(request)
        response.headers[HEADER] = name
        return response

    return middleware


def _begin(request: HttpRequest) -> str:
    """A thread serves many requests: what the one before was about is forgotten here."""
    given = request.headers.get(HEADER, "")
    name = given if _SANE.fullmatch(given) else uuid.uuid4().hex
    clear_contextvars()
    bind_contextvars(request_id=name)
    return name
