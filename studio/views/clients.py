"""What a client sees by a link, without an account: the takes that it shows, and nothing else of the house.

Every one of these views begins with the token and takes what it shows from `client_links.offers`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generation.media_types import suffix_for
from generation.ranges import deliver
from studio.client_links import entry, preparing
from studio.client_links.offers import Offered, OfferedFile, offered, offered_take
from studio.client_links.talk import judged_by, said_by
from studio.client_links.uses import READS_WITHIN, has_written_much, hold_writes, may_guess, may_read, record
from studio.models import ClientLink, Use
from studio.permissions import link_by_token
from studio.review import comments, verdicts
from studio.review.comments import CommentRefusedError, Remark
from studio.review.verdicts import VerdictRefusedError
from studio.review.writers import Writer

POSTER_TYPE = "image/webp"
MUCH = "That was a lot at once. Wait an hour, then go on."


def _of_link[**P](
    view: Callable[Concatenate[HttpRequest, ClientLink, str, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Gives the view its link, if that is open to this browser. No search engine is to find the answer."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        link = _link(request, token)
        if isinstance(link, HttpResponse):
            answer: HttpResponseBase = link
        elif link.is_expired:
            answer = render(request, "client/ended.html", {"link": link}, status=410)
        elif not entry.is_let_in(link, request.session):
            answer = redirect("studio:client-enter", token)
        else:
            answer = view(request, link, token, *args, **kwargs)
        return _kept_quiet(answer)

    return opened


@login_not_required
@require_http_methods(["GET", "POST"])
def client_enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """The password of a link. Too many tries are refused for a while, right or wrong."""
    link = _link(request, token)
    if isinstance(link, HttpResponse):
        return _kept_quiet(link)
    if link.is_expired or entry.is_let_in(link, request.session):
        return redirect("studio:client-list", token)
    problem, status = "", 200
    if request.method == "POST":
        try:
            if entry.enter(link, request.POST.get("password", ""), _network(request), request.session):
                return redirect("studio:client-list", token)
            problem, status = "That is not the password. Ask whoever sent you the link.", 422
        except entry.TooManyTriesError as error:
            problem, status = str(error), 429
    return _kept_quiet(render(request, "client/enter.html", {"problem": problem}, status=status))


@require_safe
@_of_link
def client_list(request: HttpRequest, link: ClientLink, token: str) -> HttpResponseBase:
    """All that the link shows, in the order of the film."""
    takes = offered(link)
    with transaction.atomic():
        record(link, Use.OPENED, _network(request))
        preparing.prepare(link, takes)
    return render(request, "client/list.html", {"link": link, "token": token, "takes": takes})


@require_safe
@_of_link
def client_take(request: HttpRequest, link: ClientLink, token: str, take_id: int) -> HttpResponseBase:
    """One take, with what the client has said of it."""
    takes = offered(link)
    at = next((at for at, each in enumerate(takes) if each.take.pk == take_id), None)
    if at is None:
        return _gone(request, token)
    record(link, Use.LOOKED, _network(request), takes[at].take)
    context = _take_context(request, link, token, takes[at]) | {
        "number": at + 1,
        "among": len(takes),
        "before": takes[at - 1] if at else None,
        "after": takes[at + 1] if at + 1 < len(takes) else None,
    }
    return render(request, "client/take.html", context)


@require_safe
@_of_link
def client_file(
    request: HttpRequest, link: ClientLink, token: str, take_id: int, number: int
) -> HttpResponseBase:
    """A file of a take, marked where the link is."""
    item, file = _file(link, take_id, number)
    record(link, Use.PLAYED, _network(request), item.take)
    return _send(request, file.key, file.content_type, file.etag, item)


@require_safe
@_of_link
def client_poster(
    request: HttpRequest, link: ClientLink, token: str, take_id: int, number: int
) -> HttpResponseBase:
    """The still that stands for a file; of a still that has none, the file itself."""
    item, file = _file(link, take_id, number)
    if file.poster_key:
        return _send(request, file.poster_key, POSTER_TYPE, f"{file.etag}-poster", item)
    if file.file.kind != "image":
        raise Http404("This file has no poster.")
    return _send(request, file.key, file.content_type, file.etag, item)


@require_POST
@_of_link
def client_comment(request: HttpRequest, link: ClientLink, token: str, take_id: int) -> HttpResponseBase:
    """A client's comment, where the link allows it."""

    def act(item: Offered) -> None:
        file = item.files[0]
        text = request.POST.get("frame", "0")
        frame = int(text) if text.isdecimal() and len(text) < 10 else -1
        remark = Remark(request.POST.get("words", ""), frame, request.POST.get("drawing", ""))
        comments.say(item.take, file.file, file.number, remark, Writer(link=link))
        record(link, Use.COMMENTED, _network(request), item.take)

    return _answer(request, link, token, take_id, act, is_allowed=link.may_comment)


