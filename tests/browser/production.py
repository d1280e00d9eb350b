"""A production for the browser: people of every role, and something of everything, with files that can be looked at.

The studio under test is another process with a database of its own, so `fill` is run there, by `manage.py shell`; what
the browser needs of it is one line of JSON.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from generation.models import Output
from generation.providers.mock_media import render_clip, render_still
from studio.client_links import links
from studio.client_links.links import Terms
from studio.models import ClientLink, Project, Role, SavedFilter, Shot, Upload
from studio.people import invitations
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user
from tests.studio.test_page_queries import FEW, grow

FPS, SECONDS = 24, 5
TEAM = ((Role.ARTIST, "aron"), (Role.VIEWER, "vic"))


@dataclass(frozen=True)
class Production:
    """What a story needs to know. `sessions` are cookies by user name; `tokens` are those of links for clients."""

    sessions: Mapping[str, str]
    tokens: Mapping[str, str]
    invitation: str
    shots: list[int]
    """The shots of "dunes": one with four takes, one with none."""

    @classmethod
    def read(cls, line: str) -> Self:
        return cls(**json.loads(line))


def fill() -> None:
    """Make it all, and print what it is."""
    # Nobody types these passwords, and a good hash of each would take half a second.
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        made = _fill()
    _save_files()
    print(json.dumps(asdict(made)))  # noqa: T201


@transaction.atomic
def _fill() -> Production:
    ada = make_user("ada", is_staff=True, is_superuser=True)
    tide = make_project(ada, name="Tide", slug="tide", budget="500.00")
    grow(tide, FEW)
    SavedFilter.objects.create(project=tide, user=ada, name="Mine", query="show=empty")
    pia = make_user("pia", email="pia@example.com")
    pia.user_permissions.add(Permission.objects.get(codename="add_project"))
    pier = _film(pia, "Pier", Role.REVIEWER, "rita")
    for _ in range(2):
        shot = make_shot(pier.scenes.get())
        make_take(shot, by=pia)
        make_take(shot, by=pia, is_circled=True)
    dunes = _film(pia, "Dunes", Role.REVIEWER, "rex")
    aron, vic = (make_member(dunes, role, name) for role, name in TEAM)
    shots = [make_shot(dunes.scenes.get(), title=title) for title in ("Ridge", "Rain")]
    Shot.objects.filter(pk=shots[1].pk).update(model="flux-dev", seconds=None)
    for _ in range(4):
        make_take(shots[0], by=aron)
    people = [ada, pia, aron, vic, *(get_user_model().objects.filter(username__in=["rita", "rex"]))]
    return Production(
        sessions={user.get_username(): _session(user) for user in people},
        tokens=_tokens(tide, ada),
        invitation=invitations.token_of(invitations.invite(tide, "eve@example.com", Role.VIEWER, ada)),
        shots=[shot.pk for shot in shots],
    )


def _film(producer: Any, name: str, role: Role, member: str) -> Project:
    """A project with one scene, and one member beside its producer."""
    project = make_project(producer, name=name, slug=name.lower(), budget="50.00")
    make_scene(project)
    make_member(project, role, member)
    return project


def _tokens(project: Project, by: Any) -> dict[str, str]:
    """Links for clients in every state that a client can meet."""
    soon = timezone.now() + timedelta(days=2)
    terms = {
        "open": Terms("Acme", soon, is_marked=False, may_judge=True),
        "closed": Terms("Acme", soon, is_marked=False, password="Let me in."),
        "over": Terms("Acme", soon),
    }
    made = {name: links.make(project, each, by) for name, each in terms.items()}
    ClientLink.objects.filter(pk=made["over"][0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    return {name: token for name, (_, token) in made.items()}


def _session(user: Any) -> str:
    client = Client()
    client.force_login(user)
    key: str = client.session.session_key or ""
    return key


def _save_files() -> None:
    """One clip and one still, under the names of all."""
    with tempfile.TemporaryDirectory() as folder:
        clip, still = Path(folder, "clip.mp4"), Path(folder, "still.webp")
        words = {"prompt": "A wave breaks over a pier.", "model": "mock", "seed": 7}
        render_clip(clip, width=320, height=180, seconds=Decimal(SECONDS), fps=FPS, **words)
        render_still(still, width=320, height=180, **words)
        for file in (*Output.objects.all(), *Upload.objects.all()):
            is_clip = file.content_type.startswith("video/")
            for key, path in ((file.key, clip if is_clip else still), (file.poster_key, still)):
                default_storage.save(key, ContentFile(path.read_bytes()))
