"""What the pages of a review need around a take: the session it is looked at in, and what this member may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from studio.models import Scene, Take
from studio.review.desk import Desk
from studio.review.inbox import neighbours, to_review
from studio.review.sessions import Place, Reel, place, reel
from studio.views.frames import frame
from studio.views.shot_frames import is_fragment

INBOX = "inbox"


@dataclass(frozen=True)
class Run:
    """The session a take is looked at in: none, the list of a person, or a reel of a project or a scene.

    `file` is the file of the take that is looked at, counted from 0.
    """

    name: str = ""
    scene_id: int | None = None
    file: int = 0

    @property
    def is_session(self) -> bool:
        return bool(self.name)

    @property
    def is_inbox(self) -> bool:
        return self.name == INBOX

    @property
    def query(self) -> str:
        """What an address carries on to name this session; empty for none."""
        parts = {"run": self.name, "scene": self.scene_id, "file": self.file}
        said = {key: value for key, value in parts.items() if value}
        return f"?{urlencode(said)}" if said else ""

    def without_file(self) -> Run:
        return replace(self, file=0)

    def address(self, take: Take) -> str:
        """A take in this session."""
        return reverse("studio:take-review", args=[take.shot.scene.project.slug, take.pk]) + self.query

    def end(self, slug: str) -> str:
        """Where the session leads when it is over."""
        return (
            reverse("studio:review-inbox") if self.is_inbox else reverse("studio:project-review", args=[slug])
        )

    def place(self, user: Any, take: Take) -> Place:
        """Where the take stands in the session."""
        if self.is_inbox:
            before, after = neighbours(user, take.pk)
            return Place(0, to_review(user).count(), before, after)
        project = take.shot.scene.project
        scene = Scene.objects.filter(pk=self.scene_id, project=project).first() if self.scene_id else None
        return place(reel(project, Reel(self.name), user, scene), take)

    def neighbours(self, user: Any, take: Take) -> tuple[int | None, int | None]:
        found = self.place(user, take)
        return found.before, found.after


@dataclass(frozen=True)
class Step:
    """The way to a neighbour in the session: it may be of another project."""

    take: Take
    run: Run

    @property
    def url(self) -> str:
        return self.run.without_file().address(self.take)


class Steps:
    """The neighbours of a take in a session, each with its address: one query for both."""

    def __init__(self, run: Run, where: Place) -> None:
        self._run, self._where = run, where

    @cached_property
    def _takes(self) -> dict[int, Take]:
        ids = [pk for pk in (self._where.before, self._where.after) if pk is not None]
        return Take.objects.select_related("shot__scene__project").in_bulk(ids)

    @property
    def before(self) -> Step | None:
        return self._step(self._where.before)

    @property
    def after(self) -> Step | None:
        return self._step(self._where.after)

    def _step(self, pk: int | None) -> Step | None:
        take = self._takes.get(pk) if pk is not None else None
        return Step(take, self._run) if take else None


def run_of(request: HttpRequest) -> Run:
    """The session that an address or a form names. What cannot be meant is left out."""
    said = request.POST if request.method == "POST" else request.GET
    name = said.get("run", "")
    scene, file = (said.get(key, "") for key in ("scene", "file"))
    return Run(
        name if name == INBOX or name in set(Reel) else "",
        int(scene) if scene.isdecimal() and len(scene) < 18 else None,
        int(file) if file.isdecimal() and len(file) < 3 else 0,
    )


def desk_context(request: HttpRequest, take: Take, run: Run) -> dict[str, Any]:
    """Everything a take under review is drawn from."""
    project = take.shot.scene.project
    desk = Desk(take, request.user, run.file)
    return frame(request, project, "project-review") | {
        "desk": desk,
        "take": take,
        "shot": take.shot,
        "scene": take.shot.scene,
        "run": run,
        "ends": run.end(project.slug),
    }


def desk_answer(request: HttpRequest, take: Take, run: Run) -> HttpResponse:
    """The page of a take under review, or its desk alone."""
    context = desk_context(request, take, run)
    if run.is_session:
        where = run.place(request.user, take)
        context |= {"place": where, "steps": Steps(run, where)}
    if is_fragment(request):
        return render(request, "studio/review/desk.html#desk", context)
    return render(request, "studio/review/take.html", context)
