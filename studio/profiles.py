"""The draft and the final models of a project: which are in force, and what each would cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from studio.activity import Deed, note
from studio.estimates import bare_price
from studio.models import Profile, ProfileKind, Project, Scene, Shot
from studio.plans import model_of
from studio.wishes import wish


@dataclass(frozen=True)
class Offer:
    """What one take costs in US dollars on a profile's model; None when nobody can say."""

    role: str
    model: str
    name: str
    details: str
    amount: Decimal | None


@dataclass(frozen=True)
class Column:
    """A profile beside the other."""

    profile: Profile
    offers: list[Offer]
    is_in_force: bool

    @property
    def clip(self) -> Offer:
        return self.offers[0]


@dataclass(frozen=True)
class Total:
    """What takes of several shots cost together under a profile. `unknown` is how many have no price."""

    label: str
    is_in_force: bool
    amount: Decimal
    count: int
    unknown: int


@transaction.atomic
def switch(project: Project, kind: ProfileKind, by: Any) -> bool:
    """Make this profile the one in force. False when it is already."""
    others = Project.objects.filter(pk=project.pk).exclude(profile_in_force=kind)
    if not others.update(profile_in_force=kind):
        return False
    project.profile_in_force = kind
    words = f"switched the project to its {kind.label.lower()} models"
    note(project, by, Deed.SETTINGS_CHANGED, words=words)
    return True


@transaction.atomic
def save(project: Project, profiles: Iterable[Profile], by: Any) -> None:
    """Save what a producer chose for drafts and final takes."""
    for profile in profiles:
        profile.save()
    note(project, by, Deed.SETTINGS_CHANGED, words="changed the draft and final models")


def columns(shot: Shot) -> list[Column]:
    """Both profiles with what a take of this shot costs on their models."""
    project = shot.scene.project
    return [
        Column(profile, _offers(shot, profile), kind == project.profile_in_force)
        for kind, profile in ((kind, project.profile_of(kind)) for kind in ProfileKind)
    ]


def typical(project: Project) -> list[Column]:
    """Both profiles with what a take costs of a shot that says nothing itself."""
    return columns(Shot(scene=Scene(project=project), prompt=""))


def totals(project: Project, shots: Iterable[Shot]) -> list[Total]:
    """What one take of each of these shots of the project costs under either profile. Files are not looked at."""
    named = list(shots)
    return [_total(project, named, kind) for kind in ProfileKind]


def _total(project: Project, shots: list[Shot], kind: ProfileKind) -> Total:
    profile = project.profile_of(kind)
    known: dict[str, Decimal | None] = {}
    found = []
    for shot in shots:
        asked = repr((shot.model, shot.seconds, shot.aspect_ratio, shot.settings))
        if asked not in known:
            known[asked] = _price(shot, profile)
        found.append(known[asked])
    priced = [price for price in found if price is not None]
    return Total(
        label=str(kind.label),
        is_in_force=kind == project.profile_in_force,
        amount=sum(priced, Decimal(0)),
        count=len(found),
        unknown=len(found) - len(priced),
    )


def _price(shot: Shot, profile: Profile) -> Decimal | None:
    try:
        return bare_price(shot, model_of(shot, profile), profile)
    except UnknownModelError:
        return None


def _offers(shot: Shot, profile: Profile) -> list[Offer]:
    roles = (
        ("Clip", profile.video_model),
        ("Still", profile.image_model),
        ("Rework a clip", profile.video_to_video_model),
    )
    return [_offer(shot, profile, role, slug) for role, slug in roles]


def _offer(shot: Shot, profile: Profile, role: str, slug: str) -> Offer:
    try:
        spec = catalogue().find(slug)
    except UnknownModelError:
        return Offer(role, slug, slug, "", None)
    return Offer(role, slug, spec.name, _details(shot, spec, profile), bare_price(shot, spec, profile))


def _details(shot: Shot, spec: ModelSpec, profile: Profile) -> str:
    """“5 s · 720p”, as far as the model can be told."""
    wanted = wish(shot, spec, profile)
    length = wanted.seconds if spec.parameter("seconds") else None
    parts = [f"{length.normalize():f} s" if length else "", str(wanted.settings.get("resolution", ""))]
    return " · ".join(part for part in parts if part)
