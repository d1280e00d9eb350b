"""Small ready-made rows for tests. Money goes through billing's front door, so the books always agree."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from billing import budgets
from billing.money import to_micros
from generation.models import UNFINISHED, CostState, Event, Generation, Output, Status
from studio import positions, projects
from studio.library.lines import enter_take, enter_upload
from studio.models import (
    Attempt,
    Cell,
    ComparedModel,
    ComparedPrompt,
    Comparison,
    Membership,
    Project,
    Role,
    Scene,
    Shot,
    Take,
    Upload,
)

PASSWORD = "a-password-for-tests"
_numbers = count(1)


def make_user(username: str = "", **fields: Any) -> Any:
    """Somebody who can sign in with PASSWORD."""
    return get_user_model().objects.create_user(
        username or f"user-{next(_numbers)}", password=PASSWORD, **fields
    )


def make_project(
    producer: Any = None, *, name: str = "Tide", slug: str = "", budget: str = "50.00", **fields: Any
) -> Project:
    """A project with an account of `budget` US dollars; `producer` is its producer (made if missing)."""
    project = projects.create_project(
        name=name,
        slug=slug or f"project-{next(_numbers)}",
        by=producer or make_user(),
        budget=Decimal(budget),
    )
    return _with(project, fields)


def make_member(project: Project, role: Role, username: str = "") -> Any:
    """A new user with this role in the project."""
    user = make_user(username)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def make_scene(project: Project | None = None, **fields: Any) -> Scene:
    """The next scene of a project."""
    project = project or make_project()
    siblings = Scene.objects.filter(project=project)
    given = {"number": positions.next_number(siblings), "position": positions.next_position(siblings)}
    return Scene.objects.create(project=project, **given | fields)


def make_shot(scene: Scene | None = None, **fields: Any) -> Shot:
    """The next shot of a scene: five seconds, with a prompt, on the project's model."""
    scene = scene or make_scene()
    siblings = Shot.objects.filter(scene=scene)
    given = {
        "number": positions.next_number(siblings),
        "position": positions.next_position(siblings),
        "prompt": "A wave breaks over a pier at dawn.",
        "seconds": Decimal(5),
    }
    return Shot.objects.create(scene=scene, **given | fields)


@transaction.atomic
def make_generation(
    project: Project | None = None,
    *,
    status: Status = Status.QUEUED,
    model: str = "kling-2.5-turbo-text",
    estimate: str = "0.35",
    upper_bound: str | None = None,
    cost: str | None = None,
    by: Any = None,
    files: int | None = None,
    **fields: Any,
) -> Generation:
    """A generation in `status`, with its hold open, charged (`cost`, else the estimate) or released.

    One that has succeeded has `files` outputs (one, if not said). They name files that are not there.
    """
    project = project or make_project()
    key = uuid.uuid4()
    bound = Decimal(upper_bound or estimate)
    tags = {"model": model, "provider": "mock"}
    hold = budgets.reserve(project.account, bound, reference=f"generation:{key}", member=by, tags=tags)
    now = timezone.now()
    is_finished = status not in UNFINISHED
    charged = _charged(status, cost or estimate)
    given = {
        "model": model,
        "provider": "mock",
        "endpoint": f"mock/{model}",
        "media": "video",
        "prompt": "A wave breaks over a pier at dawn.",
        "request": _request(estimate),
        "finished_at": now if is_finished else None,
        "deadline_at": now + timedelta(minutes=10),
        "external_id": "" if status in {Status.QUEUED, Status.SUBMITTING, Status.CANCELLED} else f"job-{key}",
        "error_message": "The prompt was refused." if status == Status.FAILED else "",
        "cost_micros": None if charged is None else to_micros(charged),
        "cost_state": CostState.PENDING if charged is None else CostState.KNOWN,
    }
    generation = Generation.objects.create(
        key=key,
        account=project.account,
        hold=hold,
        requested_by=by,
        status=status,
        estimate_micros=to_micros(estimate),
        upper_bound_micros=to_micros(bound),
        **given | fields,
    )
    Event.objects.create(generation=generation, to_status=status, actor="test")
    if charged:
        budgets.settle(hold, charged)
    elif charged is not None:
        budgets.release(hold)
    for index in range(files if files is not None else int(status == Status.SUCCEEDED)):
        make_output(generation, index=index)
    return generation


