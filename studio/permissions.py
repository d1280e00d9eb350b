"""The only way a view gets hold of an object: by the user who asks. What is not theirs does not exist (404)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.models import Membership, Project, Role, Scene, Shot, Take, Upload


def project_for(user: Any, slug: str, role: Role = Role.VIEWER) -> Project:
    """The project, if the user is a member of it; PermissionDenied when the member's role is too small for the deed."""
    membership = (
        Membership.objects.select_related("project__account").filter(project__slug=slug, user=user).first()
    )
    if membership is None:
        raise Http404("There is no such project.")
    if not Role(membership.role).includes(role):
        raise PermissionDenied(
            f"You are {membership.get_role_display().lower()} in {membership.project.name}; "
            f"this needs the role {role.label.lower()}. A producer of the project can give it to you."
        )
    project: Project = membership.project
    return project


def may_start_projects(user: Any) -> bool:
    """Whether the user may open a project, and with it a budget that is paid with the studio's own keys."""
    return bool(user.has_perm("studio.add_project"))


def may_see_operations(user: Any) -> bool:
    """Whether the user may see the state of the whole house, over all projects."""
    return bool(user.is_staff and user.has_perm("generation.view_generation"))


def may_act_on_operations(user: Any) -> bool:
    """Whether the user may retry, give up and decide about orders of all projects, with their money."""
    return bool(user.is_staff and user.has_perm("generation.change_generation"))


def refuse_operations(user: Any, *, acts: bool = False) -> None:
    """Raises PermissionDenied for whoever may not see the operations page or, with `acts`, not act there."""
    if not may_see_operations(user):
        raise PermissionDenied(
            "Only staff who may view generations see the operations page. Whoever runs the studio can allow it."
        )
    if acts and not may_act_on_operations(user):
        raise PermissionDenied(
            "Only staff who may change generations decide here. Whoever runs the studio can allow it."
        )


def role_in(user: Any, project: Project) -> Role:
    """The user's role in a project that `project_for` gave."""
    return Role(Membership.objects.values_list("role", flat=True).get(project=project, user=user))


def scene_for(user: Any, slug: str, scene_id: int, role: Role = Role.VIEWER) -> Scene:
    """A scene of a project of the user's."""
    project = project_for(user, slug, role)
    scene = get_object_or_404(Scene, pk=scene_id, project=project)
    scene.project = project
    return scene


def shot_for(user: Any, slug: str, shot_id: int, role: Role = Role.VIEWER) -> Shot:
    """A shot of a project of the user's, with its scene and project."""
    project = project_for(user, slug, role)
    shot = get_object_or_404(Shot.objects.select_related("scene"), pk=shot_id, scene__project=project)
    shot.scene.project = project
    return shot


def take_for(user: Any, slug: str, take_id: int, role: Role = Role.VIEWER) -> Take:
    """A take of a project of the user's, with what made it."""
    project = project_for(user, slug, role)
    takes = Take.objects.select_related("shot__scene", "generation__hold", "upload")
    take = get_object_or_404(takes, pk=take_id, shot__scene__project=project)
    take.shot.scene.project = project
    return take


def upload_for(user: Any, slug: str, upload_id: int, role: Role = Role.VIEWER) -> Upload:
    """An upload of a project of the user's."""
    return get_object_or_404(Upload, pk=upload_id, project=project_for(user, slug, role))


def producers(project: Project) -> list[Any]:
    """The people who may raise the budget."""
    return [
        membership.user
        for membership in project.memberships.filter(role=Role.PRODUCER).select_related("user").order_by("id")
    ]
