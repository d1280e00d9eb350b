"""A take under review: look, comment, draw, judge, rate. In a session the same page leads on to the next take."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from studio import takes
from studio.models import Comment, Role, Take
from studio.permissions import comment_for, take_for
from studio.review import comments, verdicts
from studio.review.comments import CommentRefusedError, Remark
from studio.review.desk import Desk
from studio.review.verdicts import VerdictRefusedError
from studio.review.writers import Writer
from studio.takes import TakeRefusedError
from studio.views.review_frames import Run, desk_answer, desk_context, run_of
from studio.views.shot_frames import is_fragment


@require_GET
def take_review(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """A take with its player, comments and verdicts. `run` names the session that it is looked at in."""
    take = take_for(request.user, slug, take_id)
    return desk_answer(request, take, run_of(request))


@require_GET
def take_talk(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """What was said and decided of a take: the parts of its page that others change meanwhile."""
    take = take_for(request.user, slug, take_id)
    run = run_of(request)
    if not is_fragment(request):
        return redirect(run.address(take))
    return render(request, "studio/review/desk.html#news", desk_context(request, take, run))


@require_POST
def comment_create(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Say something at a frame of a take."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    run = run_of(request)
    file = Desk(take, request.user, run.file).file
    remark = Remark(request.POST.get("words", ""), _number(request, "frame"), request.POST.get("drawing", ""))

    def act() -> None:
        if file is None:
            raise CommentRefusedError("This take has no file to comment on yet.")
        comments.say(take, file, run.file, remark, Writer(request.user))

    return _answer(request, take, run, act)


@require_POST
def comment_reply(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    """Answer a comment."""
    comment = comment_for(request.user, slug, comment_id, Role.REVIEWER)
    words = request.POST.get("words", "")
    return _comment_answer(request, comment, lambda: comments.reply(comment, words, Writer(request.user)))


@require_POST
def comment_edit(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    """Change one's own comment."""
    comment = comment_for(request.user, slug, comment_id, Role.REVIEWER)
    return _comment_answer(
        request, comment, lambda: comments.edit(comment, request.POST.get("words", ""), request.user)
    )


@require_POST
def comment_resolve(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    """Mark a comment as dealt with; with `again` as open again."""
    comment = comment_for(request.user, slug, comment_id, Role.REVIEWER)
    is_done = "again" not in request.POST
    return _comment_answer(request, comment, lambda: comments.resolve(comment, request.user, is_done=is_done))


@require_POST
def take_verdict(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Approve a take, or ask for a retake with a reason. In a session the next take follows."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    run = run_of(request)
    given = request.POST.get("judgement", ""), request.POST.get("reason", "")
    return _answer(
        request, take, run, lambda: verdicts.judge(take, *given, Writer(request.user)), is_last=run.is_session
    )


@require_POST
def review_circle(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Choose the take for its shot, or with `off` let it go."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)

    def act() -> None:
        if "off" not in request.POST:
            takes.circle(take, request.user)
        elif take.is_circled:
            takes.uncircle(take.shot, request.user)
            take.is_circled = False

    return _answer(request, take, run_of(request), act)


@require_POST
def take_stars(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Give a take one to five stars; 0 takes them back."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    return _answer(
        request,
        take,
        run_of(request),
        lambda: verdicts.rate(take, _number(request, "stars"), request.user),
    )


def _comment_answer(request: HttpRequest, comment: Comment, act: Callable[[], Any]) -> HttpResponse:
    return _answer(request, comment.take, run_of(request), act)


def _answer(
    request: HttpRequest, take: Take, run: Run, act: Callable[[], Any], *, is_last: bool = False
) -> HttpResponse:
    """Do it, and show the side of the page as it is now; after the last word on a take, the next one."""
    try:
        act()
    except (CommentRefusedError, VerdictRefusedError, TakeRefusedError) as error:
        return _refused(request, take, run, str(error))
    if is_last:
        return _lead_on(request, take, run)
    if not is_fragment(request):
        return redirect(run.address(take))
    return render(request, "studio/review/desk.html#side", desk_context(request, take, run))


def _refused(request: HttpRequest, take: Take, run: Run, problem: str) -> HttpResponse:
    if not is_fragment(request):
        messages.error(request, problem)
        return redirect(run.address(take))
    context = desk_context(request, take, run) | {"problem": problem, "typed": request.POST}
    return render(request, "studio/review/desk.html#side", context, status=422)


def _lead_on(request: HttpRequest, take: Take, run: Run) -> HttpResponse:
    """To the next take of the session, or to its end."""
    _, after = run.neighbours(request.user, take)
    if after is None:
        messages.success(request, "That was the last take of this session.")
        ends = run.end(take.shot.scene.project.slug)
        return redirect(ends)
    following = Take.objects.select_related("shot__scene__project").get(pk=after)
    project = following.shot.scene.project
    address = run.address(following)
    if not is_fragment(request):
        return redirect(address)
    answer = desk_answer(request, take_for(request.user, project.slug, after), run.without_file())
    answer["HX-Retarget"], answer["HX-Reswap"] = "#review-desk", "outerHTML"
    answer["HX-Push-Url"] = address
    return answer


def _number(request: HttpRequest, name: str) -> int:
    """A number that a form sends; -1, which nothing takes, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