def make_output(generation: Generation, *, index: int = 0, **fields: Any) -> Output:
    """A clip that came back. Its key names a file that is not there unless the test saves one."""
    given = {
        "key": f"generations/{generation.key}/{index}.mp4",
        "poster_key": f"generations/{generation.key}/{index}.jpg",
        "content_type": "video/mp4",
        "size_bytes": 1_000,
        "sha256": "0" * 64,
        "width": 1280,
        "height": 720,
        "seconds": Decimal(5),
        "fps": Decimal(24),
        "codec": "h264",
    }
    return Output.objects.create(generation=generation, index=index, **given | fields)


def make_upload(project: Project, **fields: Any) -> Upload:
    """A clip that somebody brought along. Its key names a file that is not there."""
    number = next(_numbers)
    given = {
        "name": "pier.mp4",
        "key": f"uploads/{number}.mp4",
        "poster_key": f"uploads/{number}.jpg",
        "content_type": "video/mp4",
        "size_bytes": 1_000,
        "sha256": "1" * 64,
    }
    upload = Upload.objects.create(project=project, **given | fields)
    enter_upload(upload)
    return upload


def make_take(
    shot: Shot | None = None,
    *,
    status: Status = Status.SUCCEEDED,
    upload: Upload | None = None,
    is_circled: bool = False,
    by: Any = None,
    **generation_fields: Any,
) -> Take:
    """The next take of a shot: a generation in `status`, or the given upload."""
    shot = shot or make_shot()
    number = Take.objects.filter(shot=shot).count() + 1
    generation = (
        None if upload else make_generation(shot.scene.project, status=status, by=by, **generation_fields)
    )
    take = Take.objects.create(
        shot=shot, number=number, generation=generation, upload=upload, is_circled=is_circled, created_by=by
    )
    enter_take(take)
    return take


def make_comparison(
    project: Project, *, models: Sequence[str] = (), rows: int = 1, by: Any = None, **fields: Any
) -> Comparison:
    """A comparison of the project on two models (if not said), all of whose takes have arrived."""
    number = next(_numbers)
    asked = {"seconds": "5", "aspect_ratio": "16:9", "resolution": "", "seed": 7, "has_sound": False}
    given = {"name": f"Comparison {number}", "mode": "text-to-video", "asked": asked, "token": uuid.uuid4()}
    comparison = Comparison.objects.create(project=project, created_by=by, **given | fields)
    for position, model in enumerate(models or ("kling-2.5-turbo-text", "wan-25-preview-text"), 1):
        ComparedModel.objects.create(
            comparison=comparison, position=position, model=model, letter="ABCDEFGH"[-position]
        )
    for _ in range(rows):
        add_row(comparison)
    return comparison


def add_row(comparison: Comparison, *, status: Status = Status.SUCCEEDED, **fields: Any) -> ComparedPrompt:
    """Another prompt of a comparison, with an attempt on each of its models."""
    position = comparison.prompts.count() + 1
    given = {"text": f"Wave number {position} breaks over a pier."}
    prompt = ComparedPrompt.objects.create(comparison=comparison, position=position, **given | fields)
    for column in comparison.columns.all():
        for repeat in range(1, comparison.repeats + 1):
            cell = Cell.objects.create(comparison=comparison, prompt=prompt, column=column, repeat=repeat)
            made = make_generation(comparison.project, model=column.model, status=status, prompt=prompt.text)
            Attempt.objects.create(cell=cell, number=1, generation=made)
    return prompt


def _charged(status: Status, cost: str) -> Decimal | None:
    if status == Status.SUCCEEDED:
        return Decimal(cost)
    return Decimal(0) if status in {Status.FAILED, Status.CANCELLED} else None


def _request(estimate: str) -> Mapping[str, Any]:
    return {
        "values": {"prompt": "A wave breaks over a pier at dawn.", "seconds": 5},
        "arguments": {"prompt": "A wave breaks over a pier at dawn.", "duration": "5"},
        "inputs": {},
        "price": {
            "unit": "second",
            "price": "0.07",
            "quantity": "5",
            "source": "https://fal.ai/pricing",
            "verified": False,
            "effective_on": "2026-10-01",
            "explanation": f"5 seconds at $0.07 = ${estimate}",
        },
    }


def _with(project: Project, fields: Mapping[str, Any]) -> Project:
    for name, value in fields.items():
        setattr(project, name, value)
    if fields:
        project.save(update_fields=list(fields))
    return project
