"""The demo production: a small film to play with, loaded once through the importer for all shot lists."""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from generation.catalogue import catalogue
from studio.models import Profile, ProfileKind, Project, Shot
from studio.projects import create_project
from studio.shot_lists import load, read

SHOTS = Path(__file__).parent / "demo" / "shots.csv"
SLUG = "asmr-sampler"
# Without an address nobody would be told of the budget; this one belongs to nobody, and the demo keeps its mails.
ADDRESS = "producer@example.com"
USERNAME = "producer"
PASSWORD = "rushes-demo"
BUDGET = Decimal(25)
DRAFT, FINAL = "kling-2.5-turbo-text", "kling-3.0-standard-text"
"""The models for clips that the switch of the demo chooses between."""

_SCENES = {
    "1": (
        "Soap",
        "A bar of lavender soap is cut, shaved and let fall. Plum and amber, light through the material.",
    ),
    "2": ("Sand", "Sand is poured, pressed and raked. Light from below, coral against teal."),
    "3": ("Foam", "Foam is squeezed, held and pressed flat. High key, white with peach and sky blue."),
}


@dataclass(frozen=True)
class DemoAccess:
    """How to get into the demo production. `password` is empty when it is not the demo's own any more."""

    username: str
    password: str
    project: Project

    @property
    def sign_in(self) -> str:
        """What to tell whoever started the demo."""
        if self.password:
            return f"Sign in as {self.username} with the password {self.password}"
        return f"Sign in as {self.username} with the password that you know, or as somebody else"


@transaction.atomic
def load_demo() -> DemoAccess:
    """Make the demo production and its producer unless the project is there; what people changed stays."""
    user = get_user_model().objects.filter(username=USERNAME).first()
    project = Project.objects.filter(slug=SLUG).first()
    if project is not None:
        return DemoAccess(USERNAME, PASSWORD if user and user.check_password(PASSWORD) else "", project)
    if user is not None:
        password = PASSWORD if user.check_password(PASSWORD) else ""
        return DemoAccess(USERNAME, password, _production(user))
    # A password that everybody can read is for this machine only.
    password = secrets.token_urlsafe(12) if settings.PUBLIC_URL else PASSWORD
    user = get_user_model().objects.create_superuser(USERNAME, ADDRESS, password)
    return DemoAccess(USERNAME, password, _production(user))


def _production(producer: Any) -> Project:
    project = create_project(
        name="ASMR sampler",
        slug=SLUG,
        by=producer,
        budget=BUDGET,
        aspect_ratio="9:16",
        description="Three small vertical films of things that feel good to watch: soap, sand and foam.",
    )
    load(project, read(project, SHOTS.read_bytes()))
    _let_follow(project)
    for number, (title, description) in _SCENES.items():
        project.scenes.filter(number=number).update(title=title, description=description)
    return project


def _let_follow(project: Project) -> None:
    """Drafts on the cheap model, final takes on a dearer one: half of the shots follow the switch between them."""
    Profile.objects.filter(project=project, kind=ProfileKind.DRAFT).update(video_model=DRAFT)
    Profile.objects.filter(project=project, kind=ProfileKind.FINAL).update(video_model=FINAL)
    for shot in Shot.objects.filter(scene__project=project):
        if catalogue().find(shot.model).slug == DRAFT:
            Shot.objects.filter(pk=shot.pk).update(model="")