@require_POST
@_of_link
def client_verdict(request: HttpRequest, link: ClientLink, token: str, take_id: int) -> HttpResponseBase:
    """A client's verdict, where the link allows it."""

    def act(item: Offered) -> None:
        given = request.POST.get("judgement", ""), request.POST.get("reason", "")
        verdicts.judge(item.take, *given, Writer(link=link))
        record(link, Use.JUDGED, _network(request), item.take)
        messages.success(request, "Thank you. The team has been told.")

    return _answer(request, link, token, take_id, act, is_allowed=link.may_judge)


def _answer(
    request: HttpRequest,
    link: ClientLink,
    token: str,
    take_id: int,
    act: Callable[[Offered], None],
    *,
    is_allowed: bool,
) -> HttpResponseBase:
    item = offered_take(link, take_id) if is_allowed else None
    if item is None:
        return _gone(request, token)
    try:
        with transaction.atomic():
            hold_writes(link)
            if has_written_much(link):
                return _refused(request, link, token, item, MUCH, 429)
            act(item)
    except (CommentRefusedError, VerdictRefusedError) as error:
        return _refused(request, link, token, item, str(error), 422)
    return redirect("studio:client-take", token, take_id)


def _refused(
    request: HttpRequest, link: ClientLink, token: str, item: Offered, problem: str, status: int
) -> HttpResponse:
    context = _take_context(request, link, token, item) | {"problem": problem, "typed": request.POST}
    return render(request, "client/take.html", context, status=status)


def _take_context(request: HttpRequest, link: ClientLink, token: str, item: Offered) -> dict[str, Any]:
    return {
        "link": link,
        "token": token,
        "item": item,
        "comments": said_by(link, item),
        "verdict": judged_by(link, item),
    }


def _file(link: ClientLink, take_id: int, number: int) -> tuple[Offered, OfferedFile]:
    item = offered_take(link, take_id)
    file = next((each for each in item.files if each.number == number), None) if item else None
    if item is None or file is None or not file.is_ready:
        raise Http404("There is no such file.")
    return item, file


def _send(request: HttpRequest, key: str, content_type: str, etag: str, item: Offered) -> HttpResponseBase:
    shot = item.take.shot
    name = f"shot-{shot.scene.number}-{shot.number}{suffix_for(content_type)}"
    answer = deliver(request, key, content_type=content_type, filename=name, etag=etag)
    if isinstance(answer, HttpResponseRedirect):
        answer["Cache-Control"] = "private, no-store"
    return answer


def _link(request: HttpRequest, token: str) -> ClientLink | HttpResponse:
    """The link of the token, or the answer for who has none, or has asked too often from this network."""
    try:
        link = link_by_token(token)
    except Http404:
        return _leads_nowhere(request) if may_guess(_network(request)) else _too_much(request)
    return link if may_read(link, _network(request)) else _too_much(request)


def _too_much(request: HttpRequest) -> HttpResponse:
    answer = render(request, "client/too_much.html", status=429)
    answer["Retry-After"] = str(int(READS_WITHIN.total_seconds()))
    return answer


def _gone(request: HttpRequest, token: str) -> HttpResponse:
    return render(request, "client/gone.html", {"token": token}, status=404)


def _leads_nowhere(request: HttpRequest) -> HttpResponse:
    """For a link that was revoked as for one that never was; a client is told neither of teams nor of signing in."""
    return render(request, "client/nowhere.html", status=404)


def _kept_quiet(answer: HttpResponseBase) -> HttpResponseBase:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    # To our own pages alone, so that the token in the address reaches no other house.
    answer["Referrer-Policy"] = "same-origin"
    if not answer.has_header("Cache-Control"):
        patch_cache_control(answer, private=True, no_store=True)
    return answer


def _network(request: HttpRequest) -> str:
    # With PROXY_COUNT that of the browser, else that of whoever is connected.
    return str(get_adapter().get_client_ip(request))
